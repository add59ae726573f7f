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
      { "{{ '<\n>' | replace('\n', '<br>' | safe) }} {{ '<\n>' | replace('\n', '<br>') }}", {},
        "&lt;<br>&gt; &lt;&lt;br&gt;&gt;" },
      { "{{ 'foo bar baz' | truncate(7, leeway=0) }} {{ 'foo' | truncate(3) }} {{ 'foo bar' | truncate(4) }}", {},
        "foo... foo foo bar" },
      { "{{ 'foo bar baz' | truncate(8, true, '>', 0) }}", {}, "foo bar&gt;" },
      { "{{ 'ñandú' | length }} {{ 'ab cd  e' | wordcount }} {{ 'ab' | reverse }} {{ 'aé' | last }}", {}, "5 3 ba é" },
      { "{{ 'a b/c&d' | urlencode }} {{ {'q': 'a b', 'p': 1} | urlencode }}", {}, "a%20b/c%26d p=1&amp;q=a+b" },
      { "{{ '%s=%d %.1f%%' | format('n', 3, 0.5) }} {{ '<p>a  <b>b</b></p>' | striptags }}", {}, "n=3 0.5% a b" },
      { "{{ 'a\nb' | indent(2) }} {{ 'a\nb' | indent(2, true) }} {{ 'aa bb cc' | wordwrap(5) }}", {},
        "a\n  b   a\n  b aa bb\ncc" },
    },
    ["text with places for values"] = {
      { "{{ '%s=%d' % (n, 3) }} {{ '%.2f' % 3.14159 }} {{ '%05.1f|%+d|%x' % (-2.5, 3, 255) }} {{ '%d%%' % 50.0 }}",
        { n = "é" }, "é=3 3.14 -02.5|+3|ff 50%" },
      { "{{ '%5s|%-5s|%.1s' % ('é', 'b', 'cd') }}", {}, "    é|b    |c" },
      { "{{ '{} {}'.format(n, 2) }} {{ '{1}{0}'.format(1, 2) }} {{ '{n}!'.format(n=n) }} {{ '{{}}'.format() }}",
        { n = "é" }, "é 2 21 é! {}" },
      { "{{ '{:.2f} {:,} {:05d} {:+}'.format(3.14159, 1234567, 42, 7) }}", {}, "3.14 1,234,567 00042 +7" },
      { "{{ '{:>4}|{:<4}|{:^4}|{:*^5}'.format('a', 'é', 'c', 'd') }} {{ '{:>4}{:5.0%}'.format(7, 0.25) }}", {},
        "   a|é   | c  |**d**    7  25%" },
      { "{{ '<b>%s</b>' | safe | format('<') }} {{ '<%s>' | format('a') }} {{ ('<i>{}' | safe).format('&') }}", {},
        "<b>&lt;</b> &lt;a&gt; <i>&amp;" },
      { "{{ '*' * 3 }}{{ 2 * 'ab' }}{{ 'x' * 0 }} {{ ('<br>' | safe) * 2 }}", {}, "***abab <br><br>" },
    },
    ["slices"] = {
      { "{{ s[:3] }} {{ s[1:] }} {{ s[-2:] }} {{ s[::-1] }} {{ s[1:4:2] }} {{ s[9:] }}|{{ s[-1] }}", { s = "héllo" },
        "hél éllo lo olléh él |o" },
      { "{{ xs[:2] | join }} {{ xs[1:] | join }} {{ xs[-1:] | join }} {{ xs[::-1] | join }} {{ xs[-1] }}{{ xs[-9] }}",
        { xs = { 1, 2, 3 } }, "12 23 3 321 3" },
      { "{{ xs[n:n + 1] | join }} {{ xs[:] | length }} {{ {'a': 1}['a' if true else 'b'] }}",
        { xs = { 1, 2, 3 }, n = 1 }, "2 3 1" },
    },
    ["filters on numbers"] = {
      { "{{ '42' | int + 1 }} {{ 'x' | int }} {{ 'x' | int(7) }} {{ 3.9 | int }} {{ -3.9 | int }} "
        .. "{{ 'ff' | int(0, 16) }}", {}, "43 0 7 3 -3 255" },
      { "{{ '1.5' | float }} {{ 'x' | float }} {{ 2.5 | round }} {{ 2.345 | round(2, 'floor') }} "
        .. "{{ 2.1 | round(0, 'ceil') }}", {}, "1.5 0.0 2.0 2.34 3.0" },
      { "{{ 3.5 | round }} {{ -0.6 | round }} {{ 2.675 | round(2) }} {{ 125 | round(-1) }} {{ 7 | round }}", {},
        "4.0 -1.0 2.67 120 7" },
      { "{{ 1000 | filesizeformat }} {{ 1 | filesizeformat }} {{ 2048 | filesizeformat(true) }}", {},
        "1.0 kB 1 Byte 2.0 KiB" },
    },
    ["filters on lists"] = {
      { "{{ [3,1,2] | first }}{{ [3,1,2] | last }}{{ [] | first }} {{ [3,1,2] | length }} "
        .. "{{ [3,1,2] | sort | join }}", {}, "32 3 123" },
      { "{{ ['b','A','c'] | sort | join }} {{ ['b','A'] | sort(case_sensitive=true) | join }} "
        .. "{{ [1,2] | sort(reverse=true) | join }}", {}, "Abc Ab 21" },
      { "{{ us | sort(attribute='n,t') | map(attribute='t') | join }} "
        .. "{{ us | sort(reverse=true, attribute='n,t') | map(attribute='t') | join }}",
        { us = { { n = 2, t = "b" }, { n = 1, t = "c" }, { n = 2, t = "a" } } }, "cab bac" },
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
      { "{{ us | selectattr('n', '>=', 2) | map(attribute='n') | join }} {{ [1,2] | select('!=', 1) | join }}",
        { us = { { n = 1 }, { n = 2 } } }, "2 2" },
      { "{% for k, v in t | dictsort(by='value') | reverse | list %}{{ k }}{{ v }}{% endfor %} "
        .. "{% for k, v in (t | dictsort)[:1] %}{{ k }}{{ v }}{% endfor %} "
        .. "{% for k, v in t.items() | sort(reverse=true, attribute='2') %}{{ k }}{{ v }}{% endfor %}",
        { t = { b = 1, a = 2 } }, "a2b1 a2 a2b1" },
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
