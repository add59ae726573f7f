-- Events with names of one's own: with no, one and several arguments, objects, and acknowledgements.
-- Each handler shows one thing that can be done; the buttons of the page call them one by one.
-- It keeps nothing: how a program remembers something between two events is the lesson of game.lua.

local mw = require "moonwire"
local home = "/" .. (... or "")                         -- "/" by itself, "/custom" when scripts/all.lua requires it
local app, socketio, request = mw.app, mw.socketio.of(home), mw.request
local emit = mw.emit

local PRICE = 0.5

app.route(home, function() return mw.render_template("custom.html") end)

socketio.on("connect", function() print("connected", request.sid) end)
socketio.on("disconnect", function(reason) print("disconnected", request.sid, reason) end)

-- No argument in, none out:         socket.emit("knock")
socketio.on("knock", function() emit("who_is_there") end)

-- One argument:                     socket.emit("greet", "Ada")
socketio.on("greet", function(name)
  if type(name) ~= "string" then name = "whoever you are" end
  emit("greeting", "Hello, " .. name .. "!")
end)

-- Several arguments:                socket.emit("swap", 1, "two")
socketio.on("swap", function(first, second) emit("swapped", mw.args(second, first)) end)

-- A JSON object arrives as a table, and a table leaves as an object:
--                                   socket.emit("order", { item: "pear", count: 3 })
-- A page may send anything at all, so look at what came before you reckon with it.
socketio.on("order", function(order)
  if type(order) ~= "table" or math.type(order.count) ~= "integer" then
    emit("problem", 'order wants an object such as {"item": "pear", "count": 3}')
    return
  end
  emit("bill", { item = order.item, count = order.count, total = order.count * PRICE })
end)

-- What a handler returns is the acknowledgement, all values of it:
--                                   socket.emit("add", 2, 3, (sum, problem) => …)
socketio.on("add", function(a, b)
  if math.type(a) ~= "integer" or math.type(b) ~= "integer" then
    return nil, "add wants two whole numbers"
  end
  return a + b
end)

-- Who hears it: only me, everyone but me, everyone.
socketio.on("to_me", function(data) emit("heard", data) end)
socketio.on("to_others", function(data) emit("heard", data, { broadcast = true, include_self = false }) end)
socketio.on("to_everyone", function(data) emit("heard", data, { broadcast = true }) end)

-- Every event that has no handler above. It is answered instead of ignored, so that a misspelt name shows.
socketio.on("*", function(event, ...)
  emit("unknown_event", mw.args(event, ...))
  return "no handler for " .. event
end)
