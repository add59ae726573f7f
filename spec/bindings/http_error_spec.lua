-- What goes wrong in a route, and what is done around one: abort, errorhandlers, the error pages, the hooks.
-- What a route normally answers is http_spec's.

local support = require "spec.bindings.support"

describe("HTTP", function()
  local server
  local function serve(source, config)
    server = support.serve(source, config)
    return server
  end
  after_each(function()
    if server then server:close() end
    server = nil
  end)

  describe("abort", function()
    it("ends the route with that status and message", function()
      serve [[app.route("/<int:code>", function(code) mw.abort(code, "No <way>.") error("not reached") end)]]
      for _, code in ipairs { 400, 401, 403, 404, 418, 451, 500, 503 } do
        local answer = server:get("/" .. code)
        assert.equal(code, answer.status)
        assert.matches("No &lt;way&gt;.", answer.body, 1, true)
      end
      assert.equal("", server:log())
    end)

    it("gives Flask's pages of errors what they show", function()
      serve [[
        app.errorhandler(404, function(e)
          return mw.render_template_string("{{ e.code }} {{ e.name }} {{ e.description }} {{ e }}", { e = e })
        end)
        app.route("/", function() mw.abort(404, "No way.") end)]]
      assert.equal("404 Not Found No way. 404 Not Found: No way.", server:get("/").body)
    end)

    it("works from below, and across a wait", function()
      serve [[
        local function deep(n) if n == 0 then socketio.sleep(1) mw.abort(403) end deep(n - 1) end
        app.route("/", function() deep(20) end)]]
      assert.equal(403, server:get("/").status)
    end)

    it("knows only errors", function()
      serve [[app.route("/", function() return select(2, pcall(mw.abort, 200)) end)]]
      assert.matches("abort wants a status from 400 to 599, not 200", server:get("/").body, 1, true)
    end)
  end)

  describe("an error in a route", function()
    local BROKEN = "app.route('/', function()\nlocal t = nil\nreturn t.x end)"

    it("is logged with its line and traceback, and not shown", function()
      serve(BROKEN)
      local answer = server:get("/")
      assert.equal(500, answer.status)
      assert.matches("Internal Server Error", answer.body, 1, true)
      assert.not_matches("nil value", answer.body)
      assert.not_matches("traceback", answer.body)
      assert.matches("error: route GET / at [^\n]-:%d: .-:3: attempt to index a nil value"
        .. ".-stack traceback:.-:3:", server:log())
    end)

    it("is shown with debug", function()
      serve(BROKEN, { debug = true })
      local page = server:get("/").body
      assert.matches(":3: attempt to index a nil value (local &#39;t&#39;)", page, 1, true)
      assert.matches("stack traceback:", page, 1, true)
    end)

    it("is one even if it is no text", function()
      serve [[
        app.route("/table", function() error({}) end)
        app.route("/nil", function() error() end)]]
      assert.equal(500, server:get("/table").status)
      assert.equal(500, server:get("/nil").status)
    end)

    it("stops a route that never ends, and no other", function()
      serve([[
        app.route("/loop", function() while true do pcall(function() while true do end end) end end)
        app.route("/", function() return "fine" end)]], { handler_timeout = 0.05 })
      assert.equal(500, server:get("/loop").status)
      assert.matches("ran for more than", server:log(), 1, true)
      assert.equal("fine", server:get("/").body)
    end)
  end)

  describe("an errorhandler", function()
    it("answers in place of the page, with the status of the error", function()
      serve [[
        app.errorhandler(404, function(err) return { err.code, err.name, request.path } end)
        app.errorhandler(403, function(err) return err.message, 200, { ["X-Handled"] = "yes" } end)
        app.errorhandler(405, function() return "no" end)
        app.route("/secret", function() mw.abort(403, "for members") end)]]
      local lost = server:get("/lost")
      assert.equal(404, lost.status)
      assert.same({ 404, "Not Found", "/lost" }, lost.json)
      local secret = server:get("/secret")
      assert.same({ 200, "for members", "yes" }, { secret.status, secret.body, secret.headers["x-handled"] })
      local refused = server:post("/secret")
      assert.same({ 405, "no", "GET, HEAD, OPTIONS" }, { refused.status, refused.body, refused.headers.allow })
    end)

    it("of 500 gets the error of the script, which is logged all the same", function()
      serve [[
        app.errorhandler(500, function(err) return err.error:match("no luck") .. "|" .. err.message end)
        app.route("/", function() error("no luck") end)]]
      local answer = server:get("/")
      assert.equal(500, answer.status)
      assert.matches("^no luck|", answer.body)
      assert.matches("no luck", server:log())
    end)

    it("may wait", function()
      serve [[app.errorhandler(404, function() socketio.sleep(1) return "late" end)]]
      assert.equal("late", server:get("/").body)
    end)

    it("that fails itself is logged, and answered with 500", function()
      serve [[app.errorhandler(404, function() error("worse") end)]]
      assert.equal(500, server:get("/").status)
      assert.matches("worse", server:log())
      server:close()
      serve [[
        app.errorhandler(500, function() error("worst") end)
        app.route("/", function() error("bad") end)]]
      local answer = server:get("/")
      assert.same({ 500, "text/plain; charset=utf-8" }, { answer.status, answer.headers["content-type"] })
      assert.matches("bad.*worst", server:log())
    end)
  end)

  describe("mw.g", function()
    it("is one table for the hooks, the route, its template and its error's page, and ends with the request", function()
      serve [[
        app.config.SECRET_KEY = "not for production"
        app.before_request(function() mw.g.path = (mw.g.path or "") .. request.path end)
        app.after_request(function(response) response.headers["X-Path"] = mw.g.path end)
        app.route("/page", function()
          socketio.sleep(1)
          return mw.render_template_string("{{ g.path }}")
        end)
        app.route("/bad", function() mw.session.name = "ann" error("bad") end)
        app.errorhandler(500, function() return "bad: " .. mw.g.path end)
        app.route("/name", function() return mw.session.name or "nobody" end)]]
      local page = server:get("/page")
      assert.same({ "/page", "/page" }, { page.body, page.headers["x-path"] })
      page = server:get("/bad")
      assert.same({ "bad: /bad", "/bad" }, { page.body, page.headers["x-path"] })
      assert.equal("ann", server:get("/name").body)
    end)

    it("ends with an event, too, and is nothing while the script loads", function()
      serve [[socketio.on("count", function() mw.g.n = (mw.g.n or 0) + 1 socketio.sleep(1) return mw.g.n end)]]
      local client = server:test_client()
      assert.equal(1, client:call("count"))
      assert.equal(1, client:call("count"))
      server:close()
      local ok, err = pcall(serve, "mw.g.n = 1")
      assert.is_false(ok)
      assert.matches("mw.g outside of a handler or a route: it is a table of one request", tostring(err), 1, true)
      serve ""
    end)
  end)

  describe("before_request", function()
    it("runs before each route, in order, until one answers", function()
      serve [[
        local seen = {}
        app.before_request(function() seen[#seen + 1] = "first" end)
        app.before_request(function()
          seen[#seen + 1] = "second"
          if request.args.stop then return "stopped", 401 end
        end)
        app.before_request(function() seen[#seen + 1] = "third" end)
        app.route("/", function()
          local all = table.concat(seen, " ")
          seen = {}
          return all
        end)]]
      assert.equal("first second third", server:get("/").body)
      local stopped = server:get("/?stop=1")
      assert.same({ 401, "stopped" }, { stopped.status, stopped.body })
      assert.equal("first second first second third", server:get("/").body)
    end)

    it("may abort and wait, also before what is not there", function()
      serve [[app.before_request(function() socketio.sleep(1) mw.abort(403) end)]]
      assert.equal(403, server:get("/nowhere").status)
    end)
  end)

  describe("after_request", function()
    it("gets each response, the last hook first, and may change or replace it", function()
      serve [[
        app.route("/", function() return "page" end)
        app.route("/json", function() return { 1 } end)
        app.after_request(function(response)
          response.headers["X-Order"] = (response.headers["x-order"] or "") .. "first"
          return response
        end)
        app.after_request(function(response)
          response.headers["X-Order"] = "last "
          response.headers["Content-Type"] = nil
          response.body = response.body .. "!"
          if request.path == "/json" then return "replaced", 202 end
        end)]]
      local page = server:get("/")
      assert.same({ 200, "page!", "last first" }, { page.status, page.body, page.headers["x-order"] })
      assert.is_nil(page.headers["content-type"])
      local replaced = server:get("/json")
      assert.same({ 202, "replaced", "first" }, { replaced.status, replaced.body, replaced.headers["x-order"] })
    end)

    it("sees errors too", function()
      serve [[
        app.after_request(function(response) response.headers["X-Frame-Options"] = "DENY" end)
        app.route("/broken", function() error("broken") end)]]
      assert.equal("DENY", server:get("/broken").headers["x-frame-options"])
      assert.equal("DENY", server:get("/lost").headers["x-frame-options"])
    end)

    it("that fails leaves a plain 500", function()
      serve [[
        app.after_request(function() error("late") end)
        app.route("/", function() return "page" end)]]
      assert.same({ 500, "Internal Server Error" }, { server:get("/").status, server:get("/").body })
    end)

    it("cannot smuggle a header in", function()
      serve [[
        app.after_request(function(response) response.headers["X-A"] = "a\r\nX-B: b" end)
        app.route("/", function() return "page" end)]]
      assert.equal(500, server:get("/").status)
    end)
  end)

  it("is given up politely when the server closes while a route waits", function()
    serve [[app.route("/", function() socketio.sleep(1000) return "never" end)]]
    server._native:request("GET", "/", "", {}, "")
  end)
end)
