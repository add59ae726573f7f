-- A chat with rooms: choose a name, say something, go to another room or make one of your own.
-- Everything that a page sends is looked at before anyone else sees it; each room remembers what was said last.
-- It writes nothing to a disk: when the server ends, what was said is gone.

local mw = require "moonwire"
local home = "/" .. (... or "")                        -- "/" by itself, "/chat" when scripts/all.lua requires it
local app, socketio, request = mw.app, mw.socketio.of(home), mw.request
local emit, join_room, leave_room = mw.emit, mw.join_room, mw.leave_room

local FIRST_ROOM = "Lobby"
local NAME_MAX, TEXT_MAX = 20, 500                      -- characters
local HISTORY = 50                                      -- entries that a room remembers
local ROOMS_MAX = 50

local people = mw.keep("chat.people", {})              -- sid -> { name, room, typing }
local rooms = mw.keep("chat.rooms", { [FIRST_ROOM] = {} })  -- name -> list of entries, the oldest first

app.route(home, function()
  return mw.render_template("chat.html", { name_max = NAME_MAX, text_max = TEXT_MAX })
end)

-- A text without control characters and outer spaces, of at most `max` characters; nil if nothing is left.
local function clean(text, max)
  if type(text) ~= "string" then return nil end
  text = text:gsub("%c", " "):gsub("^ +", "")
  local too_far = utf8.offset(text, max + 1) or #text + 1
  text = text:sub(1, too_far - 1):gsub(" +$", "")
  return text ~= "" and text or nil
end

-- Two people with one name could be taken for each other: the second Ada is called "Ada 2".
local function free_name(wanted)
  local taken = {}
  for _, person in pairs(people) do taken[person.name:lower()] = true end
  local name, n = wanted, 1
  while taken[name:lower()] do
    n = n + 1
    name = wanted .. " " .. n
  end
  return name
end

-- Who is in a room, by name; with `field`, only those of whom it is true.
local function names_in(room, field)
  local names = mw.array {}
  for _, person in pairs(people) do
    if person.room == room and (not field or person[field]) then names[#names + 1] = person.name end
  end
  table.sort(names, function(a, b) return a:lower() < b:lower() end)
  return names
end

local function list_rooms()
  local list = mw.array {}
  for name in pairs(rooms) do list[#list + 1] = { name = name, count = #names_in(name) } end
  table.sort(list, function(a, b) return a.name:lower() < b.name:lower() end)
  return list
end

-- Adds an entry to what a room remembers, and tells everyone in it. `kind` is "said" or "news".
local function add(room, kind, name, text)
  local entry, history = { kind = kind, time = os.time(), name = name, text = text }, rooms[room]
  history[#history + 1] = entry
  if #history > HISTORY then table.remove(history, 1) end
  socketio.to(room).emit("entry", entry)
end

local function tell_who(room)
  socketio.to(room).emit("people", names_in(room))
  socketio.to(room).emit("typing", names_in(room, "typing"))
  socketio.emit("rooms", list_rooms())
end

local function leave(person)
  local room = person.room
  person.room, person.typing = nil, false
  if not room then return end
  leave_room(room)
  add(room, "news", person.name, "left")
  if room ~= FIRST_ROOM and #names_in(room) == 0 then rooms[room] = nil end
  tell_who(room)
end

-- All that a page shows of a room.
local function view(room)
  return { room = room, history = mw.array(rooms[room]), people = names_in(room), rooms = list_rooms() }
end

-- Going to a room, which is made if there is none of that name.
local function go(person, room)
  if person.room ~= room then
    leave(person)
    rooms[room] = rooms[room] or {}
    person.room = room
    join_room(room)
    add(room, "news", person.name, "joined")
    tell_who(room)
  end
  return view(room)
end

-- A page whose connection broke comes back with another sid, maybe before the server has noticed that the old one
-- is dead. It says which sid it had: nobody else knows that, so whoever says it is the same person.
local function come_back(old_sid)
  local person = type(old_sid) == "string" and people[old_sid]
  if not person then return nil end
  people[old_sid], people[request.sid] = nil, person
  socketio.disconnect { sid = old_sid }
  join_room(person.room)
  return person
end

socketio.on("connect", function() emit("rooms", list_rooms()) end)

-- Coming in under a name. The answer begins with the name that it became.
socketio.on("enter", { limit = "10 per minute" }, function(name, room, old_sid)
  name = clean(name, NAME_MAX)
  if not name then return nil, "Choose a name first." end
  local person = people[request.sid]
  if person then return nil, "You are in already, as " .. person.name .. "." end
  person = come_back(old_sid)
  if person then return person.name, view(person.room) end
  person = { name = free_name(name), typing = false }
  people[request.sid] = person
  room = clean(room, NAME_MAX)
  return person.name, go(person, rooms[room] and room or FIRST_ROOM)
end)

socketio.on("go", { limit = "20 per minute" }, function(room)
  local person = people[request.sid]
  if not person then return nil, "Choose a name first." end
  room = clean(room, NAME_MAX)
  if not room then return nil, "A room needs a name." end
  for known in pairs(rooms) do
    if known:lower() == room:lower() then return go(person, known) end
  end
  if #list_rooms() >= ROOMS_MAX then return nil, "There are rooms enough. Take one of them." end
  return go(person, room)
end)

-- Saying something. Where it is escaped? In the page: static/chat.js shows it as text, never as HTML.
socketio.on("say", { limit = "10 per 10 seconds" }, function(text)
  local person = people[request.sid]
  if not person then return nil, "Choose a name first." end
  text = clean(text, TEXT_MAX)
  if not text then return nil, "There is nothing to say in that." end
  person.typing = false
  add(person.room, "said", person.name, text)
  socketio.to(person.room).emit("typing", names_in(person.room, "typing"))
  return true
end)

socketio.on("typing", { limit = "20 per 10 seconds" }, function(is_typing)
  local person = people[request.sid]
  if not person or person.typing == (is_typing == true) then return end
  person.typing = is_typing == true
  socketio.to(person.room).emit("typing", names_in(person.room, "typing"))
end)

socketio.on("disconnect", function()
  local person = people[request.sid]
  people[request.sid] = nil
  if person then leave(person) end
end)

-- Past a limit the handler above is not called; this is, and what it returns is the answer.
socketio.on_error(function(err, traceback)
  local limit = tostring(err):match "^rate limit exceeded: (.+)"
  if limit then return nil, "Not so fast: " .. limit .. " is enough." end
  print(err, traceback)
  return nil, "Something went wrong in chat.lua; its window says what."
end)
