-- Turns the tree of a template into Lua functions: one for the template itself, one for each of its blocks.
-- The generated code has the line breaks of the template, so that Lua itself knows which line is being rendered.
-- Expressions are template_code's. It runs nothing.

local code = require "moonwire.template_code"
local filters = require "moonwire.template_filters"
local host = require "moonwire.template_host"
local loops = require "moonwire.template_loop"
local macros = require "moonwire.template_macros"
local methods = require "moonwire.template_methods"
local parser = require "moonwire.template_parser"
local runtime = require "moonwire.template_runtime"
local tests = require "moonwire.template_tests"
local value = require "moonwire.template_value"

local compiler = {}

local PRELUDE = "local R,L,F,T,M,P=... local name,get,show,text,truth=R.name,R.get,R.show,R.text,R.truth "

local quote = code.quote
local statements = {} -- node kind -> function(c, node): emits Lua code

-- Statements. They are emitted on the line on which they stand in the template.

local function emit(c, text, ...)
  if select("#", ...) > 0 then text = text:format(...) end
  c.code[#c.code + 1] = text
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
    emit(c, " out[#out+1]=%s(%s)", c.autoescape and "show" or "text", code.value(c, node.value))
  end
end

statements["if"] = function(c, node)
  for i, branch in ipairs(node.branches) do
    emit(c, " %s %s then", i == 1 and "if" or "elseif", code.condition(c, branch.cond))
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
  local keep = node.filter and ("function(scope) return %s end"):format(code.condition(c, node.filter)) or "nil"
  emit(c, " do local names=%s local rows=L.rows(%s,%d,%s,scope,names,%s)", quote_names(node.targets),
    code.value(c, node.items), #node.targets, quote(node.items.src), keep)
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
  local targets, codes = node.targets, code.list(c, node.values)
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
  emit(c, " R.assign(scope,%s,%s) end", quote(node.target), code.value(c, node.filters))
  c.silent = silent
end

-- The value of a macro: its body as a function, then what its call is checked against.
local function compile_macro(c, node)
  local silent, outer = c.silent, c.macro
  c.silent, c.macro = false, {}
  emit(c, "M.new(%s,function(scope) local out={}", quote(node.name))
  compile_body(c, node.body)
  emit(c, " return R.captured(out,%s) end,{", tostring(c.autoescape))
  for _, param in ipairs(node.params) do
    emit(c, "{name=%s,default=%s},", quote(param.name),
      param.default and ("function(scope) return %s end"):format(code.value(c, param.default)) or "nil")
  end
  emit(c, "},{varargs=%s,kwargs=%s,caller=%s},scope)", tostring(c.macro.varargs), tostring(c.macro.kwargs),
    tostring(c.macro.caller))
  c.silent, c.macro = silent, outer
end

function statements.macro(c, node)
  emit(c, " R.assign(scope,%s,", quote(node.name))
  compile_macro(c, node)
  emit(c, ")")
end

function statements.call(c, node)
  if c.silent then return end
  emit(c, " do local caller=")
  compile_macro(c, node)
  emit(c, " out[#out+1]=%s(%s) end", c.autoescape and "show" or "text", code.value(c, node.call))
end

local function import(c, node)
  return ("M.import(state,%s,%s)"):format(code.value(c, node.template), node.with_context and "scope" or "nil")
end

statements["import"] = function(c, node)
  emit(c, " R.assign(scope,%s,%s)", quote(node.name), import(c, node))
end

statements["from"] = function(c, node)
  emit(c, " do local module=%s", import(c, node))
  for _, pick in ipairs(node.picks) do
    emit(c, " R.assign(scope,%s,M.pick(module,%s,%s))", quote(pick.as), quote(pick.name), code.value(c, node.template))
  end
  emit(c, " end")
end

statements["with"] = function(c, node)
  emit(c, " do local inner=R.open(scope)")
  for i, name in ipairs(node.names) do
    emit(c, " R.assign(inner,%s,%s)", quote(name), code.value(c, node.values[i]))
  end
  emit(c, " local scope=inner")
  compile_body(c, node.body)
  emit(c, " end")
end

function statements.include(c, node)
  if not c.silent then
    emit(c, " R.include(state,out,%s,%s,%s)", node.isolated and "state.base" or "scope",
      code.value(c, node.names), tostring(node.ignore_missing or false))
  end
end

function statements.block(c, node)
  if not c.silent then emit(c, " R.block(state,%s,out,scope)", quote(node.name)) end
end

function statements.extends(c, node)
  emit(c, " local parent=R.extend(state,%s)", code.value(c, node.name))
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
  return chunk(runtime, loops, filters.functions, tests.functions, macros, methods)
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
