-- Serves what the JS client's own test suite asks of a server.
-- The suite (packages/socket.io-client/test of the socket.io monorepo, in node) is not part of this
-- repository; this script is, so that anyone can run it: moonwire spec/clients/support_server.lua
-- --port 3210. It tests nothing by itself. What the suite wants unanswered never returns here, since
-- a handler that returns acknowledges.
local mw = require "moonwire"
local socketio, request = mw.socketio, mw.request

mw.config { ping_interval = 2, connection_state_recovery = 120 }

local DOGE = "asdfasdf"

local function nothing() end

local function never()
  while true do
    socketio.sleep(3600)
  end
end

local function now()
  return os.date "!%Y-%m-%dT%H:%M:%S.000Z"
end

local function id()
  return request.sid
end

socketio.on("connect", function()
  if request.args.fail then
    mw.refuse_connection "Auth failed (main namespace)"
  end
end)

for _, namespace in ipairs { "/foo", "/timeout_socket", "/valid", "/asd" } do
  socketio.of(namespace).on("connect", nothing)
end
socketio.of("/foo").on("getId", id)

socketio.of("/abc").on("connect", function(auth)
  mw.emit("handshake", { query = request.args, auth = auth or {} })
end)

socketio.of("/no").on("connect", function()
  mw.refuse_connection "Auth failed (custom namespace)"
end)

socketio.on("hi", function()
  mw.emit "hi"
end)
socketio.on("echo", function(value)
  return value
end)
socketio.on("getId", id)
socketio.on("getHandshake", function()
  return { query = request.args }
end)

-- Acknowledgements, both ways
socketio.on("ack", function()
  mw.emit("ack", nil, { callback = function(five, object)
    if five == 5 and object.test then
      mw.emit "got it"
    end
  end })
  never()
end)

-- Values that have gone wrong somewhere
socketio.on("getAckDate", now)
socketio.on("getDate", function()
  mw.emit("takeDate", now())
end)
socketio.on("getDateObj", function()
  mw.emit("takeDateObj", { date = now() })
end)
socketio.on("getUtf8", function()
  for _, text in ipairs { "てすと", "Я Б Г Д Ж Й", "Ä ä Ü ü ß", "utf8 — string", "utf8 — string" } do
    mw.emit("takeUtf8", text)
  end
end)
socketio.on("false", function()
  mw.emit("false", false)
end)

-- Binary
socketio.on("doge", function()
  mw.emit("doge", mw.binary(DOGE))
end)
socketio.on("getbin", function()
  mw.emit("takebin", mw.binary(DOGE))
end)

--- Answers `event` by `answer` if `fits`, called with what came, holds.
local function judge(event, answer, fits)
  socketio.on(event, function(...)
    if fits(...) and answer then
      mw.emit(answer)
    end
  end)
end

local function mixed(value)
  return value.hello == "lol" and mw.is_binary(value.message) and value.goodbye == "gotcha"
end

--- What came must be of this kind, after as many others of its run.
local function in_turn(place, kind)
  return function(value)
    local before = mw.data.run or 0
    mw.data.run = place
    return before == place - 1 and (kind and value == kind or not kind and mw.is_binary(value))
  end
end

judge("buffa", "buffack", mw.is_binary)
judge("jsonbuff", "jsonbuff-ack", mixed)
judge("abuff1", nil, in_turn(1))
judge("abuff2", "abuff2-ack", in_turn(2, "please arrive second"))
judge("blob", "back", mw.is_binary)
judge("jsonblob", "jsonblob-ack", mixed)
judge("blob1", nil, in_turn(1))
judge("blob2", nil, in_turn(2, "second"))
judge("blob3", "blob3-ack", in_turn(3))
