-- scripts/board.lua on the virtual clock: seats and who has them, every rule of the game, and the rematch.
-- Games are played as lists of columns, so that a case reads like the game it is.
-- Its page is tested in spec/browser/board.test.mjs.

local moonwire = require "moonwire"
local support = require "spec.scripts.support"

local SCRIPT = "scripts/board.lua"
local FULL = {                                          -- 42 moves that fill the board without four in a row
  1, 2, 1, 2, 1, 2, 2, 1, 2, 1, 2, 1, 3, 4, 3, 4, 3, 4, 4, 3, 4, 3, 4, 3,
  5, 6, 5, 6, 5, 6, 6, 5, 6, 5, 6, 5, 7, 7, 7, 7, 7, 7,
}

describe("board", function()
  local server, ada, grace

  local function person(key)
    return server:test_client { auth = { key = (key .. ("0"):rep(16)):sub(1, 16) } }
  end

  -- The newest state that a client got since it was asked last.
  local function state(client)
    local all = support.heard(client, "state")
    return all[#all] and all[#all][1]
  end

  local function begin()
    local id = ada:call("new", "Ada")
    assert.equal(1, ada:call("enter", id))
    assert.equal(0, grace:call("enter", id))
    assert.equal(2, grace:call("sit", 2, "Grace"))
    return id
  end

  -- Drops discs in turn, from `first` on; returns what the last move was answered with.
  local function play(columns, first)
    local players, answer, problem = { ada, grace }, nil, nil
    for i, column in ipairs(columns) do
      answer, problem = players[((first or 1) + i) % 2 + 1]:call("drop", column)
    end
    return answer, problem
  end

  before_each(function()
    server = moonwire.test_server(SCRIPT)
    ada, grace = person "ada", person "grace"
  end)
  after_each(function() server:close() end)

  describe("seats", function()
    it("are two, and everyone else watches", function()
      local id = begin()
      local linus = person "linus"
      assert.equal(0, linus:call("enter", id))
      assert.equal("This seat is taken.", select(2, linus:call("sit", 1, "Linus")))
      local now = state(linus)
      assert.same({ "Ada", "Grace", 1 }, { now.seats[1].name, now.seats[2].name, now.watching })
      assert.equal("You are watching.", select(2, linus:call("drop", 1)))
      assert.equal("You have a seat.", select(2, ada:call("sit", 2, "Ada")))
    end)

    it("are found again by who comes back, with the game as it was", function()
      local id = begin()
      play { 4, 4, 3 }
      grace:drop()
      assert.is_false(state(ada).seats[2].here)
      local again = person "grace"
      assert.equal(2, again:call("enter", id))
      assert.is_true(state(ada).seats[2].here)
      assert.is_true((again:call("drop", 1)))
    end)

    it("are kept for a minute, and then anyone's", function()
      local id = begin()
      local linus = person "linus"
      linus:call("enter", id)
      grace:drop()
      server:advance(20)
      assert.equal("This seat is kept for 40 s more.", select(2, linus:call("sit", 2, "Linus")))
      server:advance(41)
      assert.equal(2, linus:call("sit", 2, "Linus"))
      assert.equal(0, person("grace"):call("enter", id))
    end)

    it("stay while another tab of the player is open", function()
      local id = begin()
      local tab = person "grace"
      assert.equal(2, tab:call("enter", id))
      grace:drop()
      assert.is_true(state(ada).seats[2].here)
      assert.equal(0, state(tab).watching)
    end)

    it("can be given up", function()
      begin()
      assert.equal(0, grace:call "stand_up")
      assert.equal("You need somebody to play against.", select(2, ada:call("drop", 1)))
      assert.equal(2, grace:call("sit", 2, "Hopper"))
    end)
  end)

  describe("a move", function()
    before_each(begin)

    it("falls to the lowest free place, for everyone to see", function()
      play { 4, 4 }
      local now = state(grace)
      assert.same({ 1, 2 }, { now.cells[5 * 7 + 4], now.cells[4 * 7 + 4] })
      assert.same({ 2, 1, 4 * 7 + 4 }, { now.moves, now.turn, now.last })
    end)

    it("is refused out of turn, outside of the board, and in a full column", function()
      assert.equal("It is not your turn.", select(2, grace:call("drop", 1)))
      for _, column in ipairs { 0, 8, -1, 1.5, 1e300 } do
        assert.equal("There is no such column.", select(2, ada:call("drop", column)))
      end
      play { 4, 4, 4, 4, 4, 4 }
      assert.equal("This column is full.", select(2, ada:call("drop", 4)))
      assert.equal(6, state(ada).moves)
    end)
  end)

  describe("four in a row", function()
    before_each(begin)
    for name, columns in pairs {
      ["lying"] = { 1, 1, 2, 2, 3, 3, 4 }, ["lying, the gap last"] = { 1, 1, 2, 2, 4, 4, 3 },
      ["standing"] = { 7, 1, 7, 1, 7, 1, 7 }, ["rising"] = { 1, 2, 2, 3, 3, 4, 3, 4, 4, 6, 4 },
      ["falling"] = { 7, 6, 6, 5, 5, 4, 5, 4, 4, 2, 4 },
    } do
      it("wins " .. name, function()
        play(columns)
        local now = state(grace)
        assert.same({ 1, { 1, 0 }, 4 }, { now.winner, now.score, #now.line })
        for _, cell in ipairs(now.line) do assert.equal(1, now.cells[cell]) end
        assert.equal("This game is over.", select(2, grace:call("drop", 1)))
      end)
    end

    it("does not go on around the edge", function()
      play { 5, 5, 6, 6, 7, 7, 1, 2 }
      assert.equal(0, state(ada).winner)
    end)

    it("wins two ways at once, for one point", function()
      play { 1, 1, 2, 2, 3, 3, 7, 7, 7, 1, 5, 6, 6, 6, 5, 5, 4 }
      local now = state(ada)
      assert.same({ 1, { 1, 0 } }, { now.winner, now.score })
    end)
  end)

  it("is nobody's when the board is full", function()
    begin()
    play(FULL)
    local now = state(ada)
    assert.same({ 42, 3, { 0, 0 } }, { now.moves, now.winner, now.score })
  end)

  it("is played again when both want it, and the other one begins", function()
    begin()
    assert.matches("nothing to play again", (select(2, ada:call "rematch")))
    play { 1, 1, 2, 2, 3, 3, 4 }
    ada:call "rematch"
    assert.equal(1, state(grace).winner)
    grace:call "rematch"
    local now = state(ada)
    assert.same({ 0, 0, 2, { 1, 0 } }, { now.moves, now.winner, now.turn, now.score })
    assert.equal("It is not your turn.", select(2, ada:call("drop", 1)))
    assert.is_true((grace:call("drop", 1)))
  end)

  it("lists the games that somebody looks at, and forgets the others after ten minutes", function()
    local linus = person "linus"
    assert.same({}, linus:call "lobby")
    local id = begin()
    local all = support.heard(linus, "lobby")
    assert.same({ { id = id, names = { "Ada", "Grace" } } }, all[#all][1])
    ada:drop()
    grace:drop()
    all = support.heard(linus, "lobby")
    assert.same({}, all[#all][1])
    server:advance(300)
    assert.equal(0, linus:call("enter", id))
    linus:drop()
    server:advance(700)
    assert.matches("is over, or never was", (select(2, person("ada"):call("enter", id))))
  end)

  it("shows its page, with the board as the script has it", function()
    local page = server:get("/?game=abcde")
    assert.equal(200, page.status)
    assert.matches('data-rows="6" data-columns="7"', page.body, 1, true)
  end)

  describe("hostile input", function()
    it("is refused as a key", function()
      for _, case in ipairs(support.hostile()) do
        assert.is_false(server:test_client({ auth = case[2] }):is_connected())
        assert.is_false(server:test_client({ auth = { key = case[2] } }):is_connected())
      end
      assert.not_matches("traceback", server:log())
    end)

    for _, event in ipairs { "lobby", "new", "enter", "sit", "stand_up", "drop", "rematch" } do
      it("raises no error in " .. event, function()
        local mallory = person "mallory"
        for _, seated in ipairs { false, true } do
          if seated then
            mallory:call("enter", begin())
          end
          mallory:emit(event)
          for _, case in ipairs(support.hostile()) do
            mallory:emit(event, case[2])
            mallory:emit(event, case[2], case[2])
            mallory:emit(event, 1, case[2])
          end
        end
        assert.not_matches("traceback", server:log())
        assert.is_true(mallory:is_connected())
        assert.is_true((ada:call("drop", 1)))
      end)
    end

    it("makes no more than ten games a minute", function()
      for _ = 1, 10 do assert.is_string((ada:call("new", "Ada"))) end
      assert.matches("Not so fast", (select(2, ada:call("new", "Ada"))))
    end)
  end)
end)
