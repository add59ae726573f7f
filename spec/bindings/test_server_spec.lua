-- moonwire.test_server itself: what other specs rely on, and what it says when a test is wrong.

local moonwire = require "moonwire"
local support = require "spec.bindings.support"

describe("test_server", function()
  local server
  local function serve(source, config)
    server = support.serve(source, config)
    return server
  end
  after_each(function()
    if server then server:close() end
    server = nil
  end)

  describe("does not start", function()
    local mistakes = {
      { "a syntax error", "local x = = 1", {}, ":1: unexpected symbol near '='" },
      { "an error", "\nlocal t = nil\nreturn t.x", {}, ":3: attempt to index a nil value.*stack traceback" },
      { "an endless loop", "while true do end", {}, ":1: ran for more than" },
      { "an unknown setting", "", { ping_intervall = 3 }, 'ping_intervall.*ping_interval"' },
      { "a setting of the wrong type", "", { ping_interval = "soon" }, "ping_interval must be a number" },
      { "a setting that is a function", "", { ping_interval = print }, "the setting ping_interval is a function" },
      { "settings that contradict the script's", "mw.config { tls_cert = 'x' }", {}, "tls_key" },
    }
    for _, case in ipairs(mistakes) do
      it("with " .. case[1], function()
        assert.matches(case[4], support.load_error(case[2], case[3]))
      end)
    end

    it("without its script", function()
      assert.has_error(function() moonwire.test_server("/nowhere/game.lua") end)
      local _, err = pcall(moonwire.test_server, "/nowhere/game.lua")
      assert.matches("/nowhere/game.lua", err, 1, true)
    end)
  end)

  it("takes settings, which win over the script's", function()
    serve("mw.config { static_url_path = '/a', debug = true }; print(app.config.DEBUG)", { static_url_path = "/b",
      transports = { "websocket" }, debug = false, ping_interval = 3, cors_allowed_origins = "*" })
    assert.equal("true\n", server:log())
  end)

  it("keeps what was printed and logged, in order", function()
    serve [[print("loading", 1); socketio.on("boom", function() print "before" error("boom") end)]]
    server:test_client():emit("boom")
    assert.matches("^loading\t1\nbefore\nerror: .*boom\nstack traceback:", server:log())
  end)

  describe("a client", function()
    it("connects with its auth, query, headers and cookies", function()
      serve [[
        app.route("/", function() return "x", 200, { ["Set-Cookie"] = "c=d" } end)
        socketio.on("connect", function(auth)
          emit("hello", mw.args(auth, request.args, request.headers["x-a"], request.cookies.c, request.transport))
        end)]]
      server:get("/")
      local client = server:test_client { auth = { token = 1 }, query_string = "a=1&b=x%20y",
        headers = { ["X-A"] = "h" } }
      local hello = client:get_received()[1]
      assert.equal("hello", hello.name)
      assert.same({ token = 1 }, hello.args[1])
      assert.same({ "1", "x y" }, { hello.args[2].a, hello.args[2].b })
      assert.same({ "h", "d", "websocket" }, { hello.args[3], hello.args[4], hello.args[5] })
      assert.is_nil(server:test_client { cookies = false }:get_received()[1].args[4])
    end)

    it("is told why it was refused", function()
      serve [[
        socketio.on("connect", function(auth)
          if not auth then mw.refuse_connection("who are you?", { code = 1 }) end
        end)]]
      local client = server:test_client()
      assert.is_false(client:is_connected())
      assert.same({ message = "who are you?", data = { code = 1 } }, client.error)
      assert.has_error(function() client:emit("x") end, "the client is not connected to '/'")
      assert.is_true(client:connect(nil, { auth = {} }))
      assert.is_true(client:is_connected())
      assert.equal(20, #client.sid)
    end)

    it("joins several namespaces, and leaves one", function()
      serve [[
        for _, name in ipairs { "/", "/a", "/b" } do
          socketio.of(name).on("connect", function() emit("in", name) end)
        end]]
      local client = server:test_client { namespace = "/a" }
      assert.same({ true, false }, { client:is_connected(), client:is_connected("/") })
      assert.is_true(client:connect("/b"))
      assert.same({ { name = "in", args = { "/a" }, namespace = "/a" } }, client:get_received())
      assert.same({ { name = "in", args = { "/b" }, namespace = "/b" } }, client:get_received("/b"))
      client:disconnect()
      assert.same({ false, true }, { client:is_connected(), client:is_connected("/b") })
      local joined, err = client:connect("/nowhere")
      assert.is_false(joined)
      assert.equal("Invalid namespace", err.message)
    end)

    it("sends and receives values of every kind", function()
      serve [[socketio.on("echo", function(...) emit("echoed", mw.args(...)) return ... end)]]
      local client = server:test_client()
      local values = { 1, 1.5, true, "é😀", { a = { 1, { 2 } } }, moonwire.array {}, { x = moonwire.null } }
      assert.same(values, { client:call("echo", table.unpack(values)) })
      assert.same(values, client:get_received()[1].args)
      local bytes = client:call("echo", moonwire.binary("\0\255"))
      assert.is_true(moonwire.is_binary(bytes))
      assert.equal("\0\255", tostring(bytes))
      local deep = client:call("echo", { a = { moonwire.binary("1"), moonwire.binary("2") } })
      assert.same({ "1", "2" }, { tostring(deep.a[1]), tostring(deep.a[2]) })
      assert.equal(0, select("#", client:call("echo")))
    end)

    it("gets an acknowledgement by a function, by call, or not at all", function()
      serve [[
        socketio.on("add", function(a, b) return a + b, "sum" end)
        socketio.on("slow", function(x) socketio.sleep(30) return x end)
        socketio.on("never", function() socketio.sleep(100) end)
        socketio.on("leave", function() mw.disconnect() socketio.sleep(5) end)]]
      local client, got = server:test_client(), nil
      client:emit("add", 1, 2, function(...) got = { ... } end)
      assert.same({ 3, "sum" }, got)
      assert.same({ 3, "sum" }, { client:call("add", 1, 2) })
      assert.equal("x", client:call("slow", "x"))
      assert.has_error(function() client:call("never") end)
      local _, err = pcall(client.call, client, "leave")
      assert.matches("'leave' was not acknowledged: the client was disconnected", err, 1, true)
    end)

    it("answers the server's call", function()
      serve [[
        socketio.on("ask", function() return call("question", "6 * 7") end)
        socketio.on("ask_in_vain", function() return pcall(call, "silence", nil, { timeout = 1 }) end)]]
      local client = server:test_client()
      client:on_call("question", function(text) return text, 42 end)
      assert.same({ "6 * 7", 42 }, { client:call("ask") })
      assert.equal("question", client:get_received()[1].name)
      assert.is_false((client:call("ask_in_vain")))
    end)

    it("acknowledges nothing that was only emitted", function()
      serve [[socketio.on("tell", function() emit("question") end)]]
      local client, heard = server:test_client(), 0
      client:on_call("question", function() heard = heard + 1 end)
      client:emit("tell")
      assert.same({ 0, true }, { heard, client:is_connected() })
      assert.equal("question", client:get_received()[1].name)
    end)

    it("that vanishes, falls silent or is thrown out is gone for its reason", function()
      serve([[
        socketio.on("disconnect", function(reason) print(reason) end)
        socketio.on("kick", function() mw.disconnect() end)]], { ping_interval = 10, ping_timeout = 5 })
      server:test_client():drop()
      assert.equal("transport close\n", server:log())
      local silent, kicked, left = server:test_client(), server:test_client(), server:test_client()
      silent.pongs = false
      server:advance(14.9)
      assert.is_true(silent:is_connected())
      server:advance(0.2)
      assert.is_false(silent:is_connected())
      kicked:emit("kick")
      assert.is_false(kicked:is_connected())
      left:disconnect()
      assert.matches("^transport close\n.-ping timeout\nserver disconnect\nclient disconnect\n$", server:log())
      assert.has_error(function() silent:connect() end)
    end)

    it("may be slow", function()
      serve [[socketio.on("flood", function() for i = 1, 5 do emit("n", i) end end)]]
      local client = server:test_client()
      client:throttle(2)
      client:emit("flood")
      assert.same({ { "n", 1 }, { "n", 2 } }, support.events(client))
      client:throttle()
      assert.same({ { "n", 3 }, { "n", 4 }, { "n", 5 } }, support.events(client))
    end)

    it("that may come back is nothing left behind", function()
      serve([[socketio.on("set", function() mw.data.value = {} end)]], { connection_state_recovery = 60 })
      local away, here = server:test_client(), server:test_client()
      away:emit "set"
      here:emit "set"
      away:drop()
      server:close() -- raises if there is
      server = nil
    end)

    it("is refused where the transport is, and is told of options that there are not", function()
      serve("", { transports = "polling" })
      local _, err = pcall(server.test_client, server)
      assert.matches("the handshake was refused with status 400", err, 1, true)
      _, err = pcall(server.test_client, server, { nmespace = "/" })
      assert.matches("test_client has no option 'nmespace'", err, 1, true)
    end)
  end)

  describe("advance", function()
    it("runs ticks and timers at their times, in order", function()
      serve [[
        local start = socketio.now()
        local function note(what) print(("%s at %.3f"):format(what, socketio.now() - start)) end
        socketio.tick(10, function(dt, n) if n <= 2 or n == 10 then note("tick " .. n) end end)
        socketio.every(0.4, function() note("every") end)
        socketio.after(0.15, function() note("after") end)
        socketio.start_background_task(function() note("task") socketio.sleep(0.25) note("awake") end)]]
      server:advance(1)
      assert.equal("task at 0.000\ntick 1 at 0.100\nafter at 0.150\ntick 2 at 0.200\nawake at 0.250\nevery at 0.400\n"
        .. "every at 0.800\ntick 10 at 1.000\n", server:log())
    end)

    it("adds up without drifting", function()
      serve [[
        local ticks = 0
        socketio.tick(30, function() ticks = ticks + 1 end)
        socketio.on("ticks", function() return ticks end)]]
      local client = server:test_client()
      for n = 1, 300 do
        server:advance(1 / 30)
        assert.equal(n, client:call("ticks"))
      end
    end)

    it("wants seconds", function()
      serve ""
      for _, wrong in ipairs { "1", -1, math.huge, 0 / 0, {} } do
        assert.has_error(function() server:advance(wrong) end)
      end
      assert.has_error(function() server:advance() end)
      server:advance(0)
    end)
  end)

  describe("the browser", function()
    it("sends forms, JSON, data, queries and headers", function()
      serve [[app.route("/", { methods = { "POST" } }, function()
        return { form = request.form.a, json = request.json, data = request.data, q = request.args.q,
          type = request.headers["content-type"], length = request.headers["content-length"] }
      end)]]
      assert.equal("b&c", server:post("/", { form = { a = "b&c" } }).json.form)
      assert.same({ 1 }, server:post("/", { json = { 1 } }).json.json)
      local answer = server:post("/?q=1", { data = "raw", headers = { ["Content-Type"] = "text/x" } }).json
      assert.same({ "raw", "1", "text/x", "3" }, { answer.data, answer.q, answer.type, answer.length })
      assert.equal("a b", server:post("/", { query = { q = "a b" } }).json.q)
      local _, err = pcall(server.post, server, "/", { from = {} })
      assert.matches("a request has no option 'from'", err, 1, true)
    end)

    it("keeps cookies for their paths, until they expire", function()
      serve [[
        app.route("/set/<path:cookie>", function(cookie) return "", 204, { ["Set-Cookie"] = cookie } end)
        app.route("/", function() return request.headers.cookie or "none" end)
        app.route("/shop/x", function() return request.headers.cookie or "none" end)]]
      server:get("/set/a=1")
      server:get("/set/b=2; Path=/shop")
      assert.equal("a=1", server:get("/").body)
      assert.equal("a=1; b=2", server:get("/shop/x").body)
      server:get("/set/a=; Max-Age=0")
      server:get("/set/b=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/shop")
      assert.equal("none", server:get("/shop/x").body)
    end)

    it("lets time pass for a route that waits, and says if it waits for ever", function()
      serve [[
        app.route("/slow", function() socketio.sleep(59) return "slow" end)
        app.route("/never", function() socketio.sleep(1e6) end)]]
      assert.equal("slow", server:get("/slow").body)
      local _, err = pcall(server.get, server, "/never")
      assert.matches("GET /never was not answered", err, 1, true)
    end)
  end)

  it("closes with everything that is still going on", function()
    serve [[
      socketio.tick(30, function() end)
      socketio.every(1, function() end)
      socketio.start_background_task(function() while true do socketio.sleep(1) end end)
      socketio.on("slow", function() socketio.sleep(1000) end)
      socketio.on("ask", function() call("question") end)
      socketio.on("connect", function() emit("later", 1, { callback = print }) end)
      socketio.on("disconnect", function() socketio.sleep(1) end)]]
    for _ = 1, 3 do
      local client = server:test_client()
      client:emit("slow", function() end)
      client:emit("ask")
    end
    server:advance(2)
    server:close()
    local _, err = pcall(server.advance, server, 1)
    assert.matches("the server is closed", err, 1, true)
    server:close()
  end)

  it("leaves nothing behind, server after server", function()
    local function cycle()
      serve [[
        socketio.on("echo", function(...) return ... end)
        app.route("/", function() return mw.render_template_string("{{ x }}", { x = 1 }) end)]]
      local client = server:test_client()
      client:call("echo", { 1, moonwire.binary("x") })
      server:get("/")
      server:close()
    end
    for _ = 1, 5 do cycle() end
    collectgarbage()
    local before = collectgarbage("count")
    for _ = 1, 50 do cycle() end
    server = nil
    collectgarbage()
    assert.is_true(collectgarbage("count") < before + 50)
  end)

  it("is collected if a test forgets it", function()
    support.serve [[socketio.tick(30, function() end)]]:test_client()
    collectgarbage()
    collectgarbage()
  end)

  it("gives each server its own world", function()
    serve [[COUNT = (COUNT or 0) + 1; socketio.on("count", function() return COUNT end)]]
    local other = support.serve [[COUNT = (COUNT or 0) + 1; socketio.on("count", function() return COUNT end)]]
    assert.same({ 1, 1 }, { server:test_client():call("count"), other:test_client():call("count") })
    other:close()
  end)
end)
