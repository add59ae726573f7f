-- scripts/namespaces.lua on the virtual clock: who gets into which namespace, and that none hears another.
-- One client joins all three over one connection, as the page does.
-- Its page is tested in spec/browser/namespaces.test.mjs.

local moonwire = require "moonwire"
local support = require "spec.scripts.support"

describe("namespaces", function()
  local server
  before_each(function() server = moonwire.test_server("scripts/namespaces.lua") end)
  after_each(function() server:close() end)

  local function names_of(client, namespace)
    local names = {}
    for i, packet in ipairs(client:get_received(namespace)) do names[i] = packet.name end
    return names
  end

  it("lets everyone into the first, under a sid of its own", function()
    local client = server:test_client()
    local packet = client:get_received()[1]
    assert.same({ "welcome", { "You are " .. client.sid .. " in /" } }, { packet.name, packet.args })
  end)

  it("refuses who has no name, or not the password, and says which field", function()
    local client = server:test_client()
    local ok, why = client:connect("/chat", { auth = { name = "  " } })
    assert.same({ false, "a name is needed", "name" }, { ok, why.message, why.data.field })
    ok, why = client:connect("/notifications", { auth = { password = "sun" } })
    assert.same({ false, "the password is wrong", "password" }, { ok, why.message, why.data.field })
    assert.is_true(client:is_connected("/"))
    assert.is_true((client:connect("/chat", { auth = { name = "Ada" } })))
    assert.is_true((client:connect("/notifications", { auth = { password = "moonlight" } })))
  end)

  it("tells who says too much", function()
    local ada = server:test_client { namespace = "/chat", auth = { name = "Ada" } }
    for n = 1, 11 do ada:emit("say", "word " .. n) end
    assert.equal(10, #support.heard(ada, "said"))
    ada:emit("say", "one more")
    assert.same({ { "rate limit exceeded: 10 per 10 seconds" } }, support.heard(ada, "problem"))
  end)

  it("answers the same event in each by its own handler", function()
    for namespace, greeting in pairs {
      ["/"] = "Hello from /", ["/chat"] = "Hello Ada, from /chat", ["/notifications"] = "Hello from /notifications",
    } do
      local client = server:test_client { namespace = namespace, auth = { name = "Ada", password = "moonlight" } }
      client:emit "hello"
      assert.same({ { greeting } }, support.heard(client, "greeting"))
    end
  end)

  it("sends what is said to its namespace, and a notification to the other", function()
    local client = server:test_client { namespace = "/chat", auth = { name = "Ada" } }
    client:connect "/"
    client:connect("/notifications", { auth = { password = "moonlight" } })
    for _, namespace in ipairs { "/", "/chat", "/notifications" } do client:get_received(namespace) end
    client:emit("say", "hello")
    assert.same({ "said" }, names_of(client, "/chat"))
    assert.same({ "notification" }, names_of(client, "/notifications"))
    assert.same({}, names_of(client, "/"))
  end)

  it("tells who comes and goes, and every ten seconds how many there are", function()
    local ada = server:test_client { namespace = "/chat", auth = { name = "Ada" } }
    local grace = server:test_client { namespace = "/chat", auth = { name = "Grace" } }
    local watcher = server:test_client { namespace = "/notifications", auth = { password = "moonlight" } }
    grace:disconnect()
    assert.same({ { "Ada came in" }, { "Grace came in" }, { "Grace went out" } }, support.heard(ada, "news"))
    watcher:get_received()
    server:advance(10)
    assert.same({ { "0 in /, 1 in /chat" } }, support.heard(watcher, "notification"))
  end)

  it("raises no error on hostile input", function()
    for _, case in ipairs(support.hostile()) do
      for _, namespace in ipairs { "/", "/chat", "/notifications" } do
        server:test_client { namespace = namespace, auth = case[2] }
        server:test_client { namespace = namespace, auth = { name = case[2], password = case[2] } }
      end
    end
    for _, namespace in ipairs { "/", "/chat", "/notifications" } do
      for _, case in ipairs(support.hostile()) do
        local mallory = server:test_client { namespace = namespace, auth = { name = "M", password = "moonlight" } }
        for _, event in ipairs { "hello", "say" } do mallory:emit(event, case[2], case[2]) end
        assert.is_true(mallory:is_connected())
      end
    end
    assert.not_matches("traceback", server:log())
  end)
end)
