-- Templates: Jinja's core, for mw.render_template and mw.render_template_string.
-- A folder's templates are compiled to Lua functions once, and again when their file changed if that is asked for.
-- It reaches files only below its folder, and knows nothing of requests: what pages may use comes in as `globals`.

local compiler = require "moonwire.template_compiler"
local runtime = require "moonwire.template_runtime"
local scopes = require "moonwire.template_scope"
local value = require "moonwire.template_value"
local host = require "moonwire.template_host"

local template = {}
template.__index = template

local STRINGS_MAX = 100 -- texts of render_template_string that stay compiled

-- A page's variables, then what every page may use.
local function open_base(self, vars)
  return setmetatable({}, { __index = function(_, name)
    local v = vars[name]
    if v == nil then v = self.globals[name] end
    return v
  end })
end

-- range(3) is 0, 1, 2 and range(1, 3) is 1, 2, as in Jinja.
local function range(from, to, step)
  if to == nil then from, to = 0, from end
  if step == nil then step = 1 end
  if math.type(from) ~= "integer" or math.type(to) ~= "integer" or math.type(step) ~= "integer" or step == 0 then
    value.complain("range wants whole numbers: range(stop), range(start, stop) or range(start, stop, step)")
  end
  local list = {}
  for i = from, to - (step > 0 and 1 or -1), step do list[#list + 1] = i end
  return host.array(list)
end

local builtins = {
  range = range,
  dict = function(fields) return fields or {} end,
  namespace = runtime.namespace,
}

-- `folder`: where the templates are; nil or "" if there is none. `globals`: what every template may use.
-- `auto_reload()`: are files to be looked at again? `on_find(name)` is told of each that is looked for.
---@param options { folder: string?, globals: table, auto_reload: fun(): boolean, on_find: fun(name: string)? }
function template.new(options)
  local folder = options.folder
  return setmetatable({
    folder = folder and folder ~= "" and folder or nil,
    label = folder and folder:match("([^/]+)/*$") or "templates",
    globals = setmetatable(options.globals, { __index = builtins }),
    auto_reload = options.auto_reload,
    on_find = options.on_find or function() end,
    files = {},   -- name -> { stamp =, compiled = }
    strings = {}, -- text -> compiled
    string_count = 0,
  }, template)
end

local function is_inside(name)
  if name == "" or name:find("^/") or name:find("[\\%z]") then return false end
  for part in name:gmatch("[^/]+") do
    if part == ".." then return false end
  end
  return true
end

-- Flask's rule: pages and pictures are escaped, plain text is not.
local function escapes(name)
  local extension = name:lower():match("%.(%w+)$")
  return extension == "html" or extension == "htm" or extension == "xml" or extension == "xhtml" or extension == "svg"
end

local function compile_file(self, name, path, stamp)
  local text, err = host.read(path)
  if not text then
    error(("%s/%s: %s"):format(self.label, name, err), 0)
  end
  local compiled = compiler.compile(self.label .. "/" .. name, text, escapes(name))
  self.files[name] = { stamp = stamp, compiled = compiled }
  return compiled
end

-- A compiled template; nil if there is no such file in the folder. Raises if it is malformed.
---@param name string
function template:find(name)
  self.on_find(name)
  local known = self.files[name]
  if known and not self.auto_reload() then
    return known.compiled
  end
  if not self.folder or not is_inside(name) then
    return nil
  end
  local path = self.folder .. "/" .. name
  local stamp = host.stamp(path)
  if not stamp then
    self.files[name] = nil
    return nil
  end
  return known and known.stamp == stamp and known.compiled or compile_file(self, name, path, stamp)
end

-- Compiles a template again that is in use and whose file changed. One that is malformed leaves the old one in use:
-- returns what is wrong with it. Without a file it is in use no more.
---@param name string
---@return string? err
function template:refresh(name)
  if not self.files[name] then return nil end
  local path = self.folder .. "/" .. name
  local stamp = host.stamp(path)
  if not stamp then
    self.files[name] = nil
    return nil
  end
  local ok, err = pcall(compile_file, self, name, path, stamp)
  if not ok then return err end
end

-- Why none of these was found, in words.
---@param names any[]
function template:missing(names)
  local name = value.text(names[1])
  if not self.folder then
    return ("template '%s' was not found: there is no folder templates/ beside the script or above it"):format(name)
  elseif not is_inside(name) then
    return ("template '%s' is not inside of %s/"):format(name, self.label)
  end
  local suggestion = host.suggest(name, host.list(self.folder))
  return ("template '%s' is not in %s/%s"):format(name, self.label, suggestion)
end

local function add_blocks(state, compiled)
  for name, block in pairs(compiled.blocks) do
    local known = state.blocks[name]
    if known then known[#known + 1] = block else state.blocks[name] = { block } end
  end
end

-- Renders a compiled template into `out`, a list of texts; the root of a child leads to its parent. For include too.
function template:run(compiled, scope, out, depth)
  local state = { env = self, base = scope, blocks = {}, depth = depth, seen = {} }
  while compiled do
    state.seen[compiled] = true
    add_blocks(state, compiled)
    compiled = compiled.root(out, scope, state)
  end
end

local function render(self, compiled, vars)
  local out = {}
  self:run(compiled, scopes.open(open_base(self, vars)), out, 1)
  return table.concat(out)
end

-- The text of a template of the folder. Raises "templates/chat.html:12: what is wrong".
---@param name string
---@param vars table?
---@return string
function template:render(name, vars)
  local compiled = self:find(name)
  if not compiled then
    error(self:missing({ name }), 0)
  end
  return render(self, compiled, vars or {})
end

-- The same for a template that is given as text; it is escaped as a page.
---@param text string
---@param vars table?
---@return string
function template:render_string(text, vars)
  local compiled = self.strings[text]
  if not compiled then
    compiled = compiler.compile("template string", text, true)
    if self.string_count >= STRINGS_MAX then
      self.strings, self.string_count = {}, 0
    end
    self.strings[text], self.string_count = compiled, self.string_count + 1
  end
  return render(self, compiled, vars or {})
end

return template
