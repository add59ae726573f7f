-- The rules of who may see whom, as functions from sources to a list of violations.
-- DESIGN of the house: layers point downwards, and only the edge sees the network, the file system
-- and the clock. A list is empty when the rule holds. What the code looks like is style.lua's.
local tree = require "spec.arch.tree"

local layers = {}

-- What each folder may include. The order is that of the drawing: scripts, bindings, core.
local sees = {
  ["core/base"] = { "core/base" },
  ["core/codec"] = { "core/base", "core/codec" },
  ["core/server"] = { "core/base", "core/codec", "core/server" },
  ["core/net"] = { "core/base", "core/codec", "core/server", "core/net" },
  ["bindings"] = { "core/base", "core/codec", "core/server", "bindings" },
}

-- Where everything is put together: these see the edge and the bindings.
local function is_composition_root(path)
  return path:match "^bindings/main[%w_]*%.[ch]$" or path:match "^bindings/test_server[%w_]*%.[ch]$"
end

-- System headers, and the only folders that may include them.
local fenced = {
  { pattern = "^lua", folders = { "bindings" } },
  { pattern = "^lauxlib", folders = { "bindings" } },
  { pattern = "^libwebsockets", folders = { "core/net" } },
  { pattern = "^uv%.h", folders = { "core/net" } },
  { pattern = "^sys/socket", folders = { "core/net" } },
  { pattern = "^sys/un%.h", folders = { "core/net" } },
  { pattern = "^netinet/", folders = { "core/net" } },
  { pattern = "^netdb", folders = { "core/net" } },
  { pattern = "^sys/epoll", folders = { "core/net" } },
  { pattern = "^sys/inotify", folders = { "core/net" } },
  { pattern = "^poll%.h", folders = { "core/net" } },
  { pattern = "^fcntl", folders = { "core/net", "bindings" } },
  { pattern = "^dirent", folders = { "core/net", "bindings" } },
  { pattern = "^sys/stat", folders = { "core/net", "bindings" } },
}

-- Who may ask what time it is; everyone else is told.
local reads_clock = {
  ["core/base/clock.c"] = true,
  ["core/base/clock.h"] = true,
  ["bindings/guard.c"] = true, -- a deadline passes while a script runs
}

local function folder_of(path)
  return path:match "^(core/%w+)/" or path:match "^(%w+)/"
end

local function contains(list, value)
  for _, item in ipairs(list) do
    if item == value then
      return true
    end
  end
  return false
end

---@param sources source[]
---@return fun(): source, string, string, string source, line, quote, header
local function includes(sources)
  return coroutine.wrap(function()
    for _, source in ipairs(sources) do
      local number = 0
      for line in source.text:gmatch "([^\n]*)\n?" do
        number = number + 1
        local quote, header = line:match '^%s*#%s*include%s*(["<])([^">]+)[">]'
        if quote then
          coroutine.yield(source, tostring(number), quote, header)
        end
      end
    end
  end)
end

---@param sources source[]
---@return string[]
function layers.arrows_upward(sources)
  local found = {}
  for source, line, quote, header in includes(sources) do
    local allowed = sees[folder_of(source.path)]
    local target = folder_of(header)
    if quote == '"' and allowed and not contains(allowed, target) then
      if not (is_composition_root(source.path) and target == "core/net") then
        found[#found + 1] = ("%s:%s must not see %s"):format(source.path, line, header)
      end
    end
  end
  return found
end

---@param sources source[]
---@return string[]
function layers.fences_crossed(sources)
  local found = {}
  for source, line, quote, header in includes(sources) do
    for _, fence in ipairs(fenced) do
      if quote == "<" and header:match(fence.pattern) and not contains(fence.folders, folder_of(source.path)) then
        found[#found + 1] = ("%s:%s must not see <%s>"):format(source.path, line, header)
      end
    end
  end
  return found
end

---@param sources source[]
---@return string[]
function layers.cycles(sources)
  local edges = {}
  for source, _, quote, header in includes(sources) do
    if quote == '"' then
      edges[source.path] = edges[source.path] or {}
      table.insert(edges[source.path], header)
    end
  end
  local found, state = {}, {}
  local function visit(path, trail)
    if state[path] == "done" then
      return
    end
    trail[#trail + 1] = path
    if state[path] == "open" then
      found[#found + 1] = table.concat(trail, " -> ")
    else
      state[path] = "open"
      for _, header in ipairs(edges[path] or {}) do
        visit(header, trail)
      end
      state[path] = "done"
    end
    trail[#trail] = nil
  end
  for _, source in ipairs(sources) do
    visit(source.path, {})
  end
  return found
end

---@param sources source[]
---@return string[]
function layers.clock_readers(sources)
  local readers = { "clock_now_ns", "clock_gettime", "gettimeofday", "uv_hrtime", "uv_now", "time" }
  local found = {}
  for _, source in ipairs(sources) do
    local free = reads_clock[source.path] or folder_of(source.path) == "core/net" or is_composition_root(source.path)
    local text = tree.bare(source.text)
    for _, name in ipairs(free and {} or readers) do
      for position in text:gmatch("%f[%w_]()" .. name .. "%s*%(") do
        found[#found + 1] = ("%s:%s must be told the time, not call %s"):format(
          source.path, tree.line(text, position), name)
      end
    end
  end
  return found
end

---@param sources source[]
---@return string[] callers files that call one of the functions, each once
function layers.callers(sources, ...)
  local found = {}
  for _, source in ipairs(sources) do
    local text = tree.bare(source.text)
    for _, name in ipairs { ... } do
      if text:find("%f[%w_]" .. name .. "%s*%(") then
        found[#found + 1] = source.path
        break
      end
    end
  end
  return found
end

---@param sources source[]
---@return string[] strangers files that free registry references without taking any, or the reverse
function layers.reference_strangers(sources)
  local nouns = {} -- name of a .c and its .h -> what it does
  for _, source in ipairs(sources) do
    local noun = source.path:gsub("%.[ch]$", "")
    local text = tree.bare(source.text)
    local calls = nouns[noun] or {}
    calls.ref = calls.ref or text:find "%f[%w_]luaL_ref%s*%(" ~= nil
    calls.unref = calls.unref or text:find "%f[%w_]luaL_unref%s*%(" ~= nil
    nouns[noun] = calls
  end
  local found = {}
  for noun, calls in pairs(nouns) do
    if calls.ref ~= calls.unref then
      found[#found + 1] = noun
    end
  end
  table.sort(found)
  return found
end

return layers
