-- scripts/clicker.lua on the virtual clock: the login, the gold, the shop, private messages, and what SQLite keeps.
-- Each test has a database file of its own, named as a user would: in app.config, before the script is loaded.
-- Its page is tested in spec/browser/clicker.test.mjs.

local moonwire = require "moonwire"
local lfs = require "lfs"
local support = require "spec.scripts.support"

local ROOT = lfs.currentdir()
local heard = support.heard

describe("clicker", function()
  local server, database, script

  local function serve()
    return moonwire.test_server(script, { template_folder = ROOT .. "/templates", static_folder = ROOT .. "/static" })
  end

  before_each(function()
    database, script = os.tmpname(), os.tmpname() .. ".lua"
    local file = assert(io.open(script, "w"))
    file:write(('require("moonwire").app.config.DATABASE = %q\ndofile "scripts/clicker.lua"\n'):format(database))
    file:close()
    server = serve()
  end)
  after_each(function()
    server:close()
    for _, name in ipairs { database, database .. "-wal", database .. "-shm", script, script:sub(1, -5) } do
      os.remove(name)
    end
  end)

  -- A browser's cookie and a first tab of it. The server's own jar is one browser; several need their cookies named.
  local function login(name)
    local answer = server:post("/", { form = { name = name }, headers = { Cookie = "" } })
    local cookie = answer.headers["set-cookie"]:match "^[^;]+"
    return server:test_client { headers = { Cookie = cookie } }, cookie
  end

  local function last(client, event)
    local all = heard(client, event)
    return all[#all] and all[#all][1]
  end

  -- Digs until the client has earned that much, no faster than it may.
  local function earn(client, gold)
    local now
    repeat
      client:emit "dig"
      server:advance(0.06)
      now = last(client, "you") or now
    until now.gold >= gold
    return now
  end

  describe("the login", function()
    it("holds over a restart", function()
      local _, cookie = login "Ada"
      server:close()
      server = serve()
      assert.matches('data-name="Ada"', server:get("/", { headers = { Cookie = cookie } }).body, 1, true)
      assert.is_true(server:test_client({ headers = { Cookie = cookie } }):is_connected())
    end)

    it("is a form, and then the game", function()
      assert.matches('name="name"', server:get("/").body, 1, true)
      local answer = server:post("/", { form = { name = " Ada " } })
      assert.same({ 303, "/" }, { answer.status, answer.headers.location })
      assert.matches('data-name="Ada"', server:get("/").body, 1, true)
      server:post("/", { form = { leave = "yes" } })
      assert.matches('name="name"', server:get("/").body, 1, true)
    end)

    it("wants a name", function()
      for _, form in ipairs { {}, { name = "" }, { name = "  \1" }, { name = "\255\254" }, { nome = "Ada" } } do
        local answer = server:post("/", { form = form })
        assert.equal(400, answer.status)
        assert.matches("Choose a name first.", answer.body, 1, true)
      end
    end)

    it("writes the name into the page as text", function()
      server:post("/", { form = { name = '"><b>x' } })
      assert.matches('data-name="&#34;&gt;&lt;b&gt;x"', (server:get("/").body:gsub("&quot;", "&#34;")), 1, true)
    end)

    it("is what the socket asks for", function()
      local client = server:test_client { cookies = false }
      assert.same({ false, "log in first" }, { client:is_connected(), client.error.message })
      assert.is_true(login("Ada"):is_connected())
    end)

    it("ends for all tabs at once", function()
      server:post("/", { form = { name = "Ada" } })
      local one, two = server:test_client(), server:test_client()
      server:post("/", { form = { leave = "yes" } })
      assert.same({ false, false }, { one:is_connected(), two:is_connected() })
      assert.is_false(server:test_client():is_connected())
    end)
  end)

  describe("gold", function()
    it("comes by digging, one each", function()
      local ada = login "Ada"
      ada:emit "dig"
      ada:emit "dig"
      assert.equal(2, last(ada, "you").gold)
    end)

    it("is counted for all tabs of one player, and for nobody else", function()
      local ada, cookie = login "Ada"
      local tab, grace = server:test_client { headers = { Cookie = cookie } }, login "Grace"
      for _, client in ipairs { ada, tab, grace } do client:get_received() end
      ada:emit "dig"
      tab:emit "dig"
      assert.same({ 2, 2 }, { last(ada, "you").gold, last(tab, "you").gold })
      assert.is_nil(last(grace, "you"))
    end)

    it("is not to be had faster than twenty times a second", function()
      local ada = login "Ada"
      for _ = 1, 100 do ada:emit "dig" end
      assert.equal(20, last(ada, "you").gold)
    end)

    it("comes by itself from what was bought", function()
      local ada = login "Ada"
      earn(ada, 60)
      assert.is_true((ada:call("buy", "donkey")))
      local before = last(ada, "you").gold
      server:advance(10)
      assert.equal(before + 10, last(ada, "you").gold)
    end)
  end)

  describe("the shop", function()
    it("takes the price, makes the next one dearer, and a dig worth more", function()
      local ada = login "Ada"
      local before = earn(ada, 15)
      assert.is_true((ada:call("buy", "shovel")))
      local now = last(ada, "you")
      assert.same({ before.gold - 15, before.earned, 2, { price = 17, owned = 1 } },
        { now.gold, now.earned, now.per_dig, now.shop.shovel })
    end)

    it("gives no credit, and sells what it has", function()
      local ada = login "Ada"
      assert.equal("A mill costs 500.", select(2, ada:call("buy", "mill")))
      assert.equal("The shop has no such thing.", select(2, ada:call("buy", "everything")))
      assert.equal(0, last(ada, "you").gold)
    end)
  end)

  describe("a private message", function()
    it("reaches every tab of its two people, and nobody else", function()
      local ada, cookie = login "Ada"
      local tab = server:test_client { headers = { Cookie = cookie } }
      local grace, linus = login "Grace", login "Linus"
      assert.is_true((grace:call("whisper", "Ada", " psst ")))
      local message = { { { from = "Grace", to = "Ada", text = "psst" } } }
      for _, client in ipairs { ada, tab, grace } do assert.same(message, heard(client, "whisper")) end
      assert.same({}, heard(linus, "whisper"))
    end)

    it("is for who is here, and has something in it", function()
      local ada, grace = login "Ada", login "Grace"
      assert.equal("There is nobody of that name.", select(2, ada:call("whisper", "Linus", "hi")))
      assert.equal("There is nothing in that message.", select(2, ada:call("whisper", "Grace", " ")))
      assert.equal("Talking to yourself needs no server.", select(2, ada:call("whisper", "Ada", "hi")))
      grace:drop()
      assert.equal("There is nobody of that name.", select(2, ada:call("whisper", "Grace", "hi")))
    end)
  end)

  it("tells who is here, once for each person", function()
    local ada, cookie = login "Ada"
    local tab = server:test_client { headers = { Cookie = cookie } }
    local grace = login "Grace"
    assert.same({ "Ada", "Grace" }, last(ada, "online"))
    tab:drop()
    assert.same({}, heard(grace, "left"))
    ada:drop()
    assert.same({ "Grace" }, last(grace, "online"))
  end)

  describe("the database", function()
    it("has the gold of before, after the server was ended", function()
      local ada = login "Ada"
      earn(ada, 20)
      ada:call("buy", "shovel")
      local before = last(ada, "you")
      server:advance(5)
      server:close()
      server = serve()
      assert.same(before, last((login "Ada"), "you"))
    end)

    it("is written when the last tab is closed", function()
      local ada = login "Ada"
      ada:emit "dig"
      ada:drop()
      assert.same({ { name = "Ada", earned = 1 } }, last((login "Grace"), "leaders"))
    end)

    it("has the leaderboard, the richest first", function()
      local ada, grace = login "Ada", login "Grace"
      ada:emit "dig"
      for _ = 1, 3 do grace:emit "dig" end
      server:advance(5)
      assert.same({ { name = "Grace", earned = 3 }, { name = "Ada", earned = 1 } }, last(ada, "leaders"))
    end)

    it("takes any name for a name", function()
      for _, name in ipairs { "'; DROP TABLE --", "%1%s?", "?', 1, 1) --", "O'Hara \\" } do
        local client = login(name)
        client:emit "dig"
        client:drop()
        client = login(name)
        assert.equal(1, last(client, "you").gold)
        client:drop()
      end
      assert.equal(4, #last((login "Ada"), "leaders"))
      assert.not_matches("traceback", server:log())
    end)
  end)

  it("raises no error on hostile input", function()
    for _, case in ipairs(support.hostile()) do
      local mallory = login "Mallory"
      for _, event in ipairs { "dig", "buy", "whisper" } do
        mallory:emit(event)
        mallory:emit(event, case[2])
        mallory:emit(event, "Mallory", case[2])
        mallory:emit(event, case[2], case[2])
      end
      assert.is_true(mallory:is_connected())
      mallory:drop()
      server:advance(3)
    end
    assert.not_matches("traceback", server:log())
  end)
end)
