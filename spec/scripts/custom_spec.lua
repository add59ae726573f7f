-- scripts/custom.lua: each of its events, with what it answers and who hears it.
-- Two clients, because half of the events are about who hears them.
-- Its page is tested in spec/browser/custom.test.mjs.

local moonwire = require "moonwire"
local support = require "spec.scripts.support"

local EVENTS = { "knock", "greet", "swap", "order", "add", "to_me", "to_others", "to_everyone", "no_such_event" }

describe("custom", function()
  local server, ada, grace

  before_each(function()
    server = moonwire.test_server("scripts/custom.lua")
    ada = server:test_client()
    grace = server:test_client()
  end)
  after_each(function() server:close() end)

  local function hears(client, name, ...)
    assert.same({ { name = name, args = { ... }, namespace = "/" } }, client:get_received())
  end
  local function hears_nothing(client) assert.same({}, client:get_received()) end

  it("answers an event without an argument by one without an argument", function()
    ada:emit("knock")
    hears(ada, "who_is_there")
    hears_nothing(grace)
  end)

  it("takes one argument", function()
    ada:emit("greet", "Ada")
    hears(ada, "greeting", "Hello, Ada!")
    hears_nothing(grace)
  end)

  it("greets who gives no name", function()
    ada:emit("greet", { "no", "name" })
    hears(ada, "greeting", "Hello, whoever you are!")
  end)

  it("takes several arguments and sends several", function()
    ada:emit("swap", 1, "two")
    hears(ada, "swapped", "two", 1)
  end)

  it("takes an object and sends one", function()
    ada:emit("order", { item = "pear", count = 3 })
    hears(ada, "bill", { item = "pear", count = 3, total = 1.5 })
  end)

  it("says what is wrong with an order", function()
    for _, order in ipairs { "pear", {}, { count = "3" }, { count = 1.5 } } do
      ada:emit("order", order)
      assert.equal(1, #support.heard(ada, "problem"))
    end
  end)

  it("acknowledges with what the handler returns", function()
    assert.equal(5, ada:call("add", 2, 3))
    hears_nothing(ada)
  end)

  it("acknowledges with several values", function()
    for _, pair in ipairs { { 2, "three" }, { "two", 3 }, { 2.5, 3 } } do
      local sum, problem = ada:call("add", pair[1], pair[2])
      assert.is_true(sum == nil or sum == moonwire.null)
      assert.equal("add wants two whole numbers", problem)
    end
  end)

  it("acknowledges with nothing where the handler returns nothing", function()
    assert.is_nil(ada:call("knock"))
  end)

  it("sends to me alone", function()
    ada:emit("to_me", "hello")
    hears(ada, "heard", "hello")
    hears_nothing(grace)
  end)

  it("sends to everyone but me", function()
    ada:emit("to_others", "hello")
    hears_nothing(ada)
    hears(grace, "heard", "hello")
  end)

  it("sends to everyone", function()
    ada:emit("to_everyone", { text = "hello" })
    hears(ada, "heard", { text = "hello" })
    hears(grace, "heard", { text = "hello" })
  end)

  it("answers names that it does not know", function()
    assert.equal("no handler for misspelt", ada:call("misspelt", 1, "two"))
    hears(ada, "unknown_event", "misspelt", 1, "two")
    hears_nothing(grace)
  end)

  it("shows its page", function()
    local page = server:get("/")
    assert.equal(200, page.status)
    assert.matches('src="/static/custom.js"', page.body, 1, true)
  end)

  for _, event in ipairs(EVENTS) do
    it("raises no error, whatever " .. event .. " gets", function()
      ada:emit(event)
      for _, case in ipairs(support.hostile()) do
        ada:emit(event, case[2])
        ada:emit(event, case[2], case[2])
      end
      for _, case in ipairs(support.hostile_objects { "item", "count" }) do ada:emit(event, case[2]) end
      assert.not_matches("traceback", server:log())
      assert.equal(5, ada:call("add", 2, 3))
    end)
  end
end)
