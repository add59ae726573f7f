-- The filters of templates that work on lists: first, sort, map, groupby and so on, with Jinja's names and parameters.
-- They return new lists; a template cannot change what a handler gave it.
-- A list may also be a text (its characters) or a table (its keys, sorted), as in a loop.

local host = require "moonwire.template_host"
local loops = require "moonwire.template_loop"
local value = require "moonwire.template_value"

local lists = {}

local complain = value.complain

-- The elements of what a filter got, as a list that may be read and not changed.
function lists.items(v, name)
  if value.is_nothing(v) then return {} end
  if value.is_string(v) then return value.characters(value.text(v)) end
  if type(v) ~= "table" then complain("%s wants a list, not %s", name, value.describe(v)) end
  return value.is_list(v) and v or value.sorted_keys(v)
end

-- The field "a.b" of an element; nil where there is none.
local function field(element, path)
  for key in value.text(path):gmatch("[^.]+") do
    if type(element) ~= "table" then return nil end
    local found = element[key]
    if found == nil then found = element[math.tointeger(tonumber(key))] end
    element = found
  end
  return element
end

function lists.attributes(items, path, instead)
  local found = {}
  for i, element in ipairs(items) do
    local v = field(element, path)
    if v == nil then v = instead end
    found[i] = v == nil and host.null or v
  end
  return found
end

