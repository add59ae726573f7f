-- What may stand where the cursor is: commands, names, fields and methods.
-- It looks at tables as they are and runs no metamethod, since a question must not change the server.

local getmetatable = debug.getmetatable

local CANDIDATES = 200
local CHAIN = 10                                         -- tables that an __index leads through

-- The tables in which a field of the value is looked for.
local function tables_of(value)
  local tables = {}
  for _ = 1, CHAIN do
    if type(value) == "table" then tables[#tables + 1] = value end
    local mt = getmetatable(value)
    local index = mt and rawget(mt, "__index")
    if type(index) ~= "table" then break end
    value = index
  end
  return tables
end

local function field(value, name)
  for _, t in ipairs(tables_of(value)) do
    local found = rawget(t, name)
    if found ~= nil then return found end
  end
end

local function fields(value, methods)
  local names = {}
  for _, t in ipairs(tables_of(value)) do
    for key, found in next, t do
      if not methods or type(found) == "function" then names[#names + 1] = key end
    end
  end
  return names
end

local function choose(names, part)
  local chosen, seen = {}, {}
  for _, name in ipairs(names) do
    local fits = type(name) == "string" and not seen[name] and name:find "^[%a_][%w_]*$"
    if fits and name:sub(1, #part) == part then
      seen[name], chosen[#chosen + 1] = true, name
    end
  end
  table.sort(chosen)
  return { part = part, table.unpack(chosen, 1, CANDIDATES) }
end

-- The value that `players.list.` ends with, and whether there is one.
local function follow(scope, path)
  local value
  for name, sign in path:gmatch "([%w_]+)([.:])" do
    if value == nil then value = scope:peek(name) else value = field(value, name) end
    if value == nil or sign == ":" and type(value) == "function" then return nil end
  end
  return value
end

---@param scope table of console_scope
---@param commands string[]
---@param line string up to the cursor
---@return string[] candidates `part` is what they begin with
return function(scope, commands, line)
  local command = line:match "^%.(%a*)$"
  if command then return choose(commands, command) end
  local path, part = line:match "([%a_][%w_.:]*[.:])([%w_]*)$"
  if not path then
    part = line:match "[%w_]*$"
    local before = line:sub(1, -#part - 1)
    if part:find "^%d" or before:find "[.:]$" then return { part = part } end
    return choose(scope:names(), part)
  end
  if line:sub(1, -#path - #part - 1):find "[%w_.:%])\"']$" then return { part = part } end
  local value = follow(scope, path)
  if value == nil then return { part = part } end
  return choose(fields(value, path:sub(-1) == ":"), part)
end
