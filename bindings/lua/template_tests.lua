-- The tests of templates, what stands behind `is`: defined, none, odd, divisibleby and so on, with Jinja's names.
-- Looked up when a template is compiled, so that a misspelt one is found before a page is served.
-- Each answers true or false for any value and raises nothing, but where it compares.

local runtime = require "moonwire.template_runtime"
local value = require "moonwire.template_value"

local tests = { functions = {}, signatures = {} }

local function define(name, params, test)
  tests.functions[name] = test
  tests.signatures[name] = { params = params, keywords = {} }
end

define("defined", {}, function(v) return v ~= nil end)
define("undefined", {}, function(v) return v == nil end)
define("none", {}, value.is_nothing)
define("true", {}, function(v) return v == true end)
define("false", {}, function(v) return v == false end)
define("boolean", {}, function(v) return type(v) == "boolean" end)
define("number", {}, function(v) return type(v) == "number" end)
define("integer", {}, function(v) return math.type(v) == "integer" end)
define("float", {}, function(v) return math.type(v) == "float" end)
define("string", {}, value.is_string)
define("safe", {}, value.is_safe)
define("escaped", {}, value.is_safe)
define("callable", {}, function(v) return type(v) == "function" end)
define("sequence", {}, function(v) return value.is_string(v) or value.is_list(v) end)
define("iterable", {}, function(v) return value.is_string(v) or type(v) == "table" end)
define("mapping", {}, function(v) return type(v) == "table" and not value.is_safe(v) and #v == 0 end)
define("odd", {}, function(v) return math.type(v) == "integer" and v % 2 == 1 end)
define("even", {}, function(v) return math.type(v) == "integer" and v % 2 == 0 end)
define("divisibleby", { "num" }, function(v, num)
  if type(num) ~= "number" or num == 0 then value.complain("'divisibleby' wants a number other than 0") end
  return type(v) == "number" and v % num == 0
end)
define("upper", {}, function(v) return value.is_string(v) and value.text(v) == value.text(v):upper() end)
define("lower", {}, function(v) return value.is_string(v) and value.text(v) == value.text(v):lower() end)
define("in", { "seq" }, function(v, seq) return value.contains(seq, v) end)
define("sameas", { "other" }, rawequal)

for _, name in ipairs { "eq", "equalto", "==" } do define(name, { "other" }, value.equal) end
for _, name in ipairs { "ne", "!=" } do
  define(name, { "other" }, function(a, b) return not value.equal(a, b) end)
end
for _, name in ipairs { "lt", "lessthan", "<" } do
  define(name, { "other" }, function(a, b) return runtime.less(a, b) end)
end
for _, name in ipairs { "gt", "greaterthan", ">" } do
  define(name, { "other" }, function(a, b) return runtime.less(b, a) end)
end
for _, name in ipairs { "le", "<=" } do
  define(name, { "other" }, function(a, b) return runtime.less_or_equal(a, b) end)
end
for _, name in ipairs { "ge", ">=" } do
  define(name, { "other" }, function(a, b) return runtime.less_or_equal(b, a) end)
end

return tests
