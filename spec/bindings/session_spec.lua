-- mw.session: one table for a browser's requests and sockets, its cookie, and what happens without a key.

local moonwire = require "moonwire"

local SCRIPT = [[
local mw = require "moonwire"
local app, socketio, session = mw.app, mw.socketio, mw.session
KEY
app.route("/login/<name>", function(name) session.name = name; session.list = { 1, 2 } return "ok" end)
app.route("/who", function() return { name = session.name, list = session.list } end)
app.route("/page", function() return mw.render_template_string("hello {{ session.name }}") end)
app.route("/in", function()
  return mw.render_template_string("{{ 'in' if 'name' in session else 'out' }}{{ 'full' if session }}")
end)
app.route("/plain", function() return "plain" end)
app.route("/logout", function()
  for key in pairs(session) do session[key] = nil end
  return "bye"
end)
app.route("/wrong", function() session.f = print return "no" end)
socketio.on("set", function(key, value) session[key] = value end)
socketio.on("get", function(key) return session[key] end)
socketio.on("bytes", function() collectgarbage() return collectgarbage "count" * 1024 end)
]]

local function serve(key, config)
  local path = os.tmpname() .. ".lua"
  local file = assert(io.open(path, "w"))
  file:write((SCRIPT:gsub("KEY", key)))
  file:close()
  return moonwire.test_server(path, config), path
end

local WITH_KEY = 'app.config.SECRET_KEY = "not for production"'

describe("mw.session", function()
  local server, path
  after_each(function()
    server:close()
    os.remove(path)
  end)

  it("is shared by a browser's requests and its sockets, both ways", function()
    server, path = serve(WITH_KEY)
    assert.equal("ok", server:get("/login/ann").body)
    local client = server:test_client()
    assert.equal("ann", client:call("get", "name"))
    client:emit("set", "gold", 7)
    client:emit("set", "name", "bob")
    assert.same({ name = "bob", list = { 1, 2 } }, server:get("/who").json)
    assert.equal("hello bob", server:get("/page").body)
  end)

  it("can be asked in a template whether it has a name", function()
    server, path = serve(WITH_KEY)
    assert.equal("out", server:get("/in").body)
    server:get("/login/ann")
    assert.equal("infull", server:get("/in").body)
  end)

  it("is another table for another browser", function()
    server, path = serve(WITH_KEY)
    server:get("/login/ann")
    local other = server:test_client { cookies = false }
    assert.is_nil(other:call("get", "name"))
    other:emit("set", "name", "eve")
    assert.equal("eve", other:call("get", "name"))
    assert.equal("ann", server:get("/who").json.name)
  end)

  it("has a cookie that is set when it changed, and only then", function()
    server, path = serve(WITH_KEY)
    assert.is_nil(server:get("/plain").headers["set-cookie"])
    local cookie = server:get("/login/ann").headers["set-cookie"]
    assert.truthy(cookie:find("^session=[%w_.-]+; Path=/; HttpOnly; SameSite=Lax$"))
    assert.is_nil(server:get("/who").headers["set-cookie"])
    server:test_client():emit("set", "gold", 7)
    assert.is_string(server:get("/plain").headers["set-cookie"])
    assert.truthy(server:get("/logout").headers["set-cookie"]:find("Max-Age=0", 1, true))
    assert.is_nil(server:get("/who").json.name)
  end)

  it("comes back from its cookie after a restart, if the signature is right", function()
    server, path = serve(WITH_KEY)
    local cookie = server:get("/login/ann").headers["set-cookie"]:match("^[^;]+")
    server:close()
    os.remove(path)
    server, path = serve(WITH_KEY)
    assert.same({ name = "ann", list = { 1, 2 } }, server:get("/who", { headers = { Cookie = cookie } }).json)
    -- Not the last character: some of its bits mean nothing.
    local forged = cookie:gsub(".(....)$", function(rest) return (cookie:sub(-5, -5) == "A" and "B" or "A") .. rest end)
    assert.is_nil(server:get("/who", { headers = { Cookie = forged } }).json.name)
    local renamed = cookie:gsub("=(.)", function(first) return first == "x" and "=y" or "=x" end, 1)
    assert.is_nil(server:get("/who", { headers = { Cookie = renamed } }).json.name)
    server:close()
    os.remove(path)
    server, path = serve('app.config.SECRET_KEY = "another"')
    assert.is_nil(server:get("/who", { headers = { Cookie = cookie } }).json.name)
  end)

  it("of visitors who bring no cookie takes no more memory in the end", function()
    server, path = serve(WITH_KEY)
    local client = server:test_client()
    local function visit(times)
      for _ = 1, times do server:get("/login/ann", { headers = { Cookie = "" } }) end
      return client:call "bytes"
    end
    local before = visit(20000)
    assert.is_true(visit(20000) < before + 2e6)
    assert.equal("ann", server:get("/who").json.name) -- the last one is still there
  end)

  it("lives for the connection without a key, and a route that writes it is told so", function()
    server, path = serve("")
    local client = server:test_client()
    client:emit("set", "name", "ann")
    assert.equal("ann", client:call("get", "name"))
    assert.is_nil(server:test_client():call("get", "name"))
    assert.equal(500, server:get("/login/ann").status)
    assert.truthy(server:log():find("SECRET_KEY", 1, true))
    assert.equal(200, server:get("/who").status)
  end)

  it("takes the key of mw.config as well", function()
    server, path = serve("", { secret_key = "also fine" })
    server:get("/login/ann")
    assert.equal("ann", server:get("/who").json.name)
  end)

  it("says what cannot be kept", function()
    server, path = serve(WITH_KEY)
    assert.equal(500, server:get("/wrong").status)
    assert.truthy(server:log():find("session.f", 1, true))
  end)
end)
