-- All programs of this folder in one server, and a page that leads to them.
-- Each of them is a file that also runs by itself: required from here it gets its name, and puts its page under
-- "/name" and its events into the namespace "/name". So they share a server and never meet.

local mw = require "moonwire"
local app, socketio = mw.app, mw.socketio
local emit = mw.emit

local PROGRAMS = {
  { name = "basic", title = "Basic", text = "Say something, and everyone reads it. The smallest whole program." },
  { name = "custom", title = "Custom events", text = "Events of your own: arguments, answers, and who hears what." },
  { name = "namespaces", title = "Namespaces", text = "Three conversations over one connection." },
  { name = "chat", title = "Chat", text = "Names, rooms, who is typing, and what was said before." },
  { name = "game", title = "Game", text = "One field for everyone, moved thirty times a second." },
  { name = "board", title = "Four in a row", text = "A link to invite, two who play, and anyone who watches." },
  { name = "clicker", title = "Clicker", text = "A login, a shop, private messages, and a leaderboard in a database." },
}

-- require("chat") runs chat.lua with "chat" as its argument: that is the (...) in its third line.
for _, program in ipairs(PROGRAMS) do require(program.name) end

app.route("/", function() return mw.render_template("all.html", { programs = PROGRAMS }) end)

-- How many pages are connected to each: a namespace knows its clients.
local function count()
  local counts = {}
  for _, program in ipairs(PROGRAMS) do
    counts[program.name] = #socketio.sids { namespace = "/" .. program.name }
  end
  return counts
end

socketio.on("connect", function() emit("count", count()) end)
socketio.every(1, function() socketio.emit("count", count()) end)
