-- Reads an expression of a template, `user.name | upper ~ "!"`, into a tree that the compiler turns into Lua.
-- Jinja's grammar and precedence; a parser of our own, because a template must not be able to run arbitrary Lua.
-- It does not know which filters and tests there are: the compiler does.
--
-- Nodes: { kind =, line =, src = } with, by kind:
--   const value · name name · index object key · slice object from to step · call callee args options ·
--   filter/test target name args options (negated) · no/neg operand · both/either left right ·
--   binary/compare op left right · concat items · choice cond yes no · list items · dict pairs { key, value }

local expression = {}

local RESERVED = { ["and"] = true, ["or"] = true, ["not"] = true, ["in"] = true, ["is"] = true, ["if"] = true,
  ["else"] = true }
local CONSTANTS = { ["true"] = true, ["True"] = true, ["false"] = false, ["False"] = false }
local COMPARISONS = { ["=="] = true, ["!="] = true, ["<"] = true, ["<="] = true, [">"] = true, [">="] = true }

local function node(cursor, first, fields)
  fields.line = cursor.tokens[first].line
  fields.src = cursor:source(first)
  return fields
end

-- (a, b, end="…") after a name; the opening bracket is taken. Values by position, then options by name.
local function parse_arguments(cursor)
  local args, options = {}, {}
  while not cursor:accept("operator", ")") do
    if cursor:is("name") and cursor:peek(1).kind == "operator" and cursor:peek(1).value == "=" then
      local name = cursor:next().value
      cursor:next()
      options[#options + 1] = { name = name, value = expression.parse(cursor) }
    elseif #options > 0 then
      cursor:fail("a value without a name cannot follow one with a name")
    else
      args[#args + 1] = expression.parse(cursor)
    end
    if not cursor:is("operator", ")") then
      cursor:expect("operator", ",", "',' or ')'")
    end
  end
  return args, options
end

local function parse_items(cursor, closer)
  local items = {}
  while not cursor:accept("operator", closer) do
    items[#items + 1] = expression.parse(cursor)
    if not cursor:is("operator", closer) then
      cursor:expect("operator", ",", "',' or '" .. closer .. "'")
    end
  end
  return items
end

local function parse_dict(cursor)
  local pairs_ = {}
  while not cursor:accept("operator", "}") do
    local key = expression.parse(cursor)
    cursor:expect("operator", ":")
    pairs_[#pairs_ + 1] = { key = key, value = expression.parse(cursor) }
    if not cursor:is("operator", "}") then
      cursor:expect("operator", ",", "',' or '}'")
    end
  end
  return pairs_
end

local function parse_group(cursor)
  local first = cursor.at
  if cursor:accept("operator", ")") then
    return { kind = "list", items = {} }
  end
  local inner = expression.parse(cursor)
  if cursor:is("operator", ",") then
    cursor.at = first
    return { kind = "list", items = parse_items(cursor, ")") }
  end
  cursor:expect("operator", ")", "',' or ')'")
  return inner
end

local function parse_string(cursor)
  local value = cursor:next().value
  while cursor:is("string") do
    value = value .. cursor:next().value
  end
  return { kind = "const", value = value }
end

local function parse_name(cursor)
  local name = cursor:peek().value
  if RESERVED[name] then
    cursor:unexpected("a value")
  end
  cursor:next()
  if CONSTANTS[name] ~= nil then return { kind = "const", value = CONSTANTS[name] } end
  if name == "none" or name == "None" then return { kind = "none" } end
  return { kind = "name", name = name }
end

local function parse_atom(cursor)
  local token = cursor:peek()
  if token.kind == "name" then return parse_name(cursor) end
  if token.kind == "string" then return parse_string(cursor) end
  if token.kind == "number" then return { kind = "const", value = cursor:next().value } end
  if cursor:accept("operator", "(") then return parse_group(cursor) end
  if cursor:accept("operator", "[") then return { kind = "list", items = parse_items(cursor, "]") } end
  if cursor:accept("operator", "{") then return { kind = "dict", pairs = parse_dict(cursor) } end
  cursor:unexpected("a value")
end

-- What stands between [ and ]: a key, or from:to:step, of which any may be left out.
local function parse_subscript(cursor, target)
  local from, to, step
  if not cursor:is("operator", ":") then from = expression.parse(cursor) end
  if not cursor:accept("operator", ":") then return { kind = "index", object = target, key = from } end
  if not cursor:is("operator", ":") and not cursor:is("operator", "]") then to = expression.parse(cursor) end
  if cursor:accept("operator", ":") and not cursor:is("operator", "]") then step = expression.parse(cursor) end
  return { kind = "slice", object = target, from = from, to = to, step = step }
end

-- .name, .1, [key], [from:to], (…) behind a value.
local function parse_postfix(cursor, first, target)
  while true do
    if cursor:accept("operator", ".") then
      local token = cursor:accept("number") or cursor:expect("name", nil, "a name after '.'")
      target = { kind = "index", object = target, key = { kind = "const", value = token.value } }
    elseif cursor:accept("operator", "[") then
      target = parse_subscript(cursor, target)
      cursor:expect("operator", "]")
    elseif cursor:accept("operator", "(") then
      local args, options = parse_arguments(cursor)
      target = { kind = "call", callee = target, args = args, options = options }
    else
      return target
    end
    node(cursor, first, target)
  end
end

local function parse_filter(cursor, target)
  local name = cursor:expect("name", nil, "the name of a filter after '|'").value
  local args, options = {}, {}
  if cursor:accept("operator", "(") then
    args, options = parse_arguments(cursor)
  end
  return { kind = "filter", target = target, name = name, args = args, options = options }
end

local function starts_value(cursor)
  local token = cursor:peek()
  return token.kind == "string" or token.kind == "number"
      or (token.kind == "name" and not RESERVED[token.value])
      or (token.kind == "operator" and (token.value == "[" or token.value == "{"))
end

-- `is defined`, `is divisibleby 3`, `is not in (1, 2)`.
local function parse_test(cursor, target)
  local negated = cursor:accept("name", "not") ~= nil
  local name = cursor:expect("name", nil, "the name of a test after 'is'").value
  local args, options = {}, {}
  if cursor:accept("operator", "(") then
    args, options = parse_arguments(cursor)
  elseif starts_value(cursor) then
    local first = cursor.at
    local atom = node(cursor, first, parse_atom(cursor))
    args = { parse_postfix(cursor, first, atom) }
  end
  return { kind = "test", target = target, name = name, args = args, options = options, negated = negated }
end

function expression.parse_filters(cursor, first, target)
  while true do
    if cursor:accept("operator", "|") then
      target = parse_filter(cursor, target)
    elseif cursor:accept("name", "is") then
      target = parse_test(cursor, target)
    else
      return target
    end
    node(cursor, first, target)
  end
end

local parse_signed

-- A value and the signs before it, without filters: in `-x | abs` the filter gets -x.
function parse_signed(cursor)
  local first = cursor.at
  if cursor:accept("operator", "-") then
    return node(cursor, first, { kind = "neg", operand = parse_signed(cursor) })
  end
  if cursor:accept("operator", "+") then
    return parse_signed(cursor)
  end
  return parse_postfix(cursor, first, node(cursor, first, parse_atom(cursor)))
end

local function parse_unary(cursor)
  local first = cursor.at
  return expression.parse_filters(cursor, first, parse_signed(cursor))
end

-- A run of operators of the same rank, from left to right.
local function parse_chain(cursor, parse_operand, operators)
  local first = cursor.at
  local left = parse_operand(cursor)
  while cursor:is("operator") and operators[cursor:peek().value] do
    local op = cursor:next().value
    left = node(cursor, first, { kind = "binary", op = op, left = left, right = parse_operand(cursor) })
  end
  return left
end

local POWERS = { ["**"] = true }
local PRODUCTS = { ["*"] = true, ["/"] = true, ["//"] = true, ["%"] = true }
local SUMS = { ["+"] = true, ["-"] = true }

local function parse_power(cursor)
  return parse_chain(cursor, parse_unary, POWERS)
end

local function parse_product(cursor)
  return parse_chain(cursor, parse_power, PRODUCTS)
end

local function parse_concat(cursor)
  local first = cursor.at
  local items = { parse_product(cursor) }
  while cursor:accept("operator", "~") do
    items[#items + 1] = parse_product(cursor)
  end
  return #items == 1 and items[1] or node(cursor, first, { kind = "concat", items = items })
end

local function parse_sum(cursor)
  return parse_chain(cursor, parse_concat, SUMS)
end

-- ==, <, …, `in` and `not in`; the operator is taken. Nil if there is none.
local function take_comparison(cursor)
  local token = cursor:peek()
  if token.kind == "operator" and COMPARISONS[token.value] then return cursor:next().value end
  if cursor:accept("name", "in") then return "in" end
  if token.kind == "name" and token.value == "not" and cursor:peek(1).value == "in" then
    cursor.at = cursor.at + 2
    return "not in"
  end
end

-- a < b < c means a < b and b < c.
local function parse_comparison(cursor)
  local first = cursor.at
  local left, whole = parse_sum(cursor), nil
  while true do
    local op = take_comparison(cursor)
    if not op then
      return whole or left
    end
    local right = parse_sum(cursor)
    local compared = node(cursor, first, { kind = "compare", op = op, left = left, right = right })
    whole = whole and node(cursor, first, { kind = "both", left = whole, right = compared }) or compared
    left = right
  end
end

local function parse_not(cursor)
  local first = cursor.at
  if cursor:accept("name", "not") then
    return node(cursor, first, { kind = "no", operand = parse_not(cursor) })
  end
  return parse_comparison(cursor)
end

local function parse_and(cursor)
  local first = cursor.at
  local left = parse_not(cursor)
  while cursor:accept("name", "and") do
    left = node(cursor, first, { kind = "both", left = left, right = parse_not(cursor) })
  end
  return left
end

local function parse_or(cursor)
  local first = cursor.at
  local left = parse_and(cursor)
  while cursor:accept("name", "or") do
    left = node(cursor, first, { kind = "either", left = left, right = parse_and(cursor) })
  end
  return left
end

-- One expression without `a if b else c`, as the list of a loop is.
expression.parse_plain = parse_or

-- One whole expression.
function expression.parse(cursor)
  local first = cursor.at
  local value = parse_or(cursor)
  while cursor:accept("name", "if") do
    local choice = { kind = "choice", yes = value, cond = parse_or(cursor) }
    if cursor:accept("name", "else") then
      choice.no = expression.parse(cursor)
    end
    value = node(cursor, first, choice)
  end
  return value
end

return expression
