-- Three namespaces over one connection: "/" for everyone, "/chat" for who gives a name, "/notifications" for who
-- knows the password. Each has its own handlers, its own clients, and its own answer to who may come in.
-- The same event, "hello", is handled by all three, to show that they never hear each other.

local mw = require "moonwire"
local home = "/" .. (... or "")                        -- "/" by itself, "/namespaces" when scripts/all.lua requires it
local below = home == "/" and "" or home               -- what the names of the other two begin with
local app, request = mw.app, mw.request
local emit = mw.emit

local PASSWORD = "moonlight"
local NAME_MAX, TEXT_MAX = 20, 200                      -- characters

-- Each of these is a socketio of its own: what it registers and emits stays in its namespace.
local main = mw.socketio.of(home)
local chat = mw.socketio.of(below .. "/chat")
local notifications = mw.socketio.of(below .. "/notifications")

local names = mw.keep("namespaces.names", {})          -- sid in /chat -> name

app.route(home, function()
  return mw.render_template("namespaces.html", { base = below, password = PASSWORD })
end)

local function clean(text, max)
  if type(text) ~= "string" then return nil end
  text = text:gsub("%c", " "):gsub("^ +", "")
  local too_far = utf8.offset(text, max + 1) or #text + 1
  text = text:sub(1, too_far - 1):gsub(" +$", "")
  return text ~= "" and text or nil
end

-- "/": everyone may come in. A client has another sid in each namespace, and rooms are not shared either.
main.on("connect", function() emit("welcome", "You are " .. request.sid .. " in " .. request.namespace) end)
main.on("hello", function()
  emit("greeting", "Hello from " .. request.namespace)
  main.emit("count", #main.sids())
end)

-- "/chat": who gives no name is refused, and the page is told why. The other namespaces go on.
chat.on("connect", function(auth)
  local name = clean(type(auth) == "table" and auth.name, NAME_MAX)
  if not name then mw.refuse_connection("a name is needed", { field = "name" }) end
  names[request.sid] = name
  chat.emit("news", name .. " came in")
end)
chat.on("hello", function() emit("greeting", "Hello " .. names[request.sid] .. ", from " .. request.namespace) end)
chat.on("say", { limit = "10 per 10 seconds" }, function(text)
  text = clean(text, TEXT_MAX)
  if not text then return end
  chat.emit("said", mw.args(names[request.sid], text))
  -- A handler of one namespace may send to another.
  notifications.emit("notification", names[request.sid] .. " wrote in " .. request.namespace)
end)
-- Who says more than that is told so: past the limit the handler above is not called, and this one is.
chat.on_error(function(err, traceback)
  emit("problem", tostring(err))
  print(err, traceback)
end)
chat.on("disconnect", function()
  chat.emit("news", names[request.sid] .. " went out")
  names[request.sid] = nil
end)

-- "/notifications": only for who knows the password. Written as one table, like a Namespace class of Flask-SocketIO.
notifications.on_namespace(below .. "/notifications", {
  on_connect = function(auth)
    if type(auth) ~= "table" or auth.password ~= PASSWORD then
      mw.refuse_connection("the password is wrong", { field = "password" })
    end
    emit("notification", "You are told what happens from now on")
  end,
  on_hello = function() emit("greeting", "Hello from " .. request.namespace) end,
})

notifications.every(10, function()
  notifications.emit("notification", ("%d in %s, %d in %s"):format(#main.sids(), home, #chat.sids(), below .. "/chat"))
end)
