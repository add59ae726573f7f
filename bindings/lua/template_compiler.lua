-- Turns the tree of a template into Lua functions: one for the template itself, one for each of its blocks.
-- The generated code has the line breaks of the template, so that Lua itself knows which line is being rendered.
-- It looks filters and tests up by name, so that a wrong one is found before a page is served. It runs nothing.

local filters = require "moonwire.template_filters"
local loops = require "moonwire.template_loop"
local parser = require "moonwire.template_parser"
local runtime = require "moonwire.template_runtime"
local tests = require "moonwire.template_tests"
local value = require "moonwire.template_value"
local lexer = require "moonwire.template_lexer"
local host = require "moonwire.template_host"

local compiler = {}

local PRELUDE = "local R,L,F,T=... local name,get,show,text,truth=R.name,R.get,R.show,R.text,R.truth "
local OPERATORS = { ["+"] = "add", ["-"] = "subtract", ["*"] = "multiply", ["/"] = "divide", ["//"] = "floor_divide",
  ["%"] = "modulo", ["**"] = "power" }

local values = {}     -- node kind -> function(c, node): Lua code of its value
local statements = {} -- node kind -> function(c, node): emits Lua code
local compile_value, compile_condition

-- A Lua literal on one line.
local function quote(v)
  return (("%q"):format(v):gsub("\\\n", "\\n"))
end

local function fail(c, node, message, ...)
  lexer.fail(c.name, node.line, message:format(...))
end

-- Values.

local function compile_list(c, nodes)
  local codes = {}
  for i, item in ipairs(nodes) do codes[i] = compile_value(c, item) end
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

function values.name(_, node)
  if node.name == "self" then return "R.self(state,scope)" end
  return ("name(scope,%s)"):format(quote(node.name))
end

function values.index(c, node)
  return ("get(%s,%s,%s,%s)"):format(compile_value(c, node.object), compile_value(c, node.key),
    quote(node.object.src), quote(node.src))
end

local function compile_super(c, node)
  if not c.block then fail(c, node, "super() has a meaning only inside of a block") end
  return ("R.super(state,%s,level,scope)"):format(quote(c.block))
end

function values.call(c, node)
  if node.callee.kind == "name" and node.callee.name == "super" then
    return compile_super(c, node)
  end
  local args = compile_list(c, node.args)
  if #node.options > 0 then
    local fields = {}
    for i, option in ipairs(node.options) do
      fields[i] = ("[%s]=%s"):format(quote(option.name), compile_value(c, option.value))
    end
    args[#args + 1] = "{" .. table.concat(fields, ",") .. "}"
  end
  return ("(R.callable(%s,%s)(%s))"):format(compile_value(c, node.callee), quote(node.callee.src),
    table.concat(args, ","))
end

local function index_of(list, wanted)
  for i, element in ipairs(list) do
    if element == wanted then return i end
  end
end

-- The arguments of a filter or test in the order of its parameters; missing ones are nil.
local function compile_arguments(c, node, signature, kind)
  local args, last = compile_list(c, node.args), #node.args
  if last > #signature.params and not signature.variadic then
    fail(c, node, "%s '%s' takes %s, not %d", kind, node.name,
      #signature.params == 0 and "no argument" or ("at most %d (%s)"):format(#signature.params,
        table.concat(signature.params, ", ")), last)
  end
  local named = {}
  for _, option in ipairs(node.options) do
    local keyword, at = index_of(signature.keywords, option.name), index_of(signature.params, option.name)
    if keyword then
      named[keyword] = compile_value(c, option.value)
    elseif at and not args[at] then
      args[at], last = compile_value(c, option.value), math.max(last, at)
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
  table.insert(codes, 1, compile_value(c, node.target))
  return ("(%s[%s](%s))"):format(access, quote(node.name), table.concat(codes, ","))
end

function values.filter(c, node)
  return compile_use(c, node, filters, "filter", "F")
end

