-- Runs the deeds of spec/bindings/guard_deeds.lua where the test says: do(place, deed).
local mw = require "moonwire"
local app, socketio = mw.app, mw.socketio

local folder = package.path:match "^(.-)/%?"
local deeds = dofile(folder .. "/../bindings/guard_deeds.lua")
local armed, at

-- Runs the deed that is meant for this place, once.
local function act(place)
  if at ~= place then return end
  at = nil
  deeds[armed]()
end

local starts = {
  handler = function() act "handler" end,
  task = function() socketio.start_background_task(act, "task") end,
  timer = function() socketio.after(0.01, function() act "timer" end) end,
}

socketio.on("do", function(place, deed)
  at, armed = place, deed
  if starts[place] then starts[place]() end
end)
socketio.on("echo", function(x) return x end)

-- Many at once, all due at the same time.
socketio.on("tasks", function(count)
  for _ = 1, count do socketio.start_background_task(deeds["a loop"]) end
end)

local steps = 0
socketio.on("steps", function() return steps end)
socketio.tick(50, function()
  act "tick"
  steps = steps + 1
end)

app.route("/route", function() act "route" return "" end)
app.route("/template", function() return mw.render_template_string("\n{{ act('template') }}", { act = act }) end)
