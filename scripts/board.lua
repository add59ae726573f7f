-- Four in a row, for two who play and any number who watch: a link names the game, and the game is a room.
-- Every move is checked here, so that nobody moves out of turn or into a full column, whatever a page sends.
-- It knows its players by a key that their page made up; who they are in truth is no question to it.

local mw = require "moonwire"
local home = "/" .. (... or "")                        -- "/" by itself, "/board" when scripts/all.lua requires it
local app, socketio, request = mw.app, mw.socketio.of(home), mw.request
local join_room, leave_room = mw.join_room, mw.leave_room

local COLUMNS, ROWS, IN_A_ROW = 7, 6, 4
local NAME_MAX = 16                                     -- characters
local GAMES_MAX = 500
local SEAT_KEPT = 60                                    -- seconds that the seat of a player who is gone is kept
local GAME_KEPT = 600                                   -- seconds that a game is kept which nobody looks at

local games = mw.keep("board.games", {})               -- id -> { cells, turn, seats, … }, see new_game
local people = mw.keep("board.people", {})             -- sid -> { key, game = an id or nil }

app.route(home, function()
  return mw.render_template("board.html", { columns = COLUMNS, rows = ROWS, name_max = NAME_MAX })
end)

-- The board is a list of 42 cells, row by row from the top: 0 is empty, 1 and 2 are the players' discs.
local function index(column, row) return (row - 1) * COLUMNS + column end

local function clear_board(game)
  for i = 1, COLUMNS * ROWS do game.cells[i] = 0 end
  game.turn, game.starter = game.starter, 3 - game.starter
  game.moves, game.winner, game.line, game.last, game.again = 0, 0, {}, 0, {}
end

local function new_game()
  local game = { cells = {}, starter = 1, seats = {}, score = { 0, 0 }, left_at = socketio.now() }
  clear_board(game)
  return game
end

local function new_id()
  local letters = {}
  for i = 1, 5 do letters[i] = string.char(math.random(("a"):byte(), ("z"):byte())) end
  local id = table.concat(letters)
  return games[id] and new_id() or id
end

local function clean_name(name)
  if type(name) ~= "string" then return "Anonymous" end
  name = name:gsub("%c", " "):gsub("^ +", "")
  local too_far = utf8.offset(name, NAME_MAX + 1) or #name + 1
  name = name:sub(1, too_far - 1):gsub(" +$", "")
  return name ~= "" and name or "Anonymous"
end

-- Who is here. One player may have several tabs, so a seat belongs to a key and not to a sid.
local function is_here(id, key)
  for _, person in pairs(people) do
    if person.game == id and person.key == key then return true end
  end
  return false
end

local function seat_of(game, key)
  for n = 1, 2 do
    if game.seats[n] and game.seats[n].key == key then return n end
  end
  return 0
end

