-- The Lua side of one console that is attached: reads what was typed, shows what came of it, completes.
-- What is read is run by console.c, as a task of its own, so that it may wait and its traceback is the console's alone.

local complete = require "moonwire.console_complete"
local inspect = require "moonwire.inspect"
local report = require "moonwire.console_report"
local scopes = require "moonwire.console_scope"

local load = load

local CHUNK = "=console"
local LOST = "a local ends with its line; without `local` the name stays in this console"

local function is_incomplete(err)
  return err:find "near '?<eof>'?$" ~= nil
end

-- An expression is a chunk that returns it.
local function compile(text, env)
  local marked = text:match "^%s*=(.*)$"
  local chunk, err = load("return " .. (marked or text), CHUNK, "t", env)
  if chunk or marked then return chunk, err end
  local statements, wrong = load(text, CHUNK, "t", env)
  return statements, is_incomplete(err) and err or wrong
end

-- Is a declaration of locals all there is?
local function only_declares(text)
  local body = text:match "^%s*local%s+function%s+[%w_]+(.*)$"
  if body then return load("return function" .. body) ~= nil end
  local values = text:match "^%s*local%s+[%w_,%s<>]-=(.*)$"
  if values then return load("return " .. values) ~= nil end
  return text:find "^%s*local%s+[%w_,%s<>]+$" ~= nil
end

-- A function to run and a remark on it (or nil), the text of an answer, nil and an error, or false: more is to follow.
local function read(scope, text, whole)
  local command, argument = text:match "^%s*%.(%a+)%s*(.-)%s*$"
  if command then return report.answer(command, argument) end
  scope:refresh()
  local chunk, err = compile(text, scope.env)
  if not chunk and not whole and is_incomplete(err) then return false end
  if not chunk then return nil, err end
  return chunk, not whole and only_declares(text) and LOST or nil
end

local function show(...)
  local texts = {}
  for i = 1, select("#", ...) do texts[i] = inspect((select(i, ...))) end
  return table.concat(texts, "\t")
end

-- Errors are texts as a rule; of another value everything is shown.
local function show_error(value, traceback)
  local text = type(value) == "string" and value or inspect(value)
  return text .. "\n" .. traceback
end

---@return table session its functions; console.c calls them
return function()
  local scope = scopes.open()
  return {
    read = function(text, whole) return read(scope, text, whole) end,
    show = show,
    show_error = show_error,
    complete = function(line)
      scope:refresh()
      local found = complete(scope, report.names(), line)
      return #found.part .. "\n" .. table.concat(found, "\n")
    end,
  }
end
