-- The methods of Python's dictionaries and strings that pages of Flask call: session.get('name'), name.upper().
-- So that a template can be taken over as it is; ours would be session.name and name | upper.
-- A function that a table has under the same name goes first.

local filters = require "moonwire.template_filters"
local formats = require "moonwire.template_format"
local loops = require "moonwire.template_loop"
local host = require "moonwire.template_host"
local runtime = require "moonwire.template_runtime"
local value = require "moonwire.template_value"

local methods = {}

local filter = filters.functions

local of_tables = {
  get = function(t, key, default)
    local v = t[value.is_safe(key) and key.text or key]
    if v == nil then return default end
    return v
  end,
  keys = function(t) return host.array(value.sorted_keys(t)) end,
  values = function(t)
    local list = {}
    for i, key in ipairs(value.sorted_keys(t)) do list[i] = t[key] end
    return host.array(list)
  end,
  items = function(t)
    local list = {}
    for i, key in ipairs(value.sorted_keys(t)) do list[i] = { key, t[key] } end
    return loops.pair_list(list)
  end,
}

local function text_of(v, method)
  if not value.is_string(v) then value.complain("%s wants a string, not %s", method, value.describe(v)) end
  return value.text(v)
end

local function split_at(text, separator)
  local list, from = {}, 1
  while true do
    local at, to = text:find(separator, from, true)
    list[#list + 1] = text:sub(from, at and at - 1)
    if not at then return host.array(list) end
    from = to + 1
  end
end

local function count(v, part)
  local text, found, from = value.text(v), 0, 1
  local at, to = text:find(text_of(part, "count"), from, true)
  while at and to >= at do
    found, from = found + 1, to + 1
    at, to = text:find(value.text(part), from, true)
  end
  return found
end

local of_strings = {
  upper = filter.upper, lower = filter.lower, title = filter.title, capitalize = filter.capitalize,
  strip = filter.trim, replace = filter.replace, count = count,
  lstrip = function(v) return (value.text(v):gsub("^%s+", "")) end,
  rstrip = function(v) return (value.text(v):gsub("%s+$", "")) end,
  zfill = function(v, width)
    local sign, digits = value.text(v):match("^([-+]?)(.*)$")
    return sign .. ("0"):rep((math.tointeger(width) or 0) - #sign - #digits) .. digits
  end,
  isdigit = function(v) return value.text(v):find("^%d+$") ~= nil end,
  format = function(v, ...) return formats.braces(v, table.pack(...)) end,
  join = function(separator, list) return filter.join(list, separator) end,
  startswith = function(v, start) return value.text(v):sub(1, #text_of(start, "startswith")) == value.text(start) end,
  endswith = function(v, ending)
    return text_of(ending, "endswith") == "" or value.text(v):sub(-#value.text(ending)) == value.text(ending)
  end,
  split = function(v, separator)
    local text = value.text(v)
    if separator ~= nil and text_of(separator, "split") ~= "" then return split_at(text, value.text(separator)) end
    local list = {}
    for word in text:gmatch("%S+") do list[#list + 1] = word end
    return host.array(list)
  end,
}

local function find(object, name)
  if value.is_string(object) then return of_strings[name] end
  if type(object) ~= "table" then return nil end
  local own = object[name]
  local meta = getmetatable(own)
  if type(own) == "function" or type(meta) == "table" and meta.__call then return nil end
  return of_tables[name]
end

-- What object.name(…) calls; the sources are for complaints, as those of runtime.get.
function methods.get(object, name, what, whole)
  local method = find(object, name)
  if method then
    return function(...) return method(object, ...) end
  elseif value.is_string(object) then
    value.complain("'%s' is a string and has no method '%s'; it has %s", what, name,
      table.concat(value.sorted_keys(of_strings), ", "))
  end
  return runtime.get(object, name, what, whole)
end

return methods
