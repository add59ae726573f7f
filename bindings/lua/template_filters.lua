-- The filters of templates, what stands behind `|`: the table of all of them, and those that work on text.
-- Jinja's names, parameters and results; text is UTF-8, and a character is one however many bytes it takes.
-- upper, lower, title and capitalize change ASCII letters only. Filters on lists are in template_lists.

local formats = require "moonwire.template_format"
local lists = require "moonwire.template_lists"
local runtime = require "moonwire.template_runtime"
local tests = require "moonwire.template_tests"
local value = require "moonwire.template_value"
local host = require "moonwire.template_host"

local filters = { functions = {}, signatures = {} }

local complain = value.complain

-- `params` by position (or by name), `keywords` by name only; those come first in the call.
local function define(name, params, filter, keywords, variadic)
  filters.functions[name] = filter
  filters.signatures[name] = { params = params, keywords = keywords or {}, variadic = variadic }
end

-- A filter that makes text of text: safe text stays safe.
local function define_text(name, params, filter)
  define(name, params, function(v, ...)
    local text = filter(value.text(v), ...)
    return value.is_safe(v) and value.safe(text) or text
  end)
end

local function whole(v, default, name, param)
  if v == nil then return default end
  local number = math.tointeger(v)
  if not number then complain("%s wants a whole number for '%s', not %s", name, param, value.describe(v)) end
  return number
end

-- Escaping.

local function escape(v)
  return value.is_safe(v) and v or value.safe(value.escape(value.text(v)))
end

define("safe", {}, function(v) return value.safe(value.text(v)) end)
define("escape", {}, escape)
define("e", {}, escape)
define("forceescape", {}, function(v) return value.safe(value.escape(value.text(v))) end)

local SCRIPT_ESCAPES = { ["<"] = "\\u003c", [">"] = "\\u003e", ["&"] = "\\u0026", ["'"] = "\\u0027" }

-- Goes into a <script> or an attribute as it is.
define("tojson", {}, function(v)
  return value.safe((value.json(v):gsub("[<>&']", SCRIPT_ESCAPES)))
end)

local function urlencode_text(text, keep)
  return (text:gsub("[^%w%-._~" .. keep .. "]", function(c) return ("%%%02X"):format(c:byte()) end))
end

define("urlencode", {}, function(v)
  if type(v) ~= "table" or value.is_safe(v) then return urlencode_text(value.text(v), "/") end
  local parts = {}
  for i, key in ipairs(value.sorted_keys(v)) do
    parts[i] = urlencode_text(value.text(key), " ") .. "=" .. urlencode_text(value.text(v[key]), " ")
  end
  return (table.concat(parts, "&"):gsub(" ", "+"))
end)

-- Text.

define_text("upper", {}, string.upper)
define_text("lower", {}, string.lower)
define_text("capitalize", {}, function(text) return text:sub(1, 1):upper() .. text:sub(2):lower() end)
define_text("title", {}, function(text)
  return (text:gsub("[%w\128-\255']+", function(word) return word:sub(1, 1):upper() .. word:sub(2):lower() end))
end)
define_text("trim", { "chars" }, function(text, chars)
  local set = chars and "[" .. value.text(chars):gsub("%W", "%%%0") .. "]" or "%s"
  return (text:gsub("^" .. set .. "+", ""):gsub(set .. "+$", ""))
end)
define_text("striptags", {}, function(text)
  return (text:gsub("<!%-%-.-%-%->", ""):gsub("<[^>]*>", ""):gsub("%s+", " "):gsub("^ ", ""):gsub(" $", ""))
end)

