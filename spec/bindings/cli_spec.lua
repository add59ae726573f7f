-- The command line of the program that was built with this module: what each way of calling it says, and its status.
-- Nothing is served here; starts, ends and signals of a server are tested in spec/clients/exits.test.mjs.

local moonwire_so = package.searchpath("moonwire", package.cpath)
local program = moonwire_so:gsub("moonwire%.so$", "moonwire")
local folder = os.tmpname()

local function write(name, text)
  local file = assert(io.open(folder .. "/" .. name, "w"))
  file:write(text)
  file:close()
end

-- Runs the program in the folder: its output, both kinds together, and its status.
local function run(arguments)
  local pipe = io.popen(("cd %s && %s %s 2>&1; echo \"<$?>\""):format(folder, program, arguments))
  local output, status = pipe:read("a"):match("^(.*)<(%d+)>\n$")
  pipe:close()
  return output, tonumber(status)
end

describe("moonwire", function()
  setup(function()
    os.remove(folder)
    assert(os.execute("mkdir " .. folder))
    program = assert(io.popen("realpath " .. program)):read("l")
    write("fine.lua", [[
local mw = require "moonwire"
print "loading"
mw.socketio.on("message", print)
mw.socketio.of("/admin").on("kick", print)
mw.socketio.tick(30, print)
mw.socketio.after(1, print)
mw.app.route("/user/<name>", print)
]])
    write("broken.lua", 'local mw = require "moonwire"\nmw.nothing()\n')
  end)
  teardown(function() os.execute("rm -r " .. folder) end)

  -- arguments, status, what is said
  local calls = {
    { "--version", 0, "^moonwire %d+%.%d+%.%d+\n$" },
    { "--help", 0, "usage: moonwire SCRIPT" },
    { "fine.lua --help", 0, "usage: moonwire SCRIPT" },
    { "", 2, "^moonwire: no SCRIPT was given" },
    { "nothing.lua", 1, "^moonwire: cannot read the script nothing%.lua: No such file" },
    { "fien.lua", 1, "did you mean fine%.lua%?\n$" },
    { "./fien.lua", 1, "did you mean %./fine%.lua%?\n$" },
    { "chek fine.lua", 2, "there is no command chek; did you mean moonwire check fine%.lua%?" },
    { "fine.lua broken.lua", 2, '"broken%.lua" is one argument too many' },
    { "--prot 1", 2, "there is no option %-%-prot; did you mean %-%-port%?" },
    { "--zzz", 2, "there is no option %-%-zzz; moonwire %-%-help lists them" },
    { "fine.lua --port", 2, "%-%-port wants P behind it" },
    { "fine.lua --debug=1", 2, "%-%-debug takes no value" },
    { "fine.lua --port=http", 2, "%-%-port: port must be a whole number between 0 and 65535, not \"http\"" },
    { "fine.lua --set ping_intervall=3", 2, '%-%-set: unknown option "ping_intervall": did you mean "ping_interval"' },
    { "fine.lua --set ping_interval", 2, "%-%-set wants KEY=VALUE" },
    { "fine.lua --log-format yaml", 2, "%-%-log%-format is text or json, not \"yaml\"" },
    { "fine.lua --config no.conf", 2, "%-%-config: cannot read no%.conf: No such file" },
    { "broken.lua", 1, "^moonwire: broken%.lua:2: .-stack traceback:" },
    { "check broken.lua", 1, "^moonwire: broken%.lua:2: " },
    { "check", 2, "check wants a script" },
    { "new", 2, "new wants the folder to make" },
    { "console fine.lua", 2, 'console takes no script, but the server to attach to.-not "fine%.lua"' },
    { "console -e", 2, "%-e wants CODE behind it" },
    { "console --socket nowhere -e 1", 1, "^moonwire: cannot attach to nowhere: there is no such socket" },
    { "console --socket fine.lua -e 1", 1, "^moonwire: cannot attach to fine%.lua: " },
    { "fine.lua --socket nowhere", 2, "%-%-socket belongs to the console: moonwire console %-%-socket PATH" },
    { "fine.lua -e 1", 2, "%-e belongs to the console: moonwire console %-e CODE" },
    { "consle fine.lua", 2, "there is no command consle; did you mean moonwire console" },
    { "broken.lua --log-format json", 1, '^{"time":"[^"]+","level":"error","message":"broken%.lua:2: .-}\n$' },
  }

  for _, case in ipairs(calls) do
    it(("%s ends with %d"):format(case[1], case[2]), function()
      local output, status = run(case[1])
      assert.matches(case[3], output)
      assert.equal(case[2], status)
    end)
  end

  it("--help names every setting", function()
    local help = run("--help")
    for _, key in ipairs { "ping_interval", "max_http_buffer_size", "template_folder", "debug" } do
      assert.matches("%f[%w]" .. key .. "%f[%W]", help)
    end
  end)

  it("check lists what a script registers", function()
    local output, status = run("check fine.lua")
    assert.equal(0, status)
    assert.equal([[
loading
fine.lua: 2 handlers, 1 route, 1 tick, 1 timer or task
  on "kick" in "/admin"
  on "message" in "/"
  route /user/<name>
  tick 30 a second (fine.lua:5)
  after 1 s (fine.lua:6)
]], output)
  end)

  describe("--config", function()
    -- Whether it is the last that counts shows in what the program refuses: both TLS files, or neither.
    it("reads settings, wins over the script, and the options win over it", function()
      write("tls.lua", 'require("moonwire").config { tls_cert = "a.pem" }')
      write("settings.conf", "# comment\n\n  tls_key =  b.pem  \r\n")
      assert.equal(1, select(2, run("check tls.lua")))
      assert.equal(0, select(2, run("check tls.lua --config settings.conf")))
      assert.equal(1, select(2, run("check tls.lua --config settings.conf --set tls_key=false")))
      assert.equal(0, select(2, run("check tls.lua --set tls_cert=false")))
    end)

    it("names the line that is wrong", function()
      write("settings.conf", "debug = true\nping_intervall = 3\n")
      local output, status = run("fine.lua --config settings.conf")
      assert.equal(2, status)
      assert.matches('settings.conf:2: unknown option "ping_intervall": did you mean "ping_interval"?', output, 1, true)
      write("settings.conf", "debug true\n")
      output = run("fine.lua --config settings.conf")
      assert.matches("settings.conf:1: expected `key = value`, found \"debug true\"", output, 1, true)
    end)
  end)

  describe("new", function()
    it("makes a project whose specs pass", function()
      local output, status = run("new game")
      assert.equal(0, status)
      assert.matches("game is ready", output, 1, true)
      local checked = run("check game/main.lua")
      assert.matches("main.lua: 3 handlers, 1 route, 0 ticks", checked, 1, true)
      local tested = io.popen(("cd %s/game && busted 2>&1"):format(folder)):read("a")
      assert.matches("4 successes / 0 failures / 0 errors", tested, 1, true)
      local editor = assert(io.open(folder .. "/game/.luarc.json"))
      local types = editor:read("a"):match '"workspace.library": %["([^"]+)"%]'
      editor:close()
      assert(io.open(types .. "/moonwire.lua")):close()
    end)

    it("writes over nothing, and into an empty folder", function()
      write("taken", "mine")
      assert(os.execute(("mkdir -p %s/full %s/empty"):format(folder, folder)))
      write("full/mine", "mine")
      for _, name in ipairs { "taken", "full" } do
        local output, status = run("new " .. name)
        assert.equal(1, status)
        assert.matches(name .. " is there already", output, 1, true)
      end
      assert.equal(0, select(2, run("new empty")))
      assert.equal(0, select(2, run("new deep/down/here")))
      assert.equal(1, select(2, run("new /proc/nowhere/here")))
    end)
  end)
end)
