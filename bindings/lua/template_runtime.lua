-- What the Lua code of a compiled template calls while it renders: names, fields, arithmetic, blocks, includes.
-- Every function gets the text of the expression it serves, so that a complaint names what the page's author wrote.
-- It reads no files: included and parent templates come from the environment. Loops are in template_loop.

local formats = require "moonwire.template_format"
local loops = require "moonwire.template_loop"
local scopes = require "moonwire.template_scope"
local value = require "moonwire.template_value"
local host = require "moonwire.template_host"

local runtime = { safe = value.safe, show = value.show, text = value.text, truth = value.truth, equal = value.equal,
  contains = value.contains, null = host.null, name = scopes.get, assign = scopes.set, open = scopes.open }

local complain, describe = value.complain, value.describe
local DEPTH_MAX = 50 -- templates that include one another
local NAMESPACE = { __name = "namespace" }

function runtime.namespace(fields)
  return setmetatable(fields or {}, NAMESPACE)
end

-- A scope for one round of a loop: `meta` says what is around it.
function runtime.inner(meta)
  return setmetatable({}, meta)
end

-- {% set a, b = … %}
function runtime.assign_all(scope, names, ...)
  for i, name in ipairs(names) do scopes.set(scope, name, (select(i, ...))) end
end

-- {% set ns.field = v %}
function runtime.assign_field(scope, name, field, v)
  local object = scopes.get(scope, name)
  if getmetatable(object) ~= NAMESPACE then
    complain("'%s' is %s; only a field of a namespace() can be set", name, describe(object))
  end
  object[field] = v
end

