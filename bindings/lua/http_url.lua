-- The names of routes, and URLs from names: mw.url_for.
-- A route's name (Flask's endpoint) is its option `endpoint`, or the fixed words of its rule joined by "_": "/" is
-- "index", "/login" is "login", "/user/<name>" and "/user" are "user", "/api/users/<int:id>" is "api_users".
-- Several routes may share a name: url_for takes the one whose parts are given. It matches no path: the router does.

local host = require "moonwire.template_host"
local native = require "moonwire.http_native"
local value = require "moonwire.template_value"

local url = {}

local SPECIAL = { _anchor = true, _external = true, _scheme = true }

-- The name of a rule that was given none.
---@param rule string
function url.endpoint(rule)
  local words = {}
  for word in rule:gsub("<[^>]*>", ""):gmatch("[%w_]+") do words[#words + 1] = word end
  return #words > 0 and table.concat(words, "_") or "index"
end

-- The parts of a rule: texts, and { name =, kind = } for each <kind:name>.
local function parse_rule(rule)
  local parts, at = {}, 1
  for from, inner, after in rule:gmatch("()<([^>]*)>()") do
    parts[#parts + 1] = rule:sub(at, from - 1)
    parts[#parts + 1] = { name = inner:match("([%w_]+)%s*$"), kind = inner:match("^%s*(%a+)") }
    at = after
  end
  parts[#parts + 1] = rule:sub(at)
  return parts
end

-- Adds a rule to a set's names.
function url.add(set, endpoint, rule)
  set.endpoints = set.endpoints or {}
  local rules = set.endpoints[endpoint] or {}
  set.endpoints[endpoint] = rules
  rules[#rules + 1] = { rule = rule, parts = parse_rule(rule) }
end

local function encode(text, keep)
  return (text:gsub("[^%w%-._~" .. keep .. "]", function(c) return ("%%%02X"):format(c:byte()) end))
end

local function missing_part(known, values)
  for _, part in ipairs(known.parts) do
    if type(part) == "table" and value.is_nothing(values[part.name]) then return part.name end
  end
end

local function count_parts(known)
  return #known.parts // 2
end

-- The rule with the most parts that all are given.
local function choose(rules, values)
  local best
  for _, known in ipairs(rules) do
    if not missing_part(known, values) and (not best or count_parts(known) > count_parts(best)) then best = known end
  end
  return best
end

local function fill(known, values, used)
  local texts = {}
  for i, part in ipairs(known.parts) do
    if type(part) == "table" then
      local text = value.text(values[part.name])
      if text == "" then native.fail(("url_for: '%s' of %s is empty"):format(part.name, known.rule)) end
      texts[i] = encode(text, part.kind == "path" and "/" or "")
      used[part.name] = true
    else
      texts[i] = encode(part, "/%%")
    end
  end
  return table.concat(texts)
end

local function query_of(values, used)
  local parts = {}
  for _, name in ipairs(value.sorted_keys(values)) do
    local given = values[name]
    if not used[name] and not SPECIAL[name] and not value.is_nothing(given) then
      for _, one in ipairs(value.is_list(given) and given or { given }) do
        parts[#parts + 1] = encode(value.text(name), "") .. "=" .. encode(value.text(one), "")
      end
    end
  end
  return #parts > 0 and "?" .. table.concat(parts, "&") or ""
end

local function fail_unknown(set, endpoint)
  local names = value.sorted_keys(set.endpoints or {})
  names[#names + 1] = "static"
  local meant = host.suggest(tostring(endpoint), names)
  if meant == "" then meant = '; a route gets a name by its option endpoint' end
  native.fail(("url_for: there is no route '%s' (there are %s)%s"):format(tostring(endpoint),
    table.concat(names, ", "), meant))
end

local function rules_of(set, endpoint)
  local rules = set.endpoints and set.endpoints[endpoint]
  if rules then return rules end
  if endpoint ~= "static" then fail_unknown(set, endpoint) end
  local rule = native.setting "static_url_path" .. "/<path:filename>"
  return { { rule = rule, parts = parse_rule(rule) } }
end

local function origin(request, values)
  return (values._scheme or request.is_secure and "https" or "http") .. "://" .. request.host
end

-- The URL of a route: values fill the parts of its rule, others become the query. As in Flask, `_external` gives the
-- whole URL, `_anchor` what follows "#".
---@param request table mw.request, for _external
function url.build(set, request, endpoint, values)
  if values ~= nil and type(values) ~= "table" then
    native.fail("url_for wants a table of values, not " .. value.describe(values))
  end
  values = values or {}
  local rules = rules_of(set, endpoint)
  local known, used = choose(rules, values), {}
  if not known then
    native.fail(("url_for: '%s' needs '%s' (its rule is %s)"):format(endpoint, missing_part(rules[1], values),
      rules[1].rule))
  end
  local built = fill(known, values, used) .. query_of(values, used)
  if values._anchor then built = built .. "#" .. encode(value.text(values._anchor), "/") end
  if values._external then built = origin(request, values) .. built end
  return built
end

return url
