-- A page, two events and a list: what a first Moonwire program needs.
-- Start it with `moonwire main.lua` and open http://127.0.0.1:5000/ in two windows.

local mw = require "moonwire"
local app, socketio, request = mw.app, mw.socketio, mw.request
local emit = mw.emit

local KEPT = 20                            -- messages that a newcomer still sees
local history = mw.keep("history", {})     -- outlives a reload of this file

app.route("/", function()
  return mw.render_template("index.html", { history = history })
end)

socketio.on("connect", function()
  print("connected", request.sid)
end)

-- The page: socket.emit("say", "hello", (answer) => …)
socketio.on("say", function(text)
  if type(text) ~= "string" or not text:find("%S") then
    return "nothing to say?"
  end
  history[#history + 1] = text
  if #history > KEPT then table.remove(history, 1) end
  emit("said", text, { broadcast = true })
  return "sent"
end)

socketio.on("disconnect", function(reason)
  print("disconnected", request.sid, reason)
end)
