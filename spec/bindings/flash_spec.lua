-- mw.flash: what a route says is shown by the next page of the same browser, once.

local support = require "spec.bindings.support"

local SCRIPT = [[
app.config.SECRET_KEY = "not for production"
app.route("/save", { methods = { "GET", "POST" } }, function()
  mw.session.name = "ann"
  mw.flash("Saved <all> of it.")
  mw.flash("It was late.", "warning")
  return mw.redirect(mw.url_for("index"), 303)
end)
app.route("/", function() return mw.render_template_string(PAGE) end)
app.route("/plain", function() return mw.get_flashed_messages() end)
app.route("/some", function() return mw.get_flashed_messages { category_filter = { "warning" } } end)
app.route("/both", function() return { mw.get_flashed_messages(true)[1], mw.get_flashed_messages() } end)
app.route("/wrong", function() mw.flash(7) end)
socketio.on("flash", function(text) mw.flash(text, "event") end)
]]

local PAGE = "{% with messages = get_flashed_messages(with_categories=true) %}{% if messages %}"
  .. "{% for category, message in messages %}<li class={{ category }}>{{ message }}{% endfor %}{% endif %}{% endwith %}"

describe("mw.flash", function()
  local server
  before_each(function() server = support.serve((SCRIPT:gsub("PAGE", function() return ("%q"):format(PAGE) end))) end)
  after_each(function() server:close() end)

  it("is shown on the next page, and on that one only", function()
    assert.equal("/", server:post("/save").headers.location)
    assert.equal("<li class=message>Saved &lt;all&gt; of it.<li class=warning>It was late.", server:get("/").body)
    assert.equal("", server:get("/").body)
  end)

  it("is a list of texts, or of those of some categories", function()
    server:get("/save")
    assert.same({ "Saved <all> of it.", "It was late." }, server:get("/plain").json)
    assert.equal("[]", server:get("/plain").body)
    server:get("/save")
    assert.same({ "It was late." }, server:get("/some").json)
  end)

  it("is the same for who asks twice", function()
    server:get("/save")
    assert.same({ { "message", "Saved <all> of it." }, { "Saved <all> of it.", "It was late." } },
      server:get("/both").json)
  end)

  it("is heard from a handler, too", function()
    server:get("/save")
    server:get("/plain")
    server:test_client():emit("flash", "Well played.")
    assert.equal("<li class=event>Well played.", server:get("/").body)
  end)

  it("wants a text", function()
    assert.equal(500, server:get("/wrong").status)
    assert.matches("flash wants a message, not a number", server:log(), 1, true)
  end)
end)
