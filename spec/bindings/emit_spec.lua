-- emit, send and call: who gets what, with which options, and every way to ask for it wrongly.

local support = require "spec.bindings.support"
local events = support.events

describe("emit", function()
  local server

  after_each(function()
    if server then server:close() end
    server = nil
  end)

  -- A server whose handler of "go" runs the code, and three clients of it.
  local function three(code, config)
    server = support.serve(('socketio.on("go", function(...) %s end)'):format(code), config)
    return server:test_client(), server:test_client(), server:test_client()
  end

  describe("in a handler", function()
    it("answers the client alone", function()
      local ada, bob = three [[emit("x", 1)]]
      ada:emit "go"
      assert.same({ { "x", 1 } }, events(ada))
      assert.same({}, events(bob))
    end)

    it("sends no, one and several arguments", function()
      local ada = three [[emit("none"); emit("one", "a"); emit("several", mw.args(1, nil, { 2 }, nil))]]
      ada:emit "go"
      local received = ada:get_received()
      assert.equal(0, #received[1].args)
      assert.same({ "a" }, received[2].args)
      assert.equal(1, received[3].args[1])
      assert.is_nil(received[3].args[2])
      assert.same({ 2 }, received[3].args[3])
    end)

    it("broadcasts, and leaves itself out if asked to", function()
      local ada, bob, eve = three [[
        emit("all", 1, { broadcast = true })
        emit("others", 2, { broadcast = true, include_self = false })]]
      ada:emit "go"
      assert.same({ { "all", 1 } }, events(ada))
      assert.same({ { "all", 1 }, { "others", 2 } }, events(bob))
      assert.same({ { "all", 1 }, { "others", 2 } }, events(eve))
    end)

    for _, option in ipairs { "to", "room" } do
      it("reaches a sid with " .. option, function()
        local ada, bob, eve = three(([[emit("x", 1, { %s = ... })]]):format(option))
        ada:emit("go", bob.sid)
        assert.same({}, events(ada))
        assert.same({ { "x", 1 } }, events(bob))
        assert.same({}, events(eve))
      end)
    end

    it("reaches each of a list once", function()
      local ada, bob, eve = three [[
        join_room("odd", { sid = ... })
        emit("x", 1, { to = { "odd", ..., "nobody" } })]]
      ada:emit("go", bob.sid)
      assert.same({ { "x", 1 } }, events(bob))
      assert.same({}, events(ada))
      assert.same({}, events(eve))
    end)

    for _, option in ipairs { "skip_sid", "except" } do
      it("leaves out a sid with " .. option, function()
        local ada, bob, eve = three(([[emit("x", 1, { broadcast = true, %s = ... })]]):format(option))
        ada:emit("go", bob.sid)
        assert.same({ { "x", 1 } }, events(ada))
        assert.same({}, events(bob))
        assert.same({ { "x", 1 } }, events(eve))
      end)
    end

    it("leaves out a room and a list", function()
      local ada, bob, eve = three [[
        join_room("quiet", { sid = ... })
        emit("x", 1, { broadcast = true, except = "quiet" })
        emit("y", 2, { broadcast = true, except = { "quiet", request.sid } })]]
      ada:emit("go", bob.sid)
      assert.same({ { "x", 1 } }, events(ada))
      assert.same({}, events(bob))
      assert.same({ { "x", 1 }, { "y", 2 } }, events(eve))
    end)

    it("takes a number for the name of a room", function()
      local ada, bob = three [[
        join_room(7)
        emit("text", 1, { to = "7" }); emit("number", 2, { to = 7 }); emit("float", 3, { to = { 7.0 } })]]
      ada:emit "go"
      assert.same({ { "text", 1 }, { "number", 2 }, { "float", 3 } }, events(ada))
      assert.same({}, events(bob))
    end)

    it("goes to another namespace", function()
      server = support.serve [[
socketio.on("go", function()
  emit("x", 1, { namespace = "/chat", broadcast = true })
  emit("y", 2, { broadcast = true, include_self = false, namespace = "/chat" })
end)
socketio.of("/chat").on("noop", function() end)]]
      local ada = server:test_client()
      ada:connect "/chat"
      ada:emit "go"
      assert.same({ { "x", 1 }, { "y", 2 } }, events(ada, "/chat"))
      assert.same({}, events(ada))
    end)

    it("still answers after a sleep, and goes nowhere once the client left", function()
      local ada, bob = three [[socketio.sleep(1); emit("x", request.sid); socketio.emit("y")]]
      ada:emit "go"
      bob:emit "go"
      local bob_sid = bob.sid
      bob:drop()
      server:advance(1)
      assert.same({ { "x", ada.sid }, { "y" }, { "y" } }, events(ada))
      assert.not_equal(bob_sid, nil)
      assert.not_matches("error", server:log())
    end)
  end)

  describe("of socketio", function()
    it("addresses everyone in the namespace", function()
      local ada, bob = three [[socketio.emit("x", 1); socketio.send("hi")]]
      ada:emit "go"
      for _, client in ipairs { ada, bob } do
        assert.same({ { "x", 1 }, { "message", "hi" } }, events(client))
      end
    end)

    it("skips the client with include_self = false", function()
      local ada, bob = three [[socketio.emit("x", 1, { include_self = false })]]
      ada:emit "go"
      assert.same({}, events(ada))
      assert.same({ { "x", 1 } }, events(bob))
    end)

    it("reaches rooms with to(…), which can be kept", function()
      local ada, bob, eve = three [[
        local sids = { ... }
        local both = socketio.to(sids[1], sids[2])
        both.emit("x", 1); both.send("hi"); socketio.to(sids).emit("y")]]
      eve:emit("go", ada.sid, bob.sid)
      for _, client in ipairs { ada, bob } do
        assert.same({ { "x", 1 }, { "message", "hi" }, { "y" } }, events(client))
      end
      assert.same({}, events(eve))
    end)

    it("works in a tick, a timer and a background task", function()
      server = support.serve [[
socketio.on("noop", function() end)
socketio.tick(1, function(_, n) if n == 1 then socketio.emit("tick") end end)
socketio.after(2, function() socketio.emit("timer") end)
socketio.start_background_task(function() socketio.sleep(3) socketio.emit("task") end)]]
      local ada = server:test_client()
      server:advance(3)
      assert.same({ { "tick" }, { "timer" }, { "task" } }, events(ada))
    end)

    it("works in a route", function()
      server = support.serve [[app.route("/go", function() socketio.emit("x", 1) return "ok" end)]]
      local ada = server:test_client()
      assert.equal(200, server:get("/go").status)
      assert.same({ { "x", 1 } }, events(ada))
    end)

    it("drops what is volatile for a client that is behind", function()
      local ada, bob = three [[
        for i = 1, 3 do socketio.emit("x", i, { volatile = true }) socketio.sleep(1) end]]
      ada:throttle(0)
      bob:emit "go"
      server:advance(3)
      ada:throttle()
      assert.same({ { "x", 1 } }, events(ada))
      assert.same({ { "x", 1 }, { "x", 2 }, { "x", 3 } }, events(bob))
    end)
  end)

  describe("send", function()
    it("is emit of message, or of json", function()
      local ada = three [[send("hi"); send({ a = 1 }, { json = true }); send("all", { broadcast = true })]]
      ada:emit "go"
      assert.same({ { "message", "hi" }, { "json", { a = 1 } }, { "message", "all" } }, events(ada))
    end)
  end)

  describe("raises", function()
    local wrong = {
      { 'emit("x", 1, {})', "options have no key" },
      { 'emit("x", 1, { to = nil })', "options have no key" },
      { 'emit("x", 1, { to = {} })', "option to is an empty list" },
      { 'emit("x", 1, { to = "" })', "option to is an empty string" },
      { 'emit("x", 1, { to = { "a", "" } })', "option to is an empty string" },
      { 'emit("x", 1, { to = { "a", {} } })', "must be the name of a room or a sid, not a table" },
      { 'emit("x", 1, { to = true })', "must be the name of a room or a sid, not true" },
      { 'emit("x", 1, { to = "a", room = "b" })', "to and room are one option" },
      { 'emit("x", 1, { broadcast = true, skip_sid = "" })', "option except is an empty string" },
      { 'emit("x", 1, { brodcast = true })', 'no option "brodcast": do you mean "broadcast"%?' },
      { 'emit("x", 1, { zzz = true })', 'no option "zzz": it has to, room' },
      { 'emit("x", 1, { "room" })', "but it has the key the number 1" },
      { 'emit("x", 1, { broadcast = 1 })', "option broadcast must be true or false, not the number 1" },
      { 'emit("x", 1, { include_self = false })', "include_self = false leaves nobody" },
      { 'emit("x", 1, { namespace = "/chat" })', 'this client has another sid in "/chat"' },
      { 'emit("x", 1, { namespace = "chat" })', 'begins with "/"; write "/chat"' },
      { 'emit("x", 1, { callback = "f", broadcast = true })', "callback must be a function, not the string" },
      { 'emit("x", 1, { timeout = 1 })', "option timeout needs a callback" },
      { 'emit("x", 1, { timeout = 0, callback = print })', "number of seconds above 0, not the number 0" },
      { 'emit("x", 1, { json = true })', 'no option "json"' },
      { 'emit("x", 1, 2)', "options must be a table, not the number 2 .several arguments go as mw.args" },
      { 'emit("x", 1, {to = "a"}, 3)', "too many arguments; several values go as mw.args" },
      { 'emit(1)', "event's name must be a string, not the number 1" },
      { 'socketio:emit("x")', "event's name must be a string, not a table .it is called with a dot" },
      { 'emit("connect")', '"connect" is an event of the protocol' },
      { 'emit("disconnecting")', '"disconnecting" is an event of the protocol' },
      { 'emit("\\255")', "event's name is not valid UTF%-8" },
      { 'socketio.to()', "socketio.to wants a room" },
      { 'socketio.to(nil)', "must be the name of a room or a sid, not nil" },
      { 'socketio.to("")', "is an empty string" },
      { 'socketio.to("a", {})', "is an empty list" },
      { 'socketio.to("a").emt("x")', 'has emit, send and call, and no "emt"' },
      { 'socketio.to("a").emit("x", 1, { to = "b" })', "to%(…%) and the option to are one option" },
      { 'call("x", 1, { callback = print, broadcast = true })', 'call has no option "callback"' },
    }

    for _, case in ipairs(wrong) do
      it(("on %s, at its line"):format(case[1]), function()
        local ok, err = support.try(case[1])
        assert.is_false(ok)
        assert.matches(case[2], err)
        assert.matches("^/tmp/lua_[^:]*:2: ", err)
      end)
    end

    for _, what in ipairs { "emit", "send", "call" } do
      it(("when %s is used outside of a handler"):format(what), function()
        server = support.serve(([[
socketio.after(1, function() print(pcall(mw.%s, "x")) end)
socketio.after(2, function() print(pcall(mw.%s, "x", { broadcast = true })) end)]]):format(what, what))
        server:advance(2)
        local _, count = server:log():gsub("outside of a handler has no client to answer: socketio." .. what, "")
        assert.equal(2, count)
      end)
    end

    it("when something is emitted while the script loads", function()
      assert.matches(":1: emit while the script loads", support.load_error [[socketio.emit("x")]])
    end)

    it("with the path of what cannot be sent, and sends nothing", function()
      local ada = three [[
        local ok, err = pcall(emit, "x", { players = { {}, {}, { pos = { x = 0 / 0 } } } })
        emit("err", err)]]
      ada:emit "go"
      local received = events(ada)
      assert.equal(1, #received)
      assert.matches("emit of \"x\": args%[1%]%.players%[3%]%.pos%.x is nan", received[1][2])
    end)
  end)
end)
