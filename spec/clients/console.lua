-- What a console looks into: values in locals, globals, modules and mw.keep, handlers that use them, and one that
-- counts what was closed.
local mw = require "moonwire"
local socketio, emit = mw.socketio, mw.emit

local speed = 5
local players = mw.keep("players", { ann = { x = 1, tags = { "a", "b" } } })
local closed = mw.keep("closed", { count = 0 })

-- luacheck: globals SHARED
SHARED = "of all"

local function shout(text)
  print("shouting", text)
  return text:upper()
end

local function guarded()
  return setmetatable({}, { __close = function() closed.count = closed.count + 1 end })
end

local tricky = setmetatable({ plain = 1 }, { __index = function() error "a metamethod was run" end })

socketio.on("echo", function(...) return ... end)
socketio.on("speed", function() return speed, SHARED end)
socketio.on("join", function(room) mw.join_room(room) end)
socketio.on("use", function() return shout(""), guarded(), players, tricky end)
socketio.of("/chat").on("say", function(text) emit("said", text) end)
local greeting = "hello"
mw.app.route("/user/<name>", { limit = "9/second" }, function(name) return greeting .. name end)
socketio.tick(20, function() end)
