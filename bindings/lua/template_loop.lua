-- The {% for %} of templates: what it goes over, and the `loop` that its body can ask.
-- One variable gets elements or keys, two get key and value, as `for k, v in pairs(t)` does in Lua; keys come sorted.
-- A list of lists of two is taken apart, as in Jinja: pages have {% for name, score in leaders %}.
-- It does not run the body: the compiled template does.

local scopes = require "moonwire.template_scope"
local value = require "moonwire.template_value"
local host = require "moonwire.template_host"

local loops = {}

local complain, describe = value.complain, value.describe
local PAIRS = {} -- marks a list of { key, value } that `for k, v in` takes apart

-- A list of { key, value }, in order, as dictsort makes one.
function loops.pair_list(list)
  return setmetatable(list, PAIRS)
end

-- `list` made of what was in `origin`: still of pairs, if those were.
function loops.like(origin, list)
  return getmetatable(origin) == PAIRS and loops.pair_list(list) or host.array(list)
end

local function is_of_pairs(list)
  if getmetatable(list) == PAIRS then return true end
  for _, element in ipairs(list) do
    if not value.is_list(element) or #element ~= 2 then return false end
  end
  return true
end

local function rows_of_table(v, count)
  local rows, is_list = {}, value.is_list(v)
  if is_list and (count ~= 2 or is_of_pairs(v)) then
    return table.move(v, 1, #v, 1, rows)
  elseif is_list then
    for i, element in ipairs(v) do rows[i] = { i, element } end
    return rows
  end
  for i, key in ipairs(value.sorted_keys(v)) do rows[i] = count == 1 and key or { key, v[key] } end
  return rows
end

-- What a loop with `count` variables goes over, as a list: elements or keys for one, pairs for two, the elements
-- (lists themselves) for more. `keep(scope)` is the loop's filter or nil.
function loops.rows(v, count, what, scope, names, keep)
  local rows
  if value.is_nothing(v) then
    rows = {}
  elseif value.is_string(v) and count == 1 then
    rows = value.characters(value.text(v))
  elseif type(v) == "table" then
    rows = rows_of_table(v, count)
  else
    complain("'%s' is %s, and a loop needs a table", what, describe(v))
  end
  if not keep then return rows end
  local kept = {}
  for _, row in ipairs(rows) do
    local inner = scopes.open(scope)
    loops.bind(inner, names, row, what)
    if keep(inner) then kept[#kept + 1] = row end
  end
  return kept
end

-- Gives the loop's variables the values of one row.
function loops.bind(scope, names, row, what)
  if #names == 1 then
    scope[names[1]] = row
    return
  end
  if type(row) ~= "table" then
    complain("an element of '%s' is %s and cannot be taken apart into %d values", what, describe(row), #names)
  end
  for i, name in ipairs(names) do scopes.set(scope, name, row[i]) end
end

local loop_fields = {
  index0 = function(loop) return loop.index - 1 end,
  revindex = function(loop) return loop.length - loop.index + 1 end,
  revindex0 = function(loop) return loop.length - loop.index end,
  first = function(loop) return loop.index == 1 end,
  last = function(loop) return loop.index == loop.length end,
  depth0 = function(loop) return loop.depth - 1 end,
  previtem = function(loop) return loop._rows[loop.index - 1] end,
  nextitem = function(loop) return loop._rows[loop.index + 1] end,
  cycle = function(loop)
    return function(...)
      if select("#", ...) == 0 then complain("loop.cycle needs the values to go round in") end
      return (select((loop.index - 1) % select("#", ...) + 1, ...))
    end
  end,
  changed = function(loop)
    return function(v)
      local changed = not loop._seen or not value.equal(loop._seen[1], v)
      loop._seen = { v }
      return changed
    end
  end,
}
local LOOP_NAMES = { "index", "index0", "revindex", "revindex0", "first", "last", "length", "depth", "depth0",
  "previtem", "nextitem", "cycle", "changed" }

local LOOP = { __index = function(loop, key)
  if key == "_seen" then return nil end
  if loop_fields[key] then return loop_fields[key](loop) end
  complain("loop has no '%s'%s", tostring(key), host.suggest(tostring(key), LOOP_NAMES))
end, __name = "loop" }

function loops.start(rows, outer)
  local depth = getmetatable(outer) == LOOP and outer.depth + 1 or 1
  return setmetatable({ index = 0, length = #rows, depth = depth, _rows = rows }, LOOP)
end

return loops