local function replace(text, old, new, count)
  local parts, from = {}, 1
  while old ~= "" and count > 0 do
    local at, to = text:find(old, from, true)
    if not at then break end
    parts[#parts + 1] = text:sub(from, at - 1) .. new
    from, count = to + 1, count - 1
  end
  return table.concat(parts) .. text:sub(from)
end

define("replace", { "old", "new", "count" }, function(v, old, new, count)
  if value.is_safe(old) or value.is_safe(new) then v = escape(v) end
  local shown = value.is_safe(v) and value.show or value.text
  local text = replace(value.text(v), shown(old), shown(new), whole(count, math.huge, "replace", "count"))
  return value.is_safe(v) and value.safe(text) or text
end)

define_text("truncate", { "length", "killwords", "end", "leeway" }, function(text, length, killwords, ending, leeway)
  local characters = value.characters(text)
  length, ending = whole(length, 255, "truncate", "length"), ending and value.text(ending) or "..."
  if #characters <= length + whole(leeway, 5, "truncate", "leeway") then return text end
  local kept = table.concat(characters, "", 1, math.max(0, length - #value.characters(ending)))
  return (killwords and kept or kept:match("^(.*) ") or kept) .. ending
end)

define_text("indent", { "width", "first", "blank" }, function(text, width, first, blank)
  local margin = value.is_string(width) and value.text(width) or (" "):rep(whole(width, 4, "indent", "width"))
  local lines = text:gsub("\n([^\n]*)", function(line)
    return "\n" .. ((line ~= "" or blank) and margin or "") .. line
  end)
  return (first and margin or "") .. lines
end)

define_text("center", { "width" }, function(text, width)
  local missing = whole(width, 80, "center", "width") - #value.characters(text)
  local left = math.max(0, missing // 2)
  return (" "):rep(left) .. text .. (" "):rep(math.max(0, missing - left))
end)

define_text("wordwrap", { "width" }, function(text, width)
  local wrapped, used = {}, 0
  width = whole(width, 79, "wordwrap", "width")
  for space, word in text:gmatch("(%s*)(%S+)") do
    local breaks, length = space:find("\n", 1, true), #value.characters(word)
    if not breaks and used > 0 and used + #space + length > width then space, breaks = "\n", true end
    used = (breaks and 0 or used + #space) + length
    wrapped[#wrapped + 1] = space .. word
  end
  return table.concat(wrapped)
end)

define("wordcount", {}, function(v)
  local _, count = value.text(v):gsub("[%w\128-\255]+", "")
  return count
end)

local function join_items(shown, v, separator)
  local texts = {}
  for i, element in ipairs(v) do texts[i] = shown(element) end
  return table.concat(texts, shown(separator))
end

-- With safe text among them, the others are escaped and the whole is safe.
define("join", { "d", "attribute" }, function(v, separator, attribute)
  local items, any_safe = lists.items(v, "join"), value.is_safe(separator)
  if attribute ~= nil then items = lists.attributes(items, attribute) end
  for _, element in ipairs(items) do any_safe = any_safe or value.is_safe(element) end
  local text = join_items(any_safe and value.show or value.text, items, separator or "")
  return any_safe and value.safe(text) or text
end)

define("format", {}, function(v, ...) return formats.percent(v, table.pack(...)) end, nil, true)

-- Any value.

local function default(v, instead, boolean)
  if value.is_nothing(v) or boolean and not value.truth(v) then return instead == nil and "" or instead end
  return v
end

define("default", { "default_value", "boolean" }, default)
define("d", { "default_value", "boolean" }, default)
define("string", {}, function(v) return value.is_safe(v) and v or value.text(v) end)
define("attr", { "name" }, function(v, name) return runtime.get(v, name, "a value", "a value." .. value.text(name)) end)

local function length(v)
  if value.is_string(v) then return #value.characters(value.text(v)) end
  if value.is_nothing(v) then return 0 end
  if type(v) ~= "table" then complain("length wants text or a table, not %s", value.describe(v)) end
  return value.is_list(v) and #v or #value.sorted_keys(v)
end

define("length", {}, length)
define("count", {}, length)

-- Numbers.

local function number(v, name)
  if type(v) ~= "number" then complain("%s wants a number, not %s", name, value.describe(v)) end
  return v
end

local function to_number(v)
  return tonumber(value.is_safe(v) and v.text or v)
end

define("int", { "default", "base" }, function(v, instead, base)
  local text = value.is_string(v) and value.text(v):gsub("^%s*0[xXbBoO]", "")
  local converted = base and text and tonumber(text, base) or not base and to_number(v)
  local bounded = converted and converted == converted and math.abs(converted) < 2 ^ 63
  if not bounded then return instead or 0 end
  return math.type(converted) == "integer" and converted or math.tointeger(converted - math.fmod(converted, 1))
end)
define("float", { "default" }, function(v, instead)
  local converted = to_number(v)
  return converted and converted + 0.0 or instead or 0.0
end)
define("abs", {}, function(v) return math.abs(number(v, "abs")) end)
-- The nearest whole number; what is half way goes to the even one, as Python has it.
local function to_even(n)
  return tonumber(("%.0f"):format(n))
end

define("round", { "precision", "method" }, function(v, precision, method)
  local digits = whole(precision, 0, "round", "precision")
  local factor = 10.0 ^ digits
  local scaled = number(v, "round") * factor
  if method == "ceil" then return math.ceil(scaled) / factor end
  if method == "floor" then return math.floor(scaled) / factor end
  if method ~= nil and method ~= "common" then complain("round knows the methods common, ceil and floor") end
  if digits < 0 then scaled = to_even(scaled) / factor end
  if math.type(v) == "integer" then return digits < 0 and math.tointeger(scaled) or v end
  if digits < 0 then return scaled end
  return tonumber(("%." .. math.min(digits, 99) .. "f"):format(v)) + 0.0
end)

local UNITS = { "k", "M", "G", "T", "P", "E" }

define("filesizeformat", { "binary" }, function(v, binary)
  local base, bytes = binary and 1024 or 1000, number(v, "filesizeformat")
  if bytes == 1 then return "1 Byte" end
  if bytes < base then return ("%d Bytes"):format(bytes // 1 | 0) end
  local unit = 0
  while bytes >= base and unit < #UNITS do bytes, unit = bytes / base, unit + 1 end
  return ("%.1f %s"):format(bytes, binary and UNITS[unit]:upper() .. "iB" or UNITS[unit] .. "B")
end)

-- For map and select, which name another filter or test while the page is rendered.
local function find_named(known, kind)
  return function(name)
    local text = tostring(name)
    return known.functions[text]
        or complain("there is no %s '%s'%s", kind, text, host.suggest(text, value.sorted_keys(known.signatures)))
  end
end

lists.define(define, { filter = find_named(filters, "filter"), test = find_named(tests, "test") })

return filters