function values.test(c, node)
  return (node.negated and "not " or "") .. compile_use(c, node, tests, "test", "T")
end

function values.neg(c, node)
  return ("R.negate(%s,%s)"):format(compile_value(c, node.operand), quote(node.operand.src))
end

function values.binary(c, node)
  return ("R.%s(%s,%s,%s,%s)"):format(OPERATORS[node.op], compile_value(c, node.left), compile_value(c, node.right),
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
    return ("R.%s(%s,%s,%s,%s)"):format(ordering[1], compile_value(c, left), compile_value(c, right),
      quote(left.src), quote(right.src))
  end
  local negated = node.op == "!=" or node.op == "not in"
  local code
  if node.op == "==" or node.op == "!=" then
    code = ("R.equal(%s,%s)"):format(compile_value(c, left), compile_value(c, right))
  else
    code = ("R.contains(%s,%s,%s)"):format(compile_value(c, right), compile_value(c, left), quote(right.src))
  end
  return (negated and "not " or "") .. code
end

function values.concat(c, node)
  return ("R.concat(%s)"):format(table.concat(compile_list(c, node.items), ","))
end

function values.no(c, node)
  return "not " .. compile_condition(c, node.operand)
end

-- The right side of `and` and `or` is a function, because it is looked at only if the left side says so.
function values.both(c, node)
  return ("R.both(%s,function() return %s end)"):format(compile_value(c, node.left), compile_value(c, node.right))
end

function values.either(c, node)
  return ("R.either(%s,function() return %s end)"):format(compile_value(c, node.left), compile_value(c, node.right))
end

function values.choice(c, node)
  return ("R.choose(%s,function() return %s end,function() return %s end)"):format(compile_condition(c, node.cond),
    compile_value(c, node.yes), node.no and compile_value(c, node.no) or "nil")
end

function values.list(c, node)
  return ("R.list(%d%s%s)"):format(#node.items, #node.items > 0 and "," or "",
    table.concat(compile_list(c, node.items), ","))
end

function values.dict(c, node)
  local fields = {}
  for i, pair in ipairs(node.pairs) do
    fields[i] = ("[R.key(%s,%s)]=%s"):format(compile_value(c, pair.key), quote(pair.key.src),
      compile_value(c, pair.value))
  end
  return "{" .. table.concat(fields, ",") .. "}"
end

function compile_value(c, node)
  return values[node.kind](c, node)
end

local BOOLEAN = { no = true, compare = true, test = true }

-- Lua code that is true or false by Jinja's rules.
function compile_condition(c, node)
  if node.kind == "both" or node.kind == "either" then
    return ("(%s %s %s)"):format(compile_condition(c, node.left), node.kind == "both" and "and" or "or",
      compile_condition(c, node.right))
  elseif BOOLEAN[node.kind] then
    return "(" .. compile_value(c, node) .. ")"
  end
  return "truth(" .. compile_value(c, node) .. ")"
end

-- Statements. They are emitted on the line on which they stand in the template.

local function emit(c, code, ...)
  if select("#", ...) > 0 then code = code:format(...) end
  c.code[#c.code + 1] = code
end

local function compile_body(c, body)
  for _, node in ipairs(body) do
    if node.line > c.line then
      emit(c, (("\n"):rep(node.line - c.line)))
      c.line = node.line
    end
    statements[node.kind](c, node)
  end
end

function statements.text(c, node)
  if not c.silent then emit(c, " out[#out+1]=" .. quote(node.text)) end
end

function statements.output(c, node)
  if not c.silent then
    emit(c, " out[#out+1]=%s(%s)", c.autoescape and "show" or "text", compile_value(c, node.value))
  end
end

statements["if"] = function(c, node)
  for i, branch in ipairs(node.branches) do
    emit(c, " %s %s then", i == 1 and "if" or "elseif", compile_condition(c, branch.cond))
    compile_body(c, branch.body)
  end
  if node.otherwise then
    emit(c, " else")
    compile_body(c, node.otherwise)
  end
  emit(c, " end")
end

local function quote_names(names)
  local quoted = {}
  for i, name in ipairs(names) do quoted[i] = quote(name) end
  return "{" .. table.concat(quoted, ",") .. "}"
end

statements["for"] = function(c, node)
  local keep = node.filter and ("function(scope) return %s end"):format(compile_condition(c, node.filter)) or "nil"
  emit(c, " do local names=%s local rows=L.rows(%s,%d,%s,scope,names,%s)", quote_names(node.targets),
    compile_value(c, node.items), #node.targets, quote(node.items.src), keep)
  emit(c, " local loop=L.start(rows,name(scope,'loop')) local meta={__index=scope}")
  emit(c, " for i=1,#rows do local scope=R.inner(meta) L.bind(scope,names,rows[i],%s) scope.loop=loop loop.index=i",
    quote(node.items.src))
  compile_body(c, node.body)
  emit(c, " end")
  if node.otherwise then
    emit(c, " if #rows==0 then")
    compile_body(c, node.otherwise)
    emit(c, " end")
  end
  emit(c, " end")
end

function statements.set(c, node)
  local targets, codes = node.targets, compile_list(c, node.values)
  if node.field then
    emit(c, " R.assign_field(scope,%s,%s,%s)", quote(targets[1]), quote(node.field), codes[1])
    return
  end
  if #codes < #targets then
    codes = { ("R.unpack(%s,%d,%s)"):format(codes[1], #targets, quote(node.values[1].src)) }
  end
  emit(c, " R.assign_all(scope,%s,%s)", quote_names(targets), table.concat(codes, ","))
end

function statements.capture(c, node)
  local silent = c.silent
  c.silent = false
  emit(c, " do local out={}")
  compile_body(c, node.body)
  emit(c, " local held=R.captured(out,%s)", tostring(c.autoescape))
  emit(c, " R.assign(scope,%s,%s) end", quote(node.target), compile_value(c, node.filters))
  c.silent = silent
end

function statements.include(c, node)
  if not c.silent then
    emit(c, " R.include(state,out,%s,%s,%s)", node.isolated and "state.base" or "scope",
      compile_value(c, node.names), tostring(node.ignore_missing or false))
  end
end

function statements.block(c, node)
  if not c.silent then emit(c, " R.block(state,%s,out,scope)", quote(node.name)) end
end

function statements.extends(c, node)
  emit(c, " local parent=R.extend(state,%s)", compile_value(c, node.name))
end

-- Compiles one function; `first` is the line on which it begins.
local function compile_function(c, body, first)
  c.code, c.line = { PRELUDE, "return function(out,scope,state,level)", ("\n"):rep(first - 1) }, first
  compile_body(c, body)
  emit(c, c.returns .. " end")
  local chunk, err = load(table.concat(c.code), "@" .. c.name, "t", {})
  if not chunk then
    error(err, 0)
  end
  return chunk(runtime, loops, filters.functions, tests.functions)
end

-- { name =, root = function, blocks = { [name] = function } }. Each function writes text into the list `out`; the
-- root of a template that extends another returns that other. Raises "name:line: what" if the template is wrong.
---@param name string as it is shown in complaints
---@param text string
---@param autoescape boolean
function compiler.compile(name, text, autoescape)
  local tree = parser.parse(name, text, host.suggest)
  value.know_source("@" .. name)
  local compiled = { name = name, blocks = {} }
  local c = { name = name, autoescape = autoescape, returns = "" }
  for block_name, block in pairs(tree.blocks) do
    c.block = block_name
    compiled.blocks[block_name] = compile_function(c, block.body, block.line)
  end
  c.block, c.silent, c.returns = nil, tree.extends ~= nil, tree.extends and " return parent" or ""
  compiled.root = compile_function(c, tree.body, 1)
  return compiled
end

return compiler
