-- What is under way between two generations, or was begun in one and is met in the next.

local Project = require "spec.bindings.reload_project"

describe("over a reload", function()
  local project, server

  local function save(...) return project:save(...) end
  local function write(...) return project:write(...) end
  local function path(...) return project:path(...) end

  local function serve(...)
    server = project:serve(...)
    return server
  end

  before_each(function() project = Project.make() end)
  after_each(function() project:close() end)

  it("a callback runs in the code that gave it", function()
    serve [[
local version = "one"
socketio.on("go", function()
  emit("question", nil, { callback = function(answer) emit("told", version .. mw.generation() .. answer) end })
end)]]
    local ada = server:test_client()
    ada:on_call("question", function()
      save [[local version = "two" socketio.on("go", print)]]
      return "!"
    end)
    ada:emit "go"
    assert.same({ "one1!" }, ada:get_received()[2].args)
  end)

  it("a request that waits is answered by the code, hooks and error pages that it met", function()
    serve [[
app.after_request(function(response) response.headers["X-Version"] = "one" end)
app.errorhandler(404, function() return "lost in one" end)
app.route("/", function()
  socketio.call("hold", nil, { to = socketio.sids()[1] })
  mw.abort(404)
end)]]
    local ada = server:test_client()
    ada:on_call("hold", function()
      save [[app.route("/", function() return "two" end)
app.after_request(function(response) response.headers["X-Version"] = "two" end)
app.errorhandler(404, function() return "lost in two" end)]]
    end)
    local response = server:get "/"
    assert.same({ "lost in one", "one" }, { response.body, response.headers["x-version"] })
    assert.equal("two", server:get("/").headers["x-version"])
  end)

  it("kept values keep the functions they were given, until mw.on_reload gives them new ones", function()
    local script = [[
local Player = {}
Player.__index = Player
function Player:name() return "VERSION" .. mw.generation() end
local players = mw.keep("players", {})
socketio.on("join", function() players[1] = setmetatable({ hit = function() return "hit VERSION" end }, Player) end)
socketio.on("ask", function() return players[1]:name(), players[1].hit() end)
]]
    serve((script:gsub("VERSION", "one")))
    local ada = server:test_client()
    ada:emit "join"
    assert.same({ "one1", "hit one" }, { ada:call "ask" })
    save((script:gsub("VERSION", "two")))
    collectgarbage()
    assert.same({ "one2", "hit one" }, { ada:call "ask" }) -- run by new code, for new code
    save((script:gsub("VERSION", "three")) .. [[
mw.on_reload(function() for _, p in pairs(players) do setmetatable(p, Player) end end)]])
    assert.same({ "three3", "hit one" }, { ada:call "ask" })
  end)

  it("a handle of the old code's jobs answers, and does no harm", function()
    serve [[mw.keep("tick", socketio.tick(10, function() end)) mw.keep("task", socketio.start_background_task(function()
  socketio.sleep(1e6) end))]]
    server:advance(0.3)
    save [[local ticks = 0
socketio.tick(10, function() ticks = ticks + 1 end)
socketio.on("v", function()
  mw.keep("tick"):stop() mw.keep("task"):cancel()
  return mw.keep("tick"):stats().ticks, ticks, select(2, mw.keep("task"):join())
end)]]
    server:advance(0.3)
    assert.same({ 3, 3, "cancelled" }, { server:test_client():call "v" })
    server:advance(0.3)
    assert.equal(6, select(2, server:test_client():call "v"))
  end)

  describe("what a client has sent goes on counting", function()
    local SCRIPT = [[socketio.on_error_default(function(err) return err end)
socketio.on("m", { limit = "%s" }, function() return "ok" end)
app.route("/login", { limit = "%s" }, function() return "ok" end)]]

    local function limited(limit) return SCRIPT:format(limit, limit) end

    it("for a limit that stays", function()
      serve(limited "2 per minute")
      local ada = server:test_client()
      for _ = 1, 2 do ada:call "m" server:get "/login" end
      save(limited "2 per minute" .. "\nerror 'no'")
      save(limited "2 per minute")
      assert.equal("rate limit exceeded: 2 per minute", ada:call "m")
      assert.equal(429, server:get("/login").status)
      server:advance(60)
      assert.equal("ok", ada:call "m")
      assert.equal(200, server:get("/login").status)
    end)

    it("for one that allows more", function()
      serve(limited "2 per minute")
      local ada = server:test_client()
      for _ = 1, 2 do ada:call "m" server:get "/login" end
      save(limited "3 per minute")
      for _, allowed in ipairs { true, false } do
        assert.equal(allowed, ada:call "m" == "ok")
        assert.equal(allowed, server:get("/login").status == 200)
      end
    end)

    it("for one of another time, as long as that", function()
      serve(limited "1 per hour")
      local ada = server:test_client()
      ada:call "m" server:get "/login"
      save(limited "1/second")
      assert.equal("ok", ada:call "m")
      assert.equal(200, server:get("/login").status)
      server:advance(1)
      assert.equal("ok", ada:call "m")
    end)
  end)

  it("every setting that can change does, and the others say that they cannot", function()
    serve [[mw.config{ cors_allowed_origins = "*" }]]
    save [[mw.config{ host = "0.0.0.0", port = 1, path = "/x", connection_state_recovery = 1, parser = "msgpack",
  per_message_deflate = true, max_http_buffer_size = 5, static_url_path = "/files" }]]
    for _, key in ipairs { "host", "port", "path", "connection_state_recovery", "parser", "per_message_deflate" } do
      assert.equal(1, project:count("a change of " .. key .. " takes effect when the server is restarted"))
    end
    assert.equal(6, project:count "restarted")
    assert(os.execute("mkdir " .. path "static"))
    write("static/a.txt", "a")
    assert.equal("a", server:get("/files/a.txt").body)
  end)

  describe("a template", function()
    it("that others include, import or extend is followed by them", function()
      write("templates/base.html", "[{% block body %}{% endblock %}]")
      write("templates/part.html", "part one")
      write("templates/page.html", "{% extends 'base.html' %}{% block body %}{% include 'part.html' %}{% endblock %}")
      serve [[app.route("/", function() return mw.render_template("page.html") end)]]
      assert.equal("[part one]", server:get("/").body)
      write("templates/part.html", "part two")
      server:reload(path "templates/part.html")
      assert.equal("[part two]", server:get("/").body)
      write("templates/base.html", "({% block body %}{% endblock %})")
      server:reload(path "templates/base.html")
      assert.equal("(part two)", server:get("/").body)
    end)

    it("is found when it comes, and when its folder comes", function()
      os.execute("rmdir " .. path "templates")
      serve [[app.route("/", function() return mw.render_template("page.html") end)]]
      assert.equal(500, server:get("/").status)
      assert(os.execute("mkdir " .. path "templates"))
      assert.equal(500, server:get("/").status)
      write("templates/page.html", "here")
      assert.equal("here", server:get("/").body)
    end)

    it("is compiled by new code, too, which has filters of its own", function()
      write("templates/page.html", "{{ x }}")
      serve [[app.route("/", function() return mw.render_template("page.html", { x = 1 }) end)]]
      assert.equal("1", server:get("/").body)
      save [[app.route("/", function() return mw.render_template("page.html", { x = 2 }) end)]]
      assert.equal("2", server:get("/").body)
    end)
  end)

  it("a module that was looked for and is optional is found when it comes", function()
    serve [[local found, settings = pcall(require, "settings")
socketio.on("v", function() return found and settings end)]]
    local ada = server:test_client()
    assert.is_false((ada:call "v"))
    write("settings.lua", "return 7")
    assert.is_true(server:reload(path "settings.lua"))
    assert.equal(7, ada:call "v")
  end)

  it("what the old code did to the libraries is not there in the new, which may do it again", function()
    local script = [[
function string.shout(s) return s:upper() .. mw.generation() end
debug.setmetatable(5, { __index = { half = 2.5 } })
mw.extra = 1
socketio.on("v", function() return ("a"):shout(), (5).half, mw.extra end)]]
    serve(script)
    save(script)
    assert.same({ "A2", 2.5, 1 }, { server:test_client():call "v" })
    save [[socketio.on("v", function()
  return string.shout == nil, pcall(function() return (5).half end), mw.extra == nil
end)]]
    assert.same({ true, false, true }, { server:test_client():call "v" })
    save(script .. "\nerror 'no'")
    assert.same({ true, false, true }, { server:test_client():call "v" })
  end)

  it("a script may be in a folder of any name", function()
    local odd = project.folder .. "/Mein Spiel äö %d"
    assert(os.execute(("mkdir %q"):format(odd)))
    write("Mein Spiel äö %d/part.lua", "return 1")
    write("Mein Spiel äö %d/main.lua", Project.script [[local part = require "part"
socketio.on("v", function() return part end)]])
    server = require "moonwire".test_server(odd .. "/main.lua")
    project.server = server
    local ada = server:test_client()
    write("Mein Spiel äö %d/part.lua", "return 2")
    assert.is_true(server:reload(odd .. "/part.lua"))
    assert.equal(2, ada:call "v")
    write("Mein Spiel äö %d/part.lua", "return +")
    server:reload(odd .. "/part.lua")
    assert.matches("part.lua:1:", server:log())
  end)
end)
