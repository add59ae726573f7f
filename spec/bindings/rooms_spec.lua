-- Rooms and clients: joining, leaving, closing, listing and disconnecting, of oneself and of others.

local support = require "spec.bindings.support"
local events = support.events

local function sorted(list)
  table.sort(list)
  return list
end

describe("rooms", function()
  local server, ada, bob

  local SCRIPT = [[
for _, name in ipairs { "join_room", "leave_room", "close_room", "rooms" } do
  socketio.on(name, function(...) return mw[name](...) end)
end
socketio.on("sids", function(options) return socketio.sids(options) end)
socketio.on("tell", function(room) emit("told", room, { to = room }) end)
socketio.of("/chat").on("rooms", function() return mw.rooms() end)
socketio.of("/chat").on("join", function(room) return join_room(room) end)
socketio.on("of_chat", function(name, ...) return socketio.of("/chat")[name](...) end)
socketio.on("disconnect", function(reason) print("gone", reason, table.concat(mw.rooms(), "+")) end)]]

  before_each(function()
    server = support.serve(SCRIPT)
    ada, bob = server:test_client(), server:test_client()
  end)
  after_each(function() server:close() end)

  it("hold who joined, until it leaves", function()
    assert.is_true(ada:call("join_room", "red"))
    bob:emit("tell", "red")
    assert.same({ { "told", "red" } }, events(ada))
    assert.same({}, events(bob))
    assert.is_true(ada:call("leave_room", "red"))
    bob:emit("tell", "red")
    assert.same({}, events(ada))
  end)

  it("are joined once, and left once", function()
    ada:call("join_room", "red")
    ada:call("join_room", "red")
    bob:emit("tell", "red")
    assert.same({ { "told", "red" } }, events(ada))
    ada:call("leave_room", "red")
    assert.is_true(ada:call("leave_room", "red"))
    assert.same({ ada.sid }, ada:call "rooms")
  end)

  it("are joined and left for another client by its sid", function()
    assert.is_true(ada:call("join_room", "red", { sid = bob.sid }))
    assert.same({ bob.sid, "red" }, ada:call("rooms", { sid = bob.sid }))
    assert.is_true(ada:call("leave_room", "red", { sid = bob.sid }))
    assert.same({ bob.sid }, bob:call "rooms")
  end)

  it("include the one named by the sid, once", function()
    assert.same({ ada.sid }, ada:call "rooms")
    ada:call("join_room", ada.sid)
    assert.same({ ada.sid }, ada:call "rooms")
    bob:emit("tell", ada.sid)
    assert.same({ { "told", ada.sid } }, events(ada))
  end)

  it("are named by text, and numbers are taken as theirs", function()
    ada:call("join_room", 1)
    assert.same({ ada.sid, "1" }, ada:call "rooms")
    ada:call("join_room", "1")
    assert.same({ ada.sid, "1" }, ada:call "rooms")
    ada:call("leave_room", 1.0)
    assert.same({ ada.sid }, ada:call "rooms")
  end)

  it("are closed for everyone in them, who hear nothing of it", function()
    ada:call("join_room", "red")
    bob:call("join_room", "red")
    assert.is_true(ada:call("close_room", "red"))
    assert.same({ ada.sid }, ada:call "rooms")
    assert.same({ bob.sid }, bob:call "rooms")
    assert.same({}, events(bob))
    assert.is_true(ada:call("close_room", "never there"))
  end)

  it("belong to a namespace", function()
    ada:connect "/chat"
    bob:connect "/chat"
    local chat_sid = ada:call("of_chat", "sids")
    assert.equal(2, #chat_sid)
    ada:call("join_room", "red")
    assert.same({}, ada:call("of_chat", "sids", { room = "red" }))
    assert.same({ ada.sid }, ada:call("sids", { room = "red" }))
    assert.is_true(ada:call("of_chat", "join_room", "red", { sid = chat_sid[1] }))
    assert.same({ chat_sid[1] }, ada:call("sids", { room = "red", namespace = "/chat" }))
    assert.same({ chat_sid[1], "red" }, ada:call("rooms", { sid = chat_sid[1], namespace = "/chat" }))
    assert.is_true(ada:call("close_room", "red", { namespace = "/chat" }))
    assert.same({ chat_sid[1] }, ada:call("rooms", { sid = chat_sid[1], namespace = "/chat" }))
    assert.same({ ada.sid, "red" }, ada:call "rooms")
  end)

  it("are empty when their last member is gone", function()
    bob:call("join_room", "red")
    bob:drop()
    assert.same({}, ada:call("sids", { room = "red" }))
  end)

  it("can still be read in the disconnect handler", function()
    ada:call("join_room", "red")
    local sid = ada.sid
    ada:disconnect()
    assert.matches("gone\tclient disconnect\t" .. sid .. "+red", server:log(), 1, true)
  end)

  describe("sids", function()
    it("lists everyone, or a room", function()
      assert.same(sorted { ada.sid, bob.sid }, sorted(ada:call "sids"))
      bob:call("join_room", "red")
      assert.same({ bob.sid }, ada:call("sids", { room = "red" }))
      assert.same(sorted { ada.sid, bob.sid }, sorted(ada:call("sids", { room = { "red", ada.sid } })))
      assert.same({}, ada:call("sids", { room = "blue" }))
      assert.same({}, ada:call("sids", { namespace = "/nowhere" }))
    end)
  end)

  describe("a sid that is not there", function()
    for _, name in ipairs { "join_room", "leave_room" } do
      it("makes " .. name .. " return nil, a message and a code", function()
        local ok, message, code = ada:call(name, "red", { sid = "nobody" })
        assert.is_nil(ok)
        assert.equal('no client has the sid "nobody" in "/"', message)
        assert.equal("gone", code)
      end)
    end

    it("makes rooms return nil, a message and a code", function()
      local ok, message, code = ada:call("rooms", { sid = bob.sid, namespace = "/chat" })
      assert.is_nil(ok)
      assert.matches('in "/chat"', message)
      assert.equal("gone", code)
    end)
  end)

  describe("wrong usage raises:", function()
    local wrong = {
      { "join_room()", "join_room: the room must be the name of a room or a sid, not nil" },
      { 'join_room("")', "the room is an empty string" },
      { 'join_room({ "a" })', "not a table" },
      { 'join_room("a", "sid")', "join_room: its options must be a table, not the string" },
      { 'join_room("a", { sid = nil })', "join_room: its options have no key" },
      { 'join_room("a", { sdi = "x" })', 'do you mean "sid"' },
      { 'join_room("a", { namespace = "/chat" })', 'this client has another sid in "/chat"' },
      { 'mw.rooms({ sid = 1 })', "option sid must be a string, not the number 1" },
      { 'mw.disconnect({})', "disconnect: its options have no key" },
      { 'mw.disconnect("abc")', "disconnect: its options must be a table" },
      { 'mw.close_room("a", { sid = "x" })', 'close_room has no option "sid"' },
      { 'socketio.sids({ rooms = "a" })', 'do you mean "room"' },
      { 'socketio.sids({ room = "" })', "option room is an empty string" },
    }
    for _, case in ipairs(wrong) do
      it(case[1], function()
        local ok, err = support.try(case[1])
        assert.is_false(ok)
        assert.matches(case[2], err)
        assert.matches("^/tmp/lua_[^:]*:2: ", err)
      end)
    end

    it("without a client to be about", function()
      local other = support.serve [[
socketio.after(1, function() print(pcall(join_room, "a")) print(pcall(mw.rooms)) print(pcall(mw.disconnect)) end)]]
      other:advance(1)
      for _, name in ipairs { "join_room", "rooms", "disconnect" } do
        assert.matches(name .. " outside of a handler needs the option sid", other:log())
      end
      other:close()
    end)
  end)
end)

describe("disconnect", function()
  local server

  before_each(function()
    server = support.serve [[
socketio.on("leave", function() mw.disconnect() emit("too late") print("still here", request.sid ~= nil) end)
socketio.on("kick", function(sid) return mw.disconnect { sid = sid } end)
socketio.on("disconnect", function(reason) print("gone", reason) socketio.emit("left", request.sid) end)
socketio.of("/chat").on("noop", function() end)]]
  end)
  after_each(function() server:close() end)

  it("ends the handler's own client when the turn ends, and nothing more reaches it", function()
    local ada, bob = server:test_client(), server:test_client()
    local sid = ada.sid
    ada:emit "leave"
    assert.is_false(ada:is_connected())
    assert.same({}, events(ada))
    assert.same({ { "left", sid } }, events(bob))
    assert.equal("still here\ttrue\ngone\tserver disconnect\n", server:log())
  end)

  it("ends another client by its sid, and tells when there is none", function()
    local ada, bob = server:test_client(), server:test_client()
    assert.is_true(ada:call("kick", bob.sid))
    assert.is_false(bob:is_connected())
    local ok, _, code = ada:call("kick", bob.sid or "x")
    assert.is_nil(ok)
    assert.equal("gone", code)
  end)

  it("leaves the client's other namespaces alone", function()
    local ada = server:test_client()
    ada:connect "/chat"
    ada:emit "leave"
    assert.is_true(ada:is_connected "/chat")
  end)

  it("twice is once", function()
    local ada, bob = server:test_client(), server:test_client()
    ada:emit("kick", bob.sid)
    ada:emit("kick", bob.sid)
    local _, count = server:log():gsub("gone", "")
    assert.equal(1, count)
  end)
end)
