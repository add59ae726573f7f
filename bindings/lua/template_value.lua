-- What a value is to a template: its text, its escaped text, whether it counts as true, how it compares.
-- Jinja's answers where a page would notice (an empty list is false), Lua's elsewhere (lists start at 1).
-- It knows nothing of tags; loops and lookups are template_runtime's.

local host = require "moonwire.template_host"

local value = {}

local null = host.null
local sources = {} -- the chunk names of compiled templates

-- Text that is HTML already and is not escaped again: what `| safe` and super() give.
local SAFE = { __tostring = function(self) return self.text end, __name = "safe text" }

---@param text string
function value.safe(text)
  return setmetatable({ text = text }, SAFE)
end

function value.is_safe(v)
  return type(v) == "table" and getmetatable(v) == SAFE
end

-- Makes complaints name the lines of this chunk.
function value.know_source(chunk_name)
  sources[chunk_name] = true
end

-- Raises `message` with the template and the line that is being rendered.
---@param message string
function value.complain(message, ...)
  if select("#", ...) > 0 then message = message:format(...) end
  local level = 2
  local info = debug.getinfo(level, "Sl")
  while info and not sources[info.source] do
    level = level + 1
    info = debug.getinfo(level, "Sl")
  end
  error(info and ("%s:%d: %s"):format(info.source:sub(2), info.currentline, message) or message, 0)
end

-- nil and null: what prints as nothing.
function value.is_nothing(v)
  return v == nil or v == null
end

-- "nil", "a number", "a list": for complaints.
function value.describe(v)
  if v == nil then return "nil" end
  if v == null then return "null" end
  if value.is_safe(v) then return "a string" end
  if type(v) == "userdata" then return "an object" end
  return "a " .. type(v)
end

-- v as JSON.
function value.json(v)
  local text, why = host.tojson(value.is_safe(v) and v.text or v)
  return text or value.complain("this cannot be JSON: %s", why)
end

-- The text that {{ v }} shows, before it is escaped. A table shows as JSON.
function value.text(v)
  local kind = type(v)
  if kind == "string" then return v end
  if value.is_nothing(v) then return "" end
  if kind == "number" or kind == "boolean" then return tostring(v) end
  local meta = getmetatable(v)
  if type(meta) == "table" and meta.__tostring then return tostring(v) end
  if kind == "table" then return value.json(v) end
  value.complain("%s cannot be shown%s", value.describe(v), kind == "function" and "; call it with ( )" or "")
end

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&#34;", ["'"] = "&#39;" }

---@param text string
function value.escape(text)
  return text:find("[&<>\"']") and (text:gsub("[&<>\"']", ENTITIES)) or text
end

-- What {{ v }} shows on a page.
function value.show(v)
  if type(v) == "number" then return tostring(v) end
  if value.is_safe(v) then return v.text end
  return value.escape(value.text(v))
end

-- nil, null, false, 0, "" and an empty table are false, as in Jinja.
function value.truth(v)
  if not v or v == null or v == 0 or v == "" then return false end
  if type(v) ~= "table" then return true end
  if getmetatable(v) == SAFE then return v.text ~= "" end
  local following, state, start = pairs(v)
  return following(state, start) ~= nil
end

function value.is_string(v)
  return type(v) == "string" or value.is_safe(v)
end

function value.equal(a, b)
  if value.is_safe(a) then a = a.text end
  if value.is_safe(b) then b = b.text end
  return a == b or value.is_nothing(a) and value.is_nothing(b)
end

-- a < b, for two numbers or two strings.
function value.less(a, b, what_a, what_b)
  if value.is_safe(a) then a = a.text end
  if value.is_safe(b) then b = b.text end
  if type(a) == type(b) and (type(a) == "number" or type(a) == "string") then
    return a < b
  end
  value.complain("'%s' is %s and cannot be compared with '%s', which is %s", what_a or "a value", value.describe(a),
    what_b or "a value", value.describe(b))
end

-- Is `a` less in the order of keys: numbers, then text, then the rest?
function value.key_less(a, b)
  if type(a) == type(b) and (type(a) == "number" or type(a) == "string") then return a < b end
  if type(a) == "number" or type(b) == "number" then return type(a) == "number" end
  return tostring(a) < tostring(b)
end

-- The keys of a table in an order that does not change from page to page.
function value.sorted_keys(t)
  local keys = {}
  for key in pairs(t) do keys[#keys + 1] = key end
  table.sort(keys, value.key_less)
  return keys
end

-- A list has values at 1..#t; an empty table is one too.
function value.is_list(v)
  if type(v) ~= "table" or value.is_safe(v) then return false end
  return #v > 0 or not value.truth(v)
end

-- The characters of a text, as a list; bytes where it is not UTF-8.
function value.characters(text)
  local list = {}
  for character in text:gmatch(utf8.len(text) and utf8.charpattern or ".") do list[#list + 1] = character end
  return list
end

-- `a in b`: an element of a list, a key of a table, a part of a text.
function value.contains(b, a, what)
  if value.is_string(b) then
    return value.text(b):find(value.text(a), 1, true) ~= nil
  end
  if value.is_nothing(b) then return false end
  if type(b) ~= "table" then
    value.complain("'%s' is %s, and nothing can be in it", what or "a value", value.describe(b))
  end
  if not value.is_list(b) then return b[value.is_safe(a) and a.text or a] ~= nil end
  for _, element in ipairs(b) do
    if value.equal(element, a) then return true end
  end
  return false
end

return value
