-- What recovery.test.mjs drives: clients that get back what they had when their connection breaks.
-- It emits nothing by itself, so that a client can break away before its first event.
local mw = require "moonwire"
local socketio = mw.socketio

mw.config { connection_state_recovery = 60 }

socketio.on("connect", function() end)

socketio.on("settle", function(name, room)
  mw.data.name = name
  mw.join_room(room)
end)

socketio.on("who", function()
  local rooms = mw.rooms()
  table.sort(rooms)
  return mw.data.name or mw.null, mw.array(rooms)
end)

socketio.on("tell", function(room, ...)
  if room then
    socketio.emit("told", mw.args(...), { to = room })
  else
    socketio.emit("told", mw.args(...))
  end
end)

socketio.on("hint", function(text)
  socketio.emit("told", text, { volatile = true })
end)
