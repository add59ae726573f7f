-- Files that routes and /static/ serve, and templates that routes render, in a project of its own.
-- How files are served (ranges, types) is tested in spec/core; the template language in template_spec.

local moonwire = require "moonwire"

local root = os.tmpname()

local function write(name, text)
  local file = assert(io.open(root .. "/" .. name, "w"))
  file:write(text)
  file:close()
end

describe("a project's", function()
  local server
  local function serve(source, config)
    write("scripts/main.lua", 'local mw = require "moonwire"\nlocal app, socketio = mw.app, mw.socketio\n' .. source)
    server = moonwire.test_server(root .. "/scripts/main.lua", config)
    return server
  end

  setup(function()
    os.remove(root)
    assert(os.execute(("mkdir -p %s/scripts %s/static/css %s/templates %s/other"):format(root, root, root, root)))
    write("static/note.txt", "a note")
    write("static/css/style.css", "body {}")
    write("static/.secret", "secret")
    write("secret.txt", "secret")
    write("other/own.txt", "own")
    write("other/page.html", "other {{ x }}")
    write("templates/page.html", "{{ x }} {{ request.path }} {{ url_for('page') }} {{ config.COLOUR }}")
    write("templates/broken.html", "\n\n{{ user.name }}")
  end)
  teardown(function() os.execute("rm -r " .. root) end)
  after_each(function()
    if server then server:close() end
    server = nil
  end)

  describe("static files", function()
    it("are served above the script's folder", function()
      serve ""
      local note = server:get("/static/note.txt")
      assert.same({ 200, "a note" }, { note.status, note.body })
      assert.matches("^text/plain", note.headers["content-type"])
      assert.truthy(note.headers.etag and note.headers["last-modified"])
      assert.equal("body {}", server:get("/static/css/style.css").body)
      assert.equal(304, server:get("/static/note.txt", { headers = { ["If-None-Match"] = note.headers.etag } }).status)
      assert.equal("ot", server:get("/static/note.txt", { headers = { Range = "bytes=3-4" } }).body)
    end)

    it("are read only, and nothing else is there", function()
      serve ""
      assert.equal(404, server:post("/static/note.txt").status)
      for _, path in ipairs { "/static/", "/static", "/static/css", "/static/no.txt", "/static/.secret",
        "/static/../secret.txt", "/static/%2e%2e/secret.txt", "/static/..%2fsecret.txt", "/static/css/../../secret.txt",
        "/static/note.txt%00", "/static//etc/passwd", "/static/%2fetc/passwd" } do
        assert.is_true(server:get(path).status == 404 or server:get(path).status == 308, path)
      end
    end)

    it("that are not there are the errorhandler's", function()
      serve [[app.errorhandler(404, function() return "lost" end)]]
      for _, path in ipairs { "/static/no.txt", "/static/.secret", "/static/css", "/static/../secret.txt" } do
        assert.equal("lost", server:get(path).body, path)
      end
    end)

    it("may be elsewhere, under another path", function()
      serve('mw.config { static_folder = "../other", static_url_path = "/assets" }')
      assert.equal("own", server:get("/assets/own.txt").body)
      assert.equal(404, server:get("/static/note.txt").status)
    end)

    it("win over a route that would take their path, and pass the hooks", function()
      serve [[
        app.route("/<path:any>", function(any) return "route " .. any end)
        app.before_request(function() if mw.request.args.stop then return "stopped" end end)
        app.after_request(function(response) response.headers["X-After"] = "yes" end)]]
      local note = server:get("/static/note.txt")
      assert.same({ "a note", "yes" }, { note.body, note.headers["x-after"] })
      assert.equal("route static/no.txt", server:get("/static/no.txt").body)
      assert.equal("stopped", server:get("/static/note.txt?stop=1").body)
    end)
  end)

  describe("send_from_directory", function()
    it("sends a file of a folder beside the script, and only of that", function()
      serve [[app.route("/f/<path:p>", function(p) return mw.send_from_directory("../other", p) end)]]
      assert.same({ 200, "own" }, { server:get("/f/own.txt").status, server:get("/f/own.txt").body })
      for _, path in ipairs { "no.txt", "..%2fsecret.txt", "%2e%2e/secret.txt" } do
        assert.equal(404, server:get("/f/" .. path).status, path)
      end
    end)

    it("sends it to be kept, under a name", function()
      serve [[app.route("/<name>", function(name)
        local options = { as_attachment = true, download_name = name ~= "-" and name or nil }
        return mw.send_from_directory("../other", "own.txt", options)
      end)]]
      assert.equal('attachment; filename="own.txt"', server:get("/-").headers["content-disposition"])
      assert.equal("attachment; filename*=UTF-8''%C3%A9.txt", server:get("/%C3%A9.txt").headers["content-disposition"])
      assert.equal('attachment; filename="a_b"', server:get("/a%22b").headers["content-disposition"])
    end)
  end)

  describe("templates", function()
    it("are rendered with the request, url_for and config in scope", function()
      serve [[
        app.config.COLOUR = "blue"
        app.route("/page", function() return mw.render_template("page.html", { x = "<b>" }) end)]]
      assert.equal("&lt;b&gt; /page /page blue", server:get("/page").body)
    end)

    it("may be elsewhere", function()
      serve([[app.route("/", function() return mw.render_template("page.html", { x = 1 }) end)]],
        { template_folder = root .. "/other" })
      assert.equal("other 1", server:get("/").body)
    end)

    it("are rendered from text", function()
      serve [[app.route("/", function() return mw.render_template_string("{{ 1 + 1 }}") end)]]
      assert.equal("2", server:get("/").body)
    end)

    it("name themselves and the line in errors", function()
      serve [[
        app.route("/", function() return mw.render_template("broken.html") end)
        app.route("/lost", function() return mw.render_template("pgae.html") end)]]
      assert.equal(500, server:get("/").status)
      assert.matches("templates/broken.html:3: 'user' is nil, so 'user.name' cannot be read", server:log(), 1, true)
      server:get("/lost")
      assert.matches("template 'pgae.html' is not in templates/, did you mean 'page.html'?", server:log(), 1, true)
    end)

    it("are read anew when they change, with TEMPLATES_AUTO_RELOAD or debug, and not without", function()
      local page = [[app.route("/", function() return mw.render_template("fresh.html") end)]]
      for _, case in ipairs { { "", {}, "one" }, { "", { debug = true }, "two!" },
        { "app.config.TEMPLATES_AUTO_RELOAD = true\n", {}, "two!" },
        { "app.config.TEMPLATES_AUTO_RELOAD = false\n", { debug = true }, "one" } } do
        write("templates/fresh.html", "one")
        serve(case[1] .. page, case[2])
        assert.equal("one", server:get("/").body)
        write("templates/fresh.html", "two!")
        assert.equal(case[3], server:get("/").body)
        server:close()
      end
      server = nil
    end)

    it("can be rendered in an event's handler", function()
      serve [[socketio.on("render", function(x)
        return mw.render_template_string("{{ x }} {{ request.sid }}", { x = x })
      end)]]
      local client = server:test_client()
      assert.equal("&lt; " .. client.sid, client:call("render", "<"))
    end)
  end)
end)
