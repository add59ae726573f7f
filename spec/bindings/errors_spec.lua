-- Errors in handlers: what is logged, who is told, and that everything else goes on.

local support = require "spec.bindings.support"

describe("an error in a handler", function()
  local server

  local function serve(script, config)
    server = support.serve(script, config)
    return server:test_client()
  end

  after_each(function() server:close() end)

  it("is one log event with event, namespace, sid, place, traceback and generation; the client stays", function()
    local ada = serve [[
local function inner() error("boom") end
socketio.on("x", function() inner() end)
socketio.on("y", function() return "fine" end)]]
    ada:emit "x"
    local log = server:log()
    assert.matches(('error: handler of "x" in "/", sid %s: '):format(ada.sid), log, 1, true)
    assert.matches(":1: boom\nstack traceback:\n\t%[C%]: in function 'error'\n\t/tmp/[%w_]+:1: in ", log)
    assert.matches("\n\t/tmp/[%w_]+:2: in function <[^\n]+>\n\tgeneration 1 of /tmp/[%w_]+\n$", log)
    local _, count = log:gsub("error: ", "")
    assert.equal(1, count)
    assert.equal("fine", ada:call "y")
  end)

  it("may be any value", function()
    local ada = serve [[
socketio.on("nil", function() error() end)
socketio.on("table", function() error({ code = 1 }) end)
socketio.on("text", function() error(setmetatable({}, { __tostring = function() return "in words" end })) end)
socketio.on("worse", function() error(setmetatable({}, { __tostring = function() error("no") end })) end)
socketio.on("endless", function() error(setmetatable({}, { __tostring = function() while true do end end })) end)]]
    for _, name in ipairs { "nil", "table", "text", "worse", "endless" } do ada:emit(name) end
    local log = server:log()
    assert.matches('"nil" in "/", sid [%w_-]+: nil\n', log)
    assert.matches('"table" in "/", sid [%w_-]+: table: 0x', log)
    assert.matches('"text" in "/", sid [%w_-]+: in words\n', log)
    assert.matches('"worse" in "/", sid [%w_-]+: %(an error whose text cannot be made%)\n', log)
    assert.matches('"endless" in "/", sid [%w_-]+: %(an error whose text cannot be made%)\n', log)
  end)

  it("of one client is not another's", function()
    local ada = serve [[socketio.on("x", function(fail) if fail then error("boom") end return "fine" end)]]
    local bob = server:test_client()
    ada:emit("x", true)
    assert.equal("fine", bob:call "x")
    assert.equal("fine", ada:call "x")
  end)

  it("reaches the namespace's error handler, with traceback and request.event, which answers", function()
    local ada = serve [[
socketio.on_error(function(err, traceback)
  return err, traceback:match("^stack traceback:") ~= nil, request.event, request.sid
end)
socketio.on("x", function() error("boom", 0) end)]]
    assert.same({ "boom", true, { message = "x", args = { 1, { 2 } } }, ada.sid }, { ada:call("x", 1, { 2 }) })
    assert.equal("", server:log())
  end)

  it("passes the value that was raised", function()
    local ada = serve [[
socketio.on_error(function(err) return type(err), err.code end)
socketio.on("x", function() error({ code = 7 }) end)]]
    assert.same({ "table", 7 }, { ada:call "x" })
  end)

  it("reaches the default handler where there is no other", function()
    server = support.serve [[
socketio.on_error_default(function() return "default" end)
socketio.on_error({ namespace = "/a" }, function() return "a" end)
local function fail() error("x") end
socketio.on("x", fail) socketio.of("/a").on("x", fail) socketio.of("/b").on("x", fail)]]
    assert.equal("default", server:test_client():call "x")
    assert.equal("a", server:test_client({ namespace = "/a" }):call "x")
    assert.equal("default", server:test_client({ namespace = "/b" }):call "x")
  end)

  it("in the error handler itself is logged with the one it was called for", function()
    local ada = serve [[
socketio.on_error(function() error("worse") end)
socketio.on("x", function() error("bad") end)]]
    ada:emit "x"
    assert.matches('error handler for "x" in "/", sid [%w_-]+: /tmp/[%w_]+:1: worse\nstack traceback:', server:log())
    assert.matches("error: it was called for: /tmp/[%w_]+:2: bad\nstack traceback:", server:log())
  end)

  it("lets the error handler wait and emit", function()
    local ada = serve [[
socketio.on_error(function(err) socketio.sleep(1) emit("failed", err) return "sorry" end)
socketio.on("x", function() error("boom", 0) end)]]
    assert.equal("sorry", ada:call "x")
    assert.same({ { "failed", "boom" } }, support.events(ada))
  end)

  it("is the same after the handler waited", function()
    local ada = serve [[
socketio.on_error(function(err) return err, request.event.args[1] end)
socketio.on("x", function() socketio.sleep(1) error("late", 0) end)]]
    assert.same({ "late", 5 }, { ada:call("x", 5) })
  end)

  it("in a timer or a task is logged with its place", function()
    serve [[
socketio.after(1, function() error("in after") end)
socketio.start_background_task(function() error("in task") end)]]
    server:advance(1)
    assert.matches("error: timer at /tmp/[%w_]+:1: /tmp/[%w_]+:1: in after\nstack", server:log())
    assert.matches("error: background task at /tmp/[%w_]+:2: /tmp/[%w_]+:2: in task\nstack", server:log())
  end)

  it("in a tick is logged once a second, with how often it came", function()
    serve [[socketio.tick(30, function() error("in tick") end)]]
    server:advance(3.1)
    local log = server:log()
    local _, count = log:gsub("error: tick at /tmp/[%w_]+:1: /tmp/[%w_]+:1: in tick", "")
    assert.is_true(count >= 3 and count <= 4, log)
    assert.matches("the same failed 2%d times more", log)
  end)

  it("comes for a coroutine.yield that nobody would answer", function()
    local ada = serve [[
socketio.on("x", function() coroutine.yield(1) print "never" end)
socketio.on("y", function() return coroutine.wrap(function() coroutine.yield("fine") end)() end)]]
    ada:emit "x"
    assert.matches("coroutine.yield outside of a coroutine of the script's own", server:log())
    assert.not_matches("never", server:log())
    assert.equal("fine", ada:call "y")
  end)

  it("runs the to-be-closed variables of what failed", function()
    local ada = serve [[
local function guard(name) return setmetatable({}, { __close = function() print("closed", name) end }) end
socketio.on("fail", function() local g <close> = guard("fail") error("x") end)
socketio.on("wait", function() local g <close> = guard("wait") socketio.sleep(100) end)]]
    ada:emit "fail"
    assert.matches("closed\tfail\n", server:log())
    ada:emit "wait"
    server:close()
    assert.matches("closed\twait\n", server:log())
  end)
end)

