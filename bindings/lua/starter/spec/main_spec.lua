-- Run with `busted`: no port is opened, and no time passes but what a test asks for.
local moonwire = require "moonwire"

describe("main", function()
  local server, client

  before_each(function()
    server = moonwire.test_server("main.lua")
    client = server:test_client()
  end)

  after_each(function() server:close() end)

  it("serves the page", function()
    local page = server:get("/")
    assert.equal(200, page.status)
    assert.truthy(page.body:find("My first Moonwire", 1, true))
  end)

  it("sends what one says to everyone", function()
    local other = server:test_client()
    assert.equal("sent", client:call("say", "hello"))
    assert.same({ { name = "said", args = { "hello" }, namespace = "/" } }, other:get_received())
  end)

  it("shows newcomers what was said, as text", function()
    client:call("say", "<b>hello</b>")
    assert.truthy(server:get("/").body:find("<li>&lt;b&gt;hello&lt;/b&gt;</li>", 1, true))
  end)

  it("refuses to say nothing", function()
    assert.equal("nothing to say?", client:call("say", "  "))
    assert.same({}, client:get_received())
  end)
end)
