-- The macros of templates: what {% macro %} makes, how it is called, and how {% import %} fetches those of other files.
-- A macro sees what stood around it where it was made, and its parameters; what it shows is its result, safe text.
-- It parses nothing: the compiler turns a macro's body into the function that is called here.

local host = require "moonwire.template_host"
local runtime = require "moonwire.template_runtime"
local scopes = require "moonwire.template_scope"
local value = require "moonwire.template_value"

local macros = {}

local complain = value.complain
local MACRO = { __name = "macro" }

local function names_of(params)
  local names = {}
  for i, param in ipairs(params) do names[i] = param.name end
  return names
end

-- What was given by position beyond the parameters.
local function take_rest(macro, scope, given)
  local rest = table.move(given, #macro.params + 1, given.n, 1, {})
  if macro.uses.varargs then
    scope.varargs = host.array(rest)
  elseif given.n > #macro.params then
    local most = ("at most %d (%s)"):format(#macro.params, table.concat(names_of(macro.params), ", "))
    complain("macro '%s' takes %s, not %d", macro.name, #macro.params > 0 and most or "nothing", given.n)
  end
end

-- What was given by name and is no parameter.
local function take_options(macro, scope, options)
  for name in pairs(options) do
    local known = macro.uses[name == "caller" and "caller" or "kwargs"]
    if not known and name == "caller" then
      complain("macro '%s' never shows caller(), so {%% call %%} has nothing to give it", macro.name)
    elseif not known then
      complain("macro '%s' has no '%s'%s", macro.name, name, host.suggest(name, names_of(macro.params)))
    end
  end
  if macro.uses.caller then scopes.set(scope, "caller", options.caller) end
  if macro.uses.kwargs then
    options.caller = nil
    scope.kwargs = options
  end
end

local function bind(macro, scope, options, given)
  for i, param in ipairs(macro.params) do
    local v = options[param.name]
    if i <= given.n and v ~= nil then complain("macro '%s' gets '%s' twice", macro.name, param.name) end
    if i <= given.n then
      v = given[i]
    elseif v == nil and param.default then
      v = param.default(scope)
    end
    scopes.set(scope, param.name, v)
    options[param.name] = nil
  end
end

local function invoke(macro, options, ...)
  local scope, given = scopes.open(macro.scope), table.pack(...)
  bind(macro, scope, options, given)
  take_rest(macro, scope, given)
  take_options(macro, scope, options)
  return macro.body(scope)
end

MACRO.__call = function(macro, ...) return invoke(macro, {}, ...) end

-- `body(scope)` gives the text; `params` are { name =, default = function(scope) or nil }, `uses` the set of varargs,
-- kwargs and caller that the body names.
function macros.new(name, body, params, uses, scope)
  return setmetatable({ name = name, body = body, params = params, uses = uses, scope = scope }, MACRO)
end

-- f(…, name=value): a macro takes them as its parameters, a function as a table behind the others.
function macros.call(f, what, options, ...)
  local callable = runtime.callable(f, what)
  if getmetatable(callable) == MACRO then return invoke(callable, options, ...) end
  local args = table.pack(...)
  args[args.n + 1] = options
  return callable(table.unpack(args, 1, args.n + 1))
end

-- What a template sets and defines at its top, by name; `scope` is what it may see, nil: only what every page may.
function macros.import(state, name, scope)
  runtime.check_depth(state)
  local template = state.env:find(value.text(name))
  if not template then complain("%s", state.env:missing({ name })) end
  local inner, module = scopes.open(scope or state.env.globals), {}
  state.env:run(template, inner, {}, state.depth + 1)
  for key in next, inner do
    if key:sub(1, 1) ~= "_" then module[key] = scopes.get(inner, key) end
  end
  return module
end

-- {% from template import name %}
function macros.pick(module, name, template)
  if module[name] == nil then
    complain("template '%s' has no '%s'%s", value.text(template), name, host.suggest(name, value.sorted_keys(module)))
  end
  return module[name]
end

return macros
