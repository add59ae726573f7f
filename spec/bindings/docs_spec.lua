-- The reference and the code name the same things, and every example of the reference runs as it stands.
-- Names come from the module itself where a script can see them, and from the tables of the C sources where it cannot.
-- Whether the sentences are good is for readers.

local docs = require "spec.bindings.docs"
local moonwire = require "moonwire"

local REFERENCE = "docs/reference.md"

local text = docs.read(REFERENCE)
local blocks, headings = docs.parts(text)
local files = docs.files(blocks)

local function find_block(info)
  for _, block in ipairs(blocks) do
    if block.info == info then return block end
  end
  error("no block " .. info)
end

-- The names in backquotes of the headings: "socketio.on", "tick:stop".
local documented = {}
for _, heading in ipairs(headings) do
  for name in heading.title:gmatch "`([%w_.:]+)[^`]*`" do documented[name] = heading.title end
end

-- What the code has.

local WALK = [[
local mw = require "moonwire"
local names = {}
local function walk(prefix, t) for key in pairs(t) do names[#names + 1] = prefix .. key end end
walk("mw.", mw) walk("socketio.", mw.socketio) walk("app.", mw.app)
for _, name in ipairs { "data" } do if mw[name] ~= nil then names[#names + 1] = "mw." .. name end end
if mw.app.config then names[#names + 1] = "app.config" end
print(table.concat(names, " "))]]

-- Objects that the rest are fields of.
local CONTAINERS = { ["mw.app"] = true, ["mw.socketio"] = true }

local function exported()
  local found = {}
  docs.with_folder({ ["main.lua"] = WALK }, function(folder)
    local server = moonwire.test_server(folder .. "/main.lua")
    for name in server:log():gmatch "%S+" do found[name] = not CONTAINERS[name] or nil end
    server:close()
  end)
  return found
end

local function add_methods(found, prefix, object)
  for name in pairs(getmetatable(object).__index) do
    if not name:find "^_" and name ~= "new" then found[prefix .. name] = true end
  end
end

-- The methods of handles, in the C source that has them.
local function add_handles(found)
  local source = docs.read "bindings/api_time.c"
  for kind, body in source:gmatch "(%a+)_methods%[%] = {(.-)};" do
    for name in body:gmatch '{"(%w+)"' do found[kind .. ":" .. name] = true end
  end
  for name in docs.read("bindings/upload.c"):match("methods%[%] = (.-);"):gmatch '{"(%w+)"' do
    found["upload:" .. name] = true
  end
end

local function of_tests(found)
  docs.with_folder({ ["main.lua"] = "" }, function(folder)
    local server = moonwire.test_server(folder .. "/main.lua")
    add_methods(found, "server:", server)
    add_methods(found, "client:", getmetatable(server).__index.test_client and server:test_client())
    server:close()
  end)
  for name in pairs(moonwire) do found["moonwire." .. name] = true end
end

local function everything()
  local found = exported()
  add_handles(found)
  of_tests(found)
  return found
end

local function missing(from, inside)
  local list = {}
  for name in pairs(from) do
    if not inside[name] then list[#list + 1] = name end
  end
  table.sort(list)
  return list
end

-- Rows of tables below a heading: the names in their first column.
local function rows_below(title, pattern)
  local _, from = text:find("\n#+ " .. title:gsub("%p", "%%%0") .. "\n")
  local section = (text .. "\n## "):match("(.-)\n##", assert(from, "no section " .. title))
  local found = {}
  for line in section:gmatch "[^\n]+" do
    local column = line:match "^| ([^|]+) |"
    for name in (column or ""):gmatch(pattern or "`([%w_.%-]+)`") do found[name] = line end
  end
  return found
end

local function names_in_c(path, pattern)
  local found = {}
  local list = docs.read(path):match(pattern) or error(path .. " has no such list")
  for name in list:gmatch '"([%w_]+)"' do found[name] = true end
  return found
end

describe("the reference", function()
  it("has an entry for every name, and none for another", function()
    local code = everything()
    assert.same({}, missing(code, documented), "without an entry")
    assert.same({}, missing(documented, code), "not there")
  end)

  it("has an example below every entry for scripts", function()
    local without = {}
    for name, title in pairs(documented) do
      local last, shown = name:match "(%w+)$", false
      for _, block in ipairs(blocks) do
        if block.heading == title and block.text:find("%f[%w]" .. last .. "%f[%W]") then shown = true end
      end
      local of_a_test = name:find "^server:" or name:find "^client:" or name:find "^moonwire%."
      if not shown and not of_a_test then without[#without + 1] = name end
    end
    assert.same({}, without)
  end)

  it("names the fields of request", function()
    local fields = {}
    for name in pairs(names_in_c("bindings/api_request.c", "fields%[%] = {(.-)NULL}")) do
      fields["request." .. name] = true
    end
    local rows = rows_below "`mw.request`"
    assert.same({}, missing(fields, rows))
    assert.same({}, missing(rows, fields))
  end)

  it("names the options of emit, send and call", function()
    local options = names_in_c("bindings/emission.c", "send_options%[%] = {(.-)NULL}")
    local rows = rows_below "Sending"
    assert.same({}, missing(options, rows))
    assert.same({}, missing(rows, options))
  end)

  it("names the filters and tests of templates", function()
    local filters, tests = {}, {}
    for _, file in ipairs { "template_filters", "template_lists" } do
      local source = docs.read("bindings/lua/" .. file .. ".lua")
      for name in source:gmatch 'define[_%w]*%("(%w+)"' do filters[name] = true end
      for with, without in source:gmatch "pairs { (%w+) = true, (%w+) = false }" do
        for _, name in ipairs { with, without } do filters[name], filters[name .. "attr"] = true, true end
      end
    end
    local source = docs.read "bindings/lua/template_tests.lua"
    for name in source:gmatch 'define%("(%w+)"' do tests[name] = true end
    for list in source:gmatch "ipairs {([^}]*)}" do
      for name in list:gmatch '"(%w+)"' do tests[name] = true end
    end
    for title, known in pairs { Filters = filters, Tests = tests } do
      local section, named = text:match("\n### " .. title .. "\n(.-)\n##"), {}
      for name in section:gmatch "`(%w+)`" do named[name] = true end
      assert.same({}, missing(known, named), title)
      assert.same({}, missing(named, known), title)
    end
  end)

  it("names the keys of the configuration, their defaults and which want a restart", function()
    local source, rows, keys = docs.read "core/server/config_option.c", rows_below "`mw.config { … }`", {}
    for row in (source:match "#define OPTIONS.-\n\n" :gsub("\n    ROW", "\0")):gmatch "%z([^%z]+)" do
      keys[row:match "%(([%l%d_]+),"] = row
    end
    assert.same({}, missing(keys, rows))
    assert.same({}, missing(rows, keys))
    for name, row in pairs(keys) do
      local normal = row:match '%.normal = "([^"]*)"' or ""
      local column = rows[name]:match "^| [^|]+ | [^|]+ | ([^|]*) |"
      assert.equal(normal, (column:gsub("[`%s]", "")), name .. ": its default")
      assert.equal(row:find("restart = true", 1, true) ~= nil, rows[name]:find("restart", 1, true) ~= nil, name)
    end
  end)

  it("names the options of the command line", function()
    local source, options = docs.read "bindings/cli.c", {}
    for name in source:match("options%[%] = {(.-)\n};"):gmatch '{"(%-%-[%l-]+)"' do options[name] = true end
    local rows = rows_below("The command line", "`(%-%-[%l-]+)[^`]*`")
    assert.same({}, missing(options, rows))
    assert.same({}, missing(rows, options))
  end)
end)

describe("an example", function()
  local prelude = find_block "lua prelude".text

  it("that is wrong fails", function()
    for _, wrong in ipairs { '--> 1 + 1 == 3', '--> "a" ~ "b"', '--> client:call("nothing") == 1', 'error("load")',
      "--> does not load: because", 'socketio.on("a", print)\n--> client:call("a") raises "no"' } do
      assert.is_false(pcall(docs.run, { text = wrong }, prelude, {}), wrong)
    end
  end)

  for _, block in ipairs(blocks) do
    if block.info == "lua" then
      it(("of the reference runs: line %d, %s"):format(block.line, block.heading), function()
        docs.run(block, prelude, files)
      end)
    end
  end

  assert(load(find_block "lua spec".text, "=" .. REFERENCE, "t", _ENV))()
end)

describe("the page for those who come from Node", function()
  for _, block in ipairs((docs.parts(docs.read "docs/from-socket.io.md"))) do
    if block.info == "lua" then
      it(("has an example that runs: line %d"):format(block.line), function() docs.run(block, "", {}) end)
    end
  end
end)
