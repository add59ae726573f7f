-- Connecting and disconnecting: the auth payload, refusals, what is sent meanwhile, reasons, namespaces, mw.data.

local support = require "spec.bindings.support"
local events = support.events

describe("connect", function()
  local server

  local function serve(script, config)
    server = support.serve(script, config)
    return server
  end

  after_each(function() server:close() end)

  it("passes the auth payload, or nil", function()
    serve [[socketio.on("connect", function(...) print(select("#", ...), (...) and (...).token) end)]]
    server:test_client { auth = { token = "t" } }
    server:test_client()
    assert.equal("1\tt\n1\tnil\n", server:log())
  end)

  it("accepts without a handler", function()
    serve ""
    assert.is_true(server:test_client():is_connected())
  end)

  for _, value in ipairs { "nil", "true", "0", '""', "{}" } do
    it("accepts when the handler returns " .. value, function()
      serve(('socketio.on("connect", function() return %s end)'):format(value))
      assert.is_true(server:test_client():is_connected())
    end)
  end

  it("refuses on false, in Flask-SocketIO's words", function()
    serve [[socketio.on("connect", function() return false end)
      socketio.on("disconnect", function() print "never" end)]]
    local client = server:test_client()
    assert.is_false(client:is_connected())
    assert.same({ message = "Connection rejected by server" }, client.error)
    assert.equal("", server:log())
  end)

  it("refuses with refuse_connection, with or without a message and data", function()
    serve [[socketio.on("connect", function(auth)
      mw.refuse_connection(table.unpack(auth.arguments))
    end)]]
    local function refused(...) return server:test_client({ auth = { arguments = { ... } } }).error end
    assert.same({ message = "Connection rejected by server" }, refused())
    assert.same({ message = "not you" }, refused "not you")
    assert.same({ message = "not you", data = { code = 7 } }, refused("not you", { code = 7 }))
    assert.equal("", server:log())
  end)

  it("refuses, logs and tells the error handler when the handler raises", function()
    serve [[
socketio.on_error(function(err) print("caught", err) return true end)
socketio.on("connect", function() error("boom", 0) end)]]
    local client = server:test_client()
    assert.is_false(client:is_connected())
    assert.same({ message = "Connection rejected by server" }, client.error)
    assert.equal("caught\tboom\n", server:log())
  end)

  it("holds back what the handler emits until the client is accepted", function()
    serve [[
socketio.on("connect", function(auth)
  emit("welcome", request.sid)
  join_room("lobby")
  socketio.emit("joined", request.sid)
  if auth then return false end
end)]]
    local ada = server:test_client()
    assert.same({ { "welcome", ada.sid }, { "joined", ada.sid } }, events(ada))
    local eve = server:test_client { auth = {} }
    assert.is_false(eve:is_connected())
    assert.same({}, events(eve))
    assert.equal(1, #events(ada))
  end)

  it("may wait before it decides", function()
    serve [[socketio.on("connect", function(auth) socketio.sleep(2) return auth ~= nil end)]]
    local start = server._time
    assert.is_true(server:test_client({ auth = {} }):is_connected())
    assert.is_true(server._time - start >= 2)
    assert.is_false(server:test_client():is_connected())
  end)

  it("is over when the client leaves while the handler waits", function()
    serve [[
socketio.on("connect", function() socketio.sleep(100) print(request.sid ~= nil) end)
socketio.on("disconnect", function() print "never" end)]]
    local native = server._native
    local link = native:connect("EIO=4&transport=websocket", {})
    native:send(link, "40", false)
    native:drop(link)
    server:advance(101)
    assert.equal("true\n", server:log())
  end)

  it("closes the client whose auth payload is malformed", function()
    serve [[socketio.on("connect", function() print "never" end)]]
    local native = server._native
    for _, payload in ipairs { "40{", "40{},{}", '40{"a":1}x' } do
      local link = native:connect("EIO=4&transport=websocket", {})
      native:send(link, payload, false)
      assert.is_false(native:is_up(link))
    end
    assert.not_matches("never", server:log())
  end)

  describe("in a namespace", function()
    it("without a handler is refused, but for /", function()
      serve ""
      local client = server:test_client()
      assert.is_true(client:is_connected "/")
      local ok, err = client:connect "/nowhere"
      assert.is_false(ok)
      assert.same({ message = "Invalid namespace" }, err)
    end)

    it("has a sid of its own", function()
      serve [[socketio.of("/chat").on("sid", function() return request.sid, request.namespace end)
        socketio.on("sid", function() return request.sid, request.namespace end)]]
      local ada, chat = server:test_client(), server:test_client { namespace = "/chat" }
      assert.same({ ada.sid, "/" }, { ada:call "sid" })
      assert.same({ chat.sid, "/chat" }, { chat:call "sid" })
    end)

    it("of any name is possible with namespace = \"*\"", function()
      serve [[socketio.on("connect", { namespace = "*" }, function(...) print("connect", ...) end)
        socketio.on("disconnect", { namespace = "*" }, function(...) print("disconnect", ...) end)]]
      local client = server:test_client { namespace = "/anything" }
      client:disconnect()
      assert.equal("connect\t/anything\tnil\ndisconnect\t/anything\tclient disconnect\n", server:log())
    end)
  end)

  describe("mistakes:", function()
    before_each(function() serve "" end)

    it("refuse_connection outside of a connect handler", function()
      local ok, err = support.try 'mw.refuse_connection("no")'
      assert.is_false(ok)
      assert.matches(":2: refuse_connection is for a connect handler: elsewhere, use disconnect", err)
    end)

    it("data that cannot be sent", function()
      local other = support.serve [[
socketio.on("connect", function() mw.refuse_connection("no", { print }) end)]]
      assert.same({ message = "Connection rejected by server" }, other:test_client().error)
      assert.matches(":1: refuse_connection: data%[1%] is a function", other:log())
      other:close()
    end)
  end)
end)

describe("disconnect", function()
  local server

  before_each(function()
    server = support.serve [[
socketio.on("disconnect", function(...) print("gone", request.sid, ...) socketio.emit("left") end)
socketio.on("leave", function() mw.disconnect() end)]]
  end)
  after_each(function() server:close() end)

  local function reason_of(leave)
    local ada = server:test_client()
    local sid = ada.sid
    leave(ada)
    return server:log():match("gone\t" .. sid:gsub("%p", "%%%0") .. "\t([%w ]+)\n$")
  end

  it("says who ended it", function()
    assert.equal("client disconnect", reason_of(function(ada) ada:disconnect() end))
    assert.equal("server disconnect", reason_of(function(ada) ada:emit "leave" end))
    assert.equal("transport close", reason_of(function(ada) ada:drop() end))
    assert.equal("ping timeout", reason_of(function(ada)
      ada.pongs = false
      server:advance(50)
    end))
  end)

  it("says that the transport broke", function()
    local native = server._native
    local link = native:connect("EIO=4&transport=websocket", {})
    native:send(link, "40", false)
    native:send(link, "42[", false)
    assert.matches("gone\t[%w_-]+\ttransport error\n", server:log())
  end)

  it("is told once, and others may hear of it", function()
    local ada, bob = server:test_client(), server:test_client()
    ada:disconnect()
    bob:emit "nothing"
    assert.same({ { "left" } }, events(bob))
    assert.same({}, events(ada))
  end)

  it("may wait, and is released once", function()
    local slow = support.serve [[
socketio.on("disconnect", function() socketio.sleep(1) print("done", #mw.rooms()) end)]]
    slow:test_client():disconnect()
    assert.equal("", slow:log())
    slow:advance(1)
    assert.equal("done\t1\n", slow:log())
    slow:test_client():disconnect()
    slow:close() -- while the handler sleeps; it says if anything was left
  end)

  it("is released though the handler raises or is killed", function()
    local bad = support.serve([[
socketio.on("disconnect", function(reason) if reason == "transport close" then error("no") end while true do end end)]],
      { handler_timeout = 0.05 })
    bad:test_client():drop()
    bad:test_client():disconnect()
    assert.matches(":1: no", bad:log())
    assert.matches(":1: ran for more than 0.05 s without yielding", bad:log())
    bad:close()
  end)
end)

describe("mw.data", function()
  local server

  before_each(function()
    server = support.serve [[
local data = mw.data
socketio.on("connect", function(auth) mw.data.name = auth.name end)
socketio.on("name", function() return mw.data.name, data.name, mw.data == mw.data end)
socketio.on("rename", function(name) data.name = name end)
socketio.on("all", function() local list = {} for k, v in pairs(data) do list[#list + 1] = k .. "=" .. v end
  return list, mw.data end)
socketio.on("disconnect", function() print(mw.data.name) end)
socketio.after(1, function() print(pcall(function() return mw.data.x end)) end)]]
  end)
  after_each(function() server:close() end)

  it("is a table of the one connection, in every handler of it", function()
    local ada, bob = server:test_client { auth = { name = "ada" } }, server:test_client { auth = { name = "bob" } }
    assert.same({ "ada", "ada", true }, { ada:call "name" })
    bob:emit("rename", "rob")
    assert.same({ "rob", "rob", true }, { bob:call "name" })
    assert.same({ { "name=rob" }, { name = "rob" } }, { bob:call "all" })
    bob:disconnect()
    assert.equal("rob\n", server:log())
  end)

  it("is none without a client", function()
    server:advance(1)
    assert.matches("mw.data outside of a handler", server:log())
  end)
end)
