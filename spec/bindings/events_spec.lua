-- Registering handlers, and which of them an event reaches.

local support = require "spec.bindings.support"
local moonwire = require "moonwire"
local events = support.events

describe("on", function()
  local server

  local function serve(script, options)
    server = support.serve(script)
    return server:test_client(options)
  end

  after_each(function()
    if server then server:close() end
    server = nil
  end)

  it("calls the handler with the client's arguments as they are", function()
    local ada = serve [[socketio.on("echo", function(...) return ... end)]]
    assert.same({ n = 0 }, table.pack(ada:call "echo"))
    local sent = { "shovel", 2, { a = { 1, 2 } }, true, 1.5 }
    assert.same(sent, { ada:call("echo", table.unpack(sent)) })
    local bytes = moonwire.binary("\0\1")
    assert.same({ bytes, { b = bytes } }, { ada:call("echo", bytes, { b = bytes }) })
  end)

  it("keeps nil in its place, also at the end", function()
    local ada = serve [[socketio.on("count", function(...) return select("#", ...), (select(2, ...)) == nil end)]]
    assert.same({ 3, true }, { ada:call("count", 1, nil, nil) })
  end)

  it("ends a client that has thousands of them wait at once, and no other", function()
    local ada = serve [[
socketio.on("wait", function() socketio.sleep(60) end)
socketio.on("echo", function(...) return ... end)]]
    local bob = server:test_client()
    for _ = 1, 5000 do ada:emit "wait" end
    assert.is_true(ada:is_connected())
    ada:emit "wait"
    assert.is_false(ada:is_connected())
    assert.matches("too many handlers of it wait at once, closed", server:log())
    assert.equal(1, bob:call("echo", 1))
  end)

  it("replaces an earlier handler of the same event and namespace", function()
    local ada = serve [[
socketio.on("x", function() return "old" end)
socketio.on("x", { namespace = "/chat" }, function() return "chat" end)
socketio.on("x", function() return "new" end)]]
    assert.equal("new", ada:call "x")
  end)

  it("lets go of a handler that was replaced", function()
    local ada = serve [[
local weak = setmetatable({}, { __mode = "v" })
for i = 1, 3 do
  weak[i] = function() return i end
  socketio.on("x", weak[i])
end
for i = 4, 6 do
  weak[i] = function() return i end
  socketio.on_error(weak[i])
  socketio.on_error_default(weak[i])
end
socketio.on("kept", function()
  collectgarbage()
  local kept = {}
  for i = 1, 6 do if weak[i] then kept[#kept + 1] = i end end
  return kept
end)]]
    assert.same({ 3, 6 }, ada:call "kept")
  end)

  it("returns the handler, so that it can be called and registered again", function()
    local ada = serve [[
local x = socketio.on("x", function(n) return n * 2 end)
socketio.on("y", x)
socketio.on("z", function(n) return x(n) + 1 end)]]
    assert.same({ 4, 5 }, { ada:call("y", 2), ada:call("z", 2) })
  end)

  it("starts one client's events in the order in which they came, waiting ones too", function()
    local ada = serve [[
local order = {}
socketio.on("n", function(n, pause) order[#order + 1] = n if pause then socketio.sleep(pause) end emit("done", n) end)
socketio.on("order", function() return order end)]]
    ada:emit("n", 1, 2)
    ada:emit("n", 2)
    ada:emit("n", 3, 1)
    ada:emit("n", 4)
    assert.same({ 1, 2, 3, 4 }, ada:call "order")
    server:advance(2)
    assert.same({ { "done", 2 }, { "done", 4 }, { "done", 3 }, { "done", 1 } }, events(ada))
  end)

  it("500 events come in order", function()
    local ada = serve [[socketio.on("n", function(n) emit("n", n) end)]]
    for i = 1, 500 do ada:emit("n", i) end
    local received = events(ada)
    assert.equal(500, #received)
    for i = 1, 500 do assert.equal(i, received[i][2]) end
  end)

  it("takes any name that the protocol does not", function()
    local ada = serve [[
for _, name in ipairs { "message", "json", "end", "__index", "*x", "ü", "a b", "1" } do
  socketio.on(name, function() return name end)
end]]
    for _, name in ipairs { "message", "json", "end", "__index", "*x", "ü", "a b", "1" } do
      assert.equal(name, ada:call(name))
    end
  end)

  it("hears what the client's send() reaches", function()
    local ada = serve [[
socketio.on("message", function(text) return send(text) end)
socketio.on("json", function(data) send(data, { json = true }) end)]]
    ada:send "hi"
    ada:send({ a = 1 }, { json = true })
    assert.same({ { "message", "hi" }, { "json", { a = 1 } } }, events(ada))
  end)

  it("can be called in a handler", function()
    local ada = serve [[socketio.on("learn", function(name) socketio.on(name, function() return "known" end) end)]]
    ada:emit("learn", "trick")
    assert.equal("known", ada:call "trick")
  end)

  describe("with *", function()
    it("finds handlers in Flask-SocketIO's order", function()
      server = support.serve [[
local function say(what) return function(...) return what, ... end end
socketio.on("exact", { namespace = "/a" }, say "ns+event")
socketio.on("*", { namespace = "/a" }, say "ns+*")
socketio.on("exact", { namespace = "*" }, say "*+event")
socketio.on("*", { namespace = "*" }, say "*+*")]]
      local a, b = server:test_client { namespace = "/a" }, server:test_client { namespace = "/b" }
      assert.same({ "ns+event", 1 }, { a:call("exact", 1) })
      assert.same({ "ns+*", "other", 1 }, { a:call("other", 1) })
      assert.same({ "*+event", "/b", 1 }, { b:call("exact", 1) })
      assert.same({ "*+*", "/b", "other", 1 }, { b:call("other", 1) })
    end)

    it("does not see connect and disconnect", function()
      local ada = serve [[socketio.on("*", function(event) print(event) end)]]
      ada:disconnect()
      assert.equal("", server:log())
    end)

    it("knows the event in request.event", function()
      local ada = serve [[socketio.on("*", function() return request.event end)]]
      assert.same({ message = "x", args = { 1, "a" } }, ada:call("x", 1, "a"))
    end)
  end)

  describe("of a namespace", function()
    it("has the same interface", function()
      server = support.serve [[
local chat = socketio.of("/chat")
chat.on("all", function(text) chat.emit("all", text) chat.send(text) chat.to(request.sid).emit("me") end)
chat.on("ask", function() return chat.call("question") end)
chat.on("elsewhere", { namespace = "/other" }, function() return "other" end)
chat.tick(1, function(_, n) if n == 1 then chat.emit("tick") end end)
chat.on_error(function(err) return err end)
chat.on("fail", function() error("chat failed", 0) end)
print(chat.of("/x") ~= nil, chat.sleep == socketio.sleep, chat.now() == socketio.now())]]
      local chat, root = server:test_client { namespace = "/chat" }, server:test_client()
      chat:emit("all", "hi")
      assert.same({ { "all", "hi" }, { "message", "hi" }, { "me" } }, events(chat))
      chat:on_call("question", function() return 42 end)
      assert.equal(42, chat:call "ask")
      assert.equal("chat failed", chat:call "fail")
      assert.equal("other", server:test_client({ namespace = "/other" }):call "elsewhere")
      events(chat)
      server:advance(1)
      assert.same({ { "tick" } }, events(chat))
      assert.same({}, events(root))
      assert.equal("true\ttrue\ttrue\n", server:log())
    end)
  end)

  describe("on_namespace", function()
    it("registers the functions whose names begin with on_", function()
      server = support.serve [[
socketio.on_namespace("/chat", {
  on_connect = function() print("connected", request.namespace) end,
  on_my_event = function(n) return n + 1 end,
  on_disconnect = function(reason) print(reason) end,
  helper = function() end, count = 3,
})]]
      local chat = server:test_client { namespace = "/chat" }
      assert.equal(3, chat:call("my_event", 2))
      chat:disconnect()
      assert.equal("connected\t/chat\nclient disconnect\n", server:log())
    end)

    it("gives way to a function for the same event, whichever comes first", function()
      local ada = serve [[
socketio.on("a", function() return "function" end)
socketio.on_namespace("/", { on_a = function() return "class" end, on_b = function() return "class" end })
socketio.on("b", function() return "function" end)]]
      assert.same({ "function", "function" }, { ada:call "a", ada:call "b" })
    end)
  end)

  describe("mistakes:", function()
    local wrong = {
      { "socketio.on()", "on: the event's name must be a string, not nil" },
      { 'socketio.on("")', "on: the event's name is empty" },
      { 'socketio.on("x")', "on: the handler must be a function, not nil" },
      { 'socketio.on("x", {}, 1)', "on: the handler must be a function, not the number 1" },
      { 'socketio.on("x", "/chat", print)', "on: its options must be a table, not the string" },
      { 'socketio.on("x", { namspace = "/chat" }, print)', 'do you mean "namespace"' },
      { 'socketio.on("x", { namespace = "chat" }, print)', 'a namespace begins with "/"; write "/chat"' },
      { 'socketio.on("connect_error", print)', '"connect_error" is an event of the protocol' },
      { 'socketio.of("chat")', 'a namespace begins with "/"; write "/chat"' },
      { 'socketio.of("*")', 'a namespace begins with "/"' },
      { 'socketio.of()', "the namespace must be a string, not nil" },
      { 'socketio.on_namespace("/x", print)', "wants a table of handlers" },
      { 'socketio.on_namespace("/x", { on_y = 1 })', "on_y must be a function, not the number 1" },
      { 'socketio.on_error()', "on_error: the handler must be a function, not nil" },
      { 'socketio.on_error_default(1)', "must be a function, not the number 1" },
    }
    for _, case in ipairs(wrong) do
      it(case[1], function()
        local err = support.load_error("\n" .. case[1])
        assert.matches("/tmp/lua_[^:]*:2: .*", err)
        assert.matches(case[2], err)
      end)
    end
  end)

  describe("malformed payloads", function()
    it("close the client, and run nothing", function()
      server = support.serve [[socketio.on("x", function() print "ran" end)]]
      local native = server._native
      for _, packet in ipairs { '42["x",]', '42["x"', '42["x",{"a":1]', '42["x"]]', '42["none",]',
        '42["x",' .. ("["):rep(1000) .. ("]"):rep(1000) .. "]" } do
        local link = native:connect("EIO=4&transport=websocket", {})
        native:send(link, "40", false)
        native:send(link, packet, false)
        assert.is_false(native:is_up(link), packet)
      end
      assert.not_matches("ran", server:log())
    end)

    it("include a placeholder without its attachment", function()
      server = support.serve [[socketio.on("x", function(...) print("ran", ...) end)]]
      local native = server._native
      for _, num in ipairs { "1", "-1", "0.5", '"0"', "null", "99999999999" } do
        local link = native:connect("EIO=4&transport=websocket", {})
        native:send(link, "40", false)
        native:send(link, '451-["x",{"_placeholder":true,"num":' .. num .. "}]", false)
        native:send(link, "bytes", true)
        assert.is_false(native:is_up(link), num)
      end
      assert.not_matches("ran", server:log())
    end)

    it("do not include an object that only looks like a placeholder", function()
      local ada = serve [[socketio.on("x", function(v) return v end)]]
      assert.same({ _placeholder = true, num = 7 }, ada:call("x", { _placeholder = true, num = 7 }))
    end)
  end)
end)
