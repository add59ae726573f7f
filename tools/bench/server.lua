-- What the bench asks of a server, in Lua; server.mjs is the same for socket.io on Node.
local mw = require "moonwire"
local socketio, emit = mw.socketio, mw.emit

mw.config { ping_interval = 300, ping_timeout = 200 }

socketio.on("echo", function(data) emit("echo", data) end)
socketio.on("join", function(room) mw.join_room(room) end)
socketio.on("all", function(data) socketio.emit("all", data) end)
socketio.on("room", function(room, data) socketio.emit("room", data, { to = room }) end)
