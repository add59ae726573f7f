-- scripts/chat.lua on the virtual clock: names, rooms, what a room remembers, who is typing, and the limits.
-- Each case looks at what the other person hears, because that is what a chat is for.
-- Its page is tested in spec/browser/chat.test.mjs.

local moonwire = require "moonwire"
local support = require "spec.scripts.support"

local heard = support.heard

describe("chat", function()
  local server, ada, grace

  local function enter(name, room)
    local client = server:test_client()
    client:call("enter", name, room)
    client:get_received()
    return client
  end

  -- The entries that a client got, as "name: text", news without the colon.
  local function entries(client)
    local all = {}
    for i, args in ipairs(heard(client, "entry")) do
      all[i] = args[1].name .. (args[1].kind == "said" and ": " or " ") .. args[1].text
    end
    return all
  end

  local function last(client, event)
    local all = heard(client, event)
    return all[#all] and all[#all][1]
  end

  local function room_names(list)
    local all = {}
    for i, room in ipairs(list) do all[i] = room.name .. " " .. room.count end
    return all
  end

  before_each(function()
    server = moonwire.test_server("scripts/chat.lua")
    ada, grace = enter "Ada", enter "Grace"
    ada:get_received()
  end)
  after_each(function() server:close() end)

  describe("coming in", function()
    it("is told to those who are there, with a name that is one's own", function()
      local linus = server:test_client()
      local name, room = linus:call("enter", "  ada  ")
      assert.same({ "ada 2", "Lobby", { "Ada", "ada 2", "Grace" } }, { name, room.room, room.people })
      assert.same({ "ada 2 joined" }, entries(ada))
      assert.equal("You are in already, as ada 2.", select(2, linus:call("enter", "Linus")))
    end)

    it("needs a name that can be read", function()
      for _, name in ipairs { "", "   ", "\n\t\0", 7, true } do
        assert.same("Choose a name first.", select(2, server:test_client():call("enter", name)))
      end
      assert.equal(("ü"):rep(20), (server:test_client():call("enter", ("ü"):rep(50))))
    end)

    it("leads to the room of before, if it is still there", function()
      ada:call("go", "Kitchen")
      local _, room = server:test_client():call("enter", "Linus", "Kitchen")
      assert.equal("Kitchen", room.room)
      _, room = server:test_client():call("enter", "Margaret", "Cellar")
      assert.equal("Lobby", room.room)
    end)
  end)

  describe("coming back", function()
    it("is coming as who one was, if the server has not noticed that the connection broke", function()
      ada:call("go", "Kitchen")
      grace:call("go", "Kitchen")
      grace:get_received()
      local again = server:test_client()
      local name, room = again:call("enter", "Ada", "Kitchen", ada.sid)
      assert.same({ "Ada", "Kitchen", { "Ada", "Grace" } }, { name, room.room, room.people })
      assert.is_false(ada:is_connected())
      assert.same({}, entries(grace))
      assert.is_true((again:call("say", "It is me")))
      assert.same({ "Ada: It is me" }, entries(grace))
    end)

    it("is no way to be somebody whose sid is not known", function()
      local eve = server:test_client()
      for _, sid in ipairs { "Ada", "", 7, {}, eve.sid, server:test_client().sid } do
        eve = server:test_client()
        assert.matches("^Eve", (eve:call("enter", "Eve", nil, sid)))
      end
      assert.is_true(ada:is_connected())
    end)
  end)

  it("lets everyone of a room go at once", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write [[
      dofile "scripts/chat.lua"
      local socketio = require "moonwire".socketio
      socketio.on("cut", function(sids)
        for _, sid in ipairs(sids) do socketio.disconnect { sid = sid } end
      end)]]
    file:close()
    server:close()
    server = moonwire.test_server(path)
    os.remove(path)
    ada, grace = enter "Ada", enter "Grace"
    for _, client in ipairs { ada, grace } do client:call("go", "Kitchen") end
    local linus = enter "Linus"
    linus:emit("cut", { ada.sid, grace.sid })
    assert.same({ "Lobby 1" }, room_names(last(linus, "rooms")))
    assert.equal("", server:log())
  end)

  it("tells who leaves, and frees the name", function()
    ada:drop()
    assert.same({ "Ada left" }, entries(grace))
    assert.equal("Ada", (server:test_client():call("enter", "Ada")))
  end)

  describe("saying", function()
    it("is heard by everyone in the room and nobody else, with the time", function()
      local linus = enter "Linus"
      linus:call("go", "Kitchen")
      for _, client in ipairs { ada, grace, linus } do client:get_received() end
      assert.is_true((ada:call("say", "  hello\nworld ")))
      local entry = last(grace, "entry")
      assert.same({ "said", "Ada", "hello world" }, { entry.kind, entry.name, entry.text })
      assert.is_true(math.abs(os.time() - entry.time) < 5)
      assert.same({ "Ada: hello world" }, entries(ada))
      assert.same({}, entries(linus))
    end)

    it("keeps what could be HTML as it is: the page escapes", function()
      ada:call("say", "<script>alert(1)</script>")
      assert.same({ "Ada: <script>alert(1)</script>" }, entries(grace))
    end)

    it("is for who has a name, and something to say, of bounded length", function()
      assert.equal("Choose a name first.", select(2, server:test_client():call("say", "hi")))
      assert.equal("There is nothing to say in that.", select(2, ada:call("say", "  ")))
      ada:call("say", ("x"):rep(600))
      assert.equal(500, #last(grace, "entry").text)
    end)

    it("is limited to ten in ten seconds", function()
      for i = 1, 10 do assert.is_true((ada:call("say", "word " .. i))) end
      assert.equal("Not so fast: 10 per 10 seconds is enough.", select(2, ada:call("say", "word 11")))
      assert.equal(10, #entries(grace))
      assert.is_true((grace:call("say", "I may")))
      server:advance(11)
      assert.is_true((ada:call("say", "now I may")))
    end)
  end)

  describe("a room", function()
    it("is made by who goes there, and listed", function()
      local answer = ada:call("go", " Kitchen ")
      assert.same({ "Kitchen", { "Ada" } }, { answer.room, answer.people })
      local rooms
      for _, packet in ipairs(grace:get_received()) do
        if packet.name == "rooms" then rooms = packet.args[1] end
      end
      assert.same({ "Kitchen 1", "Lobby 1" }, room_names(rooms))
      assert.equal("Kitchen", grace:call("go", "kitchen").room)
    end)

    it("tells who goes and who comes", function()
      local linus = enter("Linus")
      linus:call("go", "Kitchen")
      linus:get_received()
      grace:get_received()
      ada:call("go", "Kitchen")
      assert.same({ "Ada left" }, entries(grace))
      assert.same({ "Ada joined" }, entries(linus))
    end)

    it("goes with the last one in it, and the Lobby stays", function()
      ada:call("go", "Kitchen")
      ada:call("go", "Lobby")
      assert.same({ "Lobby 2" }, room_names(last(grace, "rooms")))
      ada:drop()
      grace:drop()
      assert.same({ "Lobby 0" }, room_names(last(server:test_client(), "rooms")))
    end)

    it("remembers the last fifty entries for who comes later", function()
      for i = 1, 60 do
        grace:call("say", "word " .. i)
        server:advance(1.1)
      end
      local _, room = server:test_client():call("enter", "Linus")
      assert.equal(50, #room.history)
      assert.same({ "word 12", "joined" }, { room.history[1].text, room.history[50].text })
    end)

    it("is one of fifty at most", function()
      local answer, problem
      for i = 1, 60 do
        local client = enter("Person " .. i)
        answer, problem = client:call("go", "Room " .. i)
      end
      assert.same({ nil, "There are rooms enough. Take one of them." }, { answer, problem })
    end)
  end)

  describe("typing", function()
    it("is seen by the room, until something is said", function()
      ada:emit("typing", true)
      assert.same({ "Ada" }, last(grace, "typing"))
      ada:emit("typing", true)
      assert.is_nil(last(grace, "typing"))
      ada:emit("say", "done")
      assert.same({}, last(grace, "typing"))
    end)

    it("ends with who leaves", function()
      ada:emit("typing", true)
      ada:drop()
      assert.same({}, last(grace, "typing"))
    end)
  end)

  it("shows its page, with the lengths as the script has them", function()
    local page = server:get "/"
    assert.equal(200, page.status)
    for _, part in ipairs { 'maxlength="20"', 'maxlength="500"' } do assert.matches(part, page.body, 1, true) end
  end)

  describe("hostile input", function()
    for _, event in ipairs { "enter", "go", "say", "typing" } do
      it("raises no error in " .. event, function()
        for _, case in ipairs(support.hostile()) do
          local mallory, outside = enter "Mallory", server:test_client()
          for _, client in ipairs { mallory, outside } do
            client:emit(event)
            client:emit(event, case[2])
            client:emit(event, case[2], case[2])
            client:emit(event, "text", case[2])
            assert.is_true(client:is_connected())
          end
        end
        assert.not_matches("traceback", server:log())
        assert.is_true((grace:call("say", "still here")))
      end)
    end
  end)
end)
