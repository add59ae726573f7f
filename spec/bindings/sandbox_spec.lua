-- A script under --sandbox: neither files nor programs nor C modules, and an error that says why.

local moonwire = require "moonwire"
local support = require "spec.bindings.support"

local WHY = "the server runs with %-%-sandbox"

describe("the sandbox", function()
  local folder, server

  local function write(name, text)
    local file = assert(io.open(folder .. "/" .. name, "w"))
    file:write(text)
    file:close()
  end

  before_each(function()
    folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir " .. folder)
  end)

  after_each(function()
    if server then server:close() end
    server = nil
    os.execute("rm -r " .. folder)
  end)

  local function serve(text, sandbox)
    write("main.lua", 'local mw = require "moonwire"; local app, socketio = mw.app, mw.socketio\n' .. text)
    server = moonwire.test_server(folder .. "/main.lua", { sandbox = sandbox ~= false })
    return server
  end

  local function load_error(text)
    local ok, err = pcall(serve, text)
    assert.is_false(ok)
    return tostring(err)
  end

  for _, name in ipairs { "io.open", "io.lines", "io.popen", "io.write", "os.execute", "os.exit", "os.remove",
    "os.rename", "os.tmpname", "os.getenv", "os.setlocale", "package.loadlib", "package.cpath", "package.searchpath",
    "debug.getinfo", "debug.getupvalue", "debug.setmetatable", "debug.getregistry" } do
    it("takes away " .. name .. ", and says so at the line", function()
      local message = ("main.lua:3: %s is taken away: "):format(name) .. WHY
      assert.matches(message, load_error("\nlocal f = " .. name))
      local library, key = name:match "(%a+)%.(%a+)"
      assert.matches(WHY, load_error(('local f = require(%q).%s'):format(library, key)))
    end)
  end

  it("leaves what is harmless", function()
    serve [[
assert(os.time() > 0 and os.clock() >= 0 and os.date("%Y") and os.difftime(2, 1) == 1)
assert(debug.traceback("x"):find "^x\nstack traceback:")
assert(require "cjson".encode { 1 } == "[1]" and require "moonwire" == mw)
assert(os.nothing == nil and io.nothing == nil)
assert(load "return 1"() == 1 and package.path and package.loaded.string == string)
app.route("/", function() return "page" end)]]
    assert.equal("page", server:get("/").body)
  end)

  it("leaves modules, loadfile and dofile in the script's own folder", function()
    write("helper.lua", "return { name = ... }")
    write("part.lua", "return 7")
    serve 'assert(require "helper".name == "helper")\n'
    server:close()
    serve(('assert(dofile %q == 7 and loadfile(%q)() == 7 and loadfile(%q) == nil)'):format(folder .. "/part.lua",
      folder .. "/part.lua", folder .. "/none.lua"))
  end)

  it("reaches no code outside, by link or path", function()
    local outside = os.tmpname()
    local file = assert(io.open(outside, "w"))
    file:write "return 1"
    file:close()
    os.execute(("ln -s %s %s/link.lua"):format(outside, folder))
    for _, code in ipairs { ("dofile %q"):format(outside), ("loadfile %q"):format(outside), "dofile()",
      'require "link"', ('dofile %q'):format(folder .. "/link.lua"),
      ('dofile %q'):format(folder .. "/../" .. outside:match "[^/]+$"),
      ('package.path = %q require "%s"'):format(outside:match "^(.*/)" .. "?", outside:match "[^/]+$") } do
      assert.matches("outside of the script's folder, and " .. WHY, load_error(code))
    end
    os.remove(outside)
  end)

  it("loads no installed module but cjson, and nothing that is Moonwire's own", function()
    assert.matches("module 'lfs' not found:.*an installed module 'lfs' is taken away: " .. WHY,
      load_error 'require "lfs"')
    for _, name in ipairs { "moonwire.script", "moonwire.template_host", "moonwire.script_native" } do
      assert.matches("not found", load_error(("require %q"):format(name)))
      serve(("assert(package.loaded[%q] == nil and package.preload[%q] == nil)"):format(name, name))
      server:close()
    end
  end)

  it("compiles texts only", function()
    serve [[assert(load(string.dump(function() end), "x", "b") == nil)]]
  end)

  it("serves no file from outside, whatever the script says", function()
    serve [[app.route("/file", function() return mw.send_from_directory("/etc", "passwd") end)
app.route("/own", function() return mw.send_from_directory(".", "main.lua") end)]]
    assert.equal(500, server:get("/file").status)
    assert.matches("send_from_directory: '/etc' is outside of the script's folder, and " .. WHY, server:log())
    assert.equal(200, server:get("/own").status)
    for _, key in ipairs { "static_folder", "template_folder", "tls_cert", "tls_key", "console" } do
      assert.matches("mw.config: " .. key .. " is for the command line, as %-%-set " .. key .. "=…: " .. WHY,
        load_error(('mw.config { %s = "/etc" }'):format(key)))
    end
  end)

  it("saves no upload", function()
    serve [[app.post("/", function() mw.request.files.f:save "/tmp/moonwire-sandbox" end)]]
    local body = "--b\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\nx\r\n--b--\r\n"
    local headers = { ["Content-Type"] = "multipart/form-data; boundary=b" }
    assert.equal(500, server:post("/", { data = body, headers = headers }).status)
    assert.matches("file:save is taken away: " .. WHY, server:log())
  end)

  it("is not there unless it is asked for", function()
    serve('assert(io.open and os.execute and debug.getinfo and package.loadlib and require "lfs")', false)
  end)

  it("cannot be set by a script", function()
    assert.matches('mw.config', support.load_error 'mw.config { sandbox = false }')
  end)
end)
