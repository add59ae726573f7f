-- The filters of templates: what each gives for what, with Jinja's names and parameters.
-- The rest of the language is template_spec's.

require "moonwire"
local template = require "moonwire.template"

describe("templates' filters", function()
  -- { template, variables, result }
  local shown = {
    ["filters on text"] = {
      { "{{ 'aé' | upper }} {{ 'AB' | lower }} {{ 'hello wORLD' | title }} {{ 'hELLO' | capitalize }}", {},
        "Aé ab Hello World Hello" },
      { "[{{ '  a ' | trim }}] [{{ 'xxaxx' | trim('x') }}] [{{ 'ab' | center(6) }}]", {}, "[a] [a] [  ab  ]" },
      { "{{ 'aaa' | replace('a', 'b') }} {{ 'aaa' | replace('a', 'b', 2) }} {{ 'a.c' | replace('.', '%1') }}", {},
        "bbb bba a%1c" },
      { "{{ 'foo bar baz' | truncate(7, leeway=0) }} {{ 'foo' | truncate(3) }} {{ 'foo bar' | truncate(4) }}", {},
        "foo... foo foo bar" },
      { "{{ 'foo bar baz' | truncate(8, true, '>', 0) }}", {}, "foo bar&gt;" },
      { "{{ 'ñandú' | length }} {{ 'ab cd  e' | wordcount }} {{ 'ab' | reverse }} {{ 'aé' | last }}", {}, "5 3 ba é" },
      { "{{ 'a b/c&d' | urlencode }} {{ {'q': 'a b', 'p': 1} | urlencode }}", {}, "a%20b/c%26d p=1&amp;q=a%20b" },
      { "{{ '%s=%d %.1f%%' | format('n', 3, 0.5) }} {{ '<p>a  <b>b</b></p>' | striptags }}", {}, "n=3 0.5% a b" },
      { "{{ 'a\nb' | indent(2) }} {{ 'a\nb' | indent(2, true) }} {{ 'aa bb cc' | wordwrap(5) }}", {},
        "a\n  b   a\n  b aa bb\ncc" },
    },
    ["filters on numbers"] = {
      { "{{ '42' | int + 1 }} {{ 'x' | int }} {{ 'x' | int(7) }} {{ 3.9 | int }} {{ -3.9 | int }} "
        .. "{{ 'ff' | int(0, 16) }}", {}, "43 0 7 3 -3 255" },
      { "{{ '1.5' | float }} {{ 'x' | float }} {{ 2.5 | round }} {{ 2.345 | round(2, 'floor') }} "
        .. "{{ 2.1 | round(0, 'ceil') }}", {}, "1.5 0.0 3.0 2.34 3.0" },
      { "{{ 1000 | filesizeformat }} {{ 1 | filesizeformat }} {{ 2048 | filesizeformat(true) }}", {},
        "1.0 kB 1 Byte 2.0 KiB" },
    },
    ["filters on lists"] = {
      { "{{ [3,1,2] | first }}{{ [3,1,2] | last }}{{ [] | first }} {{ [3,1,2] | length }} "
        .. "{{ [3,1,2] | sort | join }}", {}, "32 3 123" },
      { "{{ ['b','A','c'] | sort | join }} {{ ['b','A'] | sort(case_sensitive=true) | join }} "
        .. "{{ [1,2] | sort(reverse=true) | join }}", {}, "Abc Ab 21" },
      { "{{ us | map(attribute='n') | join(',') }} {{ us | sort(attribute='n') | map(attribute='n') | join(',') }} "
        .. "{{ us | join(',', attribute='n') }}", { us = { { n = 2 }, { n = 1 } } }, "2,1 1,2 2,1" },
      { "{{ ['a','b'] | map('upper') | join }} {{ ['a.b'] | map('replace', '.', '-') | join }}", {}, "AB a-b" },
      { "{{ [1,2,3,4] | select('even') | join }} {{ [1,2,3] | reject('odd') | join }} {{ [0,1] | select | join }}", {},
        "24 2 1" },
      { "{{ us | selectattr('on') | map(attribute='n') | join }} "
        .. "{{ us | rejectattr('n', 'gt', 1) | map(attribute='n') | join }}",
        { us = { { n = 1, on = true }, { n = 2, on = false } } }, "1 1" },
      { "{{ [1,2] | sum }} {{ us | sum(attribute='n') }} {{ [1,5,3] | max }} {{ [2,1] | min }} "
        .. "{{ [1,1,2] | unique | join }}", { us = { { n = 1 }, { n = 2 } } }, "3 3 5 1 12" },
      { "{% for k, v in t | dictsort %}{{ k }}{{ v }}{% endfor %} "
        .. "{% for k, v in t | dictsort(by='value') %}{{ k }}{% endfor %}", { t = { b = 1, a = 2 } }, "a2b1 ba" },
      { "{% for team, members in us | groupby('t') %}{{ team }}:{{ members | map(attribute='n') | join(',') }} "
        .. "{% endfor %}", { us = { { n = 1, t = "b" }, { n = 2, t = "a" }, { n = 3, t = "b" } } }, "a:2 b:1,3 " },
      { "{% for row in [1,2,3] | batch(2, 0) %}[{{ row | join }}]{% endfor %}"
        .. "{% for c in [1,2,3] | slice(2) %}<{{ c | join }}>{% endfor %}", {}, "[12][30]<12><3>" },
      { "{{ x | default('d') }} {{ '' | default('d') }} {{ '' | d('d', true) }} {{ 'abc' | list | length }}", {},
        "d  d 3" },
    },
  }

  for what, cases in pairs(shown) do
    it("show what they should, as " .. what, function()
      local env = template.new { globals = {}, auto_reload = function() return false end }
      for _, case in ipairs(cases) do assert.equal(case[3], env:render_string(case[1], case[2]), case[1]) end
    end)
  end
end)
