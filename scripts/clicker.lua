-- Dig for gold, buy what digs for you, write to the others: a game with a login, a session and a database.
-- The page only says "I dug" and "I want a mill"; what that is worth is reckoned here, and kept in SQLite.
-- There is no password, to keep it short: whoever gives a name is that name.

local mw = require "moonwire"
local sqlite = require "luasql.sqlite3"                -- Debian: apt install lua-sql-sqlite3
local home = "/" .. (... or "")                        -- "/" by itself, "/clicker" when scripts/all.lua requires it
local app, socketio, request, session = mw.app, mw.socketio.of(home), mw.request, mw.session
local emit = mw.emit

local NAME_MAX, TEXT_MAX = 16, 200                      -- characters
local SAVE_EVERY = 5                                    -- seconds
local LEADERS = 10
local SHOP = {                                          -- each one bought makes the next one dearer
  { id = "shovel", title = "Shovel", price = 15, per_dig = 1, per_second = 0 },
  { id = "donkey", title = "Donkey", price = 60, per_dig = 0, per_second = 1 },
  { id = "mill", title = "Mill", price = 500, per_dig = 0, per_second = 8 },
  { id = "moon", title = "Moon base", price = 6000, per_dig = 50, per_second = 90 },
}
local DEARER = 1.15

local players = mw.keep("clicker.players", {})         -- name -> { gold, earned, owned }, of who is online
local tabs = mw.keep("clicker.tabs", {})               -- name -> list of sids: one person may have several tabs open
local names = mw.keep("clicker.names", {})             -- sid -> name

-- The database ---------------------------------------------------------------------------------------

local path = app.config.DATABASE or os.getenv "CLICKER_DATABASE" or "clicker.db"
local db = assert(sqlite.sqlite3():connect(path))

-- Runs a statement with its values in place of the question marks. A text is escaped, so that a player who
-- is called "'; DROP TABLE players; --" is only a player with a long name.
local function sql(statement, ...)
  local values, n = { ... }, 0
  statement = statement:gsub("%?", function()
    n = n + 1
    local value = values[n]
    return type(value) == "number" and ("%d"):format(value) or "'" .. db:escape(value) .. "'"
  end)
  return assert(db:execute(statement))
end

