-- The world of one load of a script: its globals, its own modules, and what is taken back when it fails.
-- Each load starts from nothing, so that no code of an earlier one is found by a later one; what the system
-- provides (cjson, installed modules) is shared. It runs nothing: script.c does.

local native = require "moonwire.script_native"
local sandbox = require "moonwire.sandbox"

local script = {}

-- Lua's own, from before any script could change them.
local base = { globals = _G, loaded = package.loaded, preload = package.preload, searchers = package.searchers,
  require = require, load = load, loadfile = loadfile, exit = os.exit, open = io.open, os = os, package = package,
  path = package.path, cpath = package.cpath, getmetatable = debug.getmetatable, setmetatable = debug.setmetatable }

local function copy(from)
  local to = {}
  for key, value in next, from do to[key] = value end
  return to
end

-- Modules.

-- The places where Debian's Lua looks that are not ours: below "/". "./" is where the server was started.
local function system_templates()
  local templates = {}
  for template in base.path:gmatch "[^;]+" do
    if template:sub(1, 1) == "/" then templates[template] = true end
  end
  return templates
end

local SYSTEM = system_templates()

local function is_readable(path)
  local file = base.open(path, "r")
  if file then file:close() end
  return file ~= nil
end

-- The paths at which a module of the script's own could be, in the order of package.path.
local function own_candidates(world, name)
  local file, seen, paths = name:gsub("%.", "/"):gsub("%%", "%%%%"), {}, {}
  for template in world.package.path:gmatch "[^;]+" do
    local own = world.beside[template] or not SYSTEM[template]
    local path = own and template:gsub("%?", file)
    if path and not seen[path] then paths[#paths + 1] = path end
    seen[path or template] = true
  end
  return paths
end

local function load_own(world, path, name)
  native.note(path)
  local chunk, err = base.loadfile(path, "t", world.env)
  if not chunk then
    error(("error loading module '%s' from file '%s':\n\t%s"):format(name, path, native.explained(err, path)), 0)
  end
  return chunk
end

-- Files that are not there are noted, too: when one comes to be, the script may load.
local function search_own(world, name)
  local paths, tried = own_candidates(world, name), {}
  for i, path in ipairs(paths) do
    if is_readable(path) then
      sandbox.check(("require '%s'"):format(name), path)
      return load_own(world, path, name), path
    end
    tried[i] = ("no file '%s'"):format(path)
  end
  world.missing[name] = paths
  return table.concat(tried, "\n\t")
end

local CJSON = { cjson = true, ["cjson.safe"] = true }

local require_shared -- below

local function require_system(name)
  local module = require_shared(name)
  return CJSON[name] and native.bound_cjson(module) or module
end

-- Installed modules, in Lua and in C, are loaded once for all loads.
local function search_system(world, name)
  local tried = {}
  if world.sandbox and not sandbox.modules[name] then
    return ("an installed module '%s' is taken away: the server runs with --sandbox"):format(name)
  end
  base.package.path, base.package.cpath = base.path, world.sandbox and base.cpath or world.package.cpath
  for i = 2, #base.searchers do
    local loader, data = base.searchers[i](name)
    if type(loader) == "function" then return function() return require_system(name) end, data end
    tried[#tried + 1] = loader
  end
  return table.concat(tried, "\n\t")
end

local function search_preload(world, name)
  local loader = world.package.preload[name]
  if loader then return loader, ":preload:" end
  return ("no field package.preload['%s']"):format(name)
end

local FLASKS = { flask = true, flask_socketio = true, Flask = true, socketio = true, ["socket.io"] = true }

local function find_loader(world, name)
  local tried = {}
  for _, searcher in ipairs(world.package.searchers) do
    local loader, data = searcher(name)
    if type(loader) == "function" then return loader, data end
    if type(loader) == "string" then tried[#tried + 1] = "\n\t" .. loader end
  end
  for _, path in ipairs(world.missing[name] or {}) do native.note(path) end
  local ours = FLASKS[name] and "; all of it is in require \"moonwire\"" or ":" .. table.concat(tried)
  native.fail(("module '%s' not found%s"):format(name, ours))
end

-- A module that requires itself by a detour would never be ready.
local function check_circle(world, name)
  for i, other in ipairs(world.opening) do
    if other == name then
      native.fail(("module '%s' requires itself: %s -> %s"):format(name, table.concat(world.opening, " -> ", i), name))
    end
  end
end

local function make_require(world)
  return function(name)
    if type(name) == "number" then name = tostring(name) end
    if type(name) ~= "string" then
      native.fail(("bad argument #1 to 'require' (string expected, got %s)"):format(type(name)))
    end
    local loaded = world.package.loaded
    if loaded[name] then return loaded[name] end
    check_circle(world, name)
    local loader, data = find_loader(world, name)
    world.opening[#world.opening + 1] = name
    local value = loader(name, data)
    world.opening[#world.opening] = nil
    if value ~= nil then loaded[name] = value end
    if loaded[name] == nil then loaded[name] = true end
    return loaded[name], data
  end
end

local function make_loaded(world)
  local globals = world.globals
  local own = { _G = globals, os = globals.os, io = globals.io, debug = globals.debug }
  return setmetatable(own, { __index = function(_, name)
    local is_library = type(base.globals[name]) == "table"
    if world.sandbox and not is_library and not sandbox.modules[name] then return nil end
    return base.loaded[name]
  end })
end

local function make_preload(world)
  if world.sandbox then return { moonwire = base.preload.moonwire } end
  return setmetatable({}, { __index = base.preload })
end

local function make_package(world)
  local function bind(search)
    return function(name) return search(world, name) end
  end
  local beside, below = world.folder .. "/?.lua", world.folder .. "/?/init.lua"
  world.beside = { [beside] = true, [below] = true } -- also if LUA_PATH has them
  local made = copy(base.package)
  made.path, made.cpath = ("%s;%s;%s"):format(beside, below, base.path), base.cpath
  made.loaded, made.preload = make_loaded(world), make_preload(world)
  made.searchers = { bind(search_preload), bind(search_own), bind(search_system) }
  local seen = world.sandbox and sandbox.cut("package", made) or made
  made.loaded.package = seen
  return seen
end

-- Other code that comes from files and texts.

local function make_load(world)
  return function(chunk, name, _, ...)
    local env = world.env
    if select("#", ...) > 0 then env = ... end
    return base.load(chunk, name, "t", env)
  end
end

local function make_loadfile(world)
  return function(path, _, ...)
    local env = world.env
    if select("#", ...) > 0 then env = ... end
    sandbox.check("loadfile", path)
    if type(path) == "string" then native.note(path) end
    return base.loadfile(path, "t", env)
  end
end

local function make_dofile(world)
  return function(path)
    sandbox.check("dofile", path)
    if type(path) == "string" then native.note(path) end
    local chunk, err = base.loadfile(path, "t", world.env)
    if not chunk then error(err, 0) end
    return chunk()
  end
end

local function make_os(world)
  local made = copy(base.os)
  function made.exit(...)
    if native.may_exit() then base.exit(...) end
    native.fail("os.exit would end the server for every client; end it from outside, by SIGTERM")
  end
  return world.sandbox and sandbox.cut("os", made) or made
end

-- What other languages call Lua's values: read as nil, they would go unnoticed.
local FOREIGN = { True = "true", False = "false", None = "nil", null = "nil, or mw.null inside of data",
  undefined = "nil" }

local function find_foreign(_, name)
  if FOREIGN[name] then native.fail(("Lua does not know %s: write %s"):format(name, FOREIGN[name])) end
end

-- The globals of a new load, and the table that stands before them as _ENV: it is always empty, so that its metatable
-- sees each write.
function script.open(folder, is_sandbox)
  local world = { folder = folder, sandbox = is_sandbox, opening = {}, missing = {} }
  local globals = copy(base.globals)
  world.globals = globals
  world.env = setmetatable({}, { __index = globals, __newindex = globals, __metatable = false,
    __pairs = function() return next, globals, nil end })
  setmetatable(globals, { __index = find_foreign })
  globals._G, globals.os = globals, make_os(world)
  if is_sandbox then globals.io, globals.debug = sandbox.cut("io", io), sandbox.cut("debug", debug) end
  world.package = make_package(world)
  globals.package, globals.require = world.package, make_require(world)
  globals.load, globals.loadfile, globals.dofile = make_load(world), make_loadfile(world), make_dofile(world)
  return world.env, globals
end

-- A load that fails must leave nothing in what all loads share: the libraries (`function string.trim(s)`), the
-- metatables of the basic types, the installed modules.

local BASIC = { [1] = false, [2] = 0, [3] = print, [4] = coroutine.create(print) } -- and nil

local function is_internal(name)
  return name == "_G" or type(name) == "string" and name:find "^moonwire" ~= nil
end

local function libraries()
  local mw = base.preload.moonwire()
  return { string, table, math, utf8, coroutine, io, debug, getmetatable "", mw, mw.socketio }
end

local function snapshot(list)
  local taken = { fields = {}, metatables = {} }
  for _, library in ipairs(list) do taken.fields[library] = copy(library) end
  for i = 1, 5 do taken.metatables[i] = base.getmetatable(BASIC[i]) end
  return taken
end

local function apply(taken)
  for library, fields in next, taken.fields do
    for key in next, copy(library) do library[key] = fields[key] end
    for key, value in next, fields do library[key] = value end
  end
  for i = 1, 5 do base.setmetatable(BASIC[i], taken.metatables[i]) end
end

-- The libraries without what scripts did to them, but with what installed modules did when they were loaded: they are
-- loaded once, and nobody would do it again.
local pristine

function require_shared(name)
  local before = snapshot(libraries())
  local value = base.require(name)
  for library, fields in next, before.fields do
    for key in next, copy(library) do
      if fields[key] ~= library[key] then pristine.fields[library][key] = library[key] end
    end
  end
  for i = 1, 5 do
    local now = base.getmetatable(BASIC[i])
    if now ~= before.metatables[i] then pristine.metatables[i] = now end
  end
  return value
end

-- A load begins: with libraries that no earlier one has changed. Gives what script.restore wants if it fails.
function script.begin()
  pristine = pristine or snapshot(libraries())
  local list = libraries()
  for name, module in next, base.loaded do
    if type(module) == "table" and not is_internal(name) then list[#list + 1] = module end
  end
  local before = snapshot(list)
  before.loaded = copy(base.loaded)
  apply(pristine)
  return before
end

function script.restore(saved)
  apply(saved)
  for name in next, copy(base.loaded) do
    if not is_internal(name) then base.loaded[name] = saved.loaded[name] end
  end
end

return script
