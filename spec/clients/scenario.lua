-- One script with a handler for each thing that a client library can ask of a server.
-- The specs beside it drive it with real clients over each transport. It checks nothing itself, and
-- shows nobody how to write a script: scripts/ does.
local mw = require "moonwire"
local app, socketio, request = mw.app, mw.socketio, mw.request

local reasons = {} -- the disconnect reason of each client, by the name in its auth payload

---@param auth? table a client of before 3.0 has none for "/", and says in its query what it has to say
local function connect(auth)
  local said = auth or request.args
  mw.emit("welcome", {
    auth = auth or mw.null,
    color = request.args.color or mw.null,
    namespace = request.namespace,
    sid = request.sid,
  })
  if said.refuse == "with data" then
    mw.refuse_connection("not you", { code = 4001, hint = { "try", "again" } })
  end
  mw.data.name = said.name
  return not said.refuse
end

socketio.on("connect", connect)
socketio.on("disconnect", function(reason)
  if mw.data.name then
    reasons[mw.data.name] = reason
  end
end)
socketio.on("reason", function(name)
  return reasons[name] or mw.null
end)
socketio.on("population", function()
  return #socketio.sids {}
end)
socketio.on("headers", function(first, second)
  return request.headers[first], request.headers[second]
end)

socketio.of("/admin").on("connect", function(auth)
  if not auth or auth.password ~= "secret" then
    mw.refuse_connection("wrong password", { attempts_left = 2 })
  end
  return connect(auth)
end)
socketio.of("/admin").on("echo", function(...)
  return ...
end)

-- Data, both ways
socketio.on("echo", function(...)
  return ...
end)
socketio.on("mirror", function(...)
  mw.emit("mirrored", mw.args(...))
end)
socketio.on("nothing", function() end)
socketio.on("seq", function(n)
  mw.emit("seq", n)
end)
socketio.on("measure", function(text)
  return #text
end)

-- The server asks
socketio.on("ask", function(question, timeout)
  return mw.call("question", question, { timeout = timeout })
end)
socketio.on("ask_in_vain", function(timeout)
  local answered, err = pcall(mw.call, "silence", nil, { timeout = timeout })
  return answered, tostring(err)
end)
socketio.on("ask_later", function(question)
  mw.emit("question", question, { callback = function(...)
    mw.emit("answered", mw.args(...))
  end })
end)

-- Rooms
local function sorted_rooms()
  local list = mw.rooms()
  table.sort(list)
  return mw.array(list)
end
socketio.on("join", function(room)
  mw.join_room(room)
  return sorted_rooms()
end)
socketio.on("leave", function(room)
  mw.leave_room(room)
  return sorted_rooms()
end)
socketio.on("close_room", function(room)
  mw.close_room(room)
end)
socketio.on("say", function(room, text, include_self)
  mw.emit("said", text, { to = room, include_self = include_self })
end)
socketio.on("shout", function(text, include_self)
  mw.emit("said", text, { broadcast = true, include_self = include_self })
end)
socketio.on("shout_except", function(text, room)
  socketio.emit("said", text, { except = room })
end)

-- Ends and errors
socketio.on("kick", function()
  mw.disconnect()
end)
socketio.on("fail", function()
  error("broken on purpose")
end)
socketio.on("later", function(seconds)
  socketio.sleep(seconds)
  mw.emit("fickle", "still here", { volatile = true })
end)

-- A tick that anyone may watch
local ticks = socketio.tick(30, function(dt, n)
  socketio.emit("tick", { n = n, dt = dt }, { to = "tickers" })
end)
socketio.on("tick_stats", function()
  return ticks:stats()
end)

-- HTTP
app.route("/", function()
  return "<h1>scenario</h1>"
end)
app.route("/user/<name>/<int:id>", function(name, id)
  return { name = name, id = id, color = request.args.color or mw.null }
end)
app.route("/form", { methods = { "POST" } }, function()
  return { text = request.form.text or mw.null, method = request.method }
end)
app.route("/json", { methods = { "GET", "POST" } }, function()
  return { got = request.json or mw.null, type = request.headers["Content-Type"] or mw.null }
end)
app.route("/teapot", function()
  return "short and stout", 418, { ["X-Pot"] = "yes" }
end)
app.route("/moved", function()
  return mw.redirect("/")
end)
app.route("/secret", function()
  mw.abort(403)
end)
app.route("/broken", function()
  error("broken route")
end)
app.route("/shout", { methods = { "POST" } }, function()
  socketio.emit("said", request.form.text)
  return { told = #socketio.sids {} }
end)
