-- What a name means in a console: a global of its own, a local or a global of the script, or one of a few of ours.
-- A script keeps nearly everything in locals. Those that its handlers, ticks and routes use, in its own files, are
-- found in these functions, and are read and written where they are. It evaluates nothing.

local native = require "moonwire.console_native"

local getinfo, getupvalue, setupvalue = debug.getinfo, debug.getupvalue, debug.setupvalue

local FUNCTIONS = 10000                                  -- that are searched for locals

local scope = {}
scope.__index = scope

-- name -> the function nearest to the roots that uses it, and its number there. Weak: a console must not keep alive
-- what a reload has replaced.
local function find_locals(roots)
  local found = { users = setmetatable({}, { __mode = "v" }), numbers = {} }
  local queue, seen, files = {}, {}, native.files()
  local function add(fn)
    if type(fn) ~= "function" or seen[fn] or #queue >= FUNCTIONS then return end
    seen[fn], queue[#queue + 1] = true, fn
  end
  for _, fn in ipairs(roots) do add(fn) end
  local at = 1
  while queue[at] do
    local fn, number = queue[at], 1
    local name, value = getupvalue(fn, number)
    local own = files[getinfo(fn, "S").source]           -- not of a module that is installed
    while name do
      if own and name ~= "_ENV" and not found.numbers[name] then
        found.users[name], found.numbers[name] = fn, number
      end
      add(value)
      number = number + 1
      name, value = getupvalue(fn, number)
    end
    at = at + 1
  end
  return found
end

-- Once for each evaluation: the script may be another than it was.
function scope:refresh()
  self.globals = native.globals()
  self.locals = find_locals(native.functions())
end

-- The function that uses the local, and its number there; nil.
local function user_of(self, name)
  local fn = self.locals.users[name]
  return fn, fn and self.locals.numbers[name]
end

-- The value, found without running a metamethod, and whether there is such a name.
function scope:peek(name)
  if self.own[name] ~= nil then return self.own[name], true end
  local fn, number = user_of(self, name)
  if fn then return select(2, getupvalue(fn, number)), true end
  local value = rawget(self.globals, name)
  if value == nil then value = self.ours[name] end
  return value, value ~= nil
end

local function read(self, name)
  local value, known = self:peek(name)
  if known then return value end
  return self.globals[name]                              -- which may have a metatable
end

local function write(self, name, value)
  local fn, number = user_of(self, name)
  if self.own[name] == nil and fn then
    setupvalue(fn, number, value)
  elseif self.own[name] == nil and rawget(self.globals, name) ~= nil then
    rawset(self.globals, name, value)
  else
    self.own[name] = value
  end
end

-- Every name that means something, each once.
function scope:names()
  local names, seen = {}, {}
  for _, from in ipairs { self.own, self.locals.numbers, self.globals, self.ours } do
    for name in next, from do
      if type(name) == "string" and not seen[name] then names[#names + 1] = name end
      seen[name] = true
    end
  end
  return names
end

function scope.open()
  local mw = native.module()
  local self = setmetatable({ own = {} }, scope)
  self.ours = { mw = mw, app = mw.app, socketio = mw.socketio, kept = native.kept() }
  self.env = setmetatable({}, {
    __index = function(_, name) return read(self, name) end,
    __newindex = function(_, name, value) write(self, name, value) end,
    __metatable = false,
  })
  self:refresh()
  return self
end

return scope
