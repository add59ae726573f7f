-- Turns an expression of a template into Lua code, text for the compiler to put together.
-- Filters and tests are looked up by name here, so that a wrong one is found before a page is served.
-- The code calls template_runtime for everything that may go wrong while a page is rendered. It runs nothing.

local filters = require "moonwire.template_filters"
local host = require "moonwire.template_host"
local lexer = require "moonwire.template_lexer"
local tests = require "moonwire.template_tests"
local value = require "moonwire.template_value"

local code = {}

local OPERATORS = { ["+"] = "add", ["-"] = "subtract", ["*"] = "multiply", ["/"] = "divide", ["//"] = "floor_divide",
  ["%"] = "modulo", ["**"] = "power" }

local values = {} -- node kind -> function(c, node): Lua code of its value

-- A Lua literal on one line.
function code.quote(v)
  return (("%q"):format(v):gsub("\\\n", "\\n"))
end

local quote = code.quote

local function fail(c, node, message, ...)
  lexer.fail(c.name, node.line, message:format(...))
end

-- The code of each of these nodes, as a list.
function code.list(c, nodes)
  local codes = {}
  for i, item in ipairs(nodes) do codes[i] = code.value(c, item) end
  return codes
end

function values.const(_, node)
  return quote(node.value)
end

function values.none()
  return "nil"
end

function values.held()
  return "held"
end

function values.caller()
  return "caller"
end

function values.name(c, node)
  if node.name == "self" then return "R.self(state,scope)" end
  if c.macro then c.macro[node.name] = true end
  return ("name(scope,%s)"):format(quote(node.name))
end

function values.index(c, node)
  return ("get(%s,%s,%s,%s)"):format(code.value(c, node.object), code.value(c, node.key),
    quote(node.object.src), quote(node.src))
end

function values.slice(c, node)
  local function place(part) return part and code.value(c, part) or "nil" end
  return ("R.slice(%s,%s,%s,%s,%s)"):format(code.value(c, node.object), quote(node.object.src), place(node.from),
    place(node.to), place(node.step))
end

-- What is called: of a.b(…), the field or a method of Python's.
local function compile_callee(c, node)
  if node.kind ~= "index" or node.key.kind ~= "const" then return code.value(c, node) end
  return ("P.get(%s,%s,%s,%s)"):format(code.value(c, node.object), quote(node.key.value), quote(node.object.src),
    quote(node.src))
end

local function compile_super(c, node)
  if not c.block then fail(c, node, "super() has a meaning only inside of a block") end
  return ("R.super(state,%s,level,scope)"):format(quote(c.block))
end

function values.call(c, node)
  if node.callee.kind == "name" and node.callee.name == "super" then
    return compile_super(c, node)
  end
  local callee, what, args = compile_callee(c, node.callee), quote(node.callee.src), code.list(c, node.args)
  if #node.options == 0 then
    return ("(R.callable(%s,%s)(%s))"):format(callee, what, table.concat(args, ","))
  end
  local fields = {}
  for i, option in ipairs(node.options) do
    fields[i] = ("[%s]=%s"):format(quote(option.name), code.value(c, option.value))
  end
  table.insert(args, 1, "{" .. table.concat(fields, ",") .. "}")
  return ("(M.call(%s,%s,%s))"):format(callee, what, table.concat(args, ","))
end

local function index_of(list, wanted)
  for i, element in ipairs(list) do
    if element == wanted then return i end
  end
end

