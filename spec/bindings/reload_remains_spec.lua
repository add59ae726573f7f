-- A reload that fails leaves nothing behind, whenever it fails: while it loads, in mw.on_reload, in its first tick.

local Project = require "spec.bindings.reload_project"

-- Each ends what the code before it did; in the ways a load can fail.
local FAILURES = {
  ["while it loads"] = "\nerror 'no'",
  ["in the configuration"] = "\nmw.config{ tls_cert = 'x' }",
  ["in mw.on_reload"] = "\nmw.on_reload(function() error 'no' end)",
  ["in its first tick"] = "\nsocketio.tick(10, function() error 'no' end)",
}

describe("a reload that fails", function()
  local project, server

  local function save(...) return project:save(...) end
  local function count(...) return project:count(...) end

  local function serve(...)
    server = project:serve(...)
    return server
  end

  -- Saves `code` with what makes it fail, and lets it fail.
  local function fail(code, failure)
    save(code .. failure)
    server:advance(0.15)
    assert.is_true(count "kept generation 1" > 0, server:log())
  end

  before_each(function() project = Project.make() end)
  after_each(function() project:close() end)

  for when, failure in pairs(FAILURES) do
    describe(when, function()
      it("leaves the libraries as they were", function()
        serve [[function string.whisper(s) return s:lower() end
socketio.on("v", function()
  return string.shout == nil, ("A"):whisper(), mw.extra == nil, require("cjson").extra == nil,
    package.loaded["cjson.safe"] == nil, pcall(function() return (5).half end)
end)]]
        fail([[function string.shout() end string.whisper = nil mw.extra = 1 require("cjson").extra = 1
require "cjson.safe"
debug.setmetatable(5, { __index = { half = 2.5 } })]], failure)
        assert.same({ true, "a", true, true, true, false }, { table.unpack({ server:test_client():call "v" }, 1, 6) })
      end)

      it("leaves no value that it was the first to keep", function()
        serve [[socketio.on("v", function() return mw.keep("old", 2), mw.keep("new", 3) end) mw.keep("old", 1)]]
        fail([[mw.keep("old", 10) mw.keep("new", 20) mw.on_reload(function() mw.keep("late", 30) end)]], failure)
        assert.same({ 1, 3 }, { server:test_client():call "v" })
        save [[socketio.on("v", function() return mw.keep("late", 4) end)]]
        assert.equal(4, server:test_client():call "v")
      end)

      it("leaves no timer, task or tick of its own", function()
        serve [[socketio.every(0.2, function() print "old" end)]]
        fail([[
local function live()
  socketio.every(0.01, function() print "every" end)
  socketio.after(0.3, function() print "after" end)
  socketio.start_background_task(function() while true do socketio.sleep(0.01) print "task" end end)
end
live()
mw.on_reload(live)
socketio.tick(50, function(_, n) if n == 1 then live() end print "tick" end)]], failure)
        local before = count "every\n" + count "task\n" + count "tick\n"
        server:advance(1)
        assert.equal(before, count "every\n" + count "task\n" + count "tick\n")
        assert.equal(0, count "after\n")
        assert.equal(5, count "old\n")
      end)

      it("leaves no handler, route, hook, error page or namespace", function()
        serve [[socketio.on("old", function() return 1 end) app.route("/old", function() return "old" end)]]
        local ada = server:test_client()
        fail([[
socketio.on("new", function() return 2 end)
socketio.on("x", { namespace = "/new" }, function() end)
app.route("/new", function() return "new" end)
app.errorhandler(404, function() return "nothing" end)
app.before_request(function() return "blocked" end)]], failure)
        assert.equal(1, ada:call "old")
        assert.equal("old", server:get("/old").body)
        assert.equal(404, server:get("/new").status)
        assert.equal("Invalid namespace", server:test_client { namespace = "/new" }.error.message)
        assert.has_error(function() ada:call "new" end)
      end)

      it("leaves nothing in memory, a hundred times", function()
        serve [[socketio.on("v", function() return 1 end) socketio.tick(10, function() end)]]
        local code = [[
local big = ("x"):rep(1e5)
for i = 1, 20 do socketio.on("e" .. i, function() return big end) end
app.route("/", { limit = "1 per minute" }, function() return big end)
mw.keep("big" .. mw.generation(), big)
socketio.every(1, function() end)
socketio.start_background_task(function() socketio.sleep(1e6) end)]]
        local before
        for i = 1, 110 do
          fail(code, failure)
          if i == 10 then before = server._native:census() end
        end
        local after = server._native:census()
        assert.same({ before.tasks, before.jobs, before.registry }, { after.tasks, after.jobs, after.registry })
        assert.is_true(after.lua_bytes < before.lua_bytes * 1.05, before.lua_bytes .. " -> " .. after.lua_bytes)
      end)
    end)
  end

  it("has sent nothing and touched no client while it loads", function()
    serve [[socketio.on("connect", function() join_room "all" end)]]
    local ada = server:test_client()
    local calls = { [[socketio.emit("x")]], [[socketio.send("x")]], [[emit("x")]],
      ([[join_room("r", { sid = %q })]]):format(ada.sid), ([[mw.disconnect{ sid = %q }]]):format(ada.sid),
      [[mw.close_room "all"]], [[socketio.to("all").emit("x")]], [[socketio.call("x")]], [[socketio.sids{}]] }
    for _, code in ipairs(calls) do
      local ok, err = save("\n" .. code)
      assert.is_nil(ok)
      assert.matches("main.lua:2: ", err, 1, true)
    end
    server:advance(0.1)
    assert.is_true(ada:is_connected())
    assert.same({}, ada:get_received())
  end)

  it("in mw.on_reload is not gone on with after a sleep", function()
    serve [[mw.keep("world", { n = 1 }) socketio.on("n", function() return mw.keep("world").n end)]]
    save [[
mw.on_reload(function() socketio.sleep(0.5) mw.keep("world").n = 2 end)
mw.on_reload(function() error "no" end)]]
    server:advance(1)
    assert.equal(1, server:test_client():call "n")
  end)

  it("also when mw.on_reload does not end", function()
    serve [[mw.config{ handler_timeout = 0.05 } socketio.on("v", function() return 1 end)]]
    local ok, err = save [[mw.config{ handler_timeout = 0.05 }
mw.on_reload(function() while true do end end)]]
    assert.is_nil(ok)
    assert.matches("main.lua:2: ran for more than 0.05 s", err)
    assert.equal(1, server:test_client():call "v")
  end)

  it("after a save that was still on trial takes both back", function()
    serve [[socketio.tick(10, function() end) mw.keep("a", 1)
socketio.on("v", function()
  return mw.keep("a"), mw.keep("b", 0), mw.keep("c", 0), string.b == nil, string.c == nil
end)]]
    save [[socketio.tick(10, function() end) mw.keep("b", 2) string.b = print]]
    save [[socketio.tick(10, function() error "no" end) mw.keep("c", 3) string.c = print]]
    server:advance(1)
    assert.same({ 1, 0, 0, true, true }, { server:test_client():call "v" })
  end)

  it("leaves those in a namespace that it had not got as they were", function()
    serve [[
socketio.tick(10, function() end)
socketio.on("x", { namespace = "/chat" }, function() return "x" end)
socketio.on("disconnect", { namespace = "/chat" }, function() print "left" end)]]
    local ada, bob = server:test_client { namespace = "/chat" }, server:test_client { namespace = "/chat" }
    save [[socketio.tick(10, function() error "no" end)]]
    assert.equal("x", ada:call "x") -- it is on trial still
    bob:disconnect()
    assert.equal(1, count "left")
    server:advance(0.2)
    assert.equal("x", ada:call "x")
  end)

  local ABSENT = { { "is empty", function(path) assert(io.open(path, "w")):close() end, ":1: the file is empty" },
    { "is gone", os.remove, "cannot open" },
    { "is a folder", function(path) os.remove(path) os.execute("mkdir " .. path) end, "cannot read" },
    { "is binary", function(path)
      local file = assert(io.open(path, "wb"))
      file:write(string.dump(function() end))
      file:close()
    end, "attempt to load a binary chunk" },
    { "is a picture", function(path)
      local file = assert(io.open(path, "wb"))
      file:write("\x89PNG\r\n\26\n\0\0\0\rIHDR\0\xff\xfe")
      file:close()
    end, ":1: unexpected symbol near" } }
  for _, case in ipairs(ABSENT) do
    it("because the script " .. case[1] .. " leaves the old code, with one line in the log", function()
      serve [[socketio.on("v", function() return 1 end)]]
      local ada = server:test_client()
      case[2](project:path())
      local ok, err = server:reload()
      assert.is_nil(ok)
      assert.matches(case[3], err)
      assert.matches("main.lua", err)
      assert.equal(1, count "error: kept generation 1: ")
      assert.equal(1, ada:call "v")
      os.execute("rm -rf " .. project:path())
      assert.is_true(save [[socketio.on("v", function() return 2 end)]])
      assert.equal(2, ada:call "v")
    end)
  end
end)

describe("mw.on_reload", function()
  local project

  before_each(function() project = Project.make() end)
  after_each(function() project:close() end)

  it("starts timers and tasks that end with the generation, as if they stood at its top level", function()
    local script = [[
mw.on_reload(function()
  socketio.every(1, function() print("every", mw.generation()) end)
  socketio.start_background_task(function() while true do socketio.sleep(1) print "task" end end)
end)]]
    local server = project:serve(script)
    for _ = 1, 3 do project:save(script) end
    server:advance(1)
    assert.equal(1, project:count "every\t4")
    assert.equal(1, project:count "every")
    assert.equal(1, project:count "task")
  end)
end)
