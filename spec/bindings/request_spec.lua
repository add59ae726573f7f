-- request: the handshake in an event handler, the request in a route.

local support = require "spec.bindings.support"

describe("request in a handler", function()
  local server, ada

  before_each(function()
    server = support.serve [[
socketio.on("field", function(name) return request[name] end)
socketio.on("headers", function(name) return request.headers[name] end)
local first
socketio.on("same", function()
  first = first or request.args
  return request.args == first, request.headers == request.headers
end)
socketio.on("slow", function(name) socketio.sleep(1) print(request.sid, request.args.a, request.transport) end)
socketio.on("nested", function() return coroutine.wrap(function() return request.sid end)() end)
socketio.of("/chat").on("field", function(name) return request[name] end)
socketio.on("write", function() request.sid = 1 end)
socketio.on("unknown", function(name) return pcall(function() return request[name] end) end)]]
    ada = server:test_client { query_string = "a=1&b=%C3%A9+x&a=2&empty=",
      headers = { ["X-Thing"] = "Value", Cookie = 'one=1; two="2"; one=3', ["User-Agent"] = "busted",
        Host = "example:8080" } }
  end)
  after_each(function() server:close() end)

  it("has the sid and the namespace", function()
    assert.equal(ada.sid, (ada:call("field", "sid")))
    assert.equal("/", (ada:call("field", "namespace")))
    local chat = server:test_client { namespace = "/chat" }
    assert.equal("/chat", (chat:call("field", "namespace")))
    assert.equal(chat.sid, (chat:call("field", "sid")))
  end)

  it("has the query of the handshake; of a name that comes twice, the first", function()
    local args = ada:call("field", "args")
    assert.equal("1", args.a)
    assert.equal("é x", args.b)
    assert.equal("", args.empty)
    assert.equal("4", args.EIO)
  end)

  it("has headers in any case", function()
    for _, name in ipairs { "X-Thing", "x-thing", "X-THING" } do assert.equal("Value", (ada:call("headers", name))) end
    assert.is_nil((ada:call("headers", "nothing")))
  end)

  it("has cookies", function()
    assert.same({ one = "1", two = "2" }, (ada:call("field", "cookies")))
  end)

  it("has what the handshake was", function()
    assert.matches("^/socket.io/?$", (ada:call("field", "path")))
    for name, value in pairs { method = "GET", host = "example:8080", is_secure = false,
      transport = "websocket", data = "" } do
      assert.equal(value, (ada:call("field", name)), name)
    end
    assert.matches("^http://example:8080/socket.io/?%?EIO=4&transport=websocket&a=1", (ada:call("field", "url")))
    assert.is_string((ada:call("field", "remote_addr")))
    assert.same({}, (ada:call("field", "form")))
    assert.is_nil((ada:call("field", "json")))
  end)

  it("has the event", function()
    assert.same({ message = "field", args = { "event" } }, (ada:call("field", "event")))
  end)

  it("makes its tables once for a client", function()
    assert.same({ true, true }, { ada:call "same" })
    assert.same({ true, true }, { ada:call "same" })
    assert.same({ false, true }, { server:test_client():call "same" })
  end)

  it("still answers when the client left while the handler slept", function()
    local sid = ada.sid
    ada:emit "slow"
    ada:drop()
    server:advance(1)
    assert.equal(sid .. "\t1\tnil\n", server:log())
  end)

  it("is that of the handler in a coroutine of the script's own", function()
    assert.equal(ada.sid, (ada:call "nested"))
  end)

  it("cannot be written to", function()
    ada:emit "write"
    assert.matches("request cannot be written to; what belongs to a client goes into mw.data", server:log())
  end)

  it("names the nearest field", function()
    local _, err = ada:call("unknown", "arg")
    assert.matches('request has no field "arg": do you mean "args"%?', err)
    _, err = ada:call("unknown", "zzzzzz")
    assert.matches('request has no field "zzzzzz"', err)
  end)

  it("is none outside of a handler", function()
    local other = support.serve [[socketio.after(0, function() print(pcall(function() return request.sid end)) end)]]
    other:advance(0)
    assert.matches("request.sid outside of a handler or a route: no client asked for this", other:log())
    other:close()
  end)
end)

describe("request in a route", function()
  local server

  before_each(function()
    server = support.serve [[
app.route("/field/<name>", { methods = { "GET", "POST" } }, function(name)
  return { value = request[name] or mw.null, again = request[name] == request[name] }
end)
app.route("/sid", function()
  return tostring(request.sid) .. tostring(request.event) .. tostring(request.transport)
end)]]
  end)
  after_each(function() server:close() end)

  it("has the query, the headers and the path", function()
    assert.same({ q = "1" }, server:get("/field/args?q=1").json.value)
    assert.equal("/field/path", server:get("/field/path").json.value)
    assert.equal("POST", server:post("/field/method").json.value)
    assert.equal("v", server:get("/field/headers", { headers = { ["X-A"] = "v" } }).json.value["x-a"])
  end)

  it("has the form, the JSON and the bytes of the body", function()
    assert.same({ a = "1", b = "x y" }, server:post("/field/form", { form = { a = 1, b = "x y" } }).json.value)
    assert.same({ a = { 1 } }, server:post("/field/json", { json = { a = { 1 } } }).json.value)
    assert.equal("raw", server:post("/field/data", { data = "raw" }).json.value)
    assert.is_true(server:post("/field/form", { form = { a = 1 } }).json.again)
  end)

  it("has the name of the route, in hooks, templates and the pages of errors too", function()
    local site = support.serve [[
app.before_request(function() if request.endpoint ~= "login" and not request.args.in_ then return "who?", 401 end end)
app.route("/", function() return mw.render_template_string("{{ 'active' if request.endpoint == 'index' }}") end)
app.route("/enter", { endpoint = "login" }, function() return request.endpoint end)
app.route("/fail", function() mw.abort(400) end)
app.errorhandler(400, function() return request.endpoint end)
app.errorhandler(404, function() return tostring(request.endpoint) end)
socketio.on("field", function() return request.endpoint end)]]
    for path, body in pairs { ["/"] = "who?", ["/?in_=1"] = "active", ["/enter"] = "login", ["/fail?in_=1"] = "fail",
      ["/nowhere?in_=1"] = "nil", ["/static/nothing?in_=1"] = "static" } do
      assert.equal(body, site:get(path).body, path)
    end
    assert.is_nil((site:test_client():call "field"))
    site:close()
  end)

  it("has no sid, no event and no transport", function()
    assert.equal("nilnilnil", server:get("/sid").body)
  end)
end)
