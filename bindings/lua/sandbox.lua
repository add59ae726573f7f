-- What `--sandbox` leaves to a script of the libraries that reach files and programs, and the words for the rest.
-- The script's own folder stays open to it: modules, loadfile and dofile, texts only. It takes nothing away from the
-- program itself, nor from what the command line configures.

local native = require "moonwire.script_native"

local sandbox = {}

local KEPT = {
  io = {},
  os = { "clock", "date", "difftime", "time" },
  debug = { "traceback" },
  package = { "config", "loaded", "path", "preload", "searchers" },
}

sandbox.modules = { moonwire = true, cjson = true, ["cjson.safe"] = true }

-- A library with what is kept of it; the rest says why it is gone when it is looked up.
---@param name string
---@param library table
function sandbox.cut(name, library)
  local left = {}
  for _, key in ipairs(KEPT[name]) do left[key] = library[key] end
  return setmetatable(left, { __metatable = false, __index = function(_, key)
    if library[key] ~= nil then
      native.fail(("%s.%s is taken away: the server runs with --sandbox"):format(name, key))
    end
  end })
end

-- Raises unless the file is in the script's folder. One that is not there is for who opens it to tell.
---@param what string the function that was called
---@param path any nil: standard input
function sandbox.check(what, path)
  local file = type(path) == "string" and path or "/dev/stdin"
  if not native.may_reach(file) then
    native.fail(("%s: '%s' is outside of the script's folder, and the server runs with --sandbox"):format(what, file))
  end
end

return sandbox