-- The arguments of a filter or test in the order of its parameters; missing ones are nil.
local function compile_arguments(c, node, signature, kind)
  local args, last = code.list(c, node.args), #node.args
  if last > #signature.params and not signature.variadic then
    fail(c, node, "%s '%s' takes %s, not %d", kind, node.name,
      #signature.params == 0 and "no argument" or ("at most %d (%s)"):format(#signature.params,
        table.concat(signature.params, ", ")), last)
  end
  local named = {}
  for _, option in ipairs(node.options) do
    local keyword, at = index_of(signature.keywords, option.name), index_of(signature.params, option.name)
    if keyword then
      named[keyword] = code.value(c, option.value)
    elseif at and not args[at] then
      args[at], last = code.value(c, option.value), math.max(last, at)
    else
      fail(c, node, at and "%s '%s' has '%s' twice" or "%s '%s' knows no '%s'", kind, node.name, option.name)
    end
  end
  local codes = {}
  for i = 1, #signature.keywords do codes[i] = named[i] or "nil" end
  for i = 1, last do codes[#codes + 1] = args[i] or "nil" end
  return codes
end

local function compile_use(c, node, known, kind, access)
  local signature = known.signatures[node.name]
  if not signature then
    local names = value.sorted_keys(known.signatures)
    fail(c, node, "there is no %s '%s'%s", kind, node.name, host.suggest(node.name, names))
  end
  local codes = compile_arguments(c, node, signature, kind)
  table.insert(codes, 1, code.value(c, node.target))
  return ("(%s[%s](%s))"):format(access, quote(node.name), table.concat(codes, ","))
end

function values.filter(c, node)
  return compile_use(c, node, filters, "filter", "F")
end

function values.test(c, node)
  return (node.negated and "not " or "") .. compile_use(c, node, tests, "test", "T")
end

function values.neg(c, node)
  return ("R.negate(%s,%s)"):format(code.value(c, node.operand), quote(node.operand.src))
end

function values.binary(c, node)
  return ("R.%s(%s,%s,%s,%s)"):format(OPERATORS[node.op], code.value(c, node.left), code.value(c, node.right),
    quote(node.left.src), quote(node.right.src))
end

-- left, right, and the operands' sources behind them
local ORDERINGS = { ["<"] = { "less", false }, [">"] = { "less", true }, ["<="] = { "less_or_equal", false },
  [">="] = { "less_or_equal", true } }

function values.compare(c, node)
  local left, right = node.left, node.right
  local ordering = ORDERINGS[node.op]
  if ordering then
    if ordering[2] then left, right = right, left end
    return ("R.%s(%s,%s,%s,%s)"):format(ordering[1], code.value(c, left), code.value(c, right),
      quote(left.src), quote(right.src))
  end
  local negated = node.op == "!=" or node.op == "not in"
  local text
  if node.op == "==" or node.op == "!=" then
    text = ("R.equal(%s,%s)"):format(code.value(c, left), code.value(c, right))
  else
    text = ("R.contains(%s,%s,%s)"):format(code.value(c, right), code.value(c, left), quote(right.src))
  end
  return (negated and "not " or "") .. text
end

function values.concat(c, node)
  return ("R.concat(%s)"):format(table.concat(code.list(c, node.items), ","))
end

function values.no(c, node)
  return "not " .. code.condition(c, node.operand)
end

-- The right side of `and` and `or` is a function, because it is looked at only if the left side says so.
function values.both(c, node)
  return ("R.both(%s,function() return %s end)"):format(code.value(c, node.left), code.value(c, node.right))
end

function values.either(c, node)
  return ("R.either(%s,function() return %s end)"):format(code.value(c, node.left), code.value(c, node.right))
end

function values.choice(c, node)
  return ("R.choose(%s,function() return %s end,function() return %s end)"):format(code.condition(c, node.cond),
    code.value(c, node.yes), node.no and code.value(c, node.no) or "nil")
end

function values.list(c, node)
  return ("R.list(%d%s%s)"):format(#node.items, #node.items > 0 and "," or "",
    table.concat(code.list(c, node.items), ","))
end

function values.dict(c, node)
  local fields = {}
  for i, pair in ipairs(node.pairs) do
    fields[i] = ("[R.key(%s,%s)]=%s"):format(code.value(c, pair.key), quote(pair.key.src),
      code.value(c, pair.value))
  end
  return "{" .. table.concat(fields, ",") .. "}"
end

-- Lua code that has the node's value. `c` is the compiler's state: name for complaints, block that it is in.
function code.value(c, node)
  return values[node.kind](c, node)
end

local BOOLEAN = { no = true, compare = true, test = true }

-- Lua code that is true or false by Jinja's rules.
function code.condition(c, node)
  if node.kind == "both" or node.kind == "either" then
    return ("(%s %s %s)"):format(code.condition(c, node.left), node.kind == "both" and "and" or "or",
      code.condition(c, node.right))
  elseif BOOLEAN[node.kind] then
    return "(" .. code.value(c, node) .. ")"
  end
  return "truth(" .. code.value(c, node) .. ")"
end

return code
