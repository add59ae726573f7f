-- The smallest whole program: it notices who comes and who goes, and sends every message to everyone.
-- It is the first one to read, because each of its handlers is one line long.
-- It knows no names, rooms or events of its own: custom.lua and game.lua go on from here.

local mw = require "moonwire"
local home = "/" .. (... or "")                         -- "/" by itself, "/basic" when scripts/all.lua requires it
local app, socketio, request = mw.app, mw.socketio.of(home), mw.request
local emit, send = mw.emit, mw.send

-- Opening http://127.0.0.1:5000/ shows templates/basic.html, and its script static/basic.js connects.
app.route(home, function() return mw.render_template("basic.html") end)

-- A page has connected. request.sid names it until it leaves; the others are told, the page itself knows.
socketio.on("connect", function()
  print("connected", request.sid)
  emit("joined", request.sid, { broadcast = true, include_self = false })
end)

-- socket.send("hi") in the page arrives here. send(text) alone would answer the sender only.
socketio.on("message", function(text)
  send(text, { broadcast = true })
end)

-- A page has left, or its connection broke: reason says which. It hears nothing any more, the others do.
socketio.on("disconnect", function(reason)
  print("disconnected", request.sid, reason)
  socketio.emit("left", mw.args(request.sid, reason))
end)
