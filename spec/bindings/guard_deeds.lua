-- What must not take a server down: functions by name, none of which comes to an end by itself within any budget.
-- Each is run in every place that runs a script's code (guard_table_spec) and under the real program (guard.test.mjs).

local deeds = {}

local function loop() while true do end end

local function closing(fn) return setmetatable({}, { __close = fn }) end

-- Loops, and those that swallow the error.

deeds["a loop"] = loop

deeds["a loop in pcall, in a loop"] = function()
  while true do pcall(function() while true do end end) end
end

deeds["xpcall with a handler that loops"] = function()
  while true do xpcall(loop, loop) end
end

deeds["the same in a comparison"] = function()
  table.sort({ 3, 2, 1 }, function() while true do xpcall(loop, loop) end end)
end

deeds["a coroutine factory"] = function()
  while true do coroutine.wrap(loop)() end
end

deeds["coroutines in coroutines"] = function()
  local function deep(n)
    while true do coroutine.resume(coroutine.create(n > 0 and deep or loop), n - 1) end
  end
  deep(50)
end

deeds["closing a coroutine"] = function()
  while true do
    local co = coroutine.create(function()
      local _ <close> = closing(loop)
      coroutine.yield()
    end)
    coroutine.resume(co)
    coroutine.close(co)
  end
end

deeds["a variable that closes for ever"] = function()
  while true do local _ <close> = closing(loop) end
end

deeds["a metamethod"] = function()
  return setmetatable({}, { __index = loop, __eq = loop, __concat = loop }).x
end

deeds["deep recursion"] = function()
  local function f(n) return 1 + f(n + 1) end
  while true do pcall(f, 1) end
end

deeds["deep recursion with tracebacks"] = function()
  local function f(n) return 1 + f(n + 1) end
  while true do xpcall(f, debug.traceback, 1) end
end

deeds["an error whose text loops"] = function()
  error(setmetatable({}, { __tostring = loop }))
end

deeds["print of what loops"] = function()
  print(setmetatable({}, { __tostring = loop }))
end

-- What stays inside C.

deeds["a backtracking pattern"] = function()
  return ("a"):rep(30):find(("a?"):rep(30) .. ("a"):rep(30))
end

deeds["a pattern in pcall"] = function()
  local text, pattern = ("a"):rep(300), ("a*"):rep(100) .. "b"
  while true do pcall(string.match, text, pattern) end
end

deeds["gsub that finds nothing"] = function()
  return ("a"):rep(3000):gsub("(.-)(.-)(.-)(.-)b", "x")
end

deeds["gsub with a function"] = function()
  return ("abc"):gsub(".", loop)
end

deeds["gmatch"] = function()
  for word in ("a"):rep(3000):gmatch "(.-)(.-)(.-)b" do print(word) end
end

deeds["find of what is almost everywhere"] = function()
  local text = ("a"):rep(1e7)
  while true do text:find(("a"):rep(5e6) .. "b", 1, true) end
end

deeds["string.rep, in a loop"] = function()
  while true do pcall(string.rep, "x", 3e8) end
end

deeds["string.format of what loops"] = function()
  return ("%s"):format(setmetatable({}, { __tostring = loop }))
end

deeds["utf8 and string functions on megabytes"] = function()
  local text = ("x"):rep(3e6)
  while true do
    utf8.len(text:upper():reverse())
    string.pack("s", text)
  end
end

deeds["joining long strings"] = function()
  local text = ("x"):rep(2e7)
  while true do local _ = text .. "y" end
end

deeds["a string that grows"] = function()
  local text = ""
  while true do text = text .. "line of a log\n" end
end

deeds["table.concat without end"] = function()
  return table.concat(setmetatable({}, { __index = tostring }), "", 1, 1e12)
end

deeds["table.insert, move, remove"] = function()
  local long = setmetatable({}, { __len = function() return 1e15 end })
  pcall(table.insert, long, 1, "x")
  pcall(table.move, long, 1, 1e15, 2)
  table.remove(long, 1)
end

deeds["sorting, in a loop"] = function()
  local t = {}
  for i = 1, 300000 do t[i] = -i % 999 end
  while true do table.sort(t) end
end

deeds["a comparison"] = function()
  table.sort({ 3, 2, 1 }, loop)
end

deeds["load of a text that never ends"] = function()
  return load(function() return "x = 1 " end)
end

deeds["load of a giant"] = function()
  local text = ("x=1 "):rep(1e7)
  while true do load(text) end
end

-- Giants.

local function giant()
  local t = { 1 }
  for _ = 1, 40 do t = { t, t, t, t } end
  return t
end

deeds["JSON of a giant, by emit"] = function()
  require "moonwire".socketio.emit("giant", giant())
end

deeds["JSON of a giant, by cjson"] = function()
  return require "cjson".encode(giant())
end

deeds["a growing table"] = function()
  local list = {}
  while #list >= 0 do list[#list + 1] = { list } end
  return list
end

return deeds
