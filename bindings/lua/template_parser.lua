-- Reads the tags of a template, {% if %}, {% for %}, {% block %} and so on, into a tree for the compiler.
-- Jinja's core, with Jinja's rules about what may stand where; complaints name the line and the tag that is open.
-- It evaluates nothing, and leaves expressions to the expression parser.
--
-- Nodes: { kind =, line = } with, by kind: text text · output value · if branches { cond, body } otherwise ·
-- for targets items filter body otherwise · set targets values · capture target filters body · include names
-- ignore_missing isolated · block name body · extends name · with names values body · macro name params body ·
-- call params body call · import template name with_context · from template picks with_context

local cursor = require "moonwire.template_cursor"
local expression = require "moonwire.template_expression"

local parser = {}

local tags = {} -- what follows {% NAME, by name
local parse_body

local TAG_NAMES = { "if", "for", "set", "with", "include", "extends", "block", "macro", "call", "import", "from",
  "raw" }
-- What a tag that cannot begin anything is a part of.
local PARTS = { ["elif"] = "if", ["else"] = "if or for", ["endif"] = "if", ["endfor"] = "for", ["endblock"] = "block",
  ["endset"] = "set", ["endraw"] = "raw", ["endwith"] = "with", ["endmacro"] = "macro", ["endcall"] = "call" }

local function close_tag(state)
  state.cursor:expect("%}", nil, "'%}'")
end

-- The nodes up to one of the tags in `stops` (a set of names), whose name is taken and returned.
local function parse_until(state, stops, opened)
  local depth = state.open
  state.open = opened
  local body, stop = parse_body(state, stops)
  state.open = depth
  return body, stop
end

tags["if"] = function(state, line)
  local opened = { tag = "if", ends = "endif", line = line }
  local branches, otherwise = {}, nil
  local stop = "elif"
  while stop == "elif" do
    local cond = expression.parse(state.cursor)
    if state.cursor:is("operator", "=") then state.cursor:fail("'=' compares nothing; write ==") end
    close_tag(state)
    local body
    body, stop = parse_until(state, { ["elif"] = true, ["else"] = true, ["endif"] = true }, opened)
    branches[#branches + 1] = { cond = cond, body = body }
  end
  if stop == "else" then
    if state.cursor:is("name", "if") then state.cursor:fail("'else if' has no meaning; write elif") end
    close_tag(state)
    otherwise = parse_until(state, { ["endif"] = true }, opened)
  end
  close_tag(state)
  return { kind = "if", branches = branches, otherwise = otherwise }
end

local function parse_target(state)
  local token = state.cursor:expect("name", nil, "the name of a variable")
  if token.value == "loop" or token.value == "self" or token.value == "super" then
    state.cursor:fail(("'%s' has a meaning of its own and cannot be set"):format(token.value), token.line)
  end
  return token.value
end

local function parse_targets(state)
  local bracket = state.cursor:accept("operator", "(")
  local targets = { parse_target(state) }
  while state.cursor:accept("operator", ",") do
    targets[#targets + 1] = parse_target(state)
  end
  if bracket then
    state.cursor:expect("operator", ")")
  end
  return targets
end

tags["for"] = function(state, line)
  local opened = { tag = "for", ends = "endfor", line = line }
  local made = { kind = "for", targets = parse_targets(state) }
  state.cursor:expect("name", "in")
  made.items = expression.parse_plain(state.cursor)
  if state.cursor:accept("name", "if") then
    made.filter = expression.parse(state.cursor)
  end
  close_tag(state)
  local stop
  made.body, stop = parse_until(state, { ["else"] = true, ["endfor"] = true }, opened)
  if stop == "else" then
    close_tag(state)
    made.otherwise = parse_until(state, { ["endfor"] = true }, opened)
  end
  close_tag(state)
  return made
end

-- {% set x %}…{% endset %}: the text between is the value.
local function parse_capture(state, target, line)
  local held = { kind = "held" }
  local filters = expression.parse_filters(state.cursor, state.cursor.at, held)
  close_tag(state)
  local body = parse_until(state, { ["endset"] = true }, { tag = "set", ends = "endset", line = line })
  close_tag(state)
  return { kind = "capture", target = target, filters = filters, body = body }
end

local function parse_values(state)
  local values = { expression.parse(state.cursor) }
  while state.cursor:accept("operator", ",") do
    values[#values + 1] = expression.parse(state.cursor)
  end
  return values
end

tags["set"] = function(state, line)
  local targets = parse_targets(state)
  local made = { kind = "set", targets = targets }
  if state.cursor:accept("operator", ".") then
    made.field = state.cursor:expect("name", nil, "a name after '.'").value
  elseif #targets == 1 and not state.cursor:is("operator", "=") then
    return parse_capture(state, targets[1], line)
  end
  state.cursor:expect("operator", "=")
  made.values = parse_values(state)
  if #made.values ~= #targets and #made.values ~= 1 then
    state.cursor:fail(("%d names are set to %d values"):format(#targets, #made.values), line)
  end
  close_tag(state)
  return made
end

-- {% with a = 1, b = 2 %}: names that end with the block.
tags["with"] = function(state, line)
  local made = { kind = "with", names = {}, values = {} }
  while not state.cursor:is("%}") do
    made.names[#made.names + 1] = parse_target(state)
    state.cursor:expect("operator", "=")
    made.values[#made.values + 1] = expression.parse(state.cursor)
    if not state.cursor:is("%}") then state.cursor:expect("operator", ",", "',' or '%}'") end
  end
  close_tag(state)
  made.body = parse_until(state, { ["endwith"] = true }, { tag = "with", ends = "endwith", line = line })
  close_tag(state)
  return made
end

-- (name, name=default, …)
local function parse_parameters(state)
  local params = {}
  state.cursor:expect("operator", "(")
  while not state.cursor:accept("operator", ")") do
    local param = { name = parse_target(state) }
    if state.cursor:accept("operator", "=") then
      param.default = expression.parse(state.cursor)
    elseif #params > 0 and params[#params].default then
      state.cursor:fail(("'%s' needs a default, because the parameter before it has one"):format(param.name))
    end
    params[#params + 1] = param
    if not state.cursor:is("operator", ")") then state.cursor:expect("operator", ",", "',' or ')'") end
  end
  return params
end

-- The body up to {% endmacro %} or {% endcall %}; Jinja lets the name be said once more.
local function parse_macro_body(state, made, ends, line)
  close_tag(state)
  made.body = parse_until(state, { [ends] = true }, { tag = ("%s '%s'"):format(made.kind, made.name), ends = ends,
    line = line })
  state.cursor:accept("name", made.name)
  close_tag(state)
  return made
end

tags["macro"] = function(state, line)
  local name = parse_target(state)
  return parse_macro_body(state, { kind = "macro", name = name, params = parse_parameters(state) }, "endmacro", line)
end

-- {% call panel('x') %}…{% endcall %}: what stands between is what the macro shows as caller().
tags["call"] = function(state, line)
  local made = { kind = "call", name = "caller", params = {} }
  if state.cursor:is("operator", "(") then made.params = parse_parameters(state) end
  made.call = expression.parse(state.cursor)
  if made.call.kind ~= "call" then
    state.cursor:fail("call wants a macro with its arguments, as in {% call panel('title') %}", line)
  end
  table.insert(made.call.options, { name = "caller", value = { kind = "caller" } })
  return parse_macro_body(state, made, "endcall", line)
end

-- with context, without context: may the other template see the variables of this one? True, false, or nil.
local function parse_context(state)
  local with = state.cursor:accept("name", "with") or state.cursor:accept("name", "without")
  if not with then return nil end
  state.cursor:expect("name", "context")
  return with.value == "with"
end

tags["import"] = function(state)
  local made = { kind = "import", template = expression.parse(state.cursor) }
  state.cursor:expect("name", "as")
  made.name = parse_target(state)
  made.with_context = parse_context(state)
  close_tag(state)
  return made
end

tags["from"] = function(state)
  local made = { kind = "from", template = expression.parse(state.cursor), picks = {} }
  state.cursor:expect("name", "import")
  repeat
    local name = parse_target(state)
    local as = state.cursor:accept("name", "as") and parse_target(state)
    made.picks[#made.picks + 1] = { name = name, as = as or name }
  until not state.cursor:accept("operator", ",")
  made.with_context = parse_context(state)
  close_tag(state)
  return made
end

tags["include"] = function(state)
  local made = { kind = "include", names = expression.parse(state.cursor) }
  if state.cursor:accept("name", "ignore") then
    state.cursor:expect("name", "missing")
    made.ignore_missing = true
  end
  made.isolated = parse_context(state) == false
  close_tag(state)
  return made
end

tags["extends"] = function(state, line)
  if state.open then
    state.cursor:fail(("extends cannot stand inside of the %s of line %d")
      :format(state.open.tag, state.open.line), line)
  end
  if state.extends then
    state.cursor:fail(("a template extends one other, and line %d says which"):format(state.extends.line), line)
  end
  state.extends = { kind = "extends", name = expression.parse(state.cursor), line = line }
  close_tag(state)
  return state.extends
end

tags["block"] = function(state, line)
  local name = state.cursor:expect("name", nil, "the name of the block").value
  if state.blocks[name] then
    state.cursor:fail(("block '%s' is there already, in line %d"):format(name, state.blocks[name].line), line)
  end
  state.cursor:accept("name", "scoped")
  close_tag(state)
  local made = { kind = "block", name = name, line = line }
  state.blocks[name] = made
  local opened = { tag = "block '" .. name .. "'", ends = "endblock", line = line }
  made.body = parse_until(state, { ["endblock"] = true }, opened)
  if state.cursor:is("name") and not state.cursor:accept("name", name) then
    state.cursor:fail(("the block that ends here is '%s', not '%s'"):format(name, state.cursor:peek().value))
  end
  close_tag(state)
  return made
end

local function fail_unknown_tag(state, token)
  local name = tostring(token.value)
  if state.open and PARTS[name] then
    state.cursor:fail(("'%s' does not belong here: the %s of line %d is open and wants '%s' first")
      :format(name, state.open.tag, state.open.line, state.open.ends), token.line)
  elseif PARTS[name] then
    state.cursor:fail(("'%s' without %s before it"):format(name, PARTS[name]), token.line)
  end
  state.cursor:fail(("there is no tag '%s'%s; the tags are %s")
    :format(name, state.suggest(name, TAG_NAMES), table.concat(TAG_NAMES, ", ")), token.line)
end

-- One {% … %}; the opening bracket is taken. Returns a node, or nil and the name of the stop.
local function parse_tag(state, stops)
  local token = state.cursor:expect("name", nil, "the name of a tag")
  if stops[token.value] then
    return nil, token.value
  end
  if not tags[token.value] then
    fail_unknown_tag(state, token)
  end
  local made = tags[token.value](state, token.line)
  made.line = token.line
  return made
end

local function parse_output(state)
  local made = { kind = "output", value = expression.parse(state.cursor) }
  state.cursor:expect("}}", nil, "'}}'")
  return made
end

local function fail_unclosed(state)
  state.cursor:fail(("the %s of line %d is never closed: {%% %s %%} is missing")
    :format(state.open.tag, state.open.line, state.open.ends), state.open.line)
end

function parse_body(state, stops)
  local body = {}
  while true do
    local token = state.cursor:next()
    local made, stop
    if token.kind == "text" then
      made = { kind = "text", text = token.value }
    elseif token.kind == "{{" then
      made = parse_output(state)
    elseif token.kind == "end" then
      if state.open then fail_unclosed(state) end
      return body
    else
      made, stop = parse_tag(state, stops)
      if stop then return body, stop end
    end
    made.line = made.line or token.line
    body[#body + 1] = made
  end
end

-- The tree of a template: { body =, blocks = { [name] = node }, extends = node or nil }.
-- `name` is for complaints; suggest(word, names) gives ", did you mean 'x'?" or "".
---@param name string
---@param text string
---@param suggest fun(word: string, names: string[]): string
function parser.parse(name, text, suggest)
  local state = { cursor = cursor.new(name, text), blocks = {}, suggest = suggest }
  state.body = parse_body(state, {})
  return { body = state.body, blocks = state.blocks, extends = state.extends }
end

return parser