local function copy(items)
  return table.move(items, 1, #items, 1, {})
end

-- What elements are compared by: a field of theirs, without case unless asked.
local function keys_of(items, attribute, case_sensitive)
  local keys = {}
  for i, element in ipairs(items) do
    local key = element
    if attribute ~= nil then key = field(element, attribute) end
    if value.is_string(key) then key = case_sensitive and value.text(key) or value.text(key):lower() end
    keys[i] = key == nil and host.null or key
  end
  return keys
end

-- A merge sort: stable, as Python's is, which sort | sort relies on.
local function sorted(items, less)
  if #items < 2 then return items end
  local half = #items // 2
  local left = sorted(table.move(items, 1, half, 1, {}), less)
  local right = sorted(table.move(items, half + 1, #items, 1, {}), less)
  local merged, l, r = {}, 1, 1
  for i = 1, #items do
    if not right[r] or left[l] and not less(right[r], left[l]) then
      merged[i], l = left[l], l + 1
    else
      merged[i], r = right[r], r + 1
    end
  end
  return merged
end

local function sort_by(items, keys, reverse)
  local entries = {}
  for i, element in ipairs(items) do entries[i] = { key = keys[i], element = element } end
  entries = sorted(entries, function(a, b)
    if reverse then a, b = b, a end
    return value.less(a.key, b.key, "an element of the list", "another")
  end)
  for i, entry in ipairs(entries) do entries[i] = entry.element end
  return entries
end

local function extreme(items, keys, is_better)
  local best
  for i in ipairs(items) do
    if not best or is_better(keys[i], keys[best]) then best = i end
  end
  return best and items[best]
end

local function define_ends(define)
  define("first", {}, function(v) return lists.items(v, "first")[1] end)
  define("last", {}, function(v)
    local items = lists.items(v, "last")
    return items[#items]
  end)
  define("random", {}, function(v)
    local items = lists.items(v, "random")
    return #items > 0 and items[math.random(#items)] or nil
  end)
  define("list", {}, function(v) return loops.like(v, copy(lists.items(v, "list"))) end)
  define("reverse", {}, function(v)
    local items, turned = lists.items(v, "reverse"), {}
    for i, element in ipairs(items) do turned[#items - i + 1] = element end
    return value.is_string(v) and table.concat(turned) or loops.like(v, turned)
  end)
end

-- "score,name" in the order in which a stable sort goes by them: the last first. { false }: by the elements.
local function sort_names(attribute)
  if attribute == nil then return { false } end
  local names = {}
  for name in value.text(attribute):gmatch("[^,]+") do table.insert(names, 1, name) end
  return names
end

local function define_orders(define)
  define("sort", { "reverse", "case_sensitive", "attribute" }, function(v, reverse, case_sensitive, attribute)
    local items = lists.items(v, "sort")
    for _, name in ipairs(sort_names(attribute)) do
      items = sort_by(items, keys_of(items, name or nil, case_sensitive), reverse)
    end
    return loops.like(v, items)
  end)
  define("dictsort", { "case_sensitive", "by", "reverse" }, function(v, case_sensitive, by, reverse)
    if type(v) ~= "table" then complain("dictsort wants a table, not %s", value.describe(v)) end
    local rows = {}
    for i, key in ipairs(value.sorted_keys(v)) do rows[i] = { key, v[key] } end
    return loops.pair_list(sort_by(rows, keys_of(rows, by == "value" and "2" or "1", case_sensitive), reverse))
  end)
  define("items", {}, function(v)
    if value.is_nothing(v) then return {} end
    if type(v) ~= "table" then complain("items wants a table, not %s", value.describe(v)) end
    local rows = {}
    for i, key in ipairs(value.sorted_keys(v)) do rows[i] = { key, v[key] } end
    return loops.pair_list(rows)
  end)
  define("max", { "case_sensitive", "attribute" }, function(v, case_sensitive, attribute)
    local items = lists.items(v, "max")
    return extreme(items, keys_of(items, attribute, case_sensitive), function(a, b) return value.less(b, a) end)
  end)
  define("min", { "case_sensitive", "attribute" }, function(v, case_sensitive, attribute)
    local items = lists.items(v, "min")
    return extreme(items, keys_of(items, attribute, case_sensitive), function(a, b) return value.less(a, b) end)
  end)
end

local function define_groups(define)
  define("unique", { "case_sensitive", "attribute" }, function(v, case_sensitive, attribute)
    local items, seen, kept = lists.items(v, "unique"), {}, {}
    for i, key in ipairs(keys_of(items, attribute, case_sensitive)) do
      if not seen[key] then
        seen[key] = true
        kept[#kept + 1] = items[i]
      end
    end
    return kept
  end)
  define("groupby", { "attribute", "default" }, function(v, attribute, instead)
    local items = lists.items(v, "groupby")
    local keys = lists.attributes(items, attribute, instead)
    local rows, groups = {}, {}
    for i, key in ipairs(keys) do
      if not groups[key] then
        groups[key] = {}
        rows[#rows + 1] = { key, groups[key], grouper = key, list = groups[key] }
      end
      table.insert(groups[key], items[i])
    end
    return loops.pair_list(sort_by(rows, keys_of(rows, "grouper")))
  end)
  define("batch", { "linecount", "fill_with" }, function(v, count, fill)
    if math.type(count) ~= "integer" or count < 1 then complain("batch wants how many go into a row, at least 1") end
    local items, rows = lists.items(v, "batch"), {}
    for at = 1, #items, count do
      local row = table.move(items, at, math.min(at + count - 1, #items), 1, {})
      while fill ~= nil and #row < count do row[#row + 1] = fill end
      rows[#rows + 1] = row
    end
    return rows
  end)
  define("slice", { "slices", "fill_with" }, function(v, count, fill)
    if math.type(count) ~= "integer" or count < 1 then complain("slice wants how many columns, at least 1") end
    local items, columns, at = lists.items(v, "slice"), {}, 1
    for i = 1, count do
      local size = #items // count + (i <= #items % count and 1 or 0)
      columns[i] = table.move(items, at, at + size - 1, 1, {})
      at = at + size
      if fill ~= nil and #items % count > 0 and i > #items % count then table.insert(columns[i], fill) end
    end
    return columns
  end)
end

local function filter_items(v, name, is_wanted)
  local kept = {}
  for _, element in ipairs(lists.items(v, name)) do
    if is_wanted(element) then kept[#kept + 1] = element end
  end
  return loops.like(v, kept)
end

local function define_functional(define, find)
  define("map", {}, function(v, attribute, instead, name, ...)
    local items = lists.items(v, "map")
    if attribute ~= nil then return lists.attributes(items, attribute, instead) end
    if name == nil then complain("map wants the name of a filter, or attribute=") end
    local filter, mapped = find.filter(name), {}
    for i, element in ipairs(items) do
      local result = filter(element, ...)
      mapped[i] = result == nil and host.null or result
    end
    return mapped
  end, { "attribute", "default" }, true)
  define("sum", { "attribute", "start" }, function(v, attribute, start)
    local items, total = lists.items(v, "sum"), start or 0
    if attribute ~= nil then items = lists.attributes(items, attribute) end
    for _, element in ipairs(items) do
      if type(element) ~= "number" then complain("sum wants numbers, and one is %s", value.describe(element)) end
      total = total + element
    end
    return total
  end)
  for name, wanted in pairs { select = true, reject = false } do
    define(name, {}, function(v, test_name, ...)
      local test, args = test_name ~= nil and find.test(test_name) or value.truth, table.pack(...)
      return filter_items(v, name, function(element)
        return test(element, table.unpack(args, 1, args.n)) == wanted
      end)
    end, nil, true)
    define(name .. "attr", {}, function(v, attribute, test_name, ...)
      if attribute == nil then complain("%sattr wants the name of a field", name) end
      local test, args = test_name ~= nil and find.test(test_name) or value.truth, table.pack(...)
      return filter_items(v, name, function(element)
        return test(field(element, attribute), table.unpack(args, 1, args.n)) == wanted
      end)
    end, nil, true)
  end
end

-- Adds these filters to the table of all: define(name, params, filter, keywords, variadic). find.filter and find.test
-- find others by name, for map and select.
function lists.define(define, find)
  define_ends(define)
  define_orders(define)
  define_groups(define)
  define_functional(define, find)
end

return lists
