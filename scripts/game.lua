-- A game for everyone who opens the page: pages send the keys that are held, this script moves the players.
-- Only the script knows where a player is, so nobody can cheat: a page that lies about its keys is just a player.
-- It draws nothing: that is static/game.js, which gets the whole state thirty times a second.

local mw = require "moonwire"
local home = "/" .. (... or "")                         -- "/" by itself, "/game" when scripts/all.lua requires it
local app, socketio, request = mw.app, mw.socketio.of(home), mw.request

local SPEED = 220                                       -- pixels a second: make it 600 and see
local WIDTH, HEIGHT = 800, 600                          -- the field, in pixels
local RADIUS = 20                                       -- half the size of a player
local RATE = 30                                         -- updates a second
local NAME_MAX = 16                                     -- characters; "ü" is one, though it is two bytes
local SHAPES = { "circle", "square", "triangle", "star" }

-- sid -> { name, shape, color, x, y, keys }; mw.keep saves it when this file is edited and loaded anew.
local players = mw.keep("players", {})

app.route(home, function()
  return mw.render_template("game.html",
    { width = WIDTH, height = HEIGHT, radius = RADIUS, name_max = NAME_MAX, shapes = SHAPES })
end)

-- Whatever a page sends, these three make of it something to rely on.
local function clean_name(name)
  if type(name) ~= "string" then return "Anonymous" end
  name = name:gsub("%c", " "):gsub("^ +", "")
  local too_far = utf8.offset(name, NAME_MAX + 1) or #name + 1
  name = name:sub(1, too_far - 1):gsub(" +$", "")
  return name ~= "" and name or "Anonymous"
end

local function clean_shape(shape)
  for _, known in ipairs(SHAPES) do
    if shape == known then return known end
  end
  return SHAPES[1]
end

local function clean_color(color)
  return type(color) == "string" and color:match("^#%x%x%x%x%x%x$") or "#4c6ef5"
end

-- Entering again changes the looks and leaves the player where it is.
socketio.on("enter", function(look)
  if type(look) ~= "table" then look = {} end
  local player = players[request.sid]
      or { x = math.random(RADIUS, WIDTH - RADIUS), y = math.random(RADIUS, HEIGHT - RADIUS), keys = {} }
  player.name, player.shape, player.color = clean_name(look.name), clean_shape(look.shape), clean_color(look.color)
  players[request.sid] = player
end)

-- A page says which of its four keys are held, each time that changes.
socketio.on("move", function(keys)
  local player = players[request.sid]
  if not player or type(keys) ~= "table" then return end
  player.keys = { up = keys.up == true, down = keys.down == true, left = keys.left == true, right = keys.right == true }
end)

-- To be answered is all it wants: the page measures how long that took.
socketio.on("latency", function() return end)

socketio.on("leave", function() players[request.sid] = nil end)
socketio.on("disconnect", function() players[request.sid] = nil end)

local function clamp(value, low, high) return math.max(low, math.min(high, value)) end

local function step(player, dt)
  local keys = player.keys
  local dx = (keys.right and 1 or 0) - (keys.left and 1 or 0)
  local dy = (keys.down and 1 or 0) - (keys.up and 1 or 0)
  local way = SPEED * dt
  if dx ~= 0 and dy ~= 0 then way = way / math.sqrt(2) end  -- or the diagonal would be a shortcut
  player.x = clamp(player.x + dx * way, RADIUS, WIDTH - RADIUS)
  player.y = clamp(player.y + dy * way, RADIUS, HEIGHT - RADIUS)
end

local function round(value) return math.floor(value * 10 + 0.5) / 10 end

-- Moves everyone by the same dt, then tells everyone where everyone is. Who left is simply not in the state.
socketio.tick(RATE, function(dt)
  local state = {}
  for sid, p in pairs(players) do
    step(p, dt)
    state[sid] = { name = p.name, shape = p.shape, color = p.color, x = round(p.x), y = round(p.y) }
  end
  socketio.emit("game_update", state)
end)
