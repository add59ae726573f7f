-- Each program loaded anew under its users: nobody is disconnected, nothing is forgotten, and the new code answers.
-- The program is copied, so that what the new one does differently can be seen.
-- How a reload goes is spec/bindings/reload_spec.lua's; what each program does, its own spec's.

local moonwire = require "moonwire"
local lfs = require "lfs"
local support = require "spec.scripts.support"

local ROOT = lfs.currentdir()
local heard = support.heard

describe("loaded anew,", function()
  local server, path, text, database

  local function write()
    local file = assert(io.open(path, "w"))
    file:write(text)
    file:close()
  end

  local function start(program)
    local file = assert(io.open(("scripts/%s.lua"):format(program)))
    text = ("require('moonwire').app.config.DATABASE = %q "):format(database) .. file:read "a"
    file:close()
    write()
    server = moonwire.test_server(path, { template_folder = ROOT .. "/templates", static_folder = ROOT .. "/static",
      secret_key = "not for production" })
  end

  -- Saves the program with `new` in the place of `old`, as its author would.
  local function change(old, new)
    local from, to = assert(text:find(old, 1, true))
    text = text:sub(1, from - 1) .. new .. text:sub(to + 1)
    write()
    server:reload()
  end

  local function last(client, event)
    local all = heard(client, event)
    return all[#all] and all[#all][1]
  end

  before_each(function()
    local name = os.tmpname()
    path, database = name .. ".lua", name .. ".db"
    os.remove(name)
  end)
  after_each(function()
    assert.not_matches("traceback", server:log())
    server:close()
    for _, name in ipairs { path, database, database .. "-wal", database .. "-shm" } do os.remove(name) end
  end)

  it("basic has its clients", function()
    start "basic"
    local ada, grace = server:test_client(), server:test_client()
    change("send(text, {", 'send(text .. "!", {')
    ada:send "Good evening"
    assert.same({ { "Good evening!" } }, heard(grace, "message"))
  end)

  it("custom answers by its new price", function()
    start "custom"
    local ada = server:test_client()
    change("PRICE = 0.5", "PRICE = 2")
    ada:emit("order", { item = "pear", count = 3 })
    assert.equal(6, last(ada, "bill").total)
  end)

  it("namespaces knows the names of the second, and asks for the new password in the third", function()
    start "namespaces"
    local ada = server:test_client { namespace = "/chat", auth = { name = "Ada" } }
    change('"moonlight"', '"sunlight"')
    ada:emit("hello")
    assert.equal("Hello Ada, from /chat", last(ada, "greeting"))
    assert.is_false((ada:connect("/notifications", { auth = { password = "moonlight" } })))
    assert.is_true((ada:connect("/notifications", { auth = { password = "sunlight" } })))
  end)

  it("chat has its people, its rooms, and what was said in them", function()
    start "chat"
    local ada, grace = server:test_client(), server:test_client()
    ada:call("enter", "Ada")
    ada:call("go", "Kitchen")
    grace:call("enter", "Grace", "Kitchen")
    ada:call("say", "before")
    ada:emit("typing", true)
    grace:get_received()
    change('"There is nothing to say in that."', '"Say something."')
    assert.equal("Say something.", (select(2, ada:call("say", " "))))
    assert.is_true((ada:call("say", "after")))
    assert.equal("after", last(grace, "entry").text)
    local _, room = server:test_client():call("enter", "Linus", "Kitchen")
    assert.same({ "Ada", "Grace", "Linus" }, room.people)
    assert.equal("before", room.history[3].text)
  end)

  it("game leaves its players where they are, and moves them at the new speed", function()
    start "game"
    local ada = server:test_client()
    ada:emit("enter", { name = "Ada" })
    server:advance(1)
    local before = last(ada, "game_update")[ada.sid]
    change("SPEED = 220", "SPEED = 30")
    server:advance(1)
    local after = last(ada, "game_update")[ada.sid]
    assert.same({ before.x, before.y }, { after.x, after.y })
    local way = after.x < 400 and "right" or "left"
    ada:emit("move", { [way] = true })
    server:advance(1)
    assert.near(30, math.abs(last(ada, "game_update")[ada.sid].x - after.x), 0.2)
  end)

  it("board has the seats, the discs and whose turn it is", function()
    start "board"
    local ada = server:test_client { auth = { key = ("a"):rep(16) } }
    local grace = server:test_client { auth = { key = ("b"):rep(16) } }
    local id = ada:call("new", "Ada")
    ada:call("enter", id)
    grace:call("enter", id)
    grace:call("sit", 2, "Grace")
    ada:call("drop", 4)
    change('"It is not your turn."', '"Patience."')
    assert.equal("Patience.", (select(2, ada:call("drop", 4))))
    assert.is_true((grace:call("drop", 4)))
    local now = last(ada, "state")
    assert.same({ 2, 1, "Ada", "Grace" }, { now.moves, now.turn, now.seats[1].name, now.seats[2].name })
  end)

  it("clicker has everybody's gold, tabs and names, and the shop has new prices", function()
    start "clicker"
    server:post("/", { form = { name = "Ada" } })
    local one, two = server:test_client(), server:test_client()
    for _ = 1, 16 do
      one:emit("dig")
      server:advance(0.06)
    end
    change('title = "Shovel", price = 15', 'title = "Shovel", price = 10')
    assert.is_true((one:call("buy", "shovel")))
    for _, tab in ipairs { one, two } do
      local you = last(tab, "you")
      assert.same({ 6, 16, 2 }, { you.gold, you.earned, you.per_dig })
    end
  end)
end)
