-- Routes: which one answers, what it gets, and what its return values become.
-- Asked through the browser of moonwire.test_server. Errors and hooks are http_error_spec's, files http_files_spec's,
-- url_for http_url_spec's.

local moonwire = require "moonwire"
local support = require "spec.bindings.support"

describe("a route", function()
  local server
  local function serve(source, config)
    server = support.serve(source, config)
    return server
  end
  after_each(function()
    if server then server:close() end
    server = nil
  end)

  describe("is found", function()
    it("by its path, with its captures as arguments", function()
      serve [[
        app.route("/", function(...) return "index " .. select("#", ...) end)
        app.route("/user/<name>", function(name) return { name } end)
        app.route("/item/<int:id>", function(id) return { math.type(id), id } end)
        app.route("/size/<float:x>", function(x) return { math.type(x), x } end)
        app.route("/files/<path:rest>", function(rest) return { rest } end)
        app.route("/<a>/<int:b>/<c>", function(a, b, c) return { a, b, c } end)]]
      assert.equal("index 0", server:get("/").body)
      assert.same({ "Ada L" }, server:get("/user/Ada%20L").json)
      assert.same({ "integer", 42 }, server:get("/item/42").json)
      assert.same({ "float", 1.5 }, server:get("/size/1.5").json)
      assert.same({ "a/b.txt" }, server:get("/files/a/b.txt").json)
      assert.same({ "x", 7, "y" }, server:get("/x/7/y").json)
      assert.equal(404, server:get("/item/x").status)
      assert.equal(404, server:get("/nowhere").status)
    end)

    it("by its method, and tells which ones there are", function()
      serve [[
        app.route("/form", { methods = { "GET", "POST" } }, function() return request.method end)
        app.route("/put", { methods = "put" }, function() return "put" end)]]
      assert.equal("GET", server:get("/form").body)
      assert.equal("POST", server:post("/form").body)
      assert.equal("put", server:request("PUT", "/put").body)
      local refused = server:request("DELETE", "/form")
      assert.equal(405, refused.status)
      assert.equal("GET, HEAD, POST, OPTIONS", refused.headers.Allow)
      local asked = server:request("OPTIONS", "/form")
      assert.same({ 200, "GET, HEAD, POST, OPTIONS", "" }, { asked.status, asked.headers.allow, asked.body })
    end)

    it("for HEAD where GET is, without a body", function()
      serve [[app.route("/", function() return "long", 200, { ["X-Method"] = request.method } end)]]
      local head = server:request("HEAD", "/")
      assert.same({ 200, "", "HEAD" }, { head.status, head.body, head.headers["x-method"] })
    end)

    it("with the slash that it has, by a redirect that keeps the query", function()
      serve [[
        app.route("/with/", function() return "with" end)
        app.route("/without", function() return "without" end)]]
      local there = server:get("/with?a=1%202&b")
      assert.same({ 308, "/with/?a=1%202&b" }, { there.status, there.headers.location })
      assert.equal(404, server:get("/without/").status)
    end)

    it("also if it has every kind of character in it", function()
      serve [[app.route("/<x>", function(x) return { x } end)]]
      for _, text in ipairs { "é😀", "a+b", "a&b=c", "%", "<b>", "a?b#c" } do
        local path = "/" .. text:gsub("[^%w]", function(c) return ("%%%02X"):format(c:byte()) end)
        assert.same({ text }, server:get(path).json)
      end
    end)
  end)

  describe("reads of its request", function()
    it("form, query, headers, cookies and address", function()
      serve [[app.route("/<p>", { methods = { "POST" } }, function()
        return { form = request.form.text, arg = request.args.q, header = request.headers["x-a"],
          cookie = request.cookies.c, path = request.path, url = request.url, host = request.host,
          addr = request.remote_addr, secure = request.is_secure, data = request.data }
      end)]]
      local answer = server:post("/p q?q=1+2",
        { form = { text = "a b&é" }, headers = { ["X-A"] = "h", Cookie = "c=d" } })
      assert.same({ form = "a b&é", arg = "1 2", header = "h", cookie = "d", path = "/p q",
        url = "http://127.0.0.1:5000/p%20q?q=1+2", host = "127.0.0.1:5000", addr = "127.0.0.1", secure = false,
        data = "text=a%20b%26%C3%A9" }, answer.json)
    end)

    it("JSON, and nothing where there is none", function()
      serve [[app.route("/", { methods = { "POST" } }, function() return { got = request.json or mw.null } end)]]
      assert.same({ got = { a = { 1, {} } } }, server:post("/", { json = { a = { 1, {} } } }).json)
      assert.same({ got = moonwire.null }, server:post("/", { data = "x" }).json)
    end)

    it("JSON that is malformed, which ends it with 400", function()
      serve [[app.route("/", { methods = { "POST" } }, function() return { request.json } end)]]
      local answer = server:post("/", { data = "{", headers = { ["content-type"] = "application/json" } })
      assert.equal(400, answer.status)
      assert.not_matches("error", server:log())
    end)

    it("no more than MAX_CONTENT_LENGTH", function()
      serve [[
        app.config.MAX_CONTENT_LENGTH = 10
        app.route("/", { methods = { "POST" } }, function() return tostring(#request.data) end)]]
      assert.equal("10", server:post("/", { data = ("x"):rep(10) }).body)
      assert.equal(413, server:post("/", { data = ("x"):rep(11) }).status)
    end)

    it("16 MiB if nothing else is said, and all if there is no limit", function()
      serve [[app.route("/", { methods = { "POST" } }, function() return tostring(#request.data) end)]]
      assert.equal("16777216", server:post("/", { data = ("x"):rep(16777216) }).body)
      assert.equal(413, server:post("/", { data = ("x"):rep(16777217) }).status)
      server:close()
      serve [[
        app.config.MAX_CONTENT_LENGTH = nil
        app.route("/", { methods = { "POST" } }, function() return tostring(#request.data) end)]]
      assert.equal("16777217", server:post("/", { data = ("x"):rep(16777217) }).body)
    end)
  end)

  describe("answers", function()
    -- what it returns: status, body, headers
    local answers = {
      { [["text"]], 200, "text", { ["content-type"] = "text/html; charset=utf-8" } },
      { [["text", 201]], 201, "text" },
      { [["text", 418, { ["X-Pot"] = "yes", ["Content-Type"] = "text/plain" }]], 418, "text",
        { ["x-pot"] = "yes", ["content-type"] = "text/plain" } },
      { [["text", { ["X-Pot"] = 1 }]], 200, "text", { ["x-pot"] = "1" } },
      { [["", 204]], 204, "" },
      { [[{ a = { 1, 2.5, "é" } }]], 200, '{"a":[1,2.5,"é"]}', { ["content-type"] = "application/json" } },
      { [[mw.array {}]], 200, "[]", { ["content-type"] = "application/json" } },
      { [[{ ok = false }, 400]], 400, '{"ok":false}', { ["content-type"] = "application/json" } },
      { [[mw.jsonify("x"), 201]], 201, '"x"', { ["content-type"] = "application/json" } },
      { [[mw.binary("\0\255")]], 200, "\0\255", { ["content-type"] = "application/octet-stream" } },
      { [[mw.redirect("/a b?é")]], 302, nil, { location = "/a%20b?%C3%A9" } },
      { [[mw.redirect("/\\evil.com")]], 302, nil, { location = "/%5Cevil.com" } },
      { [[mw.redirect("/x", 308)]], 308, nil, { location = "/x" } },
      { [["x", 200, { ["Set-Cookie"] = { "a=1", "b=2" } }]], 200, "x", { ["set-cookie"] = "a=1, b=2" } },
    }

    for _, case in ipairs(answers) do
      it(case[1], function()
        serve('app.route("/", function() return ' .. case[1] .. " end)")
        local answer = server:get("/")
        assert.equal(case[2], answer.status)
        if case[3] then assert.equal(case[3], answer.body) end
        for name, text in pairs(case[4] or {}) do assert.equal(text, answer.headers[name]) end
      end)
    end

    -- what it returns, and what is logged about it
    local mistakes = {
      { "nil", "%.lua:1> returned nil; a string, a table or body, status, headers is expected" },
      { "5", "returned a number" },
      { "print", "returned a function" },
      { '"x", 99', "returned the status 99" },
      { '"x", "200"', "returned the status 200" },
      { '"x", 200, "X: y"', "returned a string for headers" },
      { '"x", 200, { ["X-A"] = "a\\r\\nX-B: b" }', "header X%-A has a line break" },
      { '"x", 200, { ["X A"] = "a" }', '"X A" is no name for a header' },
      { '"x", 200, { ["X-A"] = {{}} }', "header X%-A is a table" },
      { "{ x = 0/0 }", "value%.x is nan" },
      { 'mw.redirect("/x", 200)', "redirect knows the codes" },
      { "mw.redirect(nil)", "redirect wants a URL, not nil" },
    }

    for _, case in ipairs(mistakes) do
      it(case[1] .. " with 500, and a word in the log", function()
        serve('app.route("/", function() return ' .. case[1] .. " end)")
        local answer = server:get("/")
        assert.equal(500, answer.status)
        assert.not_matches("X%-B", table.concat({ answer.headers["x-a"] or "", answer.body }))
        assert.matches((case[2]:gsub("%%.lua:1>", "function at .*:1")), server:log())
      end)
    end

    it("when it has waited, and meanwhile others", function()
      serve [[
        app.route("/slow", function() socketio.sleep(2) return "slow" end)
        socketio.on("hi", function() return "there" end)]]
      local client = server:test_client()
      assert.equal("there", client:call("hi"))
      assert.equal("slow", server:get("/slow").body)
    end)

    it("what sockets hear too", function()
      serve [[app.route("/shout/<text>", function(text) socketio.emit("said", text) return "told" end)]]
      local client = server:test_client()
      assert.equal("told", server:get("/shout/hello").body)
      assert.same({ { "said", "hello" } }, support.events(client))
    end)
  end)

  describe("is registered", function()
    -- what is wrong: what is said of it
    local mistakes = {
      { 'app.route("x", print)', ":1: app.route: " },
      { 'app.route("/<strng:x>", print)', ":1: app.route: " },
      { "app.route(5, print)", ":1: app.route wants a rule" },
      { 'app.route("/")', ":1: app.route wants a function, not nil" },
      { 'app.route("/", { method = "GET" }, print)', "no option 'method', did you mean 'methods'?" },
      { 'app.route("/", { methods = { "PSOT" } }, print)', "no method 'PSOT', did you mean 'POST'?" },
      { 'app.route("/", { methods = {} }, print)', "methods is a list" },
      { 'app.route("/", { endpoint = 5 }, print)', "endpoint is a string" },
      { "app.config = {}", "app.config cannot be set; set its fields" },
      { "app.secret_key = 'x'", "app.secret_key cannot be set; write app.config.SECRET_KEY" },
      { "app:get('/', print)", "app.get is called with a dot, not with a colon" },
      { "app.post('/', { methods = { 'GET' } }, print)", "app.post has its method already" },
      { "app.post('/', { limt = 'x' }, print)", "app.route has no option 'limt', did you mean 'limit'?" },
      { "app.before_request(5)", "app.before_request wants a function, not a number" },
      { "app.errorhandler(200, print)", "wants a status from 400 to 599, not 200" },
      { "app.errorhandler('404', print)", "wants a status from 400 to 599, not the string '404'" },
      { 'app.errorhandler(404, "x")', "app.errorhandler wants a function" },
    }

    for _, case in ipairs(mistakes) do
      it("not by " .. case[1], function()
        assert.matches(case[2], support.load_error(case[1]), 1, true)
      end)
    end
  end)

  it("finds app.config where it left it", function()
    serve [[
      app.config.COLOUR = "blue"
      app.route("/", function() return { app.config.COLOUR, app.config.DEBUG, app.config.SECRET_KEY } end)]]
    assert.same({ "blue", false }, server:get("/").json)
    server:close()
    serve([[app.route("/", function() return { app.config.DEBUG, app.config.SECRET_KEY } end)]],
      { debug = true, secret_key = "s" })
    assert.same({ true, "s" }, server:get("/").json)
  end)
end)
