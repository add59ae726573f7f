-- The rules of what the code looks like, as functions from sources to a list of violations.
-- STYLE of the house, as far as a machine can tell: sizes, first comments, names, words. A list is
-- empty when the rule holds. Who may include whom is layers.lua's.
local tree = require "spec.arch.tree"

local style = {}

style.FILE_LINES = 600
style.FUNCTION_LINES = 80

-- Names beside a file's own noun that it may export, and why.
local second_nouns = {
  ["core/codec/eio_packet.c"] = { "eio_payload", "a payload is a list of packets and nothing else" },
  ["core/codec/sio_packet.c"] = { "sio_event_reserved", "which names a packet may carry" },
  ["core/codec/eio3_payload.c"] = { "eio3", "packets and payloads of one old protocol, too small to part" },
  ["core/server/http_exchange.c"] = { "http_status_text", "the one thing that an answer says of itself" },
  ["core/server/http_router.c"] = { "http_path", "a path is made ready for the router, and by nobody else" },
}

-- State between calls, and why it may be.
local known_state = {
  hash_secret = "the key of hash_bytes: drawn once, a hash has no caller to carry it",
  frames_alive = "counts for frame_test_alive; no code path reads it",
  test_count = "counts allocations for mem_test_fail_nth; no code path of the server reads it",
  test_fail_nth = "set by tests alone",
}

---@param sources source[]
---@return string[]
function style.too_long(sources)
  local found = {}
  for _, source in ipairs(sources) do
    local _, lines = source.text:gsub("\n", "")
    if lines > style.FILE_LINES then
      found[#found + 1] = ("%s has %d lines; look for the second noun in it"):format(source.path, lines)
    end
  end
  return found
end

---@param sources source[]
---@return string[]
function style.silent_starts(sources)
  local opens = { c = "^/%*", h = "^/%*", lua = "^%-%-", mjs = "^//", js = "^//" }
  local found = {}
  for _, source in ipairs(sources) do
    local extension = source.path:match "%.(%w+)$"
    local start = source.text:gsub("^#![^\n]*\n", "")
    if not start:find(opens[extension]) then
      found[#found + 1] = source.path .. ":1: a file starts with a comment: what it is, why, what it does not do"
    end
  end
  return found
end

---@param sources source[]
---@return string[]
function style.unsafe_calls(sources)
  local unsafe = { "strcpy", "strcat", "sprintf", "vsprintf", "gets", "strtok", "atoi", "atol", "atof" }
  local found = {}
  for _, source in ipairs(sources) do
    local text = tree.bare(source.text)
    for _, name in ipairs(unsafe) do
      for position in text:gmatch("%f[%w_]()" .. name .. "%s*%(") do
        found[#found + 1] = ("%s:%s calls %s"):format(source.path, tree.line(text, position), name)
      end
    end
  end
  return found
end

---@param sources source[]
---@return string[]
function style.unfinished(sources)
  local words = { "TO" .. "DO", "FIX" .. "ME", "XX" .. "X", "for " .. "now", "not imple" .. "mented" }
  local found = {}
  for _, source in ipairs(sources) do
    for _, word in ipairs(words) do
      for position in source.text:gmatch("%f[%w]()" .. word .. "%f[%W]") do
        found[#found + 1] = ("%s:%s says %q"):format(source.path, tree.line(source.text, position), word)
      end
    end
  end
  return found
end

---@class function_size
---@field path string
---@field name string
---@field lines integer of the whole definition, from its first line to its brace

---@param sources source[] C
---@return function_size[] sorted by length
function style.functions(sources)
  local list = {}
  for _, source in ipairs(sources) do
    local head, first, number = nil, 0, 0
    for line in source.text:gmatch "([^\n]*)\n" do
      number = number + 1
      if line == "}" and head then
        local name = head:match "([%w_]+)%s*%("
        if name and not head:find "^typedef" then
          list[#list + 1] = { path = source.path, name = name, lines = number - first + 1 }
        end
        head = nil
      elseif line:find "^%a" and line:find "%(" and not line:find ";%s*$" then
        head, first = line, number
      elseif line:find "^%a" then
        head = nil
      end
    end
  end
  table.sort(list, function(a, b)
    return a.lines < b.lines
  end)
  return list
end

---@param list function_size[] sorted by length
---@return integer median, integer p90, function_size longest
function style.sizes(list)
  return list[math.ceil(#list / 2)].lines, list[math.ceil(#list * 0.9)].lines, list[#list]
end

-- A noun may fill several files (number_read.c is of number.h), and a collection owns its items
-- (timers.c has timer_init).
---@return string[]
local function nouns_of(path)
  local folder, noun = path:match "^(.*/)([%w_]+)%.c$"
  local nouns = { noun, (noun:gsub("s$", "")), (second_nouns[path] or {})[1] }
  while noun:find "_" do
    noun = noun:gsub("_%w+$", "")
    if tree.find(folder .. noun .. ".h") then
      nouns[#nouns + 1] = noun
    end
  end
  return nouns
end

local function bears(name, nouns)
  for _, noun in ipairs(nouns) do
    if name == noun or name:sub(1, #noun + 1) == noun .. "_" then
      return true
    end
  end
  return false
end

---@param lines string[] of `nm -A --defined-only --extern-only` over the archives of the layers
---@return string[]
function style.strangers(lines)
  local found = {}
  for _, line in ipairs(lines) do
    local layer, file, name = line:match "libmw_(%w+)%.a:([%w_]+)%.c%.o:%x* [TDBR] ([%w_]+)$"
    local path = layer and ("core/%s/%s.c"):format(layer, file)
    if path and not bears(name, nouns_of(path)) then
      found[#found + 1] = ("%s exports %s, which is not its noun"):format(path, name)
    end
  end
  return found
end

---@param lines string[] of `objdump -t` over the archives of the layers
---@return string[]
function style.mutable_state(lines)
  local found, object = {}, "?"
  for _, line in ipairs(lines) do
    object = line:match "^([%w_]+%.c)%.o:%s+file format" or object
    local section, name = line:match " O (%.%w+)%s+%x+%s+([%w_.]+)$"
    if (section == ".data" or section == ".bss") and not known_state[name] then
      found[#found + 1] = ("%s keeps %s between calls"):format(object, name)
    end
  end
  return found
end

return style
