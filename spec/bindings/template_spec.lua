-- The template language: what each construct prints, and what each mistake is told.
-- Straight on the embedded modules, without a server; that routes render templates is http_spec's.
-- Filters are template_filters_spec's, files template_files_spec's.

require "moonwire"
local template = require "moonwire.template"
local host = require "moonwire.template_host"

describe("templates", function()
  local env

  before_each(function()
    env = template.new { globals = { site = "Moonwire" }, auto_reload = function() return false end }
  end)

  local function show(text, vars) return env:render_string(text, vars) end
  local function complaint(text, vars)
    local ok, err = pcall(show, text, vars)
    assert.is_false(ok, "expected a complaint about " .. text)
    return err
  end

  -- what: { { template, variables, result }, … }
  local shown = {
    values = {
      { "{{ name }}", { name = "Ada" }, "Ada" },
      { "{{ nothing }}|{{ none }}", {}, "|" },
      { "{{ x }}", { x = host.null }, "" },
      { "{{ 3 }} {{ 1.5 }} {{ 'a' }} {{ \"b\" }} {{ true }} {{ 1_000 }} {{ 1e3 }}", {}, "3 1.5 a b true 1000 1000.0" },
      { "{{ 'it\\'s' }} {{ 'a\\nb' }} {{ 'a' 'b' }}", {}, "it&#39;s a\nb ab" },
      { "{{ user.name }} {{ user['name'] }} {{ list[1] }} {{ list[2].x }}", { user = { name = "Ada" },
        list = { 5, { x = 6 } } }, "Ada Ada 5 6" },
      { "{{ user.missing }}|{{ 'añb'[2] }}{{ 'abc'[-1] }}", { user = {} }, "|ñc" },
      { "{{ [1, 'a', none] | tojson }} {{ (1, 2) | length }} {{ {'a': [1]} | tojson }}", {},
        '[1,"a",null] 2 {"a":[1]}' },
      { "{{ f(1, 2) }} {{ t.f('x', n=2) }}", { f = function(a, b) return a + b end,
        t = { f = function(s, o) return s:rep(o.n) end } }, "3 xx" },
      { "{{ site }} {{ range(3) | join }} {{ range(1, 8, 3) | join(' ') }}", {}, "Moonwire 012 1 4 7" },
      { "{{ {'k': '<'} }}", {}, "{&#34;k&#34;:&#34;&lt;&#34;}" },
    },
    escaping = {
      { "{{ x }}", { x = [[<a href="#">&'</a>]] }, "&lt;a href=&#34;#&#34;&gt;&amp;&#39;&lt;/a&gt;" },
      { "{{ x | safe }} {{ x | e }} {{ x | safe | e }} {{ x | safe | forceescape }}", { x = "<b>" },
        "<b> &lt;b&gt; <b> &lt;b&gt;" },
      { "{{ x | safe | upper }} {{ x | safe ~ x }} {{ 'a' ~ 1 ~ nil }}", { x = "<b>" }, "<B> <b>&lt;b&gt; a1" },
      { "{{ ['<', '>' | safe] | join('&') }} {{ ['<', '>'] | join('&') }}", {}, "&lt;&amp;> &lt;&amp;&gt;" },
      { "{{ x | tojson }}", { x = "</script>'&" }, [["\u003c/script\u003e\u0027\u0026"]] },
      { "{{ x | safe | replace('b', '<i>') }}", { x = "<b>" }, "<&lt;i&gt;>" },
    },
    arithmetic = {
      { "{{ 1 + 2 * 3 }} {{ (1 + 2) * 3 }} {{ 7 / 2 }} {{ 7 // 2 }} {{ 7 % 3 }} {{ 2 ** 10 }} {{ -2 + 1 }}", {},
        "7 9 3.5 3 1 1024 -1" },
      { "{{ 10 - 2 - 3 }} {{ 100 // 5 // 2 }} {{ -3 | abs }} {{ (2 ** 0.5) | round(2) }}", {}, "5 10 3 1.41" },
      { "{{ 'a' + 'b' }} {{ ([1] + [2]) | join }} {{ 1 ~ (2 + 3) }}", {}, "ab 12 15" },
    },
    conditions = {
      { "{{ 1 < 2 }} {{ 2 <= 2 }} {{ 'a' > 'b' }} {{ 1 == 1.0 }} {{ 'a' != 'a' }} {{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }}", {},
        "true true false true false true false" },
      { "{{ 2 in [1, 2] }} {{ 'b' not in 'abc' }} {{ 'k' in t }} {{ 1 in nothing }}", { t = { k = 0 } },
        "true false true false" },
      { "{{ not a }} {{ a and b }} {{ a or b }} {{ b or a }} {{ '' or 0 or [] or 'x' }}", { a = 1, b = "" },
        "false  1 1 x" },
      { "{{ 'y' if a else 'n' }} {{ 'y' if b else 'n' }} {{ 'y' if b }}|", { a = 1 }, "y n |" },
      { "{% if 0 or '' or [] or {} or none or false %}y{% else %}n{% endif %}", {}, "n" },
      { "{% if x == 1 %}a{% elif x == 2 %}b{% elif x == 3 %}c{% else %}d{% endif %}", { x = 2 }, "b" },
      { "{{ x == none }} {{ y is none }} {{ x is defined }} {{ y is defined }} {{ y is not defined }}",
        { x = host.null }, "true true true false true" },
      { "{{ 3 is odd }} {{ 4 is divisibleby 2 }} {{ 9 is divisibleby(4) }} {{ 's' is string }}", {},
        "true true false true" },
      { "{{ [] is mapping }} {{ 'a' is sequence }} {{ f is callable }} {{ 'a' is upper }} {{ 1 is sameas 1 }}",
        { f = print }, "true true true false true" },
      { "{{ 1.5 is number }} {{ 2 is integer }} {{ 2 is eq 2 }} {{ 1 is lt(2) }} {{ 2 is in [1, 2] }}", {},
        "true true true true true" },
    },
    loops = {
      { "{% for x in xs %}{{ x }}{% if not loop.last %}, {% endif %}{% endfor %}", { xs = { "a", "b" } }, "a, b" },
      { "{% for x in xs %}{{ x }}{% else %}none{% endfor %}", { xs = {} }, "none" },
      { "{% for x in nothing %}x{% else %}none{% endfor %}", {}, "none" },
      { "{% for k, v in t %}{{ k }}={{ v }};{% endfor %}", { t = { b = 2, a = 1, c = 3 } }, "a=1;b=2;c=3;" },
      { "{% for i, x in xs %}{{ i }}{{ x }}{% endfor %}", { xs = { "a", "b" } }, "1a2b" },
      { "{% for name, n in xs %}{{ name }}{{ n }}{% endfor %}", { xs = { { "a", 3 }, { "b", 1 } } }, "a3b1" },
      { "{% for i, x in xs %}{{ i }}{{ x[1] }}{% endfor %}", { xs = { { 1, 2 }, { 1, 2, 3 } } }, "1121" },
      { "{% for i, x in xs %}{{ i }}{{ x.n }}{% endfor %}", { xs = { { n = 5 }, { n = 6 } } }, "1526" },
      { "{% for k in t %}{{ k }}{% endfor %}", { t = { b = 1, a = 1 } }, "ab" },
      { "{% for a, b, c in rows %}{{ a }}{{ b }}{{ c }} {% endfor %}", { rows = { { 1, 2, 3 }, { 4, 5, 6 } } },
        "123 456 " },
      { "{% for c in 'añ' %}[{{ c }}]{% endfor %}", {}, "[a][ñ]" },
      { "{% for x in xs if x > 1 %}{{ loop.index }}/{{ loop.length }}:{{ x }} {% endfor %}", { xs = { 1, 2, 3 } },
        "1/2:2 2/2:3 " },
      { "{% for x in [1,2,3] %}{{ loop.index0 }}{{ loop.revindex }}{{ loop.first }}{{ loop.cycle('a', 'b') }} "
        .. "{% endfor %}", {}, "03truea 12falseb 21falsea " },
      { "{% for x in [1,2] %}{{ loop.previtem }}<{{ loop.nextitem }}{{ loop.changed(x) }}{% endfor %}", {},
        "<2true1<true" },
      { "{% for x in [1,2] %}{% for y in [1,2] %}{{ loop.depth }}{{ x }}{{ y }} {% endfor %}{{ loop.depth }}"
        .. "{% endfor %}", {}, "211 212 1221 222 1" },
    },
    variables = {
      { "{% set x = 1 %}{{ x }}{% set a, b = 2, 3 %}{{ a }}{{ b }}{% set a, b = [4, 5] %}{{ a }}{{ b }}", {}, "12345" },
      { "{% set x = 1 %}{% for i in [1] %}{% set x = 2 %}{{ x }}{% endfor %}{{ x }}", {}, "21" },
      { "{% if true %}{% set x = 2 %}{% endif %}{{ x }}", { x = 1 }, "2" },
      { "{% set ns = namespace(n=0) %}{% for i in [1,2] %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}", {}, "3" },
      { "{% set x = none %}{{ x is none }}{{ x }}", { x = 1 }, "true" },
      { "{% set x %}<{{ y }}>{% endset %}{{ x }}", { y = "<" }, "<&lt;>" },
      { "{% set x | upper %}a{% endset %}{{ x }}", {}, "A" },
    },
    ["white space"] = {
      { "a  {{- 1 -}}  b", {}, "a1b" },
      { "a\n{%- if true -%}\n b \n{%- endif -%}\nc", {}, "abc" },
      { "a {#- no -#} b{# {{ x }} {% y %} #}", {}, "ab" },
      { "a\r\nb\n", {}, "a\nb" },
      { "a\n\n", {}, "a\n" },
      { "{% raw %}{{ x }}{% if %}{# #}{% endraw %}", {}, "{{ x }}{% if %}{# #}" },
      { "a {%- raw -%} {{ x }} {%- endraw -%} b", {}, "a{{ x }}b" },
      { "{{ {'a': {'b': 1}}.a.b }}", {}, "1" },
      { "{ { } } %} }} {x}", {}, "{ { } } %} }} {x}" },
    },
  }

  for what, cases in pairs(shown) do
    it("shows " .. what, function()
      for _, case in ipairs(cases) do assert.equal(case[3], show(case[1], case[2]), case[1]) end
    end)
  end

  -- { template, variables, what the complaint has in it }
  local complaints = {
    { "a\n\n{{ user.name }}", {}, "template string:3: 'user' is nil, so 'user.name' cannot be read" },
    { "{{ a.b.c }}", { a = {} }, "1: 'a.b' is nil, so 'a.b.c' cannot be read" },
    { "{{ n.x }}", { n = 5 }, "'n' is a number and has no fields" },
    { "{{ t[nothing] }}", { t = {} }, "'t[nothing]' looks up nil" },
    { "{{ 1 + x }}", {}, "'x' is nil, not a number" },
    { "{{ '1' * 2 }}", {}, "write | int or | float" },
    { "{{ 1 / 0 }}", {}, "nothing is divided by 0" },
    { "{{ x < 1 }}", {}, "'x' is nil and cannot be compared with '1'" },
    { "{{ f }}", { f = print }, "a function cannot be shown" },
    { "{{ f() }}", {}, "'f' is nil and cannot be called" },
    { "{{ d.append(1) }}", { d = {} }, "'d.append' is nil and cannot be called; lists are not changed in templates" },
    { "{% for x in 5 %}{% endfor %}", {}, "'5' is a number, and a loop needs a table" },
    { "{% for a, b, c in [1] %}{% endfor %}", {}, "cannot be taken apart into 3 values" },
    { "{% for x in [1] %}{{ loop.indx }}{% endfor %}", {}, "loop has no 'indx', did you mean 'index'?" },
    { "\n{{ x | uper }}", {}, "2: there is no filter 'uper', did you mean 'upper'?" },
    { "{{ xs | map('uper') | join }}", { xs = { 1 } }, "there is no filter 'uper', did you mean 'upper'?" },
    { "{{ x is definde }}", {}, "there is no test 'definde', did you mean 'defined'?" },
    { "{{ x | upper(1) }}", {}, "filter 'upper' takes no argument, not 1" },
    { "{{ x | join(sep='') }}", {}, "filter 'join' knows no 'sep'" },
    { "{% fro x in y %}", {}, "there is no tag 'fro', did you mean 'for'?" },
    { "\n{% if x %}\n", {}, "2: the if of line 2 is never closed: {% endif %} is missing" },
    { "{% for x in y %}{% endif %}", {}, "'endif' does not belong here: the for of line 1 is open" },
    { "{% endblock %}", {}, "'endblock' without block before it" },
    { "a\n{{ x", {}, "2: a tag is opened and never closed: }} is missing" },
    { "{# x", {}, "#} is missing" },
    { "{{ 'x }}", {}, "a string is not closed" },
    { "{% raw %}", {}, "{% endraw %} is missing" },
    { "{{ 1 + }}", {}, "expected a value, found '}}'" },
    { "{{ a b }}", {}, "expected '}}', found 'b'" },
    { "{{ 3x }}", {}, "'3x' is no number" },
    { "{{ a ? b }}", {}, "'?' has no meaning in a tag" },
    { "{% set loop = 1 %}", {}, "'loop' has a meaning of its own" },
    { "{% set a, b = 1, 2, 3 %}", {}, "2 names are set to 3 values" },
    { "{% set t.x = 1 %}", { t = {} }, "only a field of a namespace() can be set" },
    { "{{ super() }}", {}, "super() has a meaning only inside of a block" },
    { "{% block a %}{% endblock %}\n{% block a %}{% endblock %}", {}, "2: block 'a' is there already, in line 1" },
    { "{{ range('a') }}", {}, "template string:1: range wants whole numbers" },
    { "{{ t | tojson }}", { t = { x = 0 / 0 } }, "template string:1: this cannot be JSON: " },
  }

  it("says what is wrong, and where", function()
    for _, case in ipairs(complaints) do
      local err = complaint(case[1], case[2])
      assert.truthy(err:find(case[3], 1, true), ("%s\n  said     %s\n  expected %s"):format(case[1], err, case[3]))
      assert.truthy(err:find("^template string:%d+: "), err)
    end
  end)

  it("gives the error of a function that it calls the template's line", function()
    local function fails() error("no luck", 2) end
    assert.equal("template string:2: no luck", complaint("\n{{ f() }}", { f = fails }))
  end)

  it("runs no Lua", function()
    for _, text in ipairs { "{{ os.exit() }}", "{{ ('x').rep('y', 3) }}", "{{ ''.format }}", "{{ _G.print }}" } do
      complaint(text)
    end
    assert.equal("", show("{{ _G }}{{ print }}{{ R }}{{ state }}{{ __index }}"))
  end)

  it("does not keep every string that was ever rendered", function()
    for i = 1, 1000 do assert.equal(tostring(i), show("{{ " .. i .. " }}")) end
    assert.is_true(env.string_count <= 100)
  end)
end)
