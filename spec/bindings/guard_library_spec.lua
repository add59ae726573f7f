-- The library functions that scripts get in place of Lua's own: the same to the letter, and stoppable.

local run = require "spec.bindings.library_cases"
local support = require "spec.bindings.support"

local SEED = 20261121

describe("a library function of ours", function()
  local server

  after_each(function() server:close() end)

  -- What the script's functions give for these cases.
  local function run_in_script(kind, count)
    server = support.serve([[
local run = dofile "./spec/bindings/library_cases.lua"
socketio.on("run", function(kind, seed, count)
  return mw.binary(table.concat(run(kind, seed, count), "\n"))
end)]], { handler_timeout = 60, max_http_buffer_size = 1e9 })
    return tostring(server:test_client():call("run", kind, SEED, count))
  end

  local counts = { patterns = 4000, tables = 400, proxies = 100, texts = 200, coroutines = 50, metatables = 50 }
  for kind, count in pairs(counts) do
    it("gives what Lua's own gives: " .. kind, function()
      local expected = run(kind, SEED, count)
      local ours, i = run_in_script(kind, count), 0
      for line in ours:gmatch "[^\n]+" do
        i = i + 1
        if line ~= expected[i] then assert.equal(expected[i], line) end
      end
      assert.equal(#expected, i)
    end)
  end

  it("sorts what is large, and what has no order", function()
    server = support.serve([[
socketio.on("sort", function(n)
  local t, u = {}, {}
  for i = 1, n do t[i] = math.random(1, n) end
  table.sort(t)
  for i = 2, n do if t[i] < t[i - 1] then return i end end
  for i = 1, n do u[i] = i % 7 end
  table.sort(u, function(a, b) return a > b end)
  for i = 2, n do if u[i] > u[i - 1] then return -i end end
  return "sorted", (pcall(table.sort, { 3, 1, 2, 5, 4, 9, 1 }, function() return true end)),
    pcall(table.sort, t, function() return math.random() < 0.5 end) ~= nil
end)]], { handler_timeout = 60 })
    local client = server:test_client()
    for _, n in ipairs { 1, 2, 3, 10, 1000, 200000 } do
      assert.same({ "sorted", false, true }, { client:call("sort", n) })
    end
  end)

  it("refuses finalisers, with the line", function()
    for _, set in ipairs { "setmetatable({}, { __gc = function() end })", "setmetatable({}, { __gc = true })",
      "debug.setmetatable({}, { __gc = print })" } do
      local ok, err = support.try("\n" .. set)
      assert.is_false(ok)
      assert.matches(":3: setmetatable: __gc is not for scripts", err)
    end
    server = support.serve [[assert(getmetatable(setmetatable({}, { __index = print })).__index == print)]]
  end)
end)

-- Each must be stopped within twice its budget, in whatever runs it, and leave the others their time.
describe("what runs for long in C", function()
  local BUDGET = 0.25

  local deeds = {
    ["a backtracking pattern"] = [[return ("a"):rep(30):find(("a?"):rep(30) .. ("a"):rep(30))]],
    ["a backtracking pattern in pcall"] = [[
local s, p = ("a"):rep(300), ("a*"):rep(100) .. "b"
while true do pcall(string.match, s, p) end]],
    ["gsub"] = [[return ("a"):rep(3000):gsub("(.-)(.-)(.-)(.-)b", "x")]],
    ["gmatch"] = [[for x in ("a"):rep(3000):gmatch("(.-)(.-)(.-)b") do print(x) end]],
    ["rep"] = [[return #("x"):rep(1e10)]],
    ["rep of nothing"] = [[return ("x"):rep(2e9, ("y"):rep(1000))]],
    ["rep again and again"] = [[while true do pcall(string.rep, "x", 3e8) end]],
    ["concat"] = [[return table.concat(setmetatable({}, { __index = function() return "x" end }), "", 1, 1e12)]],
    ["concat that stays in C"] = [[return table.concat(setmetatable({}, { __index = tostring }), "", 1, 1e12)]],
    ["insert"] = [[table.insert(setmetatable({}, { __len = function() return 1e15 end }), 1, "x")]],
    ["remove"] = [[table.remove(setmetatable({}, { __len = function() return 1e15 end }), 1)]],
    ["move"] = [[table.move({}, 1, 1e15, 2)]],
    ["sort"] = [[local t = {} for i = 1, 2e6 do t[i] = -i % 999 end while true do table.sort(t) end]],
    ["sort with a loop"] = [[table.sort({ 3, 2, 1 }, function() while true do end end)]],
    ["joining long strings"] = [[local s = ("x"):rep(5e7) while true do local _ = s .. "y" end]],
    ["making long strings upper case"] = [[local s = ("x"):rep(5e6) while true do s:upper() end]],
    ["a long string that grows"] = [[local s = "" while true do s = s .. "line of a log\n" end]],
    ["a coroutine factory"] = [[while true do coroutine.wrap(function() while true do end end)() end]],
    ["coroutines in coroutines"] = [[
local function loop() while true do end end
local function deep(n) while true do coroutine.resume(coroutine.create(n > 0 and deep or loop), n - 1) end end
deep(50)]],
    ["closing a coroutine"] = [[
while true do
  local co = coroutine.create(function()
    local _ <close> = setmetatable({}, { __close = function() while true do end end })
    coroutine.yield()
  end)
  coroutine.resume(co) coroutine.close(co)
end]],
    ["a growing table"] = [[local t = {} while true do t[#t + 1] = { t } end]],
    ["deep recursion"] = [[local function f(n) return 1 + f(n + 1) end while true do pcall(f, 1) end]],
    ["quoting what is long"] = [[return #("%q"):format(("\1"):rep(5e7))]],
    ["a date of many parts"] = [[return #os.date(("%c"):rep(1e7))]],
    ["a load that reads on and on"] = [[return load(function() return "x = 1 " end)]],
  }

  local server
  after_each(function() server:close() end)

  for name, code in pairs(deeds) do
    it("is stopped: " .. name, function()
      server = support.serve(([[
local before = os.clock()
socketio.on("run", function() before = os.clock() %s
end)
socketio.on("took", function() return os.clock() - before end)]]):format(code),
        { handler_timeout = BUDGET, memory_limit = 300e6 })
      local client = server:test_client()
      support.in_time(2 * BUDGET, function()
        client:emit "run"
        return (client:call "took")
      end)
      assert.matches('error: handler of "run" in "/"', server:log())
    end)
  end
end)
