-- Time on the virtual clock: ticks, timers, background tasks, sleep and now.

local support = require "spec.bindings.support"
local events = support.events

-- Every line that the script printed.
local function lines(server)
  local list = {}
  for line in server:log():gmatch "[^\n]+" do list[#list + 1] = line end
  return list
end

describe("time", function()
  local server

  local function serve(script)
    server = support.serve(script)
    return server
  end

  after_each(function()
    if server then server:close() end
    server = nil
  end)

  describe("tick", function()
    it("runs `rate` times a second, with dt of exactly 1/rate and n from 1", function()
      serve [[
local count, sum, last = 0, 0, 0
socketio.tick(30, function(dt, n)
  assert(dt == 1 / 30 and n == last + 1)
  last, count, sum = n, count + 1, sum + dt
end)
socketio.on("count", function() return count end)]]
      local ada = server:test_client()
      server:advance(60)
      assert.equal(1800, ada:call "count")
      server:advance(0.5)
      assert.equal(1815, ada:call "count")
    end)

    it("does not drift", function()
      serve [[local start = socketio.now()
socketio.tick(30, function(_, n) if n % 900 == 0 then print(n, socketio.now() - start) end end)]]
      server:advance(90)
      assert.same({ "900\t30.0", "1800\t60.0", "2700\t90.0" }, lines(server))
    end)

    it("runs as slowly as once in a thousand seconds", function()
      serve [[socketio.tick(0.001, function(dt) print(dt) end)]]
      server:advance(999)
      assert.same({}, lines(server))
      server:advance(1)
      assert.same({ "1000.0" }, lines(server))
    end)

    it("sends what it emits in one flush at its end", function()
      serve [[socketio.tick(1, function(_, n) for i = 1, 3 do socketio.emit("x", i) end end)]]
      local ada = server:test_client()
      server:advance(1)
      assert.same({ { "x", 1 }, { "x", 2 }, { "x", 3 } }, events(ada))
    end)

    it("stops, also from within its own step, and may be stopped twice", function()
      serve [[
local tick
tick = socketio.tick(10, function(_, n) print(n) if n == 3 then tick:stop() tick:stop() end end)
socketio.on("stats", function() tick:stop() return tick:stats().ticks end)]]
      server:advance(10)
      assert.same({ "1", "2", "3" }, lines(server))
      assert.equal(3, server:test_client():call "stats")
    end)

    it("can be started and stopped by a handler", function()
      serve [[
local ticks = {}
socketio.on("start", function() ticks[#ticks + 1] = socketio.tick(10, function(_, n) print(n) end) end)
socketio.on("stop", function() table.remove(ticks):stop() end)]]
      local ada = server:test_client()
      ada:emit "start"
      server:advance(0.25)
      ada:emit "stop"
      server:advance(1)
      assert.same({ "1", "2" }, lines(server))
    end)

    it("says how it fares", function()
      serve [[
local tick = socketio.tick(10, function() end)
socketio.on("stats", function() return tick:stats() end)]]
      local ada = server:test_client()
      assert.equal(0, ada:call("stats").ticks)
      server:advance(2)
      assert.same({ rate = 10, ticks = 20, skipped = 0, late_p50 = 0, late_p99 = 0, late_max = 0, busy_p50 = 0,
        busy_p99 = 0, busy_max = 0 }, ada:call "stats")
    end)

    it("takes max_catch_up", function()
      serve [[socketio.tick(10, { max_catch_up = 1 }, function(_, n) print(n) end)]]
      server:advance(0.2)
      assert.same({ "1", "2" }, lines(server))
    end)

    it("goes on after an error", function()
      serve [[socketio.tick(1, function(_, n) if n == 1 then error("once") end print(n) end)]]
      server:advance(3)
      assert.matches("tick at .*: once", server:log())
      assert.matches("2\n3\n$", server:log())
    end)

    it("cannot wait", function()
      serve [[socketio.tick(1, function() socketio.sleep(1) end)]]
      server:advance(1)
      assert.matches(":1: sleep cannot wait in a tick, whose next step is due", server:log())
    end)
  end)

  describe("every", function()
    it("runs on a schedule that does not drift, though its function waits", function()
      serve [[local start = socketio.now()
socketio.every(0.7, function() local at = socketio.now() - start socketio.sleep(5) print(("%.3f"):format(at)) end)]]
      server:advance(70 + 5)
      local list = lines(server)
      assert.equal(100, #list)
      assert.equal("0.700", list[1])
      assert.equal("70.000", list[100])
    end)

    it("stops, also by itself", function()
      serve [[
local timer, n = nil, 0
timer = socketio.every(1, function() n = n + 1 print(n) if n == 2 then timer:stop() end end)]]
      server:advance(10)
      assert.same({ "1", "2" }, lines(server))
    end)
  end)

  describe("after", function()
    it("runs once, in order of the deadlines, and of their making where they are equal", function()
      serve [[
socketio.after(2, function() print "c" end)
socketio.after(1, function() print "a" end)
socketio.after(1, function() print "b" socketio.after(0, function() print "b+0" end) end)]]
      server:advance(5)
      assert.same({ "a", "b", "b+0", "c" }, lines(server))
    end)

    it("runs at the start with 0, when the script has loaded", function()
      serve [[socketio.after(0, function() print "second" end) print "first"]]
      server:advance(0)
      assert.same({ "first", "second" }, lines(server))
    end)

    it("does not run when it was stopped", function()
      serve [[local timer = socketio.after(1, function() print "never" end)
socketio.after(0.5, function() timer:stop() timer:stop() end)]]
      server:advance(5)
      assert.same({}, lines(server))
    end)

    it("may wait", function()
      serve [[socketio.after(1, function() socketio.sleep(1) print(socketio.now() > 0) end)]]
      server:advance(2)
      assert.same({ "true" }, lines(server))
    end)
  end)

  describe("start_background_task", function()
    it("runs a coroutine of its own, with the arguments", function()
      serve [[
socketio.on("go", function(...)
  socketio.start_background_task(function(...) print("task", ...) end, ..., nil, 3)
  print "handler"
end)]]
      server:test_client():emit("go", 1)
      assert.same({ "handler", "task\t1\tnil\t3" }, lines(server))
    end)

    it("starts with the server when the script's top level starts it", function()
      serve [[socketio.start_background_task(function(n) for i = 1, n do print(i) socketio.sleep(1) end end, 3)]]
      server:advance(10)
      assert.same({ "1", "2", "3" }, lines(server))
    end)

    it("has no client", function()
      serve [[socketio.on("go", function()
  socketio.start_background_task(function() print(pcall(emit, "x")) print(pcall(function() return request.sid end)) end)
end)]]
      server:test_client():emit "go"
      assert.matches("emit outside of a handler", server:log())
      assert.matches("request.sid outside of a handler or a route", server:log())
    end)

    it("is waited for by join", function()
      serve [[
local task = socketio.start_background_task(function() socketio.sleep(2) print "done" end)
socketio.on("join", function() return task:join() end)
local failing = socketio.start_background_task(function() error("boom", 0) end)
socketio.on("join_failing", function() return failing:join() end)]]
      local ada, bob = server:test_client(), server:test_client()
      local answered = {}
      ada:emit("join", function(ok) answered[#answered + 1] = ok end)
      bob:emit("join", function(ok) answered[#answered + 1] = ok end)
      server:advance(1)
      assert.same({}, answered)
      server:advance(1)
      assert.same({ true, true }, answered)
      assert.is_true(ada:call "join") -- it is over
      local ok, err = ada:call "join_failing"
      assert.is_nil(ok)
      assert.equal("boom", err)
    end)

    it("is ended where it waits by cancel, closing what is to be closed", function()
      serve [[
local task = socketio.start_background_task(function()
  local _ <close> = setmetatable({}, { __close = function() print "closed" end })
  socketio.sleep(10)
  print "never"
end)
socketio.on("cancel", function() task:cancel() print "cancelled" task:cancel() end)
socketio.on("join", function() return task:join() end)]]
      local ada, bob = server:test_client(), server:test_client()
      local answer
      bob:emit("join", function(...) answer = { ... } end)
      ada:emit "cancel"
      server:advance(20)
      assert.same({ "cancelled", "closed" }, lines(server))
      assert.same({ nil, "cancelled" }, answer)
    end)

    it("never starts when it is cancelled at once", function()
      serve [[
socketio.on("go", function()
  local task = socketio.start_background_task(function() print "never" end)
  task:cancel()
  return task:join()
end)]]
      assert.same({ nil, "cancelled" }, { server:test_client():call "go" })
      assert.same({}, lines(server))
    end)

    it("can be cancelled while it calls a client, or joins another", function()
      serve [[
local inner = socketio.start_background_task(function() socketio.sleep(50) end)
local tasks = {
  socketio.start_background_task(function() socketio.sleep(1) socketio.call("x") end),
  socketio.start_background_task(function() inner:join() end),
}
socketio.on("cancel", function() for _, task in ipairs(tasks) do task:cancel() end end)]]
      local ada = server:test_client()
      server:advance(2)
      ada:emit "cancel"
      server:advance(100)
      assert.same({}, lines(server))
    end)

    it("cannot wait for itself, nor cancel itself", function()
      serve [[
local task
task = socketio.start_background_task(function()
  print(pcall(task.join, task)) print(pcall(task.cancel, task))
end)]]
      server:advance(0)
      assert.matches("a task cannot join itself: it ends by returning", server:log())
      assert.matches("a task cannot cancel itself: it ends by returning", server:log())
    end)
  end)

  describe("sleep", function()
    it("lets others run, and with nothing or 0 just gives way", function()
      serve [[
local function run(name) for i = 1, 2 do print(name, i) socketio.sleep() end end
socketio.start_background_task(run, "a")
socketio.start_background_task(run, "b")]]
      server:advance(0)
      assert.same({ "a\t1", "b\t1", "a\t2", "b\t2" }, lines(server))
    end)

    it("is cancelled when the server closes", function()
      serve [[socketio.start_background_task(function() socketio.sleep(1e6) print "never" end)]]
      server:advance(1)
      server:close()
      assert.equal("", server:log())
    end)
  end)

  it("now is the virtual clock", function()
    serve [[socketio.on("now", function() return socketio.now() end)]]
    local ada = server:test_client()
    local start = ada:call "now"
    server:advance(1.5)
    assert.equal(start + 1.5, ada:call "now")
  end)

  it("leaves nothing of a thousand jobs whose handles were thrown away", function()
    serve [[
socketio.on("go", function()
  for _ = 1, 250 do
    socketio.after(0.01, function() end)
    local every = socketio.every(1, function() end) every:stop()
    local tick = socketio.tick(1, function() end) tick:stop()
    socketio.start_background_task(function() socketio.sleep(0.01) end)
  end
end)]]
    server:test_client():emit "go"
    server:advance(1)
  end)

  describe("mistakes:", function()
    local wrong = {
      { "socketio.tick(0, print)", "the rate must be 0.001 to 1000 steps a second, not the number 0" },
      { "socketio.tick(1001, print)", "not the number 1001" },
      { "socketio.tick(0 / 0, print)", "the rate must be" },
      { 'socketio.tick("30", print)', 'not the string "30"' },
      { "socketio.tick(30)", "what a tick calls must be a function, not nil" },
      { "socketio.tick(30, { max_catchup = 1 }, print)", 'do you mean "max_catch_up"' },
      { "socketio.tick(30, { max_catch_up = 0 }, print)", "a whole number of steps from 1 on" },
      { "socketio.tick(30, { max_catch_up = 1.5 }, print)", "a whole number of steps from 1 on" },
      { "socketio.every(0, print)", "the period of every must be 0.001 seconds or more, not the number 0" },
      { "socketio.every(1)", "what every calls must be a function, not nil" },
      { "socketio.after(-1, print)", "the delay of after must be from 0 to 1e9 seconds, not the number %-1" },
      { 'socketio.after("1", print)', 'the delay of after must be a number of seconds, not the string "1"' },
      { "socketio.after(1 / 0, print)", "must be from 0 to 1e9 seconds" },
      { "socketio.start_background_task(1)", "what start_background_task runs must be a function, not the number 1" },
    }
    for _, case in ipairs(wrong) do
      it(case[1], function()
        local err = support.load_error("\n" .. case[1])
        assert.matches("/tmp/lua_[^:]*:2: .*", err)
        assert.matches(case[2], err)
      end)
    end

    it("socketio.sleep(-1) and the like", function()
      for _, value in ipairs { "-1", "0/0", "1/0", '"1"', "{}" } do
        local ok, err = support.try(("socketio.sleep(%s)"):format(value))
        assert.is_false(ok)
        assert.matches(":2: the time to sleep must be", err)
      end
    end)
  end)
end)
