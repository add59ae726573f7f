-- The raising half of `call`: the C half waits, and is resumed with what came.
-- In Lua, since a C function cannot raise once it was resumed (in LuaJIT's API, at least).
-- It checks no arguments: the C half does, before it waits.

local function settle(answered, ...)
  if answered then return ... end
  error((...), 0)
end

--- Makes `call` of a function that returns true and values, or false and why not.
---@param start fun(...): boolean, ...
---@return fun(...): ...
return function(start)
  return function(...) return settle(start(...)) end
end
