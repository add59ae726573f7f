-- scripts/game.lua on the virtual clock: who is in the state, where, and how fast one gets there.
-- The speed is read from the script, because students are told to change it.
-- Its page is tested in spec/browser/game.test.mjs.

local moonwire = require "moonwire"
local support = require "spec.scripts.support"

local SCRIPT = "scripts/game.lua"
local WIDTH, HEIGHT, RADIUS, RATE = 800, 600, 20, 30
local ROUNDING = 0.1

local function speed_of(path)
  local file = assert(io.open(path))
  local text = file:read "a"
  file:close()
  return tonumber(text:match "SPEED = (%d+)")
end

describe("game", function()
  local server, ada
  local speed = speed_of(SCRIPT)

  before_each(function()
    server = moonwire.test_server(SCRIPT)
    ada = server:test_client()
  end)
  after_each(function() server:close() end)

  -- The states of the ticks that `seconds` bring.
  local function states(client, seconds)
    client:get_received()
    server:advance(seconds)
    local all = {}
    for i, args in ipairs(support.heard(client, "game_update")) do all[i] = args[1] end
    return all
  end

  local function state(client)
    local all = states(client, 2 / RATE)
    return all[#all]
  end

  local function names(client)
    local list = {}
    for _, player in pairs(state(client)) do list[#list + 1] = player.name end
    table.sort(list)
    return list
  end

  local function enter(name, look)
    local client = server:test_client()
    look = look or {}
    look.name = name
    client:emit("enter", look)
    return client
  end

  -- Where the client is after its keys were held for `seconds`.
  local function hold(client, keys, seconds)
    client:emit("move", keys)
    server:advance(seconds)
    client:emit("move", {})
    return state(client)[client.sid]
  end

  describe("the state", function()
    it("is empty while nobody plays", function()
      assert.same({}, state(ada))
    end)

    it("comes thirty times a second", function()
      assert.equal(RATE * 10, #states(ada, 10))
    end)

    it("shows two players each other", function()
      local linus, grace = enter "Linus", enter "Grace"
      for _, client in ipairs { linus, grace, ada } do assert.same({ "Grace", "Linus" }, names(client)) end
    end)

    it("shows everybody to who comes late", function()
      enter "Linus"
      server:advance(5)
      assert.same({ "Linus" }, names(server:test_client()))
    end)

    it("lacks who has left the field, and who has left", function()
      local linus, grace = enter "Linus", enter "Grace"
      linus:emit "leave"
      assert.same({ "Grace" }, names(ada))
      grace:disconnect()
      assert.same({}, state(ada))
    end)

    it("has what a page needs to draw, and no more", function()
      local linus = enter("Linus", { shape = "star", color = "#12aB9f" })
      local player = state(ada)[linus.sid]
      player.x, player.y = nil, nil
      assert.same({ name = "Linus", shape = "star", color = "#12aB9f" }, player)
    end)

    it("is round", function()
      local linus = enter "Linus"
      linus:emit("move", { right = true, down = true })
      for _, all in ipairs(states(ada, 1)) do
        local x = all[linus.sid].x
        assert.is_true(#tostring(x) <= 5, x .. " is longer than 123.4")
      end
    end)
  end)

  describe("moving", function()
    it("goes where the keys say", function()
      for key, way in pairs { left = { -1, 0 }, right = { 1, 0 }, up = { 0, -1 }, down = { 0, 1 } } do
        local linus = enter "Linus"
        local x, y = (key == "left" or key == "up") and "right" or "left", key == "up" and "down" or "up"
        hold(linus, { [x] = true, [y] = true }, 0.5)
        local from = state(ada)[linus.sid]
        local to = hold(linus, { [key] = true }, 0.5)
        local function sign(value) return value > 0 and 1 or value < 0 and -1 or 0 end
        assert.same(way, { sign(to.x - from.x), sign(to.y - from.y) }, key)
      end
    end)

    it("lasts until the keys are let go", function()
      local linus = enter "Linus"
      hold(linus, { left = true, up = true }, 5)
      local from = hold(linus, { right = true }, 0.5)
      server:advance(2)
      assert.same(from, state(ada)[linus.sid])
    end)

    it("keeps to the speed", function()
      local linus = enter "Linus"
      hold(linus, { left = true, up = true }, 10)
      linus:emit("move", { right = true })
      local all = states(ada, 1)
      local way = all[#all][linus.sid].x - all[1][linus.sid].x
      assert.is_true(math.abs(way - speed * (#all - 1) / RATE) <= 2 * ROUNDING, way .. " pixels")
    end)

    it("is no faster on the diagonal, nor with opposite keys", function()
      local linus = enter "Linus"
      hold(linus, { left = true, up = true }, 10)
      linus:emit("move", { right = true, down = true })
      local all = states(ada, 1)
      for i = 2, #all do
        local a, b = all[i - 1][linus.sid], all[i][linus.sid]
        local way = math.sqrt((b.x - a.x) ^ 2 + (b.y - a.y) ^ 2)
        assert.is_true(math.abs(way - speed / RATE) <= 2 * ROUNDING, way .. " pixels")
      end
      linus:emit("move", { right = true, left = true, up = true, down = true })
      all = states(ada, 1)
      assert.same(all[2], all[#all])
    end)

    it("is no faster for who sends more", function()
      local linus = enter "Linus"
      hold(linus, { left = true, up = true }, 10)
      local before = state(ada)[linus.sid].x
      for _ = 1, 1000 do linus:emit("move", { right = true, x = 700, speed = 9999, dt = 10 }) end
      local after = states(ada, 1 / RATE)
      assert.is_true(after[#after][linus.sid].x - before <= 2 * speed / RATE + ROUNDING)
    end)

    it("ends at the edges of the field", function()
      local linus = enter "Linus"
      local function at(keys) local p = hold(linus, keys, 10) return { p.x, p.y } end
      assert.same({ RADIUS, RADIUS }, at { left = true, up = true })
      assert.same({ WIDTH - RADIUS, RADIUS }, at { right = true })
      assert.same({ WIDTH - RADIUS, HEIGHT - RADIUS }, at { down = true })
    end)

    it("is for who has entered, and begins anew for who comes back", function()
      ada:emit("move", { right = true })
      assert.same({}, state(ada))
      local linus = enter "Linus"
      linus:emit("move", { right = true })
      linus:emit "leave"
      linus:emit("enter", { name = "Linus" })
      local from = state(ada)[linus.sid]
      server:advance(1)
      assert.same(from, state(ada)[linus.sid])
    end)
  end)

  describe("entering", function()
    local function name_of(name)
      local linus = enter(name)
      return state(ada)[linus.sid].name
    end

    it("trims a name and keeps 16 characters of it", function()
      assert.equal("Ada Lovelace", name_of "  Ada Lovelace \t ")
      assert.equal(("x"):rep(16), name_of(("x"):rep(1000)))
      assert.equal(("ü"):rep(16), name_of(("ü"):rep(17)))
      assert.equal(("😀"):rep(16), name_of(("😀"):rep(16)))
      assert.equal("fifteen letters", name_of "fifteen letters and more")
      assert.equal("<b>x</b>", name_of "<b>x</b>")
      assert.equal("a b", name_of "a\nb")
    end)

    it("gives a name to who has none", function()
      for _, name in ipairs { "", "   ", "\t\n", 1, true, {}, moonwire.null } do
        assert.equal("Anonymous", name_of(name))
      end
    end)

    it("knows four shapes, and colours of six digits", function()
      for _, look in ipairs {
        { shape = "hexagon", color = "red" }, { shape = 1, color = 2 }, { color = "#12345g" },
        { shape = "", color = "#1234567" }, { shape = {}, color = "x#123456" }, { color = "#123" },
      } do
        local linus = enter("Linus", look)
        local player = state(ada)[linus.sid]
        assert.same({ "circle", "#4c6ef5" }, { player.shape, player.color })
      end
    end)

    it("begins on the field", function()
      for _ = 1, 50 do
        local linus = enter "Linus"
        local player = state(ada)[linus.sid]
        assert.is_true(player.x >= RADIUS and player.x <= WIDTH - RADIUS)
        assert.is_true(player.y >= RADIUS and player.y <= HEIGHT - RADIUS)
      end
    end)

    it("again changes the looks and not the place", function()
      local linus = enter "Linus"
      local before = state(ada)[linus.sid]
      linus:emit("enter", { name = "Tux", shape = "triangle", color = "#000000" })
      assert.same({ name = "Tux", shape = "triangle", color = "#000000", x = before.x, y = before.y },
        state(ada)[linus.sid])
    end)
  end)

  it("answers whoever measures the latency", function()
    assert.is_nil(ada:call "latency")
  end)

  it("shows its page, with the field as the script has it", function()
    local page = server:get "/"
    assert.equal(200, page.status)
    for _, part in ipairs { 'width="800" height="600"', 'data-radius="20"', 'maxlength="16"', 'value="star"' } do
      assert.matches(part, page.body, 1, true)
    end
  end)

  describe("hostile input", function()
    for _, event in ipairs { "enter", "move", "leave", "latency" } do
      it("raises no error in " .. event, function()
        local mallory, grace = enter "Mallory", enter "Grace"
        mallory:emit(event)
        for _, case in ipairs(support.hostile()) do
          mallory:emit(event, case[2])
          mallory:emit(event, case[2], case[2])
          server:advance(1 / RATE)
        end
        for _, case in ipairs(support.hostile_objects { "name", "shape", "color", "up", "down", "left", "right" }) do
          mallory:emit(event, case[2])
          server:advance(1 / RATE)
        end
        assert.not_matches("traceback", server:log())
        assert.is_true(mallory:is_connected())
        assert.equal("Grace", state(grace)[grace.sid].name)
      end)
    end

    it("moves nobody who did not say `true`", function()
      local mallory = enter "Mallory"
      local from = state(ada)[mallory.sid]
      for _, case in ipairs(support.hostile()) do
        if case[2] ~= true then
          for _, key in ipairs { "up", "down", "left", "right" } do
            mallory:emit("move", { [key] = case[2] })
            server:advance(0.1)
          end
        end
      end
      assert.same(from, state(ada)[mallory.sid])
    end)

    it("gets nowhere before it has entered", function()
      for _, case in ipairs(support.hostile()) do ada:emit("move", case[2]) end
      assert.same({}, state(ada))
      assert.not_matches("traceback", server:log())
    end)
  end)
end)
