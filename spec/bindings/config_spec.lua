-- mw.config, mw.keep, mw.generation, require and print: what a script says and gets as a whole.

local support = require "spec.bindings.support"
local moonwire = require "moonwire"

describe("mw.config", function()
  it("configures the server", function()
    local server = support.serve [[
mw.config{ ping_interval = 3, ping_timeout = 2, path = "/live" }
socketio.on("path", function() return request.path end)
socketio.on("disconnect", function(reason) print(reason) end)]]
    local client = server:test_client()
    assert.matches("^/live", client:call "path")
    client.pongs = false
    server:advance(4.9)
    assert.equal("", server:log())
    server:advance(0.2)
    assert.matches("ping timeout\n$", server:log())
    server:close()
  end)

  it("takes booleans, numbers, strings and lists", function()
    support.serve([[mw.config{ debug = true, ping_interval = 10, max_clients = 5,
  cors_allowed_origins = { "http://a", "http://b" },
      cookie = "io", static_folder = false, transports = { "websocket" } }]]):close()
  end)

  it("may be called more than once, each key counting", function()
    support.serve([[mw.config{ ping_interval = 10 } mw.config{ ping_timeout = 5 }]]):close()
  end)

  it("gives way to what the composition root sets", function()
    local server = support.serve([[
mw.config{ handler_timeout = 5 }
socketio.on("loop", function() while true do end end)]], { handler_timeout = 0.05 })
    server:test_client():emit "loop"
    assert.matches("ran for more than 0.05 s", server:log())
    server:close()
  end)

  local wrong = {
    { "mw.config{ prot = 1 }", 'prot.*port' },
    { 'mw.config{ port = "x" }', "port" },
    { "mw.config{ port = -1 }", "port" },
    { "mw.config{ ping_interval = print }", "ping_interval cannot be a function" },
    { 'mw.config{ transports = { "websocket", 1 } }',
      "transports is a list of strings, but its element 2 is the number 1" },
    { "mw.config{ 1 }", "wants names and values, but it got the key the number 1" },
    { "mw.config(1)", "mw.config wants a table" },
  }
  for _, case in ipairs(wrong) do
    it("raises on " .. case[1] .. ", at its line", function()
      local err = support.load_error("\n" .. case[1])
      assert.matches("^/tmp/lua_[^:]*:2: mw.config", err)
      assert.matches(case[2], err)
    end)
  end

  it("belongs at the top of the script", function()
    local ok, err = support.try "mw.config{ port = 1 }"
    assert.is_false(ok)
    assert.matches(":2: mw.config belongs at the top of the script", err)
  end)

  it("ends the start when its keys do not go together", function()
    assert.matches("tls_key", support.load_error [[mw.config{ tls_cert = "cert.pem" }]])
  end)
end)

describe("mw.keep", function()
  it("keeps the first value under a name", function()
    local server = support.serve [[
local a = mw.keep("a", { 1 })
socketio.on("same", function() return mw.keep("a", { 2 }) == a, mw.keep("b"), mw.keep("b", 3), mw.keep("b", 4) end)]]
    local same, none, first, second = server:test_client():call "same"
    assert.same({ true, 3, 3 }, { same, first, second })
    assert.is_nil(none)
    server:close()
  end)

  it("wants a name", function()
    assert.matches("the name for mw.keep must be a string, not nil", support.load_error "mw.keep()")
  end)
end)

describe("a script", function()
  it("is of the first generation", function()
    local server = support.serve "print(mw.generation())"
    assert.equal("1\n", server:log())
    server:close()
  end)

  it("prints lines, with anything tostring makes text of", function()
    local server = support.serve [[print("a", 1, nil, true, mw.binary("b")) print() print("two\nlines")]]
    assert.equal("a\t1\tnil\ttrue\tb\n\ntwo\nlines\n", server:log())
    server:close()
  end)

  it("warns into the log", function()
    local server = support.serve [[warn("@on") warn("in ", "pieces")]]
    assert.matches("warning: in pieces\n", server:log())
    server:close()
  end)

  it("finds modules beside it first", function()
    local folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir -p " .. folder .. "/sub")
    local function write(name, text)
      local file = assert(io.open(folder .. "/" .. name, "w"))
      file:write(text)
      file:close()
    end
    write("helper.lua", 'return { text = "beside" }')
    write("sub/init.lua", 'return { text = "a folder" }')
    write("main.lua", 'print(require("helper").text, require("sub").text, require("cjson").encode({ 1 }))')
    local server = moonwire.test_server(folder .. "/main.lua")
    assert.equal("beside\ta folder\t[1]\n", server:log())
    server:close()
    os.execute("rm -r " .. folder)
  end)

  it("has a moonwire module that is the same each time, also when it clears package.loaded", function()
    local server = support.serve [[
local first = require "moonwire"
package.loaded.moonwire = nil
print(first == mw, require "moonwire" == first)]]
    assert.equal("true\ttrue\n", server:log())
    server:close()
  end)
end)
