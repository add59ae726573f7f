-- Connection state recovery as scripts see it: who gets what they send to a client that is away, and mw.data.
-- What the server keeps, and for how long, is asked in spec/core/recovery_test.c.

local support = require "spec.bindings.support"

describe("connection_state_recovery", function()
  local server
  local function serve(source)
    server = support.serve(source, { connection_state_recovery = 10 })
    return server
  end
  after_each(function()
    if server then server:close() end
    server = nil
  end)

  -- The client that `old` becomes; `offset` is of the last event that it saw.
  local function come_back(old, offset)
    local client = server:test_client { auth = { pid = old.pid, offset = offset } }
    assert.equal(old.sid, client.sid)
    return client
  end

  local function drop(...)
    for _, client in ipairs { ... } do client:drop() end
  end

  describe("keeps for the client alone", function()
    local function only_ann_hears(...)
      local ann, bob = server:test_client(), server:test_client()
      if ... then ann:emit(...) end
      drop(ann, bob)
      server:advance(2)
      bob, ann = come_back(bob), come_back(ann)
      assert.same({}, support.events(bob))
      assert.same({ { "hello", "1" } }, support.events(ann))
    end

    it("what its handler says after it left", function()
      serve [[socketio.on("go", function() socketio.sleep(1) emit("hello") end)]]
      only_ann_hears "go"
    end)

    it("what its disconnect handler says", function()
      serve [[
        local first
        socketio.on("connect", function() first = first or request.sid end)
        socketio.on("disconnect", function() if request.sid == first then emit("hello") end end)]]
      only_ann_hears()
    end)

    it("what is said to its sid", function()
      serve [[
        local first
        socketio.on("connect", function() first = first or request.sid end)
        socketio.on("disconnect", function()
          local sid = request.sid
          if sid == first then socketio.after(1, function() socketio.emit("hello", nil, { to = sid }) end) end
        end)]]
      only_ann_hears()
    end)
  end)

  it("lets a handler that slept answer the client that came back", function()
    serve [[socketio.on("go", function()
      socketio.sleep(1)
      emit("hello")
      emit("thanks", call("name"))
    end)]]
    local ann = server:test_client()
    ann:emit "go"
    drop(ann)
    ann = come_back(ann)
    ann:on_call("name", function() return "ann" end)
    server:advance(1)
    assert.same({ { "hello", "1" }, { "name" }, { "thanks", "ann", "2" } }, support.events(ann))
  end)

  describe("brings mw.data back", function()
    local SCRIPT = [[
      socketio.on("set", function(value) mw.data.value = value end)
      socketio.on("get", function() return mw.data.value end)
      socketio.on("disconnect", function()
        local seconds = mw.data.value
        if seconds then socketio.sleep(seconds) end
        print("left with " .. tostring(mw.data.value))
      end)]]

    it("again and again", function()
      serve(SCRIPT)
      local ann = server:test_client()
      ann:emit("set", 0.5)
      for _ = 1, 3 do
        drop(ann)
        server:advance(1)
        ann = come_back(ann)
        assert.equal(0.5, ann:call "get")
      end
    end)

    it("to a client that is back before its disconnect handler is done, and to the handler too", function()
      serve(SCRIPT)
      local before = server._native:census()
      local ann = server:test_client()
      ann:emit("set", 3)
      drop(ann)
      ann = come_back(ann)
      assert.equal(3, ann:call "get")
      server:advance(4)
      assert.equal("left with 3\n", server:log())
      ann:emit("set", nil)
      ann:disconnect()
      server:advance(12)
      assert.equal(before.registry, server._native:census().registry)
    end)

    it("and forgets it when the time is over, though the disconnect handler takes longer", function()
      serve(SCRIPT)
      local before = server._native:census()
      local ann = server:test_client()
      ann:emit("set", 20)
      drop(ann)
      server:advance(25)
      assert.equal("left with 20\n", server:log())
      assert.equal(before.registry, server._native:census().registry)
    end)
  end)

  it("tells who waits for an answer that there will be none", function()
    serve [[
      socketio.on("go", function()
        emit("ask", nil, { timeout = 5, callback = function(...) print("callback", ...) end })
        print("call", pcall(call, "ask"))
      end)]]
    local ann = server:test_client()
    ann:emit "go"
    drop(ann)
    local said = "callback\tnil\tdisconnected\ncall\tfalse\tdisconnected\n"
    assert.equal(said, server:log())
    ann = come_back(ann)
    server:advance(6)
    assert.equal(said, server:log())
    assert.same({}, support.events(ann)) -- what asks is not kept: nobody waits for the answer
  end)

  it("is not for a client that the server disconnected", function()
    serve [[socketio.on("go", function() mw.disconnect() end)]]
    local ann = server:test_client()
    ann:emit "go"
    drop(ann)
    assert.not_equal(ann.sid, server:test_client { auth = { pid = ann.pid } }.sid)
  end)
end)