-- {% set a, b = v %}: v is a list of as many.
function runtime.unpack(v, count, what)
  if type(v) ~= "table" or #v ~= count then
    complain("'%s' is %s and cannot be taken apart into %d values", what,
      type(v) == "table" and "a list of " .. #v or describe(v), count)
  end
  return table.unpack(v, 1, count)
end

-- `and`, `or` and `if else` give one of their operands back, and look at the second only if they have to.
function runtime.both(a, more)
  if value.truth(a) then return more() end
  return a
end

function runtime.either(a, more)
  if value.truth(a) then return a end
  return more()
end

function runtime.choose(cond, yes, no)
  if cond then return yes() end
  return no()
end

-- [a, b]; nil has no place in a list, so it becomes null.
function runtime.list(count, ...)
  local list = { ... }
  for i = 1, count do
    if list[i] == nil then list[i] = host.null end
  end
  return host.array(list)
end

-- A key of a { } in the template.
function runtime.key(v, what)
  if value.is_nothing(v) or v ~= v then complain("'%s' is %s and cannot be a key", what, describe(v)) end
  return value.is_safe(v) and v.text or v
end

-- Some userdata hide their metatable from getmetatable, as mw.request does.
local function is_indexed(object)
  local meta = debug.getmetatable(object)
  return meta ~= nil and meta.__index ~= nil
end

-- object.key, object[key]; what is the source of the object, whole of the lookup.
function runtime.get(object, key, what, whole)
  local kind = type(object)
  if kind == "table" and not value.is_safe(object) then
    if key == nil then complain("'%s' looks up nil: what is between [ and ] is nil", whole) end
    local v = object[value.is_safe(key) and key.text or key]
    if v == nil and math.type(key) == "integer" and key <= 0 and #object > 0 then
      if key == 0 then complain("'%s' is nil: lists begin at 1, so the first one is %s[1]", whole, what) end
      return object[#object + 1 + key]
    end
    return v
  elseif value.is_nothing(object) then
    complain("'%s' is %s, so '%s' cannot be read", what, describe(object), whole)
  elseif kind == "userdata" and is_indexed(object) then
    return object[key]
  elseif value.is_string(object) and math.type(key) == "integer" then
    if key == 0 then complain("'%s' is nil: texts begin at 1, so the first character is %s[1]", whole, what) end
    local characters = value.characters(value.text(object))
    return characters[key < 0 and #characters + 1 + key or key]
  end
  complain("'%s' is %s and has no fields, so '%s' cannot be read", what, describe(object), whole)
end

local function whole_place(v, what)
  local place = math.tointeger(v)
  return place or complain("'%s' is cut at %s, not at a whole number", what, describe(v))
end

-- object[from:to:step], as in Python: the numbers count the places between elements, so [:3] has the first three.
function runtime.slice(object, what, from, to, step)
  local is_text = value.is_string(object)
  local items = is_text and value.characters(value.text(object)) or value.is_list(object) and object
  if not items then complain("'%s' is %s, and only lists and texts can be cut", what, describe(object)) end
  step = whole_place(step or 1, what)
  if step == 0 then complain("'%s' is cut in steps of 0", what) end
  local low, high = step > 0 and 0 or -1, step > 0 and #items or #items - 1
  local function place(v, default)
    if v == nil then return default end
    local at = whole_place(v, what)
    return math.max(low, math.min(high, at < 0 and at + #items or at))
  end
  local first, stop = place(from, step > 0 and low or high), place(to, step > 0 and high or low)
  local cut = {}
  for i = first, stop + (step > 0 and -1 or 1), step do cut[#cut + 1] = items[i + 1] end
  return is_text and table.concat(cut) or loops.like(object, cut)
end

-- What the methods of Python's are called here that template_methods does not have.
local LISTS, TABLES = "lists are not changed in templates", "tables are not changed in templates"
local METHODS = { append = LISTS, extend = LISTS, insert = LISTS, remove = LISTS, pop = TABLES, update = TABLES,
  clear = TABLES, strftime = "give the template the text that os.date makes",
  count = "write | length", len = "write | length", str = "write | string", enumerate = "in a loop, loop.index counts" }

-- Gives back what can be called, or says why it cannot.
function runtime.callable(f, what)
  local meta = type(f) ~= "function" and getmetatable(f)
  if type(f) == "function" or type(meta) == "table" and meta.__call then
    return f
  end
  local hint = METHODS[what:match("[%a_]+$")]
  complain("'%s' is %s and cannot be called%s", what, describe(f), hint and "; " .. hint or "")
end

-- Arithmetic.

local function number(v, what)
  if type(v) == "number" then return v end
  complain("'%s' is %s, not a number%s", what, describe(v), value.is_string(v) and "; write | int or | float" or "")
end

function runtime.add(a, b, what_a, what_b)
  if value.is_string(a) and value.is_string(b) then
    return runtime.concat(a, b)
  elseif type(a) == "table" and type(b) == "table" and value.is_list(a) and value.is_list(b) then
    return table.move(b, 1, #b, #a + 1, table.move(a, 1, #a, 1, {}))
  end
  return number(a, what_a) + number(b, what_b)
end

function runtime.subtract(a, b, what_a, what_b) return number(a, what_a) - number(b, what_b) end
-- '-' * 3; of what looks like a number, as a form's fields do, the page wants the product.
function runtime.multiply(a, b, what_a, what_b)
  if value.is_string(b) then a, b, what_a, what_b = b, a, what_b, what_a end
  if not value.is_string(a) or tonumber(value.text(a)) then return number(a, what_a) * number(b, what_b) end
  local times = math.tointeger(number(b, what_b)) or complain("'%s' times '%s' is no text", what_a, what_b)
  local text = value.text(a):rep(times)
  return value.is_safe(a) and value.safe(text) or text
end
function runtime.power(a, b, what_a, what_b)
  local result = number(a, what_a) ^ number(b, what_b)
  local whole = math.type(a) == "integer" and math.type(b) == "integer" and b >= 0
  return whole and math.tointeger(result) or result
end

local function divisor(v, what)
  if number(v, what) == 0 then complain("'%s' is 0, and nothing is divided by 0", what) end
  return v
end

function runtime.divide(a, b, what_a, what_b) return number(a, what_a) / divisor(b, what_b) end
function runtime.floor_divide(a, b, what_a, what_b) return number(a, what_a) // divisor(b, what_b) end
function runtime.modulo(a, b, what_a, what_b)
  if value.is_string(a) then
    return formats.percent(a, value.is_list(b) and table.pack(table.unpack(b)) or { b, n = 1 })
  end
  return number(a, what_a) % divisor(b, what_b)
end
function runtime.negate(a, what) return -number(a, what) end

function runtime.less(a, b, what_a, what_b) return value.less(a, b, what_a, what_b) end
function runtime.less_or_equal(a, b, what_a, what_b) return not value.less(b, a, what_b, what_a) end

-- a ~ b: with safe text among them, the others are escaped and the whole is safe.
function runtime.concat(...)
  local parts, any_safe = table.pack(...), false
  for i = 1, parts.n do any_safe = any_safe or value.is_safe(parts[i]) end
  for i = 1, parts.n do parts[i] = any_safe and value.show(parts[i]) or value.text(parts[i]) end
  local text = table.concat(parts, "", 1, parts.n)
  return any_safe and value.safe(text) or text
end

-- Templates within templates. A `state` is one template's rendering with its parents: { env =, base = scope of the
-- caller's variables, blocks = { [name] = functions, most derived first }, depth =, autoescape = }.

-- The text of {% set x %}…{% endset %}.
function runtime.captured(out, autoescape)
  local text = table.concat(out)
  return autoescape and value.safe(text) or text
end

local function capture(fn, ...)
  local out = {}
  fn(out, ...)
  return value.safe(table.concat(out))
end

function runtime.block(state, name, out, scope)
  state.blocks[name][1](out, scopes.open(scope), state, 1)
end

-- super(): the block as the parent template has it.
function runtime.super(state, name, level, scope)
  local parent = state.blocks[name][level + 1]
  if not parent then
    complain("block '%s' has no parent to take super() from", name)
  end
  return capture(parent, scopes.open(scope), state, level + 1)
end

-- self.title(): the block once more.
function runtime.self(state, scope)
  return setmetatable({}, { __index = function(_, name)
    if not state.blocks[name] then
      local names = value.sorted_keys(state.blocks)
      complain("there is no block '%s'%s", tostring(name), host.suggest(tostring(name), names))
    end
    return function() return capture(state.blocks[name][1], scopes.open(scope), state, 1) end
  end })
end

local function find_first(env, names)
  for _, name in ipairs(names) do
    local template = env:find(value.text(name))
    if template then return template end
  end
end

function runtime.check_depth(state)
  if state.depth >= DEPTH_MAX then
    complain("templates include one another more than %d deep", DEPTH_MAX)
  end
end

function runtime.include(state, out, scope, names, ignore_missing)
  runtime.check_depth(state)
  local list = value.is_list(names) and names or { names }
  local template = find_first(state.env, list)
  if template then
    state.env:run(template, scopes.open(scope), out, state.depth + 1)
  elseif not ignore_missing then
    complain("%s", state.env:missing(list))
  end
end

-- {% extends name %}: the parent, with its blocks behind those of its children.
function runtime.extend(state, name)
  local parent = state.env:find(value.text(name))
  if not parent then complain("%s", state.env:missing({ name })) end
  if state.seen[parent] then
    complain("'%s' extends itself, by way of its parents", value.text(name))
  end
  return parent
end

return runtime
