-- What Flask-SocketIO's own tests (test_socketio.py) ask of it, asked of Moonwire: each case by its name.
-- Who brings a program over can see here what stays as it was; where API.md differs on purpose, the case says so.
-- The details of each function are in the specs beside this one.

local moonwire = require "moonwire"
local support = require "spec.bindings.support"

local events = support.events

-- The program of those tests, in our words.
local PROGRAM = [[
local session, rooms, disconnect = mw.session, mw.rooms, mw.disconnect
app.config.SECRET_KEY = "secret"
local seen = {}
local function headers_seen()
  return { auth = request.headers.Authorization, own = request.headers["My-Custom-Header"] }
end

socketio.on("connect", function(auth)
  if type(auth) ~= "table" or auth.foo ~= "bar" then return false end
  if request.args.fail then mw.refuse_connection("failed!") end
  send("connected") send(request.args.foo) send(headers_seen())
  emit("dummy", nil, { to = "nobody" })
end)
socketio.on("disconnect", function() print("disconnected /") end)
socketio.on("message", function(text)
  send(text)
  if text == "test session" then session.a = session.a == nil and "b" or "c" end
  if text ~= "test noackargs" then return text end
end)
socketio.on("json", function(data)
  send(data, { json = true, broadcast = true })
  if not data.noackargs then return data end
end)
local function custom(data)
  emit("my custom response", data)
  if type(data) == "table" and not data.noackargs then return data end
end
socketio.on("my custom event", custom)
local function keep_event(data) seen = request.event emit("my custom response", data) end
for _, name in ipairs { "other custom event", "and another custom event", "yet another custom event" } do
  socketio.on(name, keep_event)
end
socketio.on("seen", function() return seen end)
socketio.on("*", function(event, data) emit("my custom response", mw.args(event, data)) end)
socketio.on("my custom broadcast event", function(data) emit("my custom response", data, { broadcast = true }) end)
socketio.on("join room", function(data) join_room(data.room) end)
socketio.on("leave room", function(data) leave_room(data.room) end)
socketio.on("my room event", function(data) emit("my room response", { a = data.a }, { to = data.room }) end)
socketio.on("room from outside", function() socketio.emit("my room event", { a = "b" }, { to = "one" }) end)
socketio.on("bad response", function() emit("my custom response", { foo = socketio.on }) end)
socketio.on("bad callback", function() return { foo = socketio.on } end)
socketio.on("changing response", function()
  local data = { foo = "bar" }
  emit("my custom response", data)
  data.foo = "baz"
  return data
end)
socketio.on("wildcard", { namespace = "*" }, function(namespace, data)
  emit("my custom response", mw.args(namespace, data))
end)

local function fail() error("AssertionError", 0) end
socketio.on_error(function(err) print("error in /", err) return "error" end)
socketio.on("error testing", fail)
socketio.on_error({ namespace = "/test" }, function() return "error/test" end)
socketio.on("error testing", { namespace = "/test" }, fail)
socketio.on_error_default(function() return "error/default" end)
socketio.on("error testing", { namespace = "/unused_namespace" }, fail)

local test = socketio.of("/test")
test.on("connect", function() send("connected-test") send(request.args.foo) send(headers_seen()) end)
test.on("disconnect", function() print("disconnected /test") end)
test.on("message", function(text) send(text) end)
test.on("json", function(data) send(data, { json = true, namespace = "/test" }) end)
local function custom_test(data) emit("my custom namespace response", data, { namespace = "/test" }) end
test.on("my custom namespace event", custom_test)
test.on("yet another custom namespace event", custom_test)
test.on("my custom broadcast namespace event", function(data)
  emit("my custom namespace response", data, { namespace = "/test", broadcast = true })
end)
test.on("join room", function(data) join_room(data.room) end)
test.on("my room namespace event", function(data) send("room message", { to = data.room }) end)
test.on("close", function(room) test.close_room(room) end)

socketio.on_namespace("/ns", {
  on_connect = function() send("connected-ns") send(request.args.foo) send(headers_seen()) end,
  on_disconnect = function() print("disconnected /ns") end,
  on_message = function(text) send(text) return text end,
  on_json = function(data) send(data, { json = true, broadcast = true }) return data end,
  on_exit = function() disconnect() end,
  on_my_custom_event = custom,
  on_other_custom_event = keep_event,
})
socketio.on("connect", { namespace = "/bgtest" }, function()
  socketio.start_background_task(function() socketio.emit("bgtest", nil, { namespace = "/bgtest" }) end)
end)
app.route("/session", function() session.foo = "bar" return "" end)
app.route("/session/read", function() return { foo = session.foo, a = session.a } end)
]]

