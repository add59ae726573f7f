-- url_for: the names of routes, and what a URL is made of.

local support = require "spec.bindings.support"

describe("url_for", function()
  local server

  -- The URL that url_for(…) gives beside these routes, or the error.
  local function url(routes, arguments)
    server = support.serve(routes .. ("; app.route('/try', function() local url = mw.url_for(%s) return url end)")
      :format(arguments))
    local answer = server:get("/try")
    return answer.status == 200 and answer.body or server:log()
  end
  after_each(function() server:close() end)

  local function route(rule, options)
    return ("app.route(%q, %s print)"):format(rule, options or "")
  end

  -- rule, arguments of url_for, URL
  local urls = {
    { "/", "'index'", "/" },
    { "/login", "'login'", "/login" },
    { "/user/<name>", "'user', { name = 'ann' }", "/user/ann" },
    { "/api/users/<int:id>/edit", "'api_users_edit', { id = 7 }", "/api/users/7/edit" },
    { "/hello-world", "'hello_world'", "/hello-world" },
    { "/user/<name>", "'user', { name = 'a b/c&é?' }", "/user/a%20b%2Fc%26%C3%A9%3F" },
    { "/f/<path:p>", "'f', { p = 'a b/c' }", "/f/a%20b/c" },
    { "/", "'index', { q = 'a b', n = 1, on = true, nothing = mw.null }", "/?n=1&on=true&q=a%20b" },
    { "/", "'index', { tag = { 'a', 'b' } }", "/?tag=a&tag=b" },
    { "/user/<name>", "'user', { name = 'ann', page = 2, _anchor = 'top' }", "/user/ann?page=2#top" },
    { "/", "'index', { _external = true }", "http://127.0.0.1:5000/" },
    { "/", "'index', { _external = true, _scheme = 'https' }", "https://127.0.0.1:5000/" },
    { "/", "'static', { filename = 'css/main style.css' }", "/static/css/main%20style.css" },
  }

  for _, case in ipairs(urls) do
    it(("of %s with %s is %s"):format(case[1], case[2], case[3]), function()
      assert.equal(case[3], url(route(case[1]), case[2]))
    end)
  end

  it("takes the name that a route was given", function()
    assert.equal("/login", url(route("/login", "{ endpoint = 'sign_in' },"), "'sign_in'"))
  end)

  it("takes, of several routes of one name, the one whose parts are given", function()
    local both = route("/user") .. ";" .. route("/user/<name>")
    assert.equal("/user?page=1", url(both, "'user', { page = 1 }"))
    server:close()
    assert.equal("/user/ann", url(both, "'user', { name = 'ann' }"))
  end)

  it("says what is missing or wrong", function()
    assert.matches(":1: url_for: 'user' needs 'name' (its rule is /user/<name>)",
      url(route("/user/<name>"), "'user', {}"), 1, true)
    server:close()
    assert.matches("no route 'home' (there are try, user, static); a route gets a name by its option endpoint",
      url(route("/user"), "'home'"), 1, true)
    server:close()
    assert.matches("there is no route 'usr' (there are try, user, static), did you mean 'user'?",
      url(route("/user"), "'usr'"), 1, true)
    server:close()
    assert.matches("url_for wants a table of values, not a string", url(route("/"), "'index', 'x'"), 1, true)
    server:close()
    assert.matches("'name' of /user/<name> is empty", url(route("/user/<name>"), "'user', { name = '' }"), 1, true)
  end)

  it("gives what its own route captures", function()
    server = support.serve [[
      app.route("/<path:p>/<x>", { endpoint = "two" }, function(p, x) return { p, x } end)
      app.route("/", function() return mw.url_for("two", { p = "a/b c", x = "d/é" }) end)]]
    assert.same({ "a/b c/d", "é" }, server:get(server:get("/").body).json)
  end)
end)
