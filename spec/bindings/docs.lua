-- Reads the pages of the manual: their headings and blocks of code, and runs those that are examples.
-- An example is a script and, behind `-->`, what a test does with it, so that a page cannot say what is not so.
-- It does not judge what a page should contain: docs_spec.lua does.

local assert = require "luassert"
local moonwire = require "moonwire"

local docs = {}

function docs.read(path)
  local file = assert(io.open(path, "r"))
  local text = file:read "a"
  file:close()
  return text
end

---@class block
---@field info string what stands behind the fence: "lua", "lua prelude", "html templates/hello.html"
---@field text string
---@field line integer of the fence
---@field heading string the heading above it

-- Every block of a page, and every heading ({ title =, line = }).
---@param text string Markdown
---@return block[] blocks, table[] headings
function docs.parts(text)
  local blocks, headings, open, number = {}, {}, nil, 0
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    number = number + 1
    local info = line:match "^```(.*)$"
    if info and open then
      open.text = table.concat(open, "\n") .. "\n"
      open = nil
    elseif info then
      open = { info = info, line = number, heading = headings[#headings] and headings[#headings].title or "" }
      blocks[#blocks + 1] = open
    elseif open then
      open[#open + 1] = line
    elseif line:find "^#" then
      headings[#headings + 1] = { title = line:match "^#+%s*(.*)$", line = number }
    end
  end
  return blocks, headings
end

-- A folder of its own for what a page calls files.

local function write(path, text)
  local folder = path:match "^(.*)/"
  assert(os.execute(("mkdir -p %q"):format(folder)))
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

-- Runs fn(folder) with the files in it; removes it however fn ends.
---@param files table<string, string>
function docs.with_folder(files, fn)
  local folder = os.tmpname()
  os.remove(folder)
  for name, text in pairs(files) do write(folder .. "/" .. name, text) end
  local results = table.pack(pcall(fn, folder))
  os.execute(("rm -r %q"):format(folder))
  if not results[1] then error(results[2], 0) end
  return table.unpack(results, 2, results.n)
end

-- The files that blocks give by a name with an ending: "html templates/hello.html".
---@param blocks block[]
function docs.files(blocks)
  local files = {}
  for _, block in ipairs(blocks) do
    local name = block.info:match "^%w+ ([%w_/.-]+%.%w+)$"
    if name then files[name] = (files[name] or "") .. block.text end
  end
  return files
end

-- What stands behind `-->`.

local function events(client)
  local list = {}
  for i, packet in ipairs(client:get_received()) do list[i] = { packet.name, table.unpack(packet.args) } end
  return list
end

-- `client` and `other` connect when they are first named.
local function environment(server)
  return setmetatable({ server = server, moonwire = moonwire, events = events }, { __index = function(env, name)
    if name ~= "client" and name ~= "other" then return _G[name] end
    rawset(env, name, server:test_client())
    return rawget(env, name)
  end })
end

local function values(code, env)
  return table.pack(assert(load("return " .. code, "=" .. code, "t", env))())
end

local function contains(text, wanted, check)
  assert.truthy(tostring(text):find(wanted, 1, true), ("%s: %s is not in %s"):format(check, wanted, tostring(text)))
end

local function run_check(check, env)
  local left, wanted = check:match "^(.-) raises (.*)$"
  if left then
    local ok, err = pcall(values, (left:gsub(" == .*$", "")), env)
    assert.is_false(ok, check)
    return contains(err, values(wanted, env)[1], check)
  end
  left, wanted = check:match "^(.-) ~ (.*)$"
  if left then return contains(values(left, env)[1], values(wanted, env)[1], check) end
  left, wanted = check:match "^(.-) == (.*)$"
  if left then return assert.same(values(wanted, env), values(left, env), check) end
  assert(load(check, "=" .. check, "t", env))()
end

local function run_checks(server, checks)
  local env = environment(server)
  for _, check in ipairs(checks) do run_check(check, env) end
end

-- Loads an example with `prelude` on its first line, and does what its checks say.
---@param block block
---@param prelude string
---@param files table<string, string>
function docs.run(block, prelude, files)
  local checks, refused = {}, block.text:match "%-%-> does not load: ([^\n]*)"
  for check in block.text:gmatch "%-%-> ([^\n]*)" do checks[#checks + 1] = check end
  local all = { ["main.lua"] = prelude:gsub("\n", "; ") .. block.text }
  for name, text in pairs(files) do all[name] = text end
  return docs.with_folder(all, function(folder)
    local ok, server = pcall(moonwire.test_server, folder .. "/main.lua")
    if refused then
      assert.is_false(ok, "it loads")
      return contains(server, refused, "the load")
    end
    if not ok then error(server, 0) end
    local checked, err = pcall(run_checks, server, checks)
    local closed, leaks = pcall(server.close, server)
    if not checked then error(err, 0) end
    if not closed then error(leaks, 0) end
  end)
end

return docs