local function rows(statement, ...)
  local cursor, list = sql(statement, ...), mw.array {}
  for row in function() return cursor:fetch({}, "a") end do list[#list + 1] = row end
  cursor:close()
  return list
end

sql "PRAGMA journal_mode = WAL"                         -- or each save would wait for the disk twice
sql "CREATE TABLE IF NOT EXISTS players (name TEXT PRIMARY KEY, gold INTEGER, earned INTEGER)"
sql "CREATE TABLE IF NOT EXISTS owned (name TEXT, item TEXT, count INTEGER, PRIMARY KEY (name, item))"

-- The session is in a cookie that is signed with a key: your own, or one that the database keeps, so that a restart
-- sends nobody to the login. Whoever can read the file can read the key.
local function kept_key()
  sql "CREATE TABLE IF NOT EXISTS secrets (key TEXT)"
  local row = rows("SELECT key FROM secrets")[1]
  if row then return row.key end
  local file = assert(io.open("/dev/urandom", "rb"))
  local key = file:read(32):gsub(".", function(c) return ("%02x"):format(c:byte()) end)
  file:close()
  sql("INSERT INTO secrets VALUES (?)", key)
  return key
end
app.config.SECRET_KEY = app.config.SECRET_KEY or os.getenv "SECRET_KEY" or kept_key()

local function load_player(name)
  local row = rows("SELECT gold, earned FROM players WHERE name = ?", name)[1] or { gold = 0, earned = 0 }
  local player = { gold = math.floor(row.gold), earned = math.floor(row.earned), owned = {} }
  for _, own in ipairs(rows("SELECT item, count FROM owned WHERE name = ?", name)) do
    player.owned[own.item] = math.floor(own.count)
  end
  return player
end

-- The server waits while SQLite writes, and everyone with it. So it is not asked at each click, but now and
-- then, for everyone at once: one transaction waits for the disk once.
local function save(some)
  sql "BEGIN"
  for name, player in pairs(some) do
    sql("INSERT OR REPLACE INTO players VALUES (?, ?, ?)", name, player.gold, player.earned)
    for item, count in pairs(player.owned) do
      sql("INSERT OR REPLACE INTO owned VALUES (?, ?, ?)", name, item, count)
    end
  end
  sql "COMMIT"
end

local function leaders()
  local list = rows("SELECT name, earned FROM players ORDER BY earned DESC, name LIMIT ?", LEADERS)
  for _, row in ipairs(list) do row.earned = math.floor(row.earned) end
  return list
end

-- The login ------------------------------------------------------------------------------------------

local function clean(text, max)
  if type(text) ~= "string" then return nil end
  text = text:gsub("%c", " "):gsub("^ +", "")
  local too_far = utf8.offset(text, max + 1) or #text + 1
  text = text:sub(1, too_far - 1):gsub(" +$", "")
  return text ~= "" and utf8.len(text) and text or nil
end

local function page(problem)
  return mw.render_template("clicker.html", { name = session.name, problem = problem, shop = SHOP,
    name_max = NAME_MAX, text_max = TEXT_MAX })
end

app.route(home, function() return page() end)

-- The form is sent here. What the route puts into the session, the socket's handlers find in it.
app.route(home, { methods = { "POST" }, limit = "30 per minute" }, function()
  if request.form.leave then
    for _, sid in ipairs { table.unpack(tabs[session.name] or {}) } do socketio.disconnect { sid = sid } end
    session.name = nil
    return mw.redirect(home, 303)
  end
  local name = clean(request.form.name, NAME_MAX)
  if not name then return page "Choose a name first.", 400 end
  session.name = name
  return mw.redirect(home, 303)                         -- so that loading the page anew does not log in again
end)

-- The game -------------------------------------------------------------------------------------------

local function sum(player, field)
  local total = 0
  for _, item in ipairs(SHOP) do total = total + item[field] * (player.owned[item.id] or 0) end
  return total
end

local function price(player, item) return math.floor(item.price * DEARER ^ (player.owned[item.id] or 0)) end

-- Tells every tab of a player how things are.
local function tell(name)
  local player, shop = players[name], {}
  for _, item in ipairs(SHOP) do
    shop[item.id] = { price = price(player, item), owned = player.owned[item.id] or 0 }
  end
  socketio.emit("you", { gold = player.gold, earned = player.earned, shop = shop,
    per_dig = 1 + sum(player, "per_dig"), per_second = sum(player, "per_second") }, { to = tabs[name] })
end

local function tell_online()
  local list = mw.array {}
  for name in pairs(tabs) do list[#list + 1] = name end
  table.sort(list)
  socketio.emit("online", list)
end

local function earn(player, gold)
  player.gold, player.earned = player.gold + gold, player.earned + gold
end

socketio.on("connect", function()
  local name = session.name
  if not name then mw.refuse_connection("log in first") end
  players[name] = players[name] or load_player(name)
  tabs[name] = tabs[name] or {}
  table.insert(tabs[name], request.sid)
  names[request.sid] = name
  tell(name)
  tell_online()
  emit("leaders", leaders())
end)

socketio.on("dig", { limit = "20 per second" }, function()
  local name = names[request.sid]
  earn(players[name], 1 + sum(players[name], "per_dig"))
  tell(name)
end)

socketio.on("buy", { limit = "20 per second" }, function(id)
  local name = names[request.sid]
  local player = players[name]
  for _, item in ipairs(SHOP) do
    if item.id == id then
      local cost = price(player, item)
      if player.gold < cost then return nil, ("A %s costs %d."):format(item.title:lower(), cost) end
      player.gold, player.owned[id] = player.gold - cost, (player.owned[id] or 0) + 1
      tell(name)
      return true
    end
  end
  return nil, "The shop has no such thing."
end)

-- A private message goes to every tab of its two people, and to nobody else.
socketio.on("whisper", { limit = "10 per 10 seconds" }, function(to, text)
  local from = names[request.sid]
  text = clean(text, TEXT_MAX)
  if type(to) ~= "string" or not tabs[to] then return nil, "There is nobody of that name." end
  if to == from then return nil, "Talking to yourself needs no server." end
  if not text then return nil, "There is nothing in that message." end
  local message = { from = from, to = to, text = text }
  socketio.emit("whisper", message, { to = tabs[to] })
  socketio.emit("whisper", message, { to = tabs[from] })
  return true
end)

socketio.on("disconnect", function()
  local name = names[request.sid]
  names[request.sid] = nil
  local left = {}
  for _, sid in ipairs(tabs[name] or {}) do
    if sid ~= request.sid then left[#left + 1] = sid end
  end
  tabs[name] = left
  if not players[name] or #left > 0 then return end
  save { [name] = players[name] }                       -- that was the last tab
  players[name], tabs[name] = nil, nil
  tell_online()
end)

socketio.on_error(function(err, traceback)
  local limit = tostring(err):match "^rate limit exceeded: (.+)"
  if limit then return nil, "Not so fast: " .. limit .. " is enough." end
  print(err, traceback)
  return nil, "Something went wrong in clicker.lua; its window says what."
end)

-- What was bought works by itself, for who is here.
socketio.every(1, function()
  for name, player in pairs(players) do
    local gold = sum(player, "per_second")
    if gold > 0 then
      earn(player, gold)
      tell(name)
    end
  end
end)

socketio.every(SAVE_EVERY, function()
  if next(players) == nil then return end
  save(players)
  socketio.emit("leaders", leaders())
end)