describe("Flask-SocketIO's case", function()
  local server
  local function connect(options)
    options = options or {}
    if not options.namespace then options.auth = options.auth or { foo = "bar" } end
    return server:test_client(options)
  end
  -- A client whose greetings were read.
  local function greeted(options)
    local client = connect(options)
    client:get_received()
    return client
  end

  before_each(function() server = support.serve(PROGRAM) end)
  after_each(function() server:close() end)

  it("connect", function()
    local first, second = connect(), connect()
    assert.is_true(first:is_connected() and second:is_connected())
    assert.are_not.equal(first.sid, second.sid)
    assert.same({ { "message", "connected" }, { "message" }, { "message", {} } }, events(first))
    first:disconnect()
    assert.is_false(first:is_connected())
    assert.is_true(second:is_connected())
  end)

  it("connect_query_string_and_headers: of a name that comes twice, args has the first", function()
    local client = connect { query_string = "foo=bar&foo=baz", headers = { Authorization = "Bearer foobar" } }
    assert.same({ { "message", "connected" }, { "message", "bar" }, { "message", { auth = "Bearer foobar" } } },
      events(client))
  end)

  it("connect_namespace", function()
    local client = connect { namespace = "/test" }
    assert.is_true(client:is_connected "/test")
    assert.same({ "message", "connected-test" }, events(client)[1])
    client:disconnect "/test"
    assert.is_false(client:is_connected "/test")
  end)

  it("connect_namespace_query_string_and_headers", function()
    local client = connect { namespace = "/test", query_string = "foo=bar",
      headers = { ["My-Custom-Header"] = "Value" } }
    assert.same({ { "message", "connected-test" }, { "message", "bar" }, { "message", { own = "Value" } } },
      events(client))
  end)

  it("connect_rejected: with false, and with a message", function()
    local client = connect { query_string = "fail=1" }
    assert.is_false(client:is_connected())
    assert.same({ message = "failed!" }, client.error)
    assert.is_false(connect({ auth = { foo = "other" } }):is_connected())
    assert.same({}, client:get_received())
  end)

  it("disconnect", function()
    connect():disconnect()
    assert.equal("disconnected /\n", server:log())
  end)

  it("disconnect_namespace", function()
    connect({ namespace = "/test" }):disconnect "/test"
    assert.equal("disconnected /test\n", server:log())
  end)

  it("message_queue_options: a queue is a key of the configuration, checked at the start", function()
    assert.matches("message_queue", support.load_error("mw.config { message_queue = 5, message_quue = 1 }"))
  end)

  it("send", function()
    local client = greeted()
    client:send "echo this message back"
    assert.same({ { "message", "echo this message back" } }, events(client))
  end)

  it("send_json", function()
    local first, second = greeted(), greeted()
    first:send({ a = "b" }, { json = true })
    assert.same({ { "json", { a = "b" } } }, events(first))
    assert.same({ { "json", { a = "b" } } }, events(second))
  end)

  it("send_namespace", function()
    local client = greeted { namespace = "/test" }
    client:send "echo this message back"
    assert.same({ { "message", "echo this message back" } }, events(client))
  end)

  it("send_json_namespace", function()
    local client, other = greeted { namespace = "/test" }, greeted { namespace = "/test" }
    client:send({ a = "b" }, { json = true })
    assert.same({ { "json", { a = "b" } } }, events(client))
    assert.same({}, events(other))
  end)

  it("emit", function()
    local client = greeted()
    client:emit("my custom event", { a = "b" })
    assert.same({ { "my custom response", { a = "b" } } }, events(client))
  end)

  it("emit_binary: bytes travel as an attachment", function()
    local client = greeted()
    client:emit("my custom event", { a = moonwire.binary "\1\2\3" })
    local got = client:get_received()[1].args[1]
    assert.is_true(moonwire.is_binary(got.a))
    assert.equal("\1\2\3", tostring(got.a))
  end)

  it("request_event_data", function()
    local client = greeted()
    for _, name in ipairs { "other custom event", "and another custom event" } do
      client:emit(name, "foo")
      assert.same({ message = name, args = { "foo" } }, (client:call "seen"))
    end
  end)

  it("emit_catch_all_event", function()
    local client = greeted()
    client:emit("random event", "foo")
    assert.same({ { "my custom response", "random event", "foo" } }, events(client))
  end)

  it("send_catch_all_namespace: the handler gets the namespace first", function()
    local client = connect { namespace = "/any" }
    client:emit("wildcard", "foo")
    assert.same({ { "my custom response", "/any", "foo" } }, events(client))
  end)

  it("emit_namespace", function()
    local client = greeted { namespace = "/test" }
    client:emit("my custom namespace event", { a = "b" })
    assert.same({ { "my custom namespace response", { a = "b" } } }, events(client))
  end)

  it("broadcast", function()
    local first, second, third = greeted(), greeted(), greeted { namespace = "/test" }
    first:emit("my custom broadcast event", { a = "b" })
    assert.same({ { "my custom response", { a = "b" } } }, events(second))
    assert.same({}, events(third))
  end)

  it("broadcast_namespace", function()
    local first, second, third = greeted { namespace = "/test" }, greeted { namespace = "/test" }, greeted()
    first:emit("my custom broadcast namespace event", { a = "b" })
    assert.same({ { "my custom namespace response", { a = "b" } } }, events(second))
    assert.same({}, events(third))
  end)

  it("managed_session: a handler reads what a route wrote, and (not so there) the other way round", function()
    server:get "/session"
    local client = greeted()
    client:send "test session"
    assert.same({ foo = "bar", a = "b" }, server:get("/session/read").json)
    client:send "test session"
    assert.same({ foo = "bar", a = "c" }, server:get("/session/read").json)
  end)

  it("unmanaged_session: there is one kind, shared by all connections of a browser", function()
    server:get "/session"
    connect():send "test session"
    connect():send "test session"
    assert.equal("c", server:get("/session/read").json.a)
  end)

  it("room", function()
    local first, second, third = greeted(), greeted(), greeted { namespace = "/test" }
    for _, client in ipairs { first, second, third } do client:emit("join room", { room = "one" }) end
    first:emit("my room event", { a = "b", room = "one" })
    assert.same({ { "my room response", { a = "b" } } }, events(first))
    assert.same({ { "my room response", { a = "b" } } }, events(second))
    assert.same({}, events(third))
    first:emit("leave room", { room = "one" })
    first:emit("my room event", { a = "b", room = "one" })
    assert.same({}, events(first))
    assert.same({ { "my room response", { a = "b" } } }, events(second))
    second:disconnect()
    first:emit "room from outside"
    assert.same({}, events(first))
    assert.same({}, events(third))
    third:emit("my room namespace event", { room = "one" })
    assert.same({ { "message", "room message" } }, events(third))
    third:emit("close", "one")
    third:emit("my room namespace event", { room = "one" })
    assert.same({}, events(third))
  end)

  it("error_handling", function()
    greeted():emit("error testing", "")
    assert.equal("error in /\tAssertionError\n", server:log())
  end)

  it("error_handling_namespace, error_handling_default, error_handling_ack", function()
    assert.equal("error", (greeted():call("error testing", "")))
    assert.equal("error/test", (greeted({ namespace = "/test" }):call("error testing", "")))
    assert.equal("error/default", (greeted({ namespace = "/unused_namespace" }):call("error testing", "")))
  end)

  it("ack", function()
    local client = greeted()
    assert.equal("echo this message back", (client:call("message", "echo this message back")))
    assert.equal(0, select("#", client:call("message", "test noackargs")))
    assert.same({ a = "b" }, (client:call("json", { a = "b" })))
    assert.same({ a = "b" }, (client:call("my custom event", { a = "b" })))
  end)

  it("noack: what a handler returns for nobody goes nowhere", function()
    local client = greeted()
    client:send("test noackargs")
    client:send({ noackargs = true }, { json = true })
    client:emit("my custom event", { noackargs = true })
    assert.equal(3, #events(client))
    assert.is_true(client:is_connected())
  end)

  it("on_event: socketio.on with a function that has a name", function()
    local client, test = greeted(), greeted { namespace = "/test" }
    client:emit("yet another custom event", "foo")
    assert.same({ message = "yet another custom event", args = { "foo" } }, (client:call "seen"))
    test:emit("yet another custom namespace event", { a = "b" })
    assert.same({ { "my custom namespace response", { a = "b" } } }, events(test))
  end)

  describe("of a class:", function()
    local client
    before_each(function() client = greeted { namespace = "/ns" } end)

    it("connect_class_based, connect_class_based_query_string_and_headers", function()
      local other = connect { namespace = "/ns", query_string = "foo=bar",
        headers = { Authorization = "Basic foobar" } }
      assert.same({ { "message", "connected-ns" }, { "message", "bar" }, { "message", { auth = "Basic foobar" } } },
        events(other))
    end)

    it("disconnect_class_based", function()
      client:disconnect()
      assert.equal("disconnected /ns\n", server:log())
    end)

    it("send_class_based, send_json_class_based", function()
      client:send "echo this message back"
      client:send({ a = "b" }, { json = true })
      assert.same({ { "message", "echo this message back" }, { "json", { a = "b" } } }, events(client))
    end)

    it("server_disconnected", function()
      local other = greeted { namespace = "/ns" }
      client:emit("exit", {})
      assert.is_false(client:is_connected())
      assert.is_true(other:is_connected())
      assert.has_error(function() client:emit("hello", {}) end, "the client is not connected to '/ns'")
      other:emit("exit", {})
      assert.is_false(other:is_connected())
    end)

    it("emit_class_based", function()
      client:emit("my_custom_event", { a = "b" })
      assert.same({ { "my custom response", { a = "b" } } }, events(client))
    end)

    it("request_event_data_class_based", function()
      client:emit("other_custom_event", "foo")
      assert.same({ message = "other_custom_event", args = { "foo" } }, (greeted():call "seen"))
    end)
  end)

  it("delayed_init: there is one server, and mw.config at the top of the script makes it", function()
    server:close()
    server = support.serve [[
mw.config { allow_upgrades = false, cookie = "foo" }
socketio.on("connect", function() send({ connected = "foo" }, { json = true }) end)]]
    assert.same({ { "json", { connected = "foo" } } }, events(connect()))
    local open = server:get "/socket.io/?EIO=4&transport=polling"
    assert.matches('"upgrades":%[%]', open.body)
    assert.matches("^foo=", open.headers["set-cookie"])
  end)

  it("encode_decode: what is sent is a copy", function()
    local client = greeted()
    assert.has_error(function() client:call("my custom event", { foo = "bar", invalid = print }) end)
    local data = { foo = "bar" }
    local ack = client:call("my custom event", data)
    data.foo = "baz"
    assert.same({ foo = "bar" }, ack)
    assert.same({ { "my custom response", { foo = "bar" } } }, events(client))
  end)

  it("encode_decode_2: what cannot be said in JSON is an error with its path, at emit and at return", function()
    local client = greeted()
    assert.equal("error", (client:call "bad response"))
    assert.equal("error", (client:call "bad callback"))
    assert.matches("args[1].foo is a function", server:log(), 1, true)
    assert.same({}, events(client))
    assert.same({ foo = "baz" }, (client:call "changing response"))
    assert.same({ { "my custom response", { foo = "bar" } } }, events(client))
  end)

  it("background_task", function()
    local client = connect { namespace = "/bgtest" }
    server:advance(0.1)
    assert.same({ { "bgtest" } }, events(client))
  end)
end)
