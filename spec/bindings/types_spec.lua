-- The stubs for editors, the reference and the code name the same things.
-- docs_spec holds the reference to the code; this one the stubs to the reference, and their options to the C sources.
-- It runs no language server: what it checks is the names.

local docs = require "spec.bindings.docs"

local STUBS = "docs/types/moonwire.lua"

local stubs = docs.read(STUBS)
local reference = docs.read "docs/reference.md"

-- The names of the reference, in the words of the stubs: "mw.emit" is "moonwire.emit".
local function of_reference()
  local names = {}
  local _, headings = docs.parts(reference)
  for _, heading in ipairs(headings) do
    for name in heading.title:gmatch "`([%w_.:]+)[^`]*`" do names[(name:gsub("^mw%.", "moonwire."))] = true end
  end
  return names
end

local OBJECTS = { ["moonwire.app"] = true, ["moonwire.socketio"] = true }

-- The fields of a class.
local function fields_of(class)
  local body = stubs:match("%-%-%-@class " .. class:gsub("%p", "%%%0") .. "%f[^%w.][^\n]*\n(.-)\n[^-]") or ""
  local names = {}
  for name in ("\n" .. body):gmatch "\n%-%-%-@field ([%w_]+)" do names[name] = true end
  return names
end

local function of_stubs()
  local names = {}
  for name in stubs:gmatch "\nfunction ([%w_.:]+)" do names[name] = true end
  for class, prefix in pairs { moonwire = "moonwire.", ["moonwire.App"] = "app." } do
    for field in pairs(fields_of(class)) do names[prefix .. field] = not OBJECTS[prefix .. field] or nil end
  end
  return names
end

local function missing(from, inside)
  local list = {}
  for name in pairs(from) do
    if not inside[name] then list[#list + 1] = name end
  end
  table.sort(list)
  return list
end

local function assert_same_names(wanted, got)
  assert.same({}, missing(wanted, got), "not in the stubs")
  assert.same({}, missing(got, wanted), "in the stubs alone")
end

local function list_in(path, pattern)
  local names = {}
  local list = assert(docs.read(path):match(pattern), path .. " has no such list")
  for name in list:gmatch '"([%w_]+)"' do names[name] = true end
  return names
end

describe("the stubs", function()
  it("have what the reference has", function()
    assert_same_names(of_reference(), of_stubs())
  end)

  it("have the fields of request", function()
    local fields = list_in("bindings/api_request.c", "fields%[%] = {(.-)NULL}")
    assert_same_names(fields, fields_of "moonwire.Request")
  end)

  it("have the options of emit, send and call", function()
    local emit = list_in("bindings/emission.c", "emit_options%[%] = {(.-)NULL}")
    assert_same_names(emit, fields_of "moonwire.EmitOptions")
    local send = fields_of "moonwire.SendOptions"
    for name in pairs(emit) do send[name] = true end
    assert_same_names(list_in("bindings/emission.c", "send_options%[%] = {(.-)NULL}"), send)
    assert_same_names(list_in("bindings/emission.c", "call_options%[%] = {(.-)NULL}"), fields_of "moonwire.CallOptions")
  end)

  it("have the keys of the configuration", function()
    local keys = {}
    for name in docs.read("core/server/config_option.c"):gmatch "\n    ROW%(([%w_]+)," do keys[name] = true end
    assert_same_names(keys, fields_of "moonwire.Config")
  end)

  it("are Lua that luacheck has no complaint about", function()
    assert.truthy(loadfile(STUBS))
    local pipe = assert(io.popen "luacheck --quiet --no-color docs 2>&1")
    local said = pipe:read "a"
    assert.truthy(pipe:close(), said)
  end)
end)
