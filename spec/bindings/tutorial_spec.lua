-- The five programs of the tutorial, run as they stand in its text.
-- Each file is a block of the page that is named as the file; what is asserted is what the text promises.
-- The pages run in no browser here: what they send is sent by test clients.

local docs = require "spec.bindings.docs"
local moonwire = require "moonwire"
local support = require "spec.bindings.support"

local events = support.events
local blocks = docs.parts(docs.read "docs/tutorial.md")
local files = docs.files(blocks)

describe("the tutorial's", function()
  local server

  -- Runs fn with the server of a program.
  local function play(number, fn)
    docs.with_folder(files, function(folder)
      server = moonwire.test_server(("%s/%d/main.lua"):format(folder, number))
      fn(folder)
      server:close()
    end)
  end

  it("files are all there", function()
    local count = 0
    for _ in pairs(files) do count = count + 1 end
    assert.equal(12, count)
    for _, block in ipairs(blocks) do assert.matches("^%w+ %d/", block.info) end
  end)

  it("first program repeats what it is told, to everyone", function()
    play(1, function()
      local ann, bob = server:test_client(), server:test_client()
      ann:emit("say", "hello")
      assert.same({ { "said", "hello" } }, events(ann))
      assert.same({ { "said", "hello" } }, events(bob))
      assert.matches("/socket.io/socket.io.js", server:get("/").body, 1, true)
      assert.matches("connected\t" .. ann.sid, server:log(), 1, true)
    end)
  end)

  it("second has names and rooms", function()
    play(2, function()
      local ann, bob, eve = server:test_client(), server:test_client(), server:test_client()
      assert.is_nil((ann:call("join", "ann", "lobby")))
      assert.is_nil((bob:call("join", "bob", "lobby")))
      assert.equal("A name is letters and digits.", (eve:call("join", "<eve>", "lobby")))
      assert.equal("Which room?", (eve:call("join", "eve")))
      assert.equal("Join a room first.", (eve:call("say", "hi")))
      bob:emit("say", "hi")
      assert.same({ { "notice", "ann joined lobby" }, { "notice", "bob joined lobby" }, { "said", "bob", "hi" } },
        events(ann))
      bob:emit("join", "bob", "attic")
      ann:disconnect()
      assert.same({ "notice", "bob joined attic" }, events(bob)[3])
      assert.same({}, events(eve))
      assert.equal("", server:log())
    end)
  end)

  it("third knows who logged in, and counts for them", function()
    play(3, function()
      assert.equal("/login", server:get("/").headers.location)
      assert.is_false(server:test_client({ cookies = false }):is_connected())
      assert.equal(400, server:post("/login", { form = { name = "<b>" } }).status)
      assert.equal("/", server:post("/login", { form = { name = "ann" } }).headers.location)
      local one, two = server:test_client(), server:test_client()
      for _ = 1, 12 do one:emit "dig" end
      assert.same({ "gold", 10 }, events(two)[10])
      assert.matches("ann has <b>10</b> gold", server:get("/").body, 1, true)
    end)
  end)

  it("fourth moves everyone thirty times a second", function()
    play(4, function()
      local ann = server:test_client()
      ann:emit("go", "left")
      ann:emit("go", "nowhere")
      server:advance(1)
      local states = ann:get_received()
      assert.equal(30, #states)
      assert.near(80, states[30].args[1][ann.sid].x, 1e-6)
      assert.matches('width="400"', server:get("/").body, 1, true)
    end)
  end)

  it("fourth plays on across a change of its speed", function()
    play(4, function(folder)
      local ann = server:test_client()
      ann:emit("go", "left")
      server:advance(1)
      local file = assert(io.open(folder .. "/4/main.lua", "w"))
      file:write((files["4/main.lua"]:gsub("400, 120", "400, 30")))
      file:close()
      server:reload()
      server:advance(1)
      local states = ann:get_received()
      assert.near(50, states[#states].args[1][ann.sid].x, 1.1)
      assert.is_true(ann:is_connected())
    end)
  end)

  it("fifth passes its own tests", function()
    docs.with_folder(files, function(folder)
      local command = ("cd %q/5 && LUA_CPATH=%q lua5.4 /usr/bin/busted 2>&1"):format(folder,
        package.cpath:gsub("%f[^;%z]%./", os.getenv "PWD" .. "/"))
      local pipe = assert(io.popen(command))
      local said = pipe:read "a"
      assert.truthy(pipe:close(), said)
      assert.matches("3 successes / 0 failures / 0 errors", said)
    end)
  end)

  it("fifth limits how often one goes", function()
    play(5, function()
      local ann = server:test_client { auth = { name = "ann" } }
      for _ = 1, 60 do ann:emit("go", "left") end
      ann:emit("go", "stop")
      server:advance(0.5)
      local states = ann:get_received()
      assert.near(140, states[#states].args[1][ann.sid].x, 1e-6)
    end)
  end)
end)
