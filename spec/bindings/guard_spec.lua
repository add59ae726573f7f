-- A script cannot take the server down: endless loops, and memory without end.

local support = require "spec.bindings.support"

describe("the guard", function()
  local server

  local function serve(script, config)
    server = support.serve(script, config or { handler_timeout = 0.05 })
    return server:test_client()
  end

  after_each(function() server:close() end)

  local loops = {
    { "a plain loop", "while true do end" },
    { "a loop that swallows errors", "while true do pcall(function() while true do end end) end" },
    { "pcall of pcall", "while true do pcall(pcall, pcall, function() while true do end end) end" },
    { "an error handler that loops", "local function f() while true do end end while true do xpcall(f, f) end" },
    { "a coroutine", "coroutine.wrap(function() while true do end end)()" },
    { "a coroutine for each turn",
      "while true do coroutine.resume(coroutine.create(function() while true do end end)) end" },
    { "a recursion", "local function f() return f() end f()" },
    { "a deep recursion", "local function f() f() f() end while true do pcall(f) end" },
    { "a metamethod", "local t = setmetatable({}, { __index = function(t, k) while true do end end }) return t.x" },
    { "what is called as itself", "local t = setmetatable({}, {}) getmetatable(t).__call = t t()" },
    { "a closing variable",
      "while true do local x <close> = setmetatable({}, { __close = function() while true do end end }) end" },
    { "a comparison", "table.sort({ 1, 2, 3 }, function() while true do end end)" },
    { "string work", "local n = 0 for w in function() return 'x' end do n = n + #w end" },
  }
  for _, case in ipairs(loops) do
    it("stops " .. case[1], function()
      local ada = serve(('socketio.on("loop", function() %s end)\nsocketio.on("echo", function(x) return x end)')
        :format(case[2]))
      local bob = server:test_client()
      ada:emit "loop"
      assert.matches('handler of "loop" in "/", sid [%w_-]+: .*:1: ran for more than 0.05 s without yielding '
        .. "%(handler_timeout%)\nstack traceback:", server:log())
      assert.equal(1, ada:call("echo", 1))
      assert.equal(2, bob:call("echo", 2))
    end)
  end

  it("stops the same again and again, in coroutines that were used before", function()
    local ada = serve 'socketio.on("loop", function() pcall(function() while true do end end) end)'
    for _ = 1, 4 do ada:emit "loop" end
    local _, count = server:log():gsub("ran for more than", "")
    assert.equal(4, count)
  end)

  it("runs the to-be-closed variables of what it stopped, and stops those, too", function()
    local ada = serve [[
socketio.on("loop", function()
  local a <close> = setmetatable({}, { __close = function() print "closed" end })
  local b <close> = setmetatable({}, { __close = function() while true do end end })
  while true do end
end)]]
    ada:emit "loop"
    assert.matches("a __close ran for more than 0.05 s after its coroutine had ended", server:log())
  end)

  it("says where it was, in an inner coroutine, too", function()
    local ada = serve [[
local function spin()
  while true do end
end
socketio.on("plain", function()
  spin()
end)
socketio.on("inner", function()
  coroutine.wrap(spin)()
end)]]
    ada:emit "plain"
    assert.matches("_[%w]+:2: ran for more than.*\nstack traceback:\n\t[^\n]*:2: in upvalue 'spin'", server:log())
    assert.matches("\n\t[^\n]*:5: in function", server:log())
    ada:emit "inner"
    assert.matches(":2: ran for more.*\n\t[^\n]*:2: in function <[^\n]*>\nresumed by:.*:8: in function",
      server:log())
  end)

  it("tells the error handler, whose words are the acknowledgement", function()
    local ada = serve [[
socketio.on_error(function(err) return "sorry", type(err), err:match("ran for more than") end)
socketio.on("loop", function() while true do end end)]]
    assert.same({ "sorry", "string", "ran for more than" }, { ada:call "loop" })
    assert.matches('error: handler of "loop" in "/", sid .*\n\tgeneration 1 of /tmp/', server:log())
  end)

  it("stops ticks, timers, tasks, callbacks, connect handlers and routes", function()
    serve [[
local function loop() while true do end end
socketio.tick(1, function(_, n) if n == 1 then loop() end print "tick goes on" end)
socketio.after(1, loop)
socketio.start_background_task(function() socketio.sleep(1) loop() end)
socketio.on("connect", { namespace = "/loop" }, loop)
socketio.on("ask", function() emit("x", nil, { callback = loop }) end)
app.route("/loop", loop)]]
    server:advance(2)
    local log = server:log()
    for _, what in ipairs { "tick", "timer", "background task" } do
      assert.matches("error: " .. what .. " at /tmp/[%w_]+:[12345]: .*ran for more than 0.05 s", log)
    end
    assert.matches("tick goes on", log)
    local ada = server:test_client { namespace = "/loop" }
    assert.same({ message = "Connection rejected by server" }, ada.error)
    local bob = server:test_client()
    bob:on_call("x", function() end)
    bob:emit "ask"
    assert.matches('callback of "x" in "/"', server:log())
    assert.equal(500, server:get("/loop").status)
  end)

  it("gives each stretch between two waits the whole budget", function()
    local ada = serve([[
local function work(seconds) local start = os.clock() while os.clock() - start < seconds do end end
socketio.on("work", function() for _ = 1, 4 do work(0.1) socketio.sleep(0.01) end return "done" end)]],
      { handler_timeout = 0.25 })
    assert.equal("done", ada:call "work")
    assert.equal("", server:log())
  end)

  it("leaves coroutines of the script usable after a kill", function()
    local ada = serve [[
local kept = coroutine.create(function() while true do coroutine.yield(1) end end)
local busy = coroutine.create(function() while true do end end)
socketio.on("loop", function() coroutine.resume(kept) coroutine.resume(busy) while true do end end)
socketio.on("next", function() return coroutine.resume(kept) end)
socketio.on("sum", function() local n = 0 for i = 1, 100000 do n = n + i end return n end)]]
    ada:emit "loop"
    assert.same({ true, 1 }, { ada:call "next" })
    assert.equal(5000050000, ada:call "sum")
  end)

  it("tells of what it cannot stop, a wait inside C", function()
    local ada = serve [[
socketio.on("wait", function() os.execute "sleep 1.1" return "done" end)
socketio.on("sleep", function() socketio.sleep(1.1) return "done" end)]]
    assert.equal("done", ada:call "sleep")
    assert.equal("", server:log())
    assert.equal("done", ada:call "wait")
    assert.matches('warning: handler of "wait" in "/", sid [%w_-]+: stood still for 1.%d s, and everybody with it',
      server:log())
    server:close()
    serve [[os.execute "sleep 1.1"]]
    assert.matches("warning: the load: stood still for 1.%d s", server:log())
  end)

  it("closes the variables of what it stopped inside C, too", function()
    local ada = serve [[
local text = ("\1"):rep(5e7)
socketio.on("quote", function()
  local _ <close> = setmetatable({}, { __close = function() print "closed" end })
  return #("%q"):format(text)
end)]]
    ada:emit "quote"
    assert.matches(":4: ran for more than 0.05 s without yielding.*'string.format'.*\nclosed", server:log())
  end)

  -- Lua runs finalisers at the end of a stack, too, where each fails only after the stack was copied.
  it("stops a deep recursion at whose end finalisers run", function()
    local ada = serve([[
local files, deepest, last = {}, 0, nil
local function f(n)
  deepest = n
  if n == last then
    files = nil
    local _ = {} -- here Lua collects
  end
  return 1 + f(n + 1)
end
socketio.on("recurse", function()
  pcall(f, 1)
  last = deepest - 1
  for i = 1, 500 do files[i] = io.open "/dev/null" end
  collectgarbage("incremental", 0, 100, 30)
  collectgarbage()
  f(1)
end)]], { handler_timeout = 1 })
    support.in_time(2, function() ada:emit "recurse" end)
    assert.matches("stack overflow", server:log())
    assert.not_matches("__gc", server:log())
  end)

  it("leaves nothing behind, however often it kills", function()
    local ada = serve([[
socketio.on("loop", function() local t = {} while true do t[#t % 1000 + 1] = {} end end)
socketio.on("inside", function() table.sort({ 2, 1 }, function() while true do end end) end)
socketio.on("inner", function() coroutine.wrap(function() while true do end end)() end)
socketio.on("bytes", function() collectgarbage() collectgarbage() return collectgarbage "count" end)]],
      { handler_timeout = 0.001 })
    local function kill(count)
      for _ = 1, count do
        ada:emit "loop"
        ada:emit "inside"
        ada:emit "inner"
      end
      return ada:call "bytes"
    end
    local before = kill(10)
    local grown = kill(50) - before
    assert.is_true(grown < 5, ("150 kills kept %.1f kB"):format(grown))
  end)

  it("stops the scripts of two servers in one process, each by its own alarm", function()
    local ada = serve 'socketio.on("loop", function() while true do end end)'
    local other = support.serve('socketio.on("loop", function() while true do end end)', { handler_timeout = 0.05 })
    local bob = other:test_client()
    for _ = 1, 2 do
      ada:emit "loop"
      bob:emit "loop"
    end
    other:close()
    ada:emit "loop"
    local _, count = server:log():gsub("ran for more than", "")
    assert.equal(3, count)
  end)

  it("gives up what a handler returned and what takes too long to write", function()
    local ada = serve [[
local giant = { 1 }
for _ = 1, 40 do giant = { giant, giant, giant, giant } end
socketio.on_error(function(err) return err end)
socketio.on("giant", function() return 1, giant end)]]
    support.in_time(0.1, function()
      assert.equal(
        "what it returned cannot be the acknowledgement: result[2] takes longer to write than handler_timeout",
        ada:call "giant")
    end)
  end)

  it("gives up one long text that takes too long to write, or becomes longer than the memory", function()
    local ada = serve([[
local text = ("\1"):rep(2e7)
socketio.on("write", function() socketio.emit("text", { text }) end)]], { handler_timeout = 0.05 })
    support.in_time(0.1, function() ada:emit "write" end)
    assert.matches(":2: ran for more than 0.05 s", server:log())
    server:close()
    ada = serve([[
socketio.on_error(function(err) return err end)
socketio.on("write", function() socketio.emit("text", { ("\1"):rep(1e7) }) end)]], { memory_limit = 50e6 })
    assert.matches("args%[1%] takes more than memory_limit", (ada:call "write"))
  end)

  it("does with a hook alone where the system has no alarm", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write(([[
package.path, package.cpath = %q, %q
local support = require "spec.bindings.support"
local script = 'socketio.on("loop", function() while true do pcall(function() while true do end end) end end)'
local server = support.serve(script, { handler_timeout = 0.05 })
server:test_client():emit "loop"
print(server:log())]]):format(package.path, package.cpath))
    file:close()
    local pipe = assert(io.popen("timeout 20 prlimit --sigpending=0 lua5.4 " .. path))
    local said = pipe:read "a"
    pipe:close()
    os.remove(path)
    assert.matches("ran for more than 0.05 s", said)
    serve ""
  end)

  it("cannot be taken off", function()
    local ada = serve [[socketio.on("hook", function() return debug.sethook == nil end)]]
    assert.is_true(ada:call "hook")
  end)

  it("counts the time that a request's body takes to read", function()
    serve([[
mw.app.route("/", { methods = { "POST" } }, function() return #request.json end)]], { handler_timeout = 0.1 })
    local body = "[" .. ("[],"):rep(5e6) .. "[]]"
    support.in_time(0.7, function()
      assert.equal(500, server:post("/", { data = body, headers = { ["Content-Type"] = "application/json" } }).status)
    end)
    assert.matches("ran for more than 0.1 s", server:log())
  end)

  describe("of memory", function()
    it("stops a handler at memory_limit, and frees what it had", function()
      local ada = serve([[
socketio.on("eat", function() local t = {} for i = 1, 1e9 do t[i] = ("x"):rep(1000) .. i end end)
socketio.on("one", function() return #("x"):rep(1e9) end)
socketio.on("echo", function(x) return x end)]], { memory_limit = 20e6, handler_timeout = 20 })
      ada:emit "eat"
      assert.matches('"eat" in "/", sid [%w_-]+: /tmp/[%w_]+:1: not enough memory', server:log())
      assert.equal(1, ada:call("echo", 1))
      ada:emit "one"
      assert.matches('"one" in "/", sid [%w_-]+: /tmp/[%w_]+:2: not enough memory', server:log())
      assert.equal(2, ada:call("echo", 2))
    end)

    it("is given back after a kill, a little at a time, though nobody makes garbage any more", function()
      local ada = serve [[
local function fill() local t = {} while true do t[#t + 1] = {} end end
socketio.on("fill", fill)
socketio.on("mode", function(mode) return collectgarbage(mode) end)
socketio.on("used", function() return collectgarbage "count" end)]]
      for _, mode in ipairs { "incremental", "generational", "incremental" } do
        ada:call("mode", mode)
        local before = ada:call "used"
        ada:emit "fill"
        server:advance(1)
        assert.is_true(ada:call "used" < before + 1000)
        assert.equal(mode, ada:call("mode", mode))
        assert.not_matches("again and again", server:log())
      end
    end)

    it("ends a load that wants ten gigabytes, though nobody set a limit", function()
      serve 'socketio.on("echo", print)'
      for code, said in pairs { ['_ = ("x"):rep(1e9) .. ("y"):rep(1e9)'] = "not enough memory",
        ["_ = ('x'):rep(1e10)"] = "resulting string too large",
        ["local t = {} for i = 1, 1e9 do t[i] = { i } end return t"] = "ran for more than 0.5 s" } do
        assert.matches(":1: " .. said, support.load_error(code))
      end
    end)

    it("does not run short for good where what is refused waits for finalisers", function()
      local ada = serve([[
local text = ("x"):rep(15e6)
socketio.on("upper", function() while true do pcall(string.upper, text) end end)
socketio.on("rep", function() while true do pcall(string.rep, text, 2) end end)
socketio.on("bytes", function() return collectgarbage "count" end)]], { memory_limit = 20e6, handler_timeout = 0.05 })
      local before = ada:call "bytes"
      for _ = 1, 20 do
        ada:emit "upper"
        ada:emit "rep"
        server:advance(1)
      end
      assert.is_true(ada:call "bytes" < before + 500)
    end)

    it("holds for the text that cjson makes of one that is escaped", function()
      local ada = serve([[
local cjson = require "cjson"
local text = ("\1"):rep(2e7)
socketio.on("encode", function(value) return select(2, pcall(cjson.encode, value and { text } or text)) end)]],
        { memory_limit = 100e6 })
      for _, inside in ipairs { true, false } do
        assert.matches("cjson.encode: the text takes more than memory_limit", ada:call("encode", inside))
      end
    end)

    it("counts timers and tasks", function()
      local function resident() -- bytes
        for line in io.lines "/proc/self/status" do
          local kilobytes = line:match "VmRSS:%s+(%d+)"
          if kilobytes then return kilobytes * 1024 end
        end
      end
      local ada = serve([[
socketio.on("flood", function() return pcall(function() while true do socketio.after(1e6, print) end end) end)
socketio.on("echo", function(x) return x end)]], { memory_limit = 20e6, handler_timeout = 20 })
      local before = resident()
      local good, why = ada:call "flood"
      assert.is_false(good)
      assert.matches("not enough memory", why)
      assert.is_true(resident() < before + 60e6)
      assert.equal(1, ada:call("echo", 1))
    end)

    it("is an error that the script can catch", function()
      local ada = serve([[
socketio.on("eat", function() return pcall(string.rep, "x", 1e9) end)]], { memory_limit = 20e6 })
      assert.same({ false, "not enough memory" }, { ada:call "eat" })
    end)
  end)
end)