-- What everyone may know of a game. The keys stay here: whoever has a key has the seat.
local function view(id, game)
  local seats, playing = mw.array {}, 0
  for n = 1, 2 do
    local seat = game.seats[n]
    seats[n] = seat and { name = seat.name, here = seat.gone_at == nil, again = game.again[n] == true } or mw.null
  end
  for _, sid in ipairs(socketio.sids { room = id }) do
    if seat_of(game, people[sid].key) > 0 then playing = playing + 1 end
  end
  return { id = id, cells = game.cells, turn = game.turn, winner = game.winner, line = mw.array(game.line),
    last = game.last, moves = game.moves, score = game.score, seats = seats,
    watching = #socketio.sids { room = id } - playing }
end

local function lobby()
  local list = mw.array {}
  for id, game in pairs(games) do
    local names = mw.array {}
    for n = 1, 2 do names[#names + 1] = game.seats[n] and game.seats[n].name end
    if #socketio.sids { room = id } > 0 and #names > 0 then list[#list + 1] = { id = id, names = names } end
  end
  table.sort(list, function(a, b) return a.id < b.id end)
  return list
end

local function tell(id)
  socketio.to(id).emit("state", view(id, games[id]))
  socketio.to("the lobby").emit("lobby", lobby())
end

-- The person of the event that is being handled, with game, id and seat; nil if it plays none.
local function current()
  local person = people[request.sid]
  local game = person and games[person.game]
  if game then return game, person.game, seat_of(game, person.key) end
end

-- A page comes with { key = "…" }, the same one each time, so that its seat is found again.
socketio.on("connect", function(auth)
  local key = type(auth) == "table" and auth.key
  if type(key) ~= "string" or not key:find "^%w+$" or #key < 16 or #key > 64 then
    mw.refuse_connection("board.lua wants a key of 16 to 64 letters and digits")
  end
  people[request.sid] = { key = key }
end)

-- Looking at the list of games.
socketio.on("lobby", function()
  join_room("the lobby")   -- five letters would be the id of a game
  return lobby()
end)

-- A new game, with the first seat for whoever began it.
socketio.on("new", { limit = "10 per minute" }, function(name)
  local count = 0
  for _ in pairs(games) do count = count + 1 end
  if count >= GAMES_MAX then return nil, "There are too many games. Come back in ten minutes." end
  local id, game = new_id(), new_game()
  game.seats[1] = { key = people[request.sid].key, name = clean_name(name), gone_at = socketio.now() }
  games[id] = game
  return id
end)

-- Opening the link of a game. Answers with the seat that is yours: 1, 2, or 0 for who watches.
socketio.on("enter", function(id)
  if type(id) ~= "string" or not games[id] then return nil, "This game is over, or never was." end
  local person = people[request.sid]
  if person.game and person.game ~= id then return nil, "One page is for one game." end
  person.game = id
  join_room(id)
  local n = seat_of(games[id], person.key)
  if n > 0 then games[id].seats[n].gone_at = nil end
  tell(id)
  return n
end)

-- Sitting down, where nobody sits, or nobody has been for a minute.
socketio.on("sit", function(n, name)
  local game, id, mine = current()
  if not game or (n ~= 1 and n ~= 2) then return nil, "There is no such seat." end
  if mine > 0 then return nil, "You have a seat." end
  local seat = game.seats[n]
  local kept = seat and (seat.gone_at and seat.gone_at + SEAT_KEPT - socketio.now() or math.huge) or 0
  if kept == math.huge then return nil, "This seat is taken." end
  if kept > 0 then return nil, ("This seat is kept for %d s more."):format(math.ceil(kept)) end
  game.seats[n] = { key = people[request.sid].key, name = clean_name(name) }
  tell(id)
  return n
end)

socketio.on("stand_up", function()
  local game, id, mine = current()
  if not game or mine == 0 then return 0 end
  game.seats[mine], game.again[mine] = nil, nil
  tell(id)
  return 0
end)

local function lowest_free_row(game, column)
  for row = ROWS, 1, -1 do
    if game.cells[index(column, row)] == 0 then return row end
  end
end

-- The cells of one colour in a line through a cell: both ways from it, as far as they go.
local function line_through(game, column, row, dx, dy)
  local color, line = game.cells[index(column, row)], { index(column, row) }
  for _, way in ipairs { 1, -1 } do
    local x, y = column + dx * way, row + dy * way
    while x >= 1 and x <= COLUMNS and y >= 1 and y <= ROWS and game.cells[index(x, y)] == color do
      line[#line + 1] = index(x, y)
      x, y = x + dx * way, y + dy * way
    end
  end
  return line
end

local function judge(game, column, row)
  for _, way in ipairs { { 1, 0 }, { 0, 1 }, { 1, 1 }, { 1, -1 } } do
    local line = line_through(game, column, row, way[1], way[2])
    if #line >= IN_A_ROW then
      for _, cell in ipairs(line) do game.line[#game.line + 1] = cell end
      game.winner = game.turn
    end
  end
  if game.winner > 0 then
    game.score[game.winner] = game.score[game.winner] + 1
  elseif game.moves == COLUMNS * ROWS then
    game.winner = 3                                     -- nobody's: the board is full
  end
end

-- A move. The page shows only what comes back in "state", so a move that is refused was never there.
socketio.on("drop", function(column)
  local game, id, mine = current()
  if not game or mine == 0 then return nil, "You are watching." end
  if game.winner > 0 then return nil, "This game is over." end
  if not game.seats[3 - mine] then return nil, "You need somebody to play against." end
  if mine ~= game.turn then return nil, "It is not your turn." end
  if math.type(column) ~= "integer" or column < 1 or column > COLUMNS then return nil, "There is no such column." end
  local row = lowest_free_row(game, column)
  if not row then return nil, "This column is full." end

  game.last, game.moves = index(column, row), game.moves + 1
  game.cells[game.last] = mine
  judge(game, column, row)
  game.turn = 3 - game.turn
  tell(id)
  return true
end)

-- When both want it, the board is cleared, and the one begins who did not last time.
socketio.on("rematch", function()
  local game, id, mine = current()
  if not game or mine == 0 or game.winner == 0 then return nil, "There is nothing to play again yet." end
  game.again[mine] = true
  if game.again[1] and game.again[2] then clear_board(game) end
  tell(id)
  return true
end)

socketio.on("disconnect", function()
  local game, id, mine = current()
  local key = people[request.sid] and people[request.sid].key
  people[request.sid] = nil
  if not game then return end
  leave_room(id)
  if mine > 0 and not is_here(id, key) then game.seats[mine].gone_at = socketio.now() end
  game.left_at = socketio.now()
  tell(id)
end)

socketio.on_error(function(err, traceback)
  local limit = tostring(err):match "^rate limit exceeded: (.+)"
  if limit then return nil, "Not so fast: " .. limit .. " is enough." end
  print(err, traceback)
  return nil, "Something went wrong in board.lua; its window says what."
end)

-- Forgets the games that nobody looks at.
socketio.every(60, function()
  for id, game in pairs(games) do
    if #socketio.sids { room = id } == 0 and socketio.now() - game.left_at > GAME_KEPT then games[id] = nil end
  end
end)
