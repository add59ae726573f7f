-- Hot reload: what takes over, what lives on, and what is kept when the new code is no good.
-- Each test writes a script into a folder of its own, changes files and reloads, as a save would; the watching itself
-- is the edge's, and spec/clients has it.

local Project = require "spec.bindings.reload_project"

describe("a reload", function()
  local project, server

  local function write(...) return project:write(...) end
  local function path(...) return project:path(...) end
  local function save(...) return project:save(...) end
  local function lines() return project:lines() end
  local function count(...) return project:count(...) end

  local function serve(...)
    server = project:serve(...)
    return server
  end

  before_each(function() project = Project.make() end)
  after_each(function() project:close() end)

  it("puts new handlers in place of the old, and drops nobody", function()
    serve [[
socketio.on("connect", function() join_room "all" end)
socketio.on("who", function() return 1 end)
socketio.on("old", function() return "old" end)]]
    local ada = server:test_client()
    assert.equal(1, ada:call "who")
    assert.is_true(save [[
socketio.on("who", function() return 2 end)
socketio.on("new", function() return "new" end)
socketio.on("room", function() socketio.emit("hi", nil, { to = "all" }) end)]])
    assert.equal(2, ada:call "who")
    assert.equal("new", ada:call "new")
    ada:emit("old")
    assert.is_true(ada:is_connected())
    ada:emit "room"
    assert.equal("hi", ada:get_received()[1].name)
    assert.matches("info: reloaded " .. path() .. ": 3 handlers %(%+2 %-2%), generation 2, %d+ ms", server:log())
  end)

  it("counts generations", function()
    serve [[socketio.on("g", function() return mw.generation() end)]]
    local ada = server:test_client()
    for generation = 1, 3 do
      assert.equal(generation, ada:call "g")
      server:reload()
    end
  end)

  it("is made of routes, hooks and error handlers, too", function()
    serve [[
app.route("/old", function() return "old" end)
app.route("/", function() return "one" end)
app.errorhandler(404, function() return "lost one" end)
socketio.on_error_default(function() return "failed one" end)
socketio.on("fail", function() error "x" end)]]
    local ada = server:test_client()
    save [[
app.route("/new", function() return "new" end)
app.route("/", function() return "two" end)
app.errorhandler(404, function() return "lost two" end)
app.after_request(function(response) response.headers["X-New"] = "yes" end)
socketio.on_error_default(function() return "failed two" end)
socketio.on("fail", function() error "x" end)]]
    assert.equal("two", server:get("/").body)
    assert.equal("new", server:get("/new").body)
    assert.equal("lost two", server:get("/old").body)
    assert.equal("yes", server:get("/").headers["x-new"])
    assert.equal("failed two", ada:call "fail")
  end)

  it("follows limits", function()
    serve [[socketio.on_error_default(function(err) return err end)
socketio.on("m", { limit = "1 per minute" }, function() return "ok" end)]]
    local ada = server:test_client()
    assert.equal("ok", ada:call "m")
    assert.equal("rate limit exceeded: 1 per minute", ada:call "m")
    save [[socketio.on("m", function() return "free" end)]]
    assert.equal("free", ada:call "m")
    assert.equal("free", ada:call "m")
  end)

  describe("keeps", function()
    it("mw.keep values, the same ones", function()
      serve [[
local world = mw.keep("world", { n = 0 })
socketio.on("add", function() world.n = world.n + 1 return world.n end)]]
      local ada = server:test_client()
      ada:call "add"
      save [[
local world = mw.keep("world", { n = 100 })
socketio.on("add", function() world.n = world.n + 10 return world.n end)]]
      assert.equal(11, ada:call "add")
    end)

    it("no value that only a failed load kept", function()
      serve [[socketio.on("x", function() return mw.keep("late", "second") end)]]
      assert.is_nil((save [[mw.keep("late", "first") error "no"]]))
      assert.equal("second", server:test_client():call "x")
    end)

    it("mw.data, sessions and pending acknowledgements", function()
      serve([[
socketio.on("set", function() mw.data.name = "ada" mw.session.n = 1 end)
socketio.on("ask", function() return "answer " .. mw.call("question") .. " in " .. mw.generation() end)]],
        { secret_key = "k" })
      local ada = server:test_client()
      ada:emit "set"
      local answer
      ada:on_call("question", function()
        save [[socketio.on("get", function() return mw.data.name, mw.session.n end)]]
        return 42
      end)
      ada:emit("ask", function(a) answer = a end)
      assert.equal("answer 42 in 1", answer)
      assert.same({ "ada", 1 }, { ada:call "get" })
    end)

    it("handlers asleep on the code they began with", function()
      serve [[
local version = "one"
socketio.on("slow", function() socketio.sleep(1) return version .. mw.generation() end)]]
      local ada = server:test_client()
      local answer
      ada:emit("slow", function(a) answer = a end)
      save [[
local version = "two"
socketio.on("slow", function() socketio.sleep(1) return version .. mw.generation() end)]]
      server:advance(1)
      assert.equal("one1", answer)
      ada:emit("slow", function(a) answer = a end)
      server:advance(1)
      assert.equal("two2", answer)
    end)

    it("tasks and timers that a handler started", function()
      serve [[
socketio.on("go", function()
  socketio.start_background_task(function() socketio.sleep(1) print "task of one" end)
  socketio.after(1, function() print "timer of one" end)
end)]]
      server:test_client():emit "go"
      save ""
      server:advance(1)
      assert.matches("task of one", server:log())
      assert.matches("timer of one", server:log())
    end)
  end)

  describe("runs mw.on_reload", function()
    it("in the new code, after it took over, and not at the first load", function()
      serve [[
mw.keep("players", { { hp = 1 } })
mw.on_reload(function() print "never" end)]]
      save [[
local players = mw.keep("players", {})
mw.on_reload(function() for _, p in ipairs(players) do p.shield = 5 end print("migrated", mw.generation()) end)
socketio.on("get", function() return players[1] end)]]
      assert.same({ hp = 1, shield = 5 }, server:test_client():call "get")
      assert.matches("migrated\t2", server:log())
      assert.not_matches("never", server:log())
    end)

    it("and goes back when it fails", function()
      serve [[socketio.on("v", function() return 1 end)]]
      local ok, err = save [[
mw.on_reload(function()
  error "cannot migrate"
end)
socketio.on("v", function() return 2 end)]]
      assert.is_nil(ok)
      assert.matches("main.lua:2: cannot migrate", err)
      assert.matches("error: kept generation 1: reload: [^\n]*main.lua:2: cannot migrate\nstack traceback:",
        server:log())
      assert.equal(1, server:test_client():call "v")
      assert.equal(0, count "reloaded")
    end)
  end)

  describe("of the configuration", function()
    it("takes effect", function()
      serve [[mw.config{ cors_allowed_origins = "https://a.example" }]]
      local function allowed()
        return server:test_client { headers = { Origin = "https://b.example" } }:is_connected()
      end
      assert.has_error(allowed)
      save [[mw.config{ cors_allowed_origins = "*" }]]
      assert.is_true(allowed())
      save ""
      assert.has_error(allowed)
    end)

    it("says what only a restart can change", function()
      serve [[mw.config{ path = "/socket.io" }]]
      save [[mw.config{ path = "/other" }]]
      assert.matches("warning: " .. path() .. ": a change of path takes effect when the server is restarted",
        server:log())
      assert.equal(1, count "warning")
    end)

    it("is refused as a whole when a key is wrong", function()
      serve [[socketio.on("v", function() return 1 end)]]
      assert.is_nil((save [[mw.config{ ping_intervall = 3 }]]))
      assert.matches('kept generation 1: .*main.lua:1: .*unknown option "ping_intervall"', server:log())
      assert.equal(1, server:test_client():call "v")
    end)
  end)

  describe("of a namespace", function()
    it("that is gone disconnects its clients, whose handlers hear of it", function()
      serve [[
socketio.on("x", { namespace = "/chat" }, function() end)
socketio.on("disconnect", { namespace = "/chat" }, function(reason) print("left", reason, mw.generation()) end)]]
      local ada, bob = server:test_client { namespace = "/chat" }, server:test_client()
      save [[socketio.on("y", function() return "y" end)]]
      assert.is_false(ada:is_connected "/chat")
      assert.is_true(bob:is_connected())
      assert.matches("left\tserver disconnect\t1", server:log())
      assert.matches("info: the namespace /chat is gone from " .. path() .. ": 1 client disconnected", server:log())
      assert.equal("Invalid namespace", server:test_client { namespace = "/chat" }.error.message)
      assert.equal("y", bob:call "y")
    end)

    it("that is new takes clients", function()
      serve ""
      assert.equal("Invalid namespace", server:test_client { namespace = "/chat" }.error.message)
      save [[socketio.on("x", { namespace = "/chat" }, function() return 1 end)]]
      assert.is_true(server:test_client { namespace = "/chat" }:is_connected "/chat")
    end)
  end)

  describe("of what runs by itself", function()
    it("keeps the schedule of a tick whose rate is the same", function()
      serve [[socketio.tick(10, function(dt, n) print("one", n) end)]]
      server:advance(0.35)
      save [[socketio.tick(10, function(dt, n) print("two", n, dt) end)]]
      server:advance(0.04)
      assert.equal(3, count "one")
      server:advance(0.01)
      assert.matches("two\t4\t0.1\n", server:log())
      server:advance(0.6)
      assert.equal(3, count "one")
      assert.equal(7, count "two")
    end)

    it("matches ticks of one rate in their order", function()
      serve [[socketio.tick(10, function() print "a1" end) socketio.tick(5, function() print "b1" end)
socketio.tick(10, function() print "c1" end)]]
      server:advance(0.15)
      save [[socketio.tick(5, function() print "b2" end) socketio.tick(10, function(_, n) print("a2", n) end)
socketio.tick(10, function(_, n) print("c2", n) end) socketio.tick(10, function(_, n) print("d2", n) end)]]
      server:advance(0.05)
      assert.same({ "a1", "c1", "b2", "a2\t2", "c2\t2" }, { table.unpack(lines(), 1, 5) })
      server:advance(0.05)
      assert.equal("d2\t1", lines()[6])
    end)

    it("starts a tick of another rate anew", function()
      serve [[socketio.tick(10, function() print "ten" end)]]
      server:advance(0.15)
      save [[socketio.tick(20, function(_, n) print("twenty", n) end)]]
      server:advance(0.05)
      assert.same({ "ten", "twenty\t1" }, { lines()[1], lines()[2] })
      server:advance(1)
      assert.equal(1, count "ten")
    end)

    it("ends timers and tasks of the old, and starts those of the new", function()
      local script = [[
socketio.every(1, function() print "every %s" end)
socketio.after(2.5, function() print "after %s" end)
socketio.start_background_task(function() while true do socketio.sleep(1) print "task %s" end end)]]
      serve((script:gsub("%%s", "one")))
      server:advance(1.5)
      save((script:gsub("%%s", "two")))
      server:advance(0.5)
      assert.same({ 1, 1, 0 }, { count "every one", count "task one", count "after one" })
      assert.equal(1, count "every two") -- it kept its beat
      server:advance(2)
      assert.same({ 1, 1, 0 }, { count "every one", count "task one", count "after one" })
      assert.same({ 3, 2, 1 }, { count "every two", count "task two", count "after two" })
    end)
  end)

  describe("that goes wrong leaves the old code,", function()
    local broken = {
      { "a syntax error", "\nlocal x = = 1", ":2: unexpected symbol near '='" },
      { "an error", "\nlocal function f()\n  nothing.at_all()\nend\nf()",
        ":3: attempt to index a nil value.*\nstack traceback:.*:5:" },
      { "an error that is a table", "\nerror({})", "table: 0x%x+\nstack traceback:.*:2:" },
      { "a missing module", "\nrequire 'nothing'", ":2: module 'nothing' not found:" },
      { "an endless loop", "\nwhile true do end", ":2: ran for more than 0.5 s" },
      { "an endless loop in pcall", "\nwhile true do pcall(function() while true do end end) end",
        ":2: ran for more than 0.5 s" },
      { "much memory in one go", "\nlocal s = ('x'):rep(1e10)", ":2: " },
      { "much memory bit by bit", "\nlocal t = {}\nfor i = 1, 1e10 do t[i] = ('x'):rep(1e6) .. i end",
        ":3: not enough memory" },
      { "a yield", "\ncoroutine.yield()", "coroutine.yield at the top level.*:2:" },
      { "an end of the program", "\nos.exit(1)", ":2: os.exit would end the server for every client" },
      { "a wrong registration", "\nsocketio.on('x')", ":2: on: the handler must be a function" },
      { "an emit while it loads", "\nsocketio.emit('x')", ":2: emit while the script loads" },
    }
    for _, case in ipairs(broken) do
      it("with one line in the log: " .. case[1], function()
        serve([[
socketio.on("v", function() return 1 end)
socketio.tick(10, function() end)
socketio.start_background_task(function() while true do socketio.sleep(1) end end)]], { memory_limit = 50e6 })
        local ada = server:test_client()
        local ok, err = save(case[2] .. [[

socketio.on("v", function() return 2 end)]])
        assert.is_nil(ok)
        assert.matches(case[3], err)
        assert.matches("error: kept generation 1: ", server:log())
        assert.matches(case[3], server:log())
        assert.equal(1, count "error:")
        assert.equal(1, ada:call "v")
        assert.is_true(save [[socketio.on("v", function() return 3 end)]])
        assert.equal(3, ada:call "v")
        assert.matches("generation 2", server:log())
      end)
    end

    it("with nothing left in the libraries that all loads share", function()
      serve [[socketio.on("v", function() return string.shout, mw.extra, ("x").shout end)]]
      save [[function string.shout() end function mw.extra() end error "no"]]
      assert.same({}, { server:test_client():call "v" })
    end)

    it("and no half of its jobs", function()
      serve ""
      save [[socketio.tick(10, function() print "half" end) socketio.after(0, function() print "half" end) error "no"]]
      server:advance(1)
      assert.equal(0, count "half\n")
    end)
  end)

  describe("whose first tick fails goes back,", function()
    local OLD = [[
mw.config{ handler_timeout = 0.05 }
socketio.on("v", function() return 1 end)
socketio.on("x", { namespace = "/chat" }, function() end)
socketio.tick(10, function(_, n) print("one", n) end)
socketio.every(0.3, function() print "every one" end)
socketio.start_background_task(function() while true do socketio.sleep(0.25) print "task one" end end)]]

    it("with one line that names it, and no beat lost", function()
      serve(OLD)
      local ada, chat = server:test_client(), server:test_client { namespace = "/chat" }
      server:advance(0.15)
      assert.is_true(save [[
socketio.on("v", function() return 2 end)
socketio.tick(10, function(_, n)
  nothing.at_all(n)
end)
socketio.start_background_task(function() while true do socketio.sleep(0.01) print "task two" end end)]])
      assert.equal(2, ada:call "v")
      server:advance(0.05)
      assert.matches("error: kept generation 1: tick at [^\n]*main.lua:2: [^\n]*main.lua:3: attempt to index a nil "
        .. "value [^\n]*\nstack traceback:", server:log())
      assert.equal(1, count "error:")
      assert.equal(0, count "reloaded")
      assert.equal(1, ada:call "v")
      assert.is_true(chat:is_connected "/chat")
      local before = count "task two"
      server:advance(0.85)
      assert.equal(before, count "task two")
      for n = 1, 10 do assert.equal(1, count("one\t" .. n .. "\n")) end
      assert.equal(3, count "every one")
      assert.equal(4, count "task one")
      assert.is_true(save [[socketio.on("v", function() return mw.generation() end)]])
      assert.equal(2, ada:call "v")
    end)

    it("when it is killed", function()
      serve(OLD)
      save [[mw.config{ handler_timeout = 0.05 } socketio.tick(10, function() while true do end end)]]
      server:advance(1)
      assert.matches("kept generation 1: tick at .*: ran for more than 0.05 s", server:log())
      assert.equal(10, count "one\t")
      assert.equal(1, count "error:")
    end)

    it("also one of several, and with the configuration", function()
      serve(OLD)
      save [[
mw.config{ cors_allowed_origins = "*" }
socketio.tick(10, function() print "good" end)
socketio.tick(20, function() error "bad" end)]]
      server:advance(1)
      assert.equal(10, count "one\t")
      assert.equal(0, count "good")
      assert.has_error(function() server:test_client { headers = { Origin = "https://b.example" } } end)
    end)

    it("but not one that fails later", function()
      serve(OLD)
      save [[socketio.tick(10, function(_, n) if n > 1 then error "later" end end)]]
      server:advance(0.25)
      assert.matches("generation 2", server:log())
      assert.matches("error: tick at .*later", server:log())
      assert.equal(0, count "kept")
    end)

    it("over a second save", function()
      serve(OLD)
      save [[socketio.on("v", function() return 2 end) socketio.tick(10, function() print "two" end)]]
      save [[socketio.on("v", function() return 3 end) socketio.tick(10, function() error "bad" end)]]
      server:advance(1)
      assert.equal(1, server:test_client():call "v") -- two was not proven
      for n = 1, 10 do assert.equal(1, count("one\t" .. n .. "\n")) end
      assert.equal(0, count "two\n")
    end)
  end)

  describe("of modules", function()
    it("loads those of the script's own folder anew, transitively", function()
      write("outer.lua", "return { inner = require 'lib.inner' }")
      assert(os.execute("mkdir " .. path "lib"))
      write("lib/inner.lua", "return 1")
      serve [[
local outer = require "outer"
socketio.on("v", function() return outer.inner, require "outer" == outer end)]]
      local ada = server:test_client()
      assert.same({ 1, true }, { ada:call "v" })
      write("lib/inner.lua", "return 2")
      server:reload(path "lib/inner.lua")
      assert.same({ 2, true }, { ada:call "v" })
    end)

    it("shares the system's", function()
      serve [[mw.keep("cjson", require "cjson")]]
      save [[socketio.on("same", function() return mw.keep "cjson" == require "cjson" end)]]
      assert.is_true(server:test_client():call "same")
    end)

    it("names the line in a broken one, and the file it came from", function()
      write("inner.lua", "return 1")
      serve [[local inner = require "inner" socketio.on("v", function() return inner end)]]
      write("inner.lua", "\nreturn = 2")
      server:reload()
      assert.matches("error loading module 'inner' from file '[^']*inner.lua':\n\t?[^\n]*inner.lua:2:", server:log())
      assert.equal(1, server:test_client():call "v")
    end)

    it("says who requires whom in a circle", function()
      write("a.lua", "return require 'b'")
      write("b.lua", "return require 'a'")
      local ok, err = pcall(serve, [[require "a"]])
      assert.is_false(ok)
      assert.matches("main.lua:1: module 'a' requires itself: a %-> b %-> a", tostring(err))
    end)

    it("reads what dofile and load run in the script's world", function()
      write("settings.lua", "SPEED = 3 return 4")
      serve(("local four = dofile(%q)"):format(path "settings.lua") .. [[ load "LOADED = 5" ()
socketio.on("v", function() return four, SPEED, LOADED, _G.SPEED end)]])
      assert.same({ 4, 3, 5, 3 }, { server:test_client():call "v" })
    end)
  end)

  describe("of globals", function()
    it("starts with none of the old code's", function()
      serve [[OLD = 1 socketio.on("v", function() return OLD end)]]
      save [[
socketio.on("v", function() return type(OLD), type(print), _G.OLD, rawget(_G, "string") == string end)]]
      assert.same({ "nil", "function", nil, true }, { server:test_client():call "v" })
    end)

    it("warns of a write once, with its line", function()
      serve [[count = 0
socketio.on("add", function()
  count = count + 1
  return count
end)
socketio.on("set", function() other = 1 _G.deliberate = 2 return other, deliberate end)]]
      local ada = server:test_client()
      assert.equal(0, count "warning")
      assert.equal(1, ada:call "add")
      assert.equal(2, ada:call "add")
      assert.same({ 1, 2 }, { ada:call "set" })
      assert.matches('warning: [^\n]*main.lua:3: the global count is written by handler of "add" in "/", sid',
        server:log())
      assert.equal(2, count "warning")
    end)
  end)

  describe("of templates", function()
    it("takes effect", function()
      write("templates/page.html", "one {{ x }}")
      serve [[app.route("/", function() return mw.render_template("page.html", { x = 1 }) end)]]
      assert.equal("one 1", server:get("/").body)
      write("templates/page.html", "two {{ x }}")
      assert.equal("one 1", server:get("/").body)
      assert.is_true(server:reload(path "templates/page.html"))
      assert.equal("two 1", server:get("/").body)
    end)

    it("keeps the old one while the new is malformed", function()
      write("templates/page.html", "one")
      write("templates/other.html", "other one")
      serve [[app.route("/", function() return mw.render_template("page.html") end)
app.route("/other", function() return mw.render_template("other.html") end)]]
      server:get("/") server:get("/other")
      write("templates/page.html", "\n{% if %}")
      local ok, err = server:reload(path "templates/page.html")
      assert.is_nil(ok)
      assert.matches("templates/page.html:2:", err)
      assert.matches("error: kept generation 1: templates/page.html:2:", server:log())
      assert.equal("one", server:get("/").body)
      write("templates/other.html", "other two")
      assert.is_nil((server:reload(path "templates/other.html"))) -- the first is still wrong
      assert.equal("other two", server:get("/other").body)
      write("templates/page.html", "three")
      assert.is_true(server:reload(path "templates/page.html"))
      assert.equal("three", server:get("/").body)
    end)
  end)

  it("may run another script", function()
    serve [[socketio.on("v", function() return 1 end)]]
    write("second.lua", Project.script [[socketio.on("v", function() return 2 end)]])
    local ada = server:test_client()
    assert.is_true(server:reload(path "second.lua"))
    assert.equal(2, ada:call "v")
    write("second.lua", Project.script [[socketio.on("v", function() return 3 end)]])
    server:reload()
    assert.equal(3, ada:call "v")
  end)

  it("leaves nothing behind, a thousand times", function()
    local script = [[
local world = mw.keep("world", {})
app.route("/%d", function() return "x" end)
for i = 1, 20 do socketio.on("event" .. i, function() return i end) end
socketio.tick(10, function() end)
socketio.every(1, function() end)
socketio.start_background_task(function() socketio.sleep(1e6) end)
mw.on_reload(function() world.n = %d end)]]
    serve(script:format(0, 0))
    local ada = server:test_client()
    local native = server._native
    local before
    for i = 1, 1000 do
      save(script:format(i, i))
      if i % 3 == 0 then server:advance(0.1) end
      if i == 100 then server:advance(5) before = native:census() end
    end
    server:advance(5)
    local after = native:census()
    assert.same({ before.tasks, before.jobs, before.registry }, { after.tasks, after.jobs, after.registry })
    assert.is_true(after.lua_bytes < before.lua_bytes * 1.1, before.lua_bytes .. " -> " .. after.lua_bytes)
    assert.equal(1, ada:call "event1")
  end)
end)
