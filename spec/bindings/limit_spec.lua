-- Rate limits: Flask-Limiter's notation on events, counted per client, and on routes, counted per address.

local moonwire = require "moonwire"

local SCRIPT = [[
local mw = require "moonwire"
local app, socketio = mw.app, mw.socketio
local count = 0
socketio.on("message", { limit = "3 per minute" }, function(text) count = count + 1 return text end)
socketio.on("count", function() return count end)
socketio.on("*", { namespace = "/any", limit = "1/second; 2 per minute" }, function(event) return event end)
ERROR
app.route("/login", { limit = "2 per minute" }, function() return "in" end)
app.route("/free", function() return "free" end)
]]

local ON_ERROR = [[
socketio.on_error_default(function(err) return { error = err, event = mw.request.event.message } end)
]]

local function serve(error_handler, script)
  local path = os.tmpname() .. ".lua"
  local file = assert(io.open(path, "w"))
  file:write(((script or SCRIPT):gsub("ERROR", error_handler or "")))
  file:close()
  local ok, server = pcall(moonwire.test_server, path)
  os.remove(path)
  if not ok then error(server, 0) end
  return server
end

describe("a limit", function()
  local server
  after_each(function() if server then server:close() end server = nil end)

  it("keeps the handler from being called, and tells the error handler", function()
    server = serve(ON_ERROR)
    local client = server:test_client()
    for i = 1, 3 do assert.equal(i, client:call("message", i)) end
    assert.same({ error = "rate limit exceeded: 3 per minute", event = "message" }, client:call("message", 4))
    assert.equal(3, client:call("count"))
    server:advance(61)
    assert.equal(5, client:call("message", 5))
  end)

  it("counts each client for itself", function()
    server = serve(ON_ERROR)
    local first, second = server:test_client(), server:test_client()
    for i = 1, 4 do first:emit("message", i) end
    assert.equal(9, second:call("message", 9))
  end)

  it("holds for a catch-all and for each of its parts", function()
    server = serve(ON_ERROR)
    local client = server:test_client { namespace = "/any" }
    assert.equal("a", client:call("a"))
    assert.equal("rate limit exceeded: 1/second", client:call("b").error)
    server:advance(1.1)
    assert.equal("c", client:call("c"))
    server:advance(1.1)
    assert.equal("rate limit exceeded: 2 per minute", client:call("d").error)
  end)

  it("leaves the client connected where no error handler is, and the log in peace", function()
    server = serve()
    local client = server:test_client()
    for i = 1, 50 do client:emit("message", i) end
    assert.equal(3, client:call("count"))
    assert.is_true(client:is_connected())
    assert.is_nil(server:log():find("traceback", 1, true))
  end)

  it("answers 429 with Retry-After on a route", function()
    server = serve()
    assert.equal(200, server:get("/login").status)
    assert.equal(200, server:get("/login").status)
    server:advance(10)
    local answer = server:get("/login")
    assert.equal(429, answer.status)
    assert.equal("50", answer.headers["retry-after"])
    assert.truthy(answer.body:find("2 per minute", 1, true))
    assert.equal(200, server:get("/free").status)
    server:advance(51)
    assert.equal(200, server:get("/login").status)
  end)

  it("is refused at its line when it is not understood", function()
    local function fails(script, wanted)
      local ok, message = pcall(serve, nil, 'local mw = require "moonwire"\n' .. script)
      assert.is_false(ok)
      assert.truthy(message:find(wanted, 1, true), message)
      assert.truthy(message:find(":2:", 1, true), message)
    end
    fails('mw.socketio.on("a", { limit = "often" }, print)', 'limit "often" is not understood')
    fails('mw.socketio.on("connect", { limit = "1/second" }, print)', "takes no limit")
    fails('mw.app.route("/", { limit = "2 per fortnight" }, print)', 'limit "2 per fortnight" is not understood')
    fails('mw.app.route("/", { limit = 5 }, print)', "limit is a string")
  end)
end)
