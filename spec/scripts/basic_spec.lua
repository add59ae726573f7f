-- scripts/basic.lua as two clients see it.
-- It is the program that the manual shows first, so what the manual says of it is checked here.
-- Its page is tested in spec/browser/basic.test.mjs.

local moonwire = require "moonwire"
local support = require "spec.scripts.support"

describe("basic", function()
  local server, ada, grace

  before_each(function()
    server = moonwire.test_server("scripts/basic.lua")
    ada = server:test_client()
    grace = server:test_client()
    ada:get_received()
  end)
  after_each(function() server:close() end)

  it("sends each message to everyone, its sender included", function()
    ada:send("hi")
    local expected = { { name = "message", args = { "hi" }, namespace = "/" } }
    assert.same(expected, ada:get_received())
    assert.same(expected, grace:get_received())
  end)

  it("sends what is no text just the same", function()
    for _, value in ipairs { 1, 0.5, true, false, { x = { 1, 2 } }, "é😀\u{2028}\"\\" } do
      ada:send(value)
      assert.same({ { value } }, support.heard(grace, "message"))
    end
  end)

  it("keeps the order of messages", function()
    local expected = {}
    for n = 1, 100 do
      ada:send("message " .. n)
      expected[n] = { "message " .. n }
    end
    assert.same(expected, support.heard(grace, "message"))
  end)

  it("tells the others who has come, and not the newcomer", function()
    local newcomer = server:test_client()
    assert.same({ { newcomer.sid } }, support.heard(ada, "joined"))
    assert.same({}, newcomer:get_received())
  end)

  it("tells those who stay who has left, and why", function()
    local sid = grace.sid
    grace:disconnect()
    assert.same({ { sid, "client disconnect" } }, support.heard(ada, "left"))
  end)

  it("prints who comes and goes", function()
    grace:disconnect()
    assert.matches("connected%s+" .. ada.sid:gsub("%p", "%%%0"), server:log())
    assert.matches("disconnected%s+" .. grace.sid:gsub("%p", "%%%0") .. "%s+client disconnect", server:log())
  end)

  it("shows its page", function()
    local page = server:get("/")
    assert.equal(200, page.status)
    assert.matches("<title>Basic", page.body, 1, true)
    assert.matches('src="/static/basic.js"', page.body, 1, true)
    assert.matches('href="/static/style.css"', page.body, 1, true)
  end)

  it("raises no error, whatever is sent", function()
    for _, case in ipairs(support.hostile()) do ada:send(case[2]) end
    ada:emit("message")
    ada:emit("message", 1, 2, 3)
    assert.not_matches("traceback", server:log())
    assert.is_true(ada:is_connected())
  end)
end)
