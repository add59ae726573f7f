-- What the specs of the bindings share: a script given as text, on a server of its own.
-- The usual names are there for it, on its first line, so that the line numbers in errors are those of the text.

local moonwire = require "moonwire"

local support = {}

local NAMES = [[local mw = require "moonwire"; local app, socketio, request = mw.app, mw.socketio, mw.request; ]]
  .. [[local emit, send, call, join_room, leave_room = mw.emit, mw.send, mw.call, mw.join_room, mw.leave_room; ]]

-- Writes the script to a file of its own, runs fn(path) and removes it.
local function with_script(source, fn, ...)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(NAMES, source)
  file:close()
  local results = table.pack(pcall(fn, path, ...))
  os.remove(path)
  if not results[1] then error(results[2], 0) end
  return table.unpack(results, 2, results.n)
end

-- A server that runs the script.
function support.serve(source, config)
  return with_script(source, moonwire.test_server, config)
end

-- What is said about a script that does not load.
function support.load_error(source, config)
  local ok, err = pcall(support.serve, source, config)
  if ok then
    err:close()
    error("the script was expected not to load", 2)
  end
  return tostring(err)
end

-- Runs `code` in the handler of an event and returns what pcall says of it: whether it went well, and the error.
function support.try(code, config)
  local server = support.serve(([[
socketio.on("try", function(...)
  local ok, err = pcall(function(...) %s end, ...)
  return ok, err
end)]]):format(code), config)
  local ok, err = server:test_client():call("try")
  server:close()
  return ok, err
end

-- Holds fn to a limit, in seconds of processor time. A machine that is busy with something else makes even that longer,
-- so what took too long is done up to four times again. fn may return how long it took, where not all of it counts;
-- `what` names it.
function support.in_time(limit, fn, what)
  local took
  for _ = 1, 5 do
    local before = os.clock()
    took = fn() or os.clock() - before
    if took < limit then return end
  end
  error(("%s took %.3f s of %.3f"):format(what or "it", took, limit), 2)
end

-- The names and arguments of what came, without the namespace.
function support.events(client, namespace)
  local events = {}
  for i, packet in ipairs(client:get_received(namespace)) do
    events[i] = { packet.name, table.unpack(packet.args) }
  end
  return events
end

return support
