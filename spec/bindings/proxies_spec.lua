-- The key trusted_proxies: what a script sees of a client behind proxies, and that nobody can make it up.
-- Which header means what is told case by case in spec/core/forwarded_test.c.

local support = require "spec.bindings.support"

local SCRIPT = [[
app.config.SECRET_KEY = "not for production"
app.route("/who", function()
  return { addr = request.remote_addr, secure = request.is_secure, url = request.url, host = request.host,
    outside = mw.url_for("who", { _external = true }) }
end)
app.route("/limited", { limit = "1 per minute" }, function() return "ok" end)
app.route("/login", function() mw.session.name = "ann" return "ok" end)
socketio.on("who", function() return request.remote_addr, request.is_secure end)
]]

local FORWARDED = { ["X-Forwarded-For"] = "203.0.113.9", ["X-Forwarded-Proto"] = "https", Host = "game.example.com" }

local function from(address)
  return { headers = { ["X-Forwarded-For"] = address } }
end

describe("trusted_proxies", function()
  local server
  local function serve(trusted)
    server = support.serve(SCRIPT, { trusted_proxies = trusted })
  end
  after_each(function() server:close() end)

  it("are none by default, so that no client can write itself an address", function()
    serve(nil)
    assert.same({ addr = "127.0.0.1", secure = false, url = "http://game.example.com/who", host = "game.example.com",
      outside = "http://game.example.com/who" }, server:get("/who", { headers = FORWARDED }).json)
    assert.equal(200, server:get("/limited", from "203.0.113.1").status)
    assert.equal(429, server:get("/limited", from "203.0.113.2").status)
  end)

  it("say who the client is and that it came over TLS, to routes and to handlers", function()
    serve { "10.0.0.0/8", "127.0.0.1" }
    assert.same({ addr = "203.0.113.9", secure = true, url = "https://game.example.com/who", host = "game.example.com",
      outside = "https://game.example.com/who" }, server:get("/who", { headers = FORWARDED }).json)
    local client = server:test_client { headers = FORWARDED }
    assert.same({ "203.0.113.9", true }, { client:call("who") })
  end)

  it("let each visitor have a limit of its own", function()
    serve "127.0.0.1"
    for _, address in ipairs { "203.0.113.1", "203.0.113.2" } do
      assert.equal(200, server:get("/limited", from(address)).status)
      assert.equal(429, server:get("/limited", from(address)).status)
    end
    assert.equal(429, server:get("/limited", from "198.51.100.7, 203.0.113.2").status)
  end)

  it("make the cookie of the session Secure", function()
    serve "127.0.0.1"
    assert.matches("; Secure", server:get("/login", { headers = FORWARDED }).headers["set-cookie"])
    server:close()
    serve(nil)
    assert.not_matches("; Secure", server:get("/login", { headers = FORWARDED }).headers["set-cookie"])
  end)

  it("are addresses and ranges, not names", function()
    serve(nil)
    assert.matches('trusted_proxies must be a list of addresses and ranges as in "127.0.0.1" and "10.0.0.0/8", '
      .. 'or false (none), not "nginx"', support.load_error(SCRIPT, { trusted_proxies = "nginx" }), 1, true)
  end)
end)
