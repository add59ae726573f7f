-- A chat of one room for clients of any age, which generations.test.mjs drives in real pages.
-- The page has no client of its own: the test brings one of the version that it is about.
local mw = require "moonwire"
local app, socketio, request = mw.app, mw.socketio, mw.request

app.route("/", function()
  return '<!doctype html><html lang="en"><title>generations</title><link rel="icon" href="data:,"></html>'
end)

socketio.on("connect", function()
  mw.data.name = request.args.name
end)

socketio.on("say", function(text, picture)
  socketio.emit("said", mw.args(mw.data.name, text, picture))
  return #socketio.sids {}, request.transport
end)
