-- Acknowledgements both ways: what a handler returns, what a client answers to call and to a callback.

local support = require "spec.bindings.support"
local moonwire = require "moonwire"
local events = support.events

describe("acknowledgements", function()
  local server

  after_each(function()
    server:close()
  end)

  describe("of a client's event", function()
    local function returns(code, ...)
      server = support.serve(('socketio.on("go", function(...) %s end)'):format(code))
      return table.pack(server:test_client():call("go", ...))
    end

    it("carry all that the handler returns", function()
      assert.same({ n = 3, 1, "two", { three = 3 } }, returns [[return 1, "two", { three = 3 }]])
    end)

    it("have no arguments when it returns nothing", function()
      assert.equal(0, returns("return").n)
    end)

    it("keep nil among values", function()
      local values = returns [[return nil, "reason"]]
      assert.is_nil(values[1])
      assert.equal("reason", values[2])
      assert.equal(2, values.n)
    end)

    it("take a list for one value", function()
      assert.same({ n = 1, { 1, 2 } }, returns "return { 1, 2 }")
    end)

    it("may be binary", function()
      local value = returns([[return mw.binary("\0\255"), { b = mw.binary("x") }]])
      assert.equal(moonwire.binary("\0\255"), value[1])
      assert.equal(moonwire.binary("x"), value[2].b)
    end)

    it("come when the handler is done, however long it waits", function()
      assert.same({ n = 1, "late" }, returns [[socketio.sleep(5) return "late"]])
    end)

    it("are not sent for events that want none", function()
      server = support.serve [[socketio.on("go", function() return 1 end)]]
      local ada = server:test_client()
      ada:emit "go"
      assert.same({}, events(ada))
    end)

    it("are not sent when there is no handler", function()
      server = support.serve ""
      local ada, answered = server:test_client(), false
      ada:emit("nothing", function() answered = true end)
      assert.is_false(answered)
      assert.is_true(ada:is_connected())
    end)

    it("that cannot be sent are an error of the handler, with the path", function()
      server = support.serve [[socketio.on("go", function() return 1, { f = print } end)]]
      local ada, answered = server:test_client(), false
      ada:emit("go", function() answered = true end)
      assert.is_false(answered)
      assert.matches('handler of "go" in "/".*cannot be the acknowledgement: result%[2%]%.f is a function',
        server:log())
    end)

    it("go nowhere when the client left meanwhile", function()
      server = support.serve [[socketio.on("go", function() socketio.sleep(1) return 1 end)]]
      local ada = server:test_client()
      ada:emit("go", function() error("answered") end)
      ada:drop()
      server:advance(2)
      assert.equal("", server:log())
    end)
  end)

  describe("of call", function()
    local function serve(code)
      server = support.serve(('socketio.on("go", function(...) %s end)'):format(code))
      return server:test_client(), server:test_client()
    end

    it("are what it returns", function()
      local ada = serve [[return call("add", mw.args(2, 3))]]
      ada:on_call("add", function(a, b) return a + b, "and more" end)
      assert.same({ 5, "and more" }, { ada:call "go" })
    end)

    it("may be none, nil and binary", function()
      local ada = serve [[local values = table.pack(call("x")) return values.n, values[1], values[2] ]]
      ada:on_call("x", function() end)
      assert.equal(0, (ada:call "go"))
      ada:on_call("x", function() return nil, moonwire.binary("\1") end)
      local n, first, second = ada:call "go"
      assert.equal(2, n)
      assert.is_nil(first)
      assert.equal(moonwire.binary("\1"), second)
    end)

    it("may come from another client", function()
      local ada, bob = serve [[return call("who", nil, { to = ... })]]
      bob:on_call("who", function() return "bob" end)
      assert.equal("bob", ada:call("go", bob.sid))
    end)

    it("may come from whoever of a room is first; the others' are passed over", function()
      local ada, bob = serve [[return socketio.call("who")]]
      ada:on_call("who", function() return "somebody" end)
      bob:on_call("who", function() return "somebody" end)
      assert.equal("somebody", ada:call "go")
    end)

    it("may still come from one of a room when another has left", function()
      server = support.serve [[
socketio.on("go", function() print(pcall(socketio.call, "who", nil, { include_self = false })) end)
socketio.on("answer", function() end)]]
      local ada, bob, eve = server:test_client(), server:test_client(), server:test_client()
      local answers = {}
      ada:emit "go"
      bob:drop()
      assert.equal("", server:log())
      for _, packet in ipairs(eve:get_received()) do answers[#answers + 1] = packet.name end
      assert.same({ "who" }, answers)
      eve:drop()
      assert.equal("false\tdisconnected\n", server:log())
    end)

    it("let other events run meanwhile", function()
      local ada, bob = serve [[if ... then return "quick" end return call("slow")]]
      ada:emit "go"
      assert.equal("quick", bob:call("go", true))
    end)

    it("raise \"timeout\" when they do not come in time", function()
      local ada = serve [[local start = socketio.now() local ok, err = pcall(call, "x", nil, { timeout = 3 })
        return ok, err, socketio.now() - start]]
      assert.same({ false, "timeout", 3.0 }, { ada:call "go" })
    end)

    it("time out after 60 seconds by themselves", function()
      local ada = serve [[local ok, err = pcall(call, "x") emit("end", mw.args(ok, err))]]
      ada:emit "go"
      server:advance(59.9)
      assert.same({ { "x" } }, events(ada))
      server:advance(0.2)
      assert.same({ { "end", false, "timeout" } }, events(ada))
    end)

    it("raise \"disconnected\" at once when the client leaves first", function()
      local ada, bob = serve [[local ok, err = pcall(call, "x", nil, { to = ... }) print(ok, err)]]
      ada:emit("go", bob.sid)
      bob:drop()
      assert.equal("false\tdisconnected\n", server:log())
    end)

    it("raise \"disconnected\" when there is nobody to ask", function()
      local ada = serve [[return pcall(call, "x", nil, { to = "nobody" })]]
      assert.same({ false, "disconnected" }, { ada:call "go" })
    end)

    it("raise where they are not caught, naming the handler", function()
      local ada = serve [[call("x", nil, { timeout = 1 })]]
      ada:emit "go"
      server:advance(1)
      assert.matches('error: handler of "go" in "/", sid [%w_-]+: timeout\nstack traceback:', server:log())
    end)

    it("work in a background task, after a sleep, and through to(…)", function()
      server = support.serve [[
socketio.on("go", function()
  local sid = request.sid
  socketio.start_background_task(function()
    socketio.sleep(1)
    print(socketio.to(sid).call("x", "hi"))
  end)
end)]]
      local ada = server:test_client()
      ada:on_call("x", function(text) return text .. "!" end)
      ada:emit "go"
      server:advance(1)
      assert.equal("hi!\n", server:log())
    end)

    it("cannot be waited for where nothing can wait", function()
      server = support.serve [[
socketio.tick(1, function(_, n) if n == 1 then socketio.call("x") end end)
socketio.on("sort", function() table.sort({ 1, 2 }, function() call("x") end) end)
socketio.on("own", function() return coroutine.resume(coroutine.create(function() call("x") end)) end)]]
      local ada = server:test_client()
      server:advance(1)
      assert.matches("call cannot wait in a tick", server:log())
      ada:emit "sort"
      assert.matches("call cannot wait inside a function that C calls back", server:log())
      local _, err = ada:call "own"
      assert.matches("call cannot wait in a coroutine of the script's own", err)
    end)
  end)

  describe("of an emit with a callback", function()
    local function serve(options)
      server = support.serve(([[
socketio.on("go", function()
  emit("ask", "?", { callback = function(...)
    print("answered", request.sid, request.event.message, ...)
    emit("thanks", mw.args(...))
  end%s })
end)]]):format(options or ""))
      return server:test_client(), server:test_client()
    end

    it("call it on behalf of the client whose handler emitted", function()
      local ada, bob = serve ", broadcast = true, include_self = false"
      bob:on_call("ask", function(text) return text .. "!", 2 end)
      local ada_sid = ada.sid
      ada:emit "go"
      assert.equal(("answered\t%s\task\t?!\t2\n"):format(ada_sid), server:log())
      assert.same({ { "thanks", "?!", 2 } }, events(ada))
      assert.same({ { "ask", "?" } }, events(bob))
    end)

    it("call it once for each receiver", function()
      local ada, bob = serve ", broadcast = true"
      for _, client in ipairs { ada, bob } do
        client:on_call("ask", function() return client == ada and "ada" or "bob" end)
      end
      ada:emit "go"
      local _, count = server:log():gsub("answered", "")
      assert.equal(2, count)
    end)

    it("never come without a timeout, and leave nothing behind", function()
      local ada = serve()
      ada:emit "go"
      server:advance(1000)
      assert.equal("", server:log())
    end)

    it("say nil and \"timeout\" after a timeout", function()
      local ada = serve ", timeout = 2"
      ada:emit "go"
      server:advance(1.9)
      assert.equal("", server:log())
      server:advance(0.2)
      assert.matches("answered\t[%w_-]+\task\tnil\ttimeout\n", server:log())
    end)

    it("say nil and \"disconnected\" when the client leaves before the timeout", function()
      local ada, bob = serve ", timeout = 2, broadcast = true, include_self = false"
      ada:emit "go"
      bob:drop()
      assert.matches("answered\t[%w_-]+\task\tnil\tdisconnected\n", server:log())
    end)

    it("say nothing of a client that leaves when there is no timeout", function()
      local ada, bob = serve ", broadcast = true, include_self = false"
      ada:emit "go"
      bob:drop()
      assert.equal("", server:log())
    end)

    it("may wait, and their errors are a handler's", function()
      server = support.serve [[
socketio.on_error(function(err) print("caught", (err:gsub("^.-: ", ""))) end)
socketio.on("go", function() emit("ask", nil, { callback = function() socketio.sleep(1) error("no") end }) end)]]
      local ada = server:test_client()
      ada:on_call("ask", function() end)
      ada:emit "go"
      server:advance(1)
      assert.equal("caught\tno\n", server:log())
    end)

    it("have no client when a tick emitted", function()
      server = support.serve [[
socketio.tick(1, function(_, n)
  if n == 1 then socketio.emit("ask", nil, { callback = function() print(pcall(emit, "x")) end }) end
end)]]
      local ada = server:test_client()
      ada:on_call("ask", function() end)
      server:advance(1)
      assert.matches("false\t.*emit outside of a handler", server:log())
    end)
  end)
end)
