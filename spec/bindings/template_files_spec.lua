-- Templates in a folder: include and extends, the wall around the folder, and reading a file again when it changed.
-- The language itself is template_spec's.

require "moonwire"
local template = require "moonwire.template"

local folder = os.tmpname()

local function write(name, text)
  local file = assert(io.open(folder .. "/" .. name, "w"))
  file:write(text)
  file:close()
end

describe("templates in a folder", function()
  local env, reload

  setup(function()
    os.remove(folder)
    assert(os.execute("mkdir -p " .. folder .. "/parts"))
  end)
  teardown(function() os.execute("rm -r " .. folder) end)

  before_each(function()
    reload = true
    env = template.new { folder = folder, globals = {}, auto_reload = function() return reload end }
  end)

  it("includes others, with the variables around", function()
    write("page.html", "{% for x in xs %}{% include 'parts/row.html' %}{% endfor %}"
      .. "{% include 'parts/row.html' without context %}")
    write("parts/row.html", "<{{ x }}>{% set x = 9 %}")
    assert.equal("<1><2><>", env:render("page.html", { xs = { 1, 2 } }))
  end)

  it("includes the first that is there, or none if that is allowed", function()
    write("page.html", "{% include ['a.html', 'parts/row.html'] %}{% include 'a.html' ignore missing %}")
    write("parts/row.html", "row")
    assert.equal("row", env:render("page.html"))
  end)

  it("extends others, over several generations", function()
    write("base.html", "<title>{% block title %}Base{% endblock %}</title>{{ self.title() }}"
      .. "{% block body %}{% block inner %}I{% endblock %}{% endblock %}!")
    write("mid.html", "{% extends 'base.html' %}{% set x = 5 %}not shown"
      .. "{% block title %}Mid {{ super() }}{% endblock %}")
    write("leaf.html", "{% extends 'mid.html' %}{% block title %}Leaf {{ x }} {{ super() }}{% endblock %}"
      .. "{% block inner %}[{{ super() }}]{% endblock %}")
    assert.equal("<title>Base</title>BaseI!", env:render("base.html"))
    assert.equal("<title>Mid Base</title>Mid BaseI!", env:render("mid.html"))
    assert.equal("<title>Leaf 5 Mid Base</title>Leaf 5 Mid Base[I]!", env:render("leaf.html"))
  end)

  it("escapes pages, and leaves plain text as it is", function()
    for _, name in ipairs { "x.html", "x.htm", "x.xml", "x.svg" } do
      write(name, "{{ x }}")
      assert.equal("&lt;", env:render(name, { x = "<" }))
    end
    write("x.txt", "{{ x }}{{ x | e }}{{ x | safe }}")
    assert.equal("<&lt;<", env:render("x.txt", { x = "<" }))
  end)

  it("names the template and the line of an error, through blocks and includes", function()
    write("base.html", "{% block body %}{% endblock %}")
    write("page.html", "{% extends 'base.html' %}\n{% block body %}\n\n{% include 'parts/row.html' %}{% endblock %}")
    write("parts/row.html", "\n{{ a.b }}")
    local label = folder:match("[^/]+$")
    local _, err = pcall(env.render, env, "page.html")
    assert.equal(label .. "/parts/row.html:2: 'a' is nil, so 'a.b' cannot be read", err)
    write("parts/row.html", "ok")
    write("page.html", "{% extends 'base.html' %}\n{% block body %}\n\n{{ a.b }}{% endblock %}")
    _, err = pcall(env.render, env, "page.html")
    assert.equal(label .. "/page.html:4: 'a' is nil, so 'a.b' cannot be read", err)
  end)

  it("suggests the template that was meant", function()
    write("chat.html", "")
    local _, err = pcall(env.render, env, "chta.html")
    assert.matches("template 'chta.html' is not in ", err, 1, true)
    assert.matches("did you mean 'chat.html'?", err, 1, true)
  end)

  it("has no way out", function()
    write("page.html", "{% include x %}")
    for _, name in ipairs { "../secret", "/etc/passwd", "parts/../../x", "..", "", "a\0b", "..\\x" } do
      local ok, err = pcall(env.render, env, "page.html", { x = name })
      assert.is_false(ok, name)
      assert.matches("is not inside of", err, 1, true)
    end
  end)

  it("ends templates that include or extend themselves", function()
    write("loop.html", "{% include 'loop.html' %}")
    assert.has_error(function() env:render("loop.html") end)
    write("loop.html", "{% extends 'loop.html' %}")
    local _, err = pcall(env.render, env, "loop.html")
    assert.matches("'loop.html' extends itself", err, 1, true)
  end)

  it("reads a file again once it changed, if that is asked for", function()
    write("page.html", "one")
    assert.equal("one", env:render("page.html"))
    write("page.html", "two!")
    assert.equal("two!", env:render("page.html"))
    reload = false
    write("page.html", "three")
    assert.equal("two!", env:render("page.html"))
  end)

  it("goes on with nothing when a file is taken away", function()
    write("page.html", "one")
    env:render("page.html")
    os.remove(folder .. "/page.html")
    assert.has_error(function() env:render("page.html") end)
  end)
end)
