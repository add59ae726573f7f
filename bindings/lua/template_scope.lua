-- The variables of a template: a scope is a table whose misses go to the scope around it.
-- A loop, a block and an include each open one, so that what they set ends with them.
-- It does not know where the outermost values come from.

local scopes = {}

local UNSET = {} -- was set to nil: hides the outer variable of that name

function scopes.open(around)
  return setmetatable({}, { __index = around })
end

function scopes.get(scope, name)
  local v = scope[name]
  if v ~= UNSET then return v end
end

function scopes.set(scope, name, v)
  if v == nil then v = UNSET end
  scope[name] = v
end

return scopes
