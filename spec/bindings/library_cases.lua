-- Calls of library functions with arguments made by chance, and what came of each as a line of text.
-- The same file runs in busted's Lua, which has the originals, and in a script, which has ours: the lines must be
-- equal, messages of errors included. It compares nothing itself.

local cases = {}

local function pick(list) return list[math.random(#list)] end

local function show(v)
  if type(v) == "string" then return ("%q"):format(v):gsub("\n", "n") end
  if type(v) == "table" then
    local parts = {}
    for i = 1, math.min(rawlen(v), 50) do parts[i] = show(v[i]) end
    return "{" .. table.concat(parts, ",") .. "}"
  end
  return (tostring(v):gsub("0x%x+", "0x")) -- addresses differ
end

-- Calls fn and adds a line for what it returned or raised, and for what it did to `changed`.
local function try(lines, what, fn, args, changed)
  local results = table.pack(pcall(fn, table.unpack(args, 1, args.n)))
  local parts = {}
  for i = 1, results.n do parts[i] = show(results[i]) end
  local shown = {}
  for i = 1, args.n do shown[i] = type(args[i]) == "function" and "f" or show(args[i]) end
  lines[#lines + 1] = ("%s(%s) -> %s %s"):format(what, table.concat(shown, ", "), table.concat(parts, ", "),
    changed and show(changed) or "")
end

-- Patterns.

local LETTERS = { "a", "b", "a", "b", "A", "1", " ", ".", "%", "-", "]", "[", "(", ")", "^", "$", "\0", "\xe9", "*" }

local function text(most, letters)
  local parts = {}
  for i = 1, math.random(0, most) do parts[i] = pick(letters or LETTERS) end
  return table.concat(parts)
end

local CLASSES = { "%a", "%c", "%d", "%g", "%l", "%p", "%s", "%u", "%w", "%x", "%z", "%A", "%S", "%W", "%%", "%.", "%(",
  ".", "a", "b", "ab", "\0", "%\0" }

local function set()
  local parts = { pick { "[", "[^", "[]", "[^]" } }
  for _ = 1, math.random(0, 3) do
    parts[#parts + 1] = pick { "a", "b", "a-b", "0-9", "%a", "%]", "-", "^", "%d-z", "a-" }
  end
  parts[#parts + 1] = pick { "]", "]", "]", "]", "" }
  return table.concat(parts)
end

local function item(depth)
  local kind = math.random(20)
  if kind <= 8 then return pick(CLASSES) end
  if kind <= 11 then return set() end
  if kind == 12 then return "%b" .. pick { "()", "ab", "aa", "a", "", "[]" } end
  if kind == 13 then return "%f" .. pick { set(), "[%w]", "a", "" } end
  if kind == 14 then return "%" .. math.random(0, 3) end
  if kind == 15 then return "()" end
  if kind == 16 then return pick(LETTERS) end
  if depth > 2 then return "a" end
  local inner = {}
  for i = 1, math.random(1, 3) do inner[i] = item(depth + 1) .. pick { "", "", "*", "-", "+", "?" } end
  return "(" .. table.concat(inner) .. pick { ")", ")", ")", ")", "" }
end

local function pattern()
  local parts = { pick { "", "", "", "^" } }
  for _ = 1, math.random(0, 4) do parts[#parts + 1] = item(0) .. pick { "", "", "", "*", "-", "+", "?", "$" } end
  parts[#parts + 1] = pick { "", "", "", "$", "%" }
  return table.concat(parts)
end

local function init() return pick { 1, 1, nil, 0, 2, 5, -1, -3, -100, 100 } end

local function collect(...)
  local list = {}
  for a, b, c in string.gmatch(...) do
    list[#list + 1] = show(a) .. show(b) .. show(c)
    if #list > 30 then break end
  end
  return list
end

local function replacement()
  return pick { "x", "%0", "<%1>", "%2", "%%", "%", "%z", "", "%1%1", 7, { a = "A", ab = false, b = 3, ["1"] = {} },
    function(...) return select("#", ...) end, function(a) if a == "a" then return nil end return a end,
    function() return {} end, function() return false end, true }
end

function cases.patterns(lines)
  local subject, p = text(12), pattern()
  try(lines, "find", string.find, table.pack(subject, p, init(), pick { nil, nil, false, true }))
  try(lines, "match", string.match, table.pack(subject, p, init()))
  try(lines, "gmatch", collect, table.pack(subject, p, init()))
  try(lines, "gsub", string.gsub, table.pack(subject, p, replacement(), pick { nil, nil, 0, 1, 2, -1 }))
  try(lines, "plain", string.find, table.pack(subject, text(2), init(), true))
end

-- The rest.

local function list(most)
  local made = {}
  for i = 1, math.random(0, most) do made[i] = math.random(100) end
  return made
end

local function index() return pick { 1, 2, 3, 0, -1, 5, 100, nil, "2", 1.5, "x" } end

function cases.tables(lines)
  local t, u = list(6), list(3)
  local position = index()
  try(lines, "insert", table.insert, table.pack(t, position, 7), t)
  try(lines, "insert", table.insert, table.pack(t, pick { 1, "x" }), t)
  try(lines, "insert", table.insert, pick { table.pack(t), table.pack(t, 1, 2, 3), table.pack(), table.pack(1, 2) }, t)
  try(lines, "remove", table.remove, table.pack(t, index()), t)
  try(lines, "remove", table.remove, pick { table.pack(t), table.pack({}), table.pack({}, 1), table.pack(nil) }, t)
  try(lines, "move", table.move, table.pack(t, index(), index(), index(), pick { nil, u, t }), u)
  try(lines, "concat", table.concat, table.pack(t, pick { nil, ",", 3, {} }, index(), index()))
  try(lines, "concat", table.concat,
    pick { table.pack({ 1, {}, 3 }), table.pack("x"), table.pack({ "a", 2.5, 3 }, "-") })
  try(lines, "sort", table.sort, table.pack(t, pick { nil, function(a, b) return a > b end, 3 }), t)
  try(lines, "sort", table.sort, table.pack({ 1, "x", 2 }))
  local long = list(300)
  try(lines, "sort", table.sort, table.pack(long), long)
end

function cases.proxies(lines)
  local inner = list(5)
  local proxy = setmetatable({}, { __index = inner, __newindex = inner, __len = function() return #inner end })
  try(lines, "insert", table.insert, table.pack(proxy, pick { 1, 2 }, 5), inner)
  try(lines, "remove", table.remove, table.pack(proxy, pick { 1, nil }), inner)
  try(lines, "concat", table.concat, table.pack(proxy, ","))
  try(lines, "sort", table.sort, table.pack(proxy), inner)
  try(lines, "move", table.move, table.pack(proxy, 1, 3, 2), inner)
end

function cases.texts(lines)
  try(lines, "rep", string.rep,
    table.pack("x" .. text(2), pick { 0, 1, 2, 5, -1, 1 << 62, "3", 1.5, {} }, pick { nil, "", ",", 5, {} }))
  try(lines, "rep", string.rep, table.pack("", 3, pick { nil, "" }))
  local long = ("ab"):rep(math.random(5000), pick { "", ",", "xyz" })
  lines[#lines + 1] = #long .. long:sub(-7)
end

local function raiser(value) return function() error(value) end end

function cases.coroutines(lines)
  local wrapped = coroutine.wrap(function(...) local n = coroutine.yield(...) return n, coroutine.isyieldable() end)
  try(lines, "wrap", wrapped, table.pack(1, nil, 3))
  try(lines, "wrap", wrapped, table.pack("x"))
  try(lines, "wrap", wrapped, table.pack())
  try(lines, "wrap", coroutine.wrap(raiser(pick { "text", 3, nil, true })), table.pack())
  try(lines, "wrap", coroutine.wrap(function()
    local _ <close> = setmetatable({}, { __close = function() error "closing" end })
    error "first"
  end), table.pack())
  try(lines, "wrap", coroutine.wrap, pick { table.pack(), table.pack(3) })
  try(lines, "resume", coroutine.resume, pick { table.pack(), table.pack(3) })
  local co = coroutine.create(function()
    local _ <close> = setmetatable({}, { __close = function() error(pick { "closing", 4 }) end })
    coroutine.yield(1)
  end)
  lines[#lines + 1] = show { coroutine.resume(co) } .. coroutine.status(co)
  lines[#lines + 1] = show { coroutine.close(co) } .. coroutine.status(co) .. show { coroutine.close(co) }
  lines[#lines + 1] = show { coroutine.resume(co) }
  try(lines, "close", coroutine.close, pick { table.pack(), table.pack(3), table.pack((coroutine.running())) })
  local outer
  outer = coroutine.create(function()
    return coroutine.wrap(function() return pcall(coroutine.close, outer) end)()
  end)
  lines[#lines + 1] = show { coroutine.resume(outer) }
end

function cases.metatables(lines)
  local locked = setmetatable({}, { __metatable = 1 })
  try(lines, "setmetatable", setmetatable, pick { table.pack({}), table.pack({}, 1), table.pack(1, {}),
    table.pack(locked, {}), table.pack({}, nil), table.pack(), table.pack(setmetatable({}, {}), nil) })
end

-- The lines of `count` rounds of a kind.
return function(kind, seed, count)
  local lines = {}
  math.randomseed(seed)
  for _ = 1, count do cases[kind](lines) end
  return lines
end
