-- scripts/all.lua: every program under its own route and namespace, and that they do not meet.
-- Each program is the same file that its own spec runs by itself, so only the mounting is looked at here.
-- Its page is tested in spec/browser/all.test.mjs.

local moonwire = require "moonwire"
local lfs = require "lfs"
local support = require "spec.scripts.support"

local ROOT = lfs.currentdir()
local NAMES = { "basic", "board", "chat", "clicker", "custom", "game", "namespaces" }

describe("all", function()
  local server, script

  before_each(function()
    script = os.tmpname() .. ".lua"
    local file = assert(io.open(script, "w"))
    file:write(([[
      require("moonwire").app.config.DATABASE = ":memory:"
      package.path = %q .. package.path
      dofile "scripts/all.lua"
    ]]):format(ROOT .. "/scripts/?.lua;"))
    file:close()
    server = moonwire.test_server(script, { template_folder = ROOT .. "/templates", static_folder = ROOT .. "/static" })
  end)
  after_each(function()
    server:close()
    os.remove(script)
    os.remove(script:sub(1, -5))
  end)

  it("leads to every program there is, and each has its page", function()
    local index, scripts = server:get("/").body, {}
    for file in lfs.dir(ROOT .. "/scripts") do
      local name = file:match "^(.*)%.lua$"
      if name and name ~= "all" then scripts[#scripts + 1] = name end
    end
    table.sort(scripts)
    assert.same(NAMES, scripts)
    for _, name in ipairs(NAMES) do
      assert.matches(('href="/%s"'):format(name), index, 1, true)
      local page = server:get("/" .. name)
      assert.equal(200, page.status)
      assert.matches(("/static/%s.js"):format(name), page.body, 1, true)
    end
  end)

  it("gives each program a namespace, and hears who is in it", function()
    local watcher = server:test_client()
    server:test_client { namespace = "/basic" }
    server:test_client { namespace = "/chat" }
    server:advance(1)
    local all = support.heard(watcher, "count")
    local counts = all[#all][1]
    assert.same({ 1, 1, 0, 0 }, { counts.basic, counts.chat, counts.game, counts.board })
  end)

  it("keeps the programs apart", function()
    local basic, chat = server:test_client { namespace = "/basic" }, server:test_client { namespace = "/chat" }
    local game, three = server:test_client { namespace = "/game" }, server:test_client { namespace = "/namespaces" }
    local others = { chat, three }
    chat:call("enter", "Ada")
    game:emit("enter", { name = "Ada" })
    for _, client in ipairs { basic, chat, game, three } do client:get_received() end
    basic:send "hello"
    assert.same({ { "hello" } }, support.heard(basic, "message"))
    server:advance(0.1)
    assert.is_true(#support.heard(game, "game_update") >= 3)
    for _, client in ipairs(others) do assert.same({}, client:get_received()) end
    three:emit "hello"
    assert.same({ { "Hello from /namespaces" } }, support.heard(three, "greeting"))
    assert.is_true((three:connect("/namespaces/chat", { auth = { name = "Grace" } })))
  end)
end)
