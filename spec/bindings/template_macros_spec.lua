-- Macros, their import from other files, {% call %} and {% with %}, and the methods of Python's that pages call.
-- As in Jinja, whose documentation these cases follow; what each mistake is told, too.

require "moonwire"
local template = require "moonwire.template"

local FILES = {
  ["forms.html"] = [[
{% set kind = "form" %}{% set _own = 1 %}
{%- macro field(name, value='', type='text') -%}
<input name="{{ name }}" value="{{ value }}" type="{{ type }}">
{%- endmacro %}
{%- macro whose() %}{{ site }}/{{ user }}{% endmacro %}]],
  ["base.html"] = "<{% block body %}{% endblock %}>",
  ["child.html"] = "{% extends 'base.html' %}{% macro m(x) %}[{{ x }}]{% endmacro %}"
    .. "{% block body %}{{ m(1) }}{% endblock %}",
  ["circle.html"] = "{% import 'circle.html' as c %}",
}

describe("macros", function()
  local env
  local folder = os.tmpname()

  setup(function()
    os.remove(folder)
    assert(os.execute("mkdir -p " .. folder))
    for name, text in pairs(FILES) do
      local file = assert(io.open(folder .. "/" .. name, "w"))
      file:write(text)
      file:close()
    end
  end)
  teardown(function() os.execute("rm -r " .. folder) end)
  before_each(function()
    env = template.new { folder = folder, globals = { site = "Moonwire" }, auto_reload = function() return false end }
  end)

  -- { template, variables, result }
  local shown = {
    ["have parameters with defaults, by position and by name"] = {
      { "{% macro f(a, b='x', c=b) %}{{ a }}{{ b }}{{ c }} {% endmacro %}"
        .. "{{ f(1) }}{{ f(1, 2) }}{{ f(1, c=3) }}{{ f(b=2) }}", {}, "1xx 122 1x3 22 " },
      { "{% macro f() %}{% endmacro f %}{{ f() }}|", {}, "|" },
    },
    ["escape what they show once"] = {
      { "{% macro f(x) %}<b>{{ x }}</b>{% endmacro %}{{ f('<') }}{{ f(f('&')) }}", {},
        "<b>&lt;</b><b><b>&amp;</b></b>" },
    },
    ["see what is around them, and keep what they set"] = {
      { "{% set y = 1 %}{% macro f() %}{{ y }}{{ name }}{% set y = 2 %}{{ y }}{% endmacro %}{{ f() }}{{ y }}",
        { name = "a" }, "1a21" },
      { "{% macro down(n) %}{{ n }}{% if n > 0 %}{{ down(n - 1) }}{% endif %}{% endmacro %}{{ down(3) }}", {}, "3210" },
      { "{% for x in [1, 2] %}{% macro f() %}{{ x }}{% endmacro %}{{ f() }}{% endfor %}", {}, "12" },
    },
    ["take what is beyond their parameters, if they use it"] = {
      { "{% macro f(a) %}{{ a }}:{{ varargs | join(',') }}:{{ kwargs.k }}{% endmacro %}"
        .. "{{ f(1, 2, 3, k=4) }}{{ f(1) }}", {}, "1:2,3:41::" },
    },
    ["are called with a body of text"] = {
      { "{% macro box(title) %}<{{ title }}>{{ caller() }}</>{% endmacro %}"
        .. "{% call box('t') %}a{{ 1 + 1 }}{% endcall %}", {}, "<t>a2</>" },
      { "{% macro each(xs) %}{% for x in xs %}{{ caller(x) }}{% endfor %}{% endmacro %}"
        .. "{% call(x) each([1, 2]) %}<{{ x }}>{% endcall %}", {}, "<1><2>" },
    },
    ["come from other files, which do not see the page's variables unless they are let"] = {
      { "{% import 'forms.html' as forms %}{{ forms.field('a', type='email') }}{{ forms.kind }}", {},
        '<input name="a" value="" type="email">form' },
      { "{% from 'forms.html' import whose, kind as k %}{{ whose() }}{{ k }}", { user = "ann" }, "Moonwire/form" },
      { "{% from 'forms.html' import whose with context %}{{ whose() }}", { user = "ann" }, "Moonwire/ann" },
      { "{% import 'forms.html' as forms %}{{ forms._own }}|", {}, "|" },
    },
    ["stand beside with, whose names end with it"] = {
      { "{% set a = 1 %}{% with a = 2, b = a %}{{ a }}{{ b }}{% endwith %}{{ a }}{{ b }}", {}, "211" },
      { "{% with %}{% set a = 1 %}{{ a }}{% endwith %}{{ a }}|", {}, "1|" },
    },
    ["stand beside the methods of Python's"] = {
      { "{{ d.get('a') }}{{ d.get('b', 2) }}{{ d.keys() | join }}{{ d.values() | join }}",
        { d = { a = 1, c = 3 } }, "12ac13" },
      { "{% for k, v in d.items() %}{{ k }}={{ v }} {% endfor %}{{ d.items() | length }}",
        { d = { b = 2, a = 1 } }, "a=1 b=2 2" },
      { "{{ d.get('x') }}", { d = { get = function(key) return "own " .. key end } }, "own x" },
      { "{{ s.upper() }}{{ s.replace('b', '<') }}{{ s.strip() }}{{ ' '.join(s.split(',')) }}{{ s.startswith('a') }}",
        { s = "a,b" }, "A,Ba,&lt;a,ba btrue" },
      { "[{{ ' a '.lstrip() }}] [{{ ' a '.rstrip() }}] {{ 'hello'.count('l') }} {{ '7'.zfill(3) }} {{ '7'.isdigit() }}",
        {}, "[a ] [ a] 2 007 true" },
      { "{{ ' a  b '.split() | length }}{{ 'ab'.endswith('b') }}{{ 'ab'.endswith('') }}{{ 'a b'.title() }}", {},
        "2truetrueA B" },
    },
  }

  for what, cases in pairs(shown) do
    it(what, function()
      for _, case in ipairs(cases) do assert.equal(case[3], env:render_string(case[1], case[2])) end
    end)
  end

  it("of a child are there in its blocks", function()
    assert.equal("<[1]>", env:render("child.html"))
  end)

  -- { template, what the complaint has in it }
  local complaints = {
    { "{% macro f(a) %}{% endmacro %}\n{{ f(1, 2) }}", "2: macro 'f' takes at most 1 (a), not 2" },
    { "{% macro f(name) %}{% endmacro %}{{ f(nam=1) }}", "macro 'f' has no 'nam', did you mean 'name'?" },
    { "{% macro f(a) %}{% endmacro %}{{ f(1, a=1) }}", "macro 'f' gets 'a' twice" },
    { "{% macro f() %}{% endmacro %}{% call f() %}x{% endcall %}", "macro 'f' never shows caller()" },
    { "{% macro f(a=1, b) %}{% endmacro %}", "'b' needs a default" },
    { "{% macro f(a) %}x", "the macro 'f' of line 1 is never closed: {% endmacro %} is missing" },
    { "{% call f %}{% endcall %}", "call wants a macro with its arguments" },
    { "{% from 'forms.html' import feld %}", "template 'forms.html' has no 'feld', did you mean 'field'?" },
    { "{% import 'form.html' as f %}", "template 'form.html' is not in" },
    { "{% import 'circle.html' as f %}", "templates include one another more than 50 deep" },
    { "{% import 'forms.html' %}", "expected 'as', found '%}'" },
    { "{% with a %}{% endwith %}", "expected '=', found '%}'" },
    { "{{ xs[0] }}", "'xs[0]' is nil: lists begin at 1, so the first one is xs[1]" },
    { "{{ 'a'[0] }}", "''a'[0]' is nil: texts begin at 1, so the first character is 'a'[1]" },
    { "{{ xs.append(1) }}", "'xs.append' is nil and cannot be called; lists are not changed in templates" },
    { "{{ len(xs) }}", "'len' is nil and cannot be called; write | length" },
    { "{{ 'a'.find('b') }}", "''a'' is a string and has no method 'find'; it has capitalize, count, endswith," },
    { "{{ 'a %s' % (1, 2) }}", "'a %s' has places for 1 values, not for 2" },
    { "{% if a = 1 %}{% endif %}", "'=' compares nothing; write ==" },
    { "{% if a %}{% else if b %}{% endif %}", "'else if' has no meaning; write elif" },
    { "{% if a && b %}{% endif %}", "'&' has no meaning in a tag; write and" },
    { "{{ a ? b : c }}", "'?' has no meaning in a tag; write yes if condition else no" },
    { "{{ 'a %d' % 'b' }}", "'%d' wants a number, not a string" },
    { "{{ 'a %y' % 1 }}", "format does not know '%y'" },
    { "{{ '{x}'.format(y=1) }}", "format has no value for '{x}'" },
    { "{{ '{:q}'.format(1) }}", "format does not know '{:q}'" },
    { "{{ '{0.x}'.format(1) }}", "format cannot read '{0.x}': a place is {}, {0}, {name} or {:.2f}" },
    { "{{ 5[1:] }}", "'5' is a number, and only lists and texts can be cut" },
    { "{{ xs['a':] }}", "'xs' is cut at a string, not at a whole number" },
  }

  it("say what is wrong, and where", function()
    for _, case in ipairs(complaints) do
      local ok, err = pcall(env.render_string, env, case[1], { xs = { 1 } })
      assert.is_false(ok, case[1])
      local said = ("%s\n  said     %s\n  expected %s"):format(case[1], err, case[2])
      assert.truthy(tostring(err):find(case[2], 1, true), said)
    end
  end)
end)