describe("a script that does not load", function()
  local moonwire = require "moonwire"

  it("is not there: names the path", function()
    local ok, err = pcall(moonwire.test_server, "/nowhere/script.lua")
    assert.is_false(ok)
    assert.matches("/nowhere/script.lua", err, 1, true)
    assert.matches("No such file or directory", err)
  end)

  it("does not compile: names the line", function()
    assert.matches("^/tmp/lua_%w+:3: .* near ", support.load_error "\n\nlocal = 1")
  end)

  it("raises: names the line and has the traceback", function()
    local err = support.load_error "\nlocal function f() error('at load') end\nf()"
    assert.matches("^/tmp/lua_%w+:2: at load\nstack traceback:\n", err)
    assert.matches("/tmp/lua_%w+:3: in main chunk", err)
  end)

  it("never ends: is stopped, at its line", function()
    local err = support.load_error "\nwhile true do end"
    assert.matches("^/tmp/lua_%w+:2: ran for more than 0.5 s without yielding\nstack traceback:", err)
  end)

  it("waits: says where to do that", function()
    assert.matches("sleep cannot wait at the top level of a script: use socketio.after",
      support.load_error "socketio.sleep(1)")
    assert.matches("coroutine.yield at the top level", support.load_error "coroutine.yield()")
  end)

  it("is bytecode: is refused", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "wb"))
    file:write(string.dump(function() end))
    file:close()
    local ok, err = pcall(moonwire.test_server, path)
    os.remove(path)
    assert.is_false(ok)
    assert.matches("attempt to load a binary chunk", err)
  end)
end)
