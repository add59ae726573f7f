-- The debug page, as far as the server has it: which answers get its script and where, what its channel says and to
-- whom. How a browser shows that is spec/browser's, that it holds nothing up spec/clients'.

local moonwire = require "moonwire"

local NAMES = [[local mw = require "moonwire"; local app, socketio, request = mw.app, mw.socketio, mw.request; ]]
local TAG = '<script type="module" async src="/socket%.io/debug%.js%?seen=([%w_-]+%.%d+)"></script>'
local PLAIN = '<script type="module" async src="/socket.io/debug.js?seen=S"></script>'
local OPENED = { ["Sec-Fetch-Dest"] = "document" }

describe("the debug page", function()
  local folder, server

  local function path(name) return folder .. "/" .. (name or "main.lua") end

  local function write(name, text)
    local file = assert(io.open(path(name), "w"))
    file:write(text)
    file:close()
  end

  local function serve(source, config)
    write("main.lua", NAMES .. source)
    config = config or {}
    if config.debug == nil then config.debug = true end
    server = moonwire.test_server(path(), config)
    return server
  end

  local function save(source)
    write("main.lua", NAMES .. source)
    return server:reload()
  end

  -- What a page of now has seen.
  local function seen()
    return server:get("/nowhere", { headers = OPENED }).body:match(TAG)
  end

  local function ask(from, now)
    return server:get("/socket.io/debug", { query = { seen = from, now = now and "1" } }).json
  end

  local function errors() return ask(seen(), true).errors end

  before_each(function()
    folder = os.tmpname()
    os.remove(folder)
    assert(os.execute(("mkdir -p %s/templates %s/static"):format(folder, folder)))
  end)

  after_each(function()
    if server then server:close() end
    server = nil
    os.execute("rm -r " .. folder)
  end)

  describe("script", function()
    -- The page as it is sent, what changes from one server to the next left out.
    local function sent(html, headers)
      serve(("app.route('/', function() return %q end)"):format(html))
      local body = server:get("/", { headers = headers }).body:gsub("seen=[%w_-]+%.%d+", "seen=S")
      server:close()
      server = nil
      return body
    end

    it("stands where nothing but the head's own can be before it", function()
      for html, place in pairs {
        ["<!doctype html><html lang=en><head><title>a</title></head></html>"] = 35,
        ["<!DOCTYPE html>\n<title>a</title>"] = 15,
        ["\n<!-- <head> -->\n<HTML\n data-a='>'>\n<Head >\n<p>"] = 43,
        ["<html><header>a</header></html>"] = 6,
        ["<body><p>a</body>"] = 0,
        ["\239\187\191<!doctype html><script>'</body><head>'</script>"] = 18,
        ['<?xml version="1.0"?><html><head/></html>'] = 34,
      } do
        assert.equal(html:sub(1, place) .. PLAIN .. html:sub(place + 1), sent(html))
      end
    end)

    it("is not in pieces of pages that a script fetches, and is in those that are opened", function()
      local piece, page = "<p>a</p>", "<!doctype html><p>a"
      assert.equal(piece, sent(piece))
      assert.equal(PLAIN .. piece, sent(piece, OPENED))
      assert.equal(PLAIN .. piece, sent(piece, { ["Sec-Fetch-Dest"] = "iframe" }))
      assert.equal(page, sent(page, { ["Sec-Fetch-Dest"] = "empty" }))
      assert.equal(page, sent(page, { ["X-Requested-With"] = "XMLHttpRequest" }))
      assert.equal("", sent(""))
    end)

    it("is in templates, static pages, pages of errors, and answers to forms", function()
      write("templates/a.html", "<!doctype html><p>{{ 1 + 1 }}")
      write("static/a.html", "<!doctype html><p>static")
      serve [[
app.route("/template", function() return mw.render_template("a.html") end)
app.route("/folder", function() return mw.send_from_directory("static", "a.html") end)
app.route("/form", { methods = "POST" }, function() return "<!doctype html><p>thanks" end)
app.route("/fails", function() error("no luck") end)]]
      assert.matches('uses=a%.html"></script><p>2$', server:get("/template").body)
      assert.matches(TAG .. "<p>static$", server:get("/static/a.html").body)
      assert.matches(TAG .. "<p>static$", server:get("/folder").body)
      assert.matches(TAG, server:get("/nowhere").body)
      assert.matches("&amp;sent=1\"></script><p>thanks$", server:post("/form").body)
      assert.matches("&amp;failed=1\"></script>", server:get("/fails").body)
    end)

    it("is in nothing else", function()
      write("static/a.css", "<!doctype html>")
      serve [[
local page = "<!doctype html><p>a"
app.route("/json", function() return { page } end)
app.route("/text", function() return page, 200, { ["Content-Type"] = "text/plain" } end)
app.route("/packed", function() return page, 200, { ["Content-Encoding"] = "gzip" } end)]]
      for _, at in ipairs { "/json", "/text", "/packed", "/static/a.css", "/socket.io/socket.io.js" } do
        assert.not_matches("debug.js", server:get(at, { headers = OPENED }).body, 1, true)
      end
    end)

    it("keeps a page out of caches, and its other headers as they are", function()
      write("static/a.html", "<!doctype html><p>static")
      serve [[
app.route("/", function()
  return "<!doctype html>", 201, { ["Cache-Control"] = "max-age=60", ["ETag"] = '"a"', ["X-Own"] = "1" }
end)]]
      local page, file = server:get("/"), server:get("/static/a.html")
      assert.same({ 201, "no-store", "1" }, { page.status, page.headers["cache-control"], page.headers["x-own"] })
      assert.is_nil(page.headers.etag)
      assert.is_nil(file.headers.etag)
      assert.is_nil(file.headers["last-modified"])
    end)

    it("passes a policy that lets only scripts with a nonce run", function()
      serve [[
app.route("/", function()
  return "<!doctype html>", { ["Content-Security-Policy"] = "script-src 'self' 'nonce-a1+/='" }
end)]]
      assert.matches('async nonce="a1%+/=" src=', server:get("/").body)
    end)

    it("is found below the configured path", function()
      serve("app.route('/', function() return '<!doctype html>' end)", { path = '/a"b' })
      local address = server:get("/").body:match('src="([^"]+)"')
      assert.matches("^/a%%22b/debug%.js%?seen=", address)
      local file = server:get(address)
      assert.same({ 200, "text/javascript; charset=utf-8" }, { file.status, file.headers["content-type"] })
      for name in file.body:gmatch 'from "%./([%w_.]+)"' do
        assert.equal(200, server:get('/a"b/' .. name).status)
      end
    end)

    it("is nowhere without debug, and nothing answers there", function()
      write("static/a.html", "<!doctype html>")
      serve("app.route('/', function() return '<!doctype html>' end)", { debug = false })
      assert.equal("<!doctype html>", server:get("/", { headers = OPENED }).body)
      assert.equal("<!doctype html>", server:get("/static/a.html").body)
      assert.equal(404, server:get("/socket.io/debug.js").status)
      assert.equal(404, server:get("/socket.io/debug?seen=a").status)
    end)

    it("comes and goes with debug of a reloaded script", function()
      serve("mw.config { debug = true }; app.route('/', function() return '<!doctype html>' end)", { debug = false })
      assert.equal("<!doctype html>", server:get("/").body) -- the test's configuration wins
      server:close()
      write("main.lua", NAMES .. "mw.config { debug = true }; app.route('/', function() return '<!doctype html>' end)")
      server = moonwire.test_server(path())
      assert.matches(TAG, server:get("/").body)
      assert.is_true(save "app.route('/', function() return '<!doctype html>' end)")
      assert.equal("<!doctype html>", server:get("/").body)
    end)
  end)

  describe("is for", function()
    local function shown_at(host)
      return server:get("/", { headers = { Host = host } }).body:find("debug.js", 1, true) ~= nil
    end

    it("addresses, localhost and the server's own name", function()
      serve("app.route('/', function() return '<!doctype html>' end)", { host = "Dev.example" })
      for _, host in ipairs { "localhost", "localhost:5000", "game.localhost:80", "127.0.0.1:5000", "192.168.0.7",
        "[::1]:5000", "[fe80::1]", "dev.example:5000" } do
        assert.is_true(shown_at(host), host)
      end
      assert.equal("", server:log())
    end)

    it("no other name, which may be another site's, and says so once", function()
      serve("app.route('/', function() error('no luck') end)")
      for _, host in ipairs { "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "notlocalhost" } do
        assert.is_false(shown_at(host), host)
        local page = server:get("/", { headers = { Host = host } }).body
        assert.not_matches("no luck", page, 1, true)
        assert.equal(404, server:get("/socket.io/debug?seen=a", { headers = { Host = host } }).status)
      end
      local _, warnings = server:log():gsub("warning: a page was asked for at evil.example", "")
      assert.equal(1, warnings)
    end)

    it("no page of another site", function()
      serve ""
      local function status(site)
        return server:get("/socket.io/debug?now=1&seen=" .. seen(), { headers = { ["Sec-Fetch-Site"] = site } }).status
      end
      assert.same({ 200, 200, 403, 403 },
        { status "same-origin", status "none", status "same-site", status "cross-site" })
      local answer = server:get("/socket.io/debug?now=1&seen=" .. seen())
      assert.same({ "no-store", "nosniff", "same-origin" }, { answer.headers["cache-control"],
        answer.headers["x-content-type-options"], answer.headers["cross-origin-resource-policy"] })
      assert.is_nil(answer.headers["access-control-allow-origin"])
    end)
  end)

  describe("'s page of an error", function()
    it("shows message, place, source and traceback, and nothing of it is HTML", function()
      serve '\n\napp.route("/", function()\n  error("</script><b>" .. request.args.who)\nend)\n'
      local page = server:get("/?who=<i>").body
      assert.matches("main.lua:4: &lt;/script&gt;&lt;b&gt;&lt;i&gt;</strong>", page, 1, true)
      assert.matches("main%.lua, line 4</p>", page)
      assert.matches("<mark>    4    error(&#34;&lt;/script&gt;&lt;b&gt;&#34; .. ", page, 1, true)
      assert.matches("stack traceback:", page, 1, true)
      assert.not_matches("<b>", page, 1, true)
    end)

    it("shows a template's source", function()
      write("templates/a.html", "<p>\n{{ user.name }}\n</p>")
      serve [[app.route("/", function() return mw.render_template("a.html") end)]]
      local page = server:get("/").body
      assert.matches("templates/a.html, line 2", page, 1, true)
      assert.matches("<mark>    2  {{ user.name }}</mark>", page, 1, true)
    end)
  end)

  describe("'s channel", function()
    it("answers once there is news, and after a while without", function()
      serve [[socketio.after(2, function() error("no luck") end)]]
      local from = seen()
      local start = server._time
      local news = ask(from)
      assert.equal(1, #news.errors)
      assert.truthy(server._time - start < 3)
      assert.not_equal(from, news.seen)
      start = server._time
      local quiet = ask(news.seen)
      assert.equal(news.seen, quiet.seen)
      assert.truthy(server._time - start >= 25)
    end)

    it("says what has happened: file, line, source, traceback, event, namespace and sid", function()
      serve '\nsocketio.of("/a").on("move", function(x)\n  return x + nil\nend)\n'
      local ada = server:test_client { namespace = "/a" }
      ada:emit("move", 1)
      local err = errors()[1]
      assert.same({ "run", 3, 1, 1 }, { err.kind, err.line, err.first, err.count })
      assert.equal(('handler of "move" in "/a", sid %s'):format(ada.sid), err.what)
      assert.matches("main%.lua:3: attempt to perform arithmetic", err.message)
      assert.equal(path(), err.file)
      assert.matches('\nsocketio.of("/a").on("move", function(x)\n  return x + nil\nend)\n', err.lines, 1, true)
      assert.matches("^stack traceback:\n", err.traceback)
    end)

    it("says where a handler was that ran too long", function()
      serve('socketio.on("a", function()\n  local n = 0\n  while true do n = n + 1 end\nend)',
        { handler_timeout = 0.05 })
      server:test_client():emit "a"
      local err = errors()[1]
      assert.matches("ran for more than 0.05 s", err.message, 1, true)
      assert.same({ 3, path() }, { err.line, err.file })
    end)

    it("says where a route begins that returned what cannot be sent", function()
      serve '\napp.route("/", function()\n  return mw.render_template(7)\nend)\n'
      server:get "/"
      local err = errors()[1]
      assert.same({ 2, path() }, { err.line, err.file })
      assert.matches("^route GET / at ", err.what)
    end)

    it("counts what happens again at one place, whoever meets it", function()
      serve 'socketio.on("a", function(x)\n  error(x)\nend)\nsocketio.on("b", function() error("b") end)'
      for _ = 1, 3 do
        local client = server:test_client()
        client:emit("a", client.sid)
      end
      local ada = server:test_client()
      ada:emit "b"
      local list = errors()
      assert.same({ 3, 1 }, { list[1].count, list[2].count })
      ada:emit("a", "again")
      list = errors()
      assert.same({ 1, 4 }, { list[1].count, list[2].count }) -- the latest is the last
      assert.matches("again$", list[2].message)
    end)

    it("counts the failures of a tick that the log leaves out", function()
      serve "socketio.tick(30, function(_, n)\n  if n > 1 then error('no luck') end\nend)"
      server:advance(10)
      local list = errors()
      assert.equal(1, #list)
      assert.truthy(list[1].count > 250, list[1].count)
    end)

    it("knows a few places, the latest", function()
      local lines = {}
      for i = 1, 12 do lines[i] = ("socketio.on('e%d', function() error('no %d') end)"):format(i, i) end
      serve(table.concat(lines, "\n"))
      local ada = server:test_client()
      for i = 1, 12 do ada:emit("e" .. i) end
      local list = errors()
      assert.equal(8, #list)
      assert.matches("no 5$", list[1].message)
      assert.matches("no 12$", list[8].message)
    end)

    it("shows a refused script until a good one takes over, which ends all former errors", function()
      serve 'socketio.on("a", function() error("old") end)'
      local ada = server:test_client()
      ada:emit "a"
      save "local x = = 1"
      local list = errors()
      assert.same({ "run", "load" }, { list[1].kind, list[2].kind })
      assert.same({ 1, path() }, { list[2].line, list[2].file })
      assert.matches("unexpected symbol near '='", list[2].message)
      assert.matches("local x = = 1", list[2].lines, 1, true)
      assert.equal("generation 1 goes on", list[2].what)
      save "\n\nlocal x = nil + 1"
      list = errors()
      assert.same({ 2, 3 }, { #list, list[2].line })
      assert.matches("^stack traceback:", list[2].traceback)
      save 'socketio.on("b", function() end)'
      assert.same({}, errors())
    end)

    it("shows the lines of the code that ran, though the file has others by now", function()
      serve 'socketio.on("a", function()\n  error("the old one")\nend)'
      save 'local x =\n  = "the new one"\n'
      server:test_client():emit "a"
      local list = errors()
      assert.matches('  error("the old one")\n', list[2].lines, 1, true)
      assert.matches('  = "the new one"\n', list[1].lines, 1, true)
    end)

    it("shows a set that failed in its first tick, and a module", function()
      write("part.lua", "return function()\n  error('in part')\nend")
      serve "socketio.tick(30, function() end)"
      save "socketio.tick(30, function()\n  error('first step')\nend)"
      server:advance(1)
      assert.matches("first step", errors()[1].message)
      assert.same({ "load", 2 }, { errors()[1].kind, errors()[1].line })
      save 'local part = require "part"\nsocketio.on("a", function() part() end)'
      assert.same({}, errors())
      server:test_client():emit "a"
      assert.same({ path "part.lua", 2 }, { errors()[1].file, errors()[1].line })
    end)

    it("shows templates that do not compile", function()
      write("templates/a.html", "<p>a</p>")
      serve [[app.route("/", function() return mw.render_template("a.html") end)]]
      server:get("/", { headers = OPENED })
      local from = seen()
      write("templates/a.html", "<p>\n{% if %}")
      server:reload(path "templates/a.html")
      local news = ask(from, true)
      assert.same({}, news.changes)
      assert.same({ "template", "templates/a.html", 2 },
        { news.errors[1].kind, news.errors[1].file, news.errors[1].line })
      assert.matches("{%% if %%}\n", news.errors[1].lines)
      write("templates/a.html", "<p>b</p>")
      server:reload(path "templates/a.html")
      news = ask(from, true)
      assert.same({}, news.errors)
      assert.same({ { kind = "template", path = "a.html" } }, news.changes)
    end)

    it("names what changed since a page was made", function()
      write("templates/a.html", "")
      write("static/a.css", "")
      serve("", { static_url_path = "/files" })
      local from = seen()
      assert.same({}, ask(from, true).changes)
      server:reload(path "static/a.css")
      local later = ask(from, true)
      assert.same({ { kind = "file", path = "/files/a.css" } }, later.changes)
      server:reload(path "templates/a.html")
      server:reload()
      assert.same({ { kind = "template", path = "a.html" }, { kind = "script", path = path() } },
        ask(later.seen, true).changes)
      for _ = 1, 70 do server:reload(path "static/a.css") end
      assert.equal(moonwire.null, ask(from, true).changes) -- more than is known by name
    end)

    it("tells pages by the templates that they are made of, and pieces apart from them", function()
      write("templates/base.html", "<!doctype html>{% include 'a b.html' %}{% block x %}{% endblock %}")
      write("templates/a b.html", "a")
      write("templates/page.html", "{% extends 'base.html' %}")
      write("templates/piece.html", "<p>a")
      write("templates/said.html", "<p>b")
      serve [[
app.route("/", function() return mw.render_template("page.html") end)
app.route("/piece", function() return mw.render_template("piece.html") end)
socketio.on("say", function() return mw.render_template("said.html") end)]]
      local body = server:get("/").body
      assert.matches("&amp;uses=page.html&amp;uses=base.html&amp;uses=a%20b.html\"></script>", body, 1, true)
      local from = seen()
      server:get "/piece"
      server:test_client():call "say"
      for _, name in ipairs { "page", "a b", "piece", "said" } do
        server:reload(path("templates/" .. name .. ".html"))
      end
      local kinds = {}
      for i, change in ipairs(ask(from, true).changes) do kinds[i] = change.kind .. " " .. change.path end
      assert.same({ "template page.html", "template a b.html", "piece piece.html", "piece said.html" }, kinds)
    end)

    it("knows no page of another server", function()
      serve ""
      local from = seen()
      for _, other in ipairs { "", "1", "x.0", from:gsub("%d+$", "99"), from:gsub("^.", "~"), from .. "0x" } do
        assert.same({ seen = moonwire.null }, ask(other))
      end
    end)

    it("looks into no file that a message names", function()
      write("secret.txt", "one\ntwo\nthree\n")
      serve [[socketio.on("a", function(text) error(text, 0) end)]]
      local ada = server:test_client()
      for _, text in ipairs { path "secret.txt" .. ":2: x", "templates/../secret.txt:2: x", "/etc/passwd:1: x",
        "templates/:1: x", "x" .. path() .. ":1: x" } do
        ada:emit("a", text)
      end
      for _, err in ipairs(errors()) do
        assert.not_matches("two", err.lines, 1, true)
        assert.not_matches("root:", err.lines, 1, true)
      end
    end)

    it("carries any bytes", function()
      serve 'socketio.on("a", function(text) error("\\xff\\0" .. text:rep(9000), 0) end) -- \xff'
      server:test_client():emit("a", "é")
      local err = errors()[1]
      assert.matches("^\239\191\189%z\195\169", err.message)
      assert.truthy(#err.message < 5000)
      assert.matches("\239\191\189", err.lines)
    end)
  end)
end)
