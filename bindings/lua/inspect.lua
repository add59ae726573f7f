-- Lua values as text for people: what the console shows of a result.
-- Tables are sorted and laid out over lines, to a depth, a width and a length; a cycle is named and not followed. What
-- is not printable in a string is escaped, since it may come from a client and goes to a terminal. It runs no
-- metamethod but __tostring.

local getmetatable, getinfo = debug.getmetatable, debug.getinfo

local WIDTH = 96                                         -- of a table in one line
local DEPTH = 5
local ITEMS = 100                                        -- of one table
local KEYS_SORTED = 10000                                -- a table of more is shown in its own order
local STRING = 2000                                      -- bytes
local TOTAL = 200000                                     -- bytes, of everything

local KEYWORDS = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat return then true
until while]]):gmatch "%a+" do KEYWORDS[word] = true end

local ESCAPES = { ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t", ['"'] = '\\"', ["\\"] = "\\\\" }

local function escape(char)
  return ESCAPES[char] or ("\\x%02x"):format(char:byte())
end

local function escape_all(text)
  return (text:gsub(".", escape))
end

-- Escaped, and cut if it is long: then with a mark behind it, and how long it is.
local function clean(text, mark)
  local cut = text:sub(1, STRING)
  if text:find("^[\x80-\xbf]", STRING + 1) then cut = cut:gsub("[\xc0-\xff][\x80-\xbf]*$", "") end
  local out = cut:gsub('[%c"\\\x7f]', escape)
  if utf8.len(out) then
    out = out:gsub("\xc2[\x80-\x9f]", escape_all)
  else
    out = out:gsub("[\x80-\xff]", escape)
  end
  return cut == text and out .. mark or ("%s…%s (%d bytes)"):format(out, mark, #text)
end

local function quote(text)
  return '"' .. clean(text, '"')
end

-- What its __tostring says, or nil.
local function own_text(value)
  local ok, text = pcall(tostring, value)
  return ok and clean(text, "") or nil
end

local function name_of(value)
  local mt = getmetatable(value)
  local name = mt and rawget(mt, "__name")
  return type(name) == "string" and name or nil
end

local function show_function(value)
  local info = getinfo(value, "S")
  if info.what == "C" then return "function: C" end
  return ("function: %s:%d"):format(info.short_src, info.linedefined)
end

local function show_userdata(value)
  if ("%p"):format(value) == "(null)" then return "null" end
  if name_of(value) == "mw.binary" then return ("binary(%d) %s"):format(#value, quote(tostring(value))) end
  return own_text(value) or name_of(value) or "userdata"
end

local function show_scalar(value)
  local kind = type(value)
  if kind == "string" then return quote(value) end
  if kind == "function" then return show_function(value) end
  if kind == "userdata" then return show_userdata(value) end
  return tostring(value)
end

-- Tables.

local function before(a, b)
  local left, right = type(a), type(b)
  if left == right and (left == "number" or left == "string") then return a < b end
  if left ~= right then return left < right end
  return tostring(a) < tostring(b)
end

-- The keys beyond 1..n, sorted.
local function other_keys(value, n)
  local keys = {}
  for key in next, value do
    if not (math.type(key) == "integer" and key >= 1 and key <= n) then keys[#keys + 1] = key end
  end
  if #keys <= KEYS_SORTED then table.sort(keys, before) end
  return keys
end

local inspect

local function show_key(state, key, depth)
  if type(key) == "string" and key:find "^[%a_][%w_]*$" and not KEYWORDS[key] then return key end
  return "[" .. inspect(state, key, depth) .. "]"
end

-- The texts of what is in a table.
local function items_of(state, value, depth)
  local n = rawlen(value)
  local keys, items = other_keys(value, n), {}
  local count = n + #keys
  for i = 1, math.min(n, ITEMS) do items[i] = inspect(state, rawget(value, i), depth) end
  for _, key in ipairs(keys) do
    if #items >= ITEMS then break end
    items[#items + 1] = show_key(state, key, depth) .. " = " .. inspect(state, rawget(value, key), depth)
  end
  if count > #items then items[#items + 1] = ("… %d more"):format(count - #items) end
  return items
end

local function lay_out(items, depth)
  local width, lines = 2 * depth + 4, false
  for _, item in ipairs(items) do
    width, lines = width + #item + 2, lines or item:find("\n", 1, true)
  end
  if width <= WIDTH and not lines then return "{ " .. table.concat(items, ", ") .. " }" end
  local indent = ("  "):rep(depth + 1)
  return "{\n" .. indent .. table.concat(items, ",\n" .. indent) .. "\n" .. ("  "):rep(depth) .. "}"
end

local MARKS = { ["mw.array"] = "array ", ["mw.args"] = "args " }

local function show_table(state, value, depth)
  local mt, name = getmetatable(value), name_of(value)
  local own = mt and rawget(mt, "__tostring") and own_text(value)
  if own then return own end
  if state.open[value] then return "<cycle>" end
  local empty = next(value) == nil
  if depth >= DEPTH and not empty then return "{…}" end
  local prefix = MARKS[name] or name and name .. " " or ""
  if name == "mw.array" and not empty then prefix = "" end
  if empty then return prefix .. "{}" end
  state.open[value] = true
  local text = lay_out(items_of(state, value, depth + 1), depth)
  state.open[value] = nil
  return prefix .. text
end

function inspect(state, value, depth)
  if state.left <= 0 then return "…" end
  if type(value) == "table" then return show_table(state, value, depth) end
  local text = show_scalar(value)
  state.left = state.left - #text
  return text
end

---@param value any
---@return string
return function(value)
  return inspect({ open = {}, left = TOTAL }, value, 0)
end
