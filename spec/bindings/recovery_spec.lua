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
end)
