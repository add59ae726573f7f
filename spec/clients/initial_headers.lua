-- Adds headers to the first answer of each session, for initial_headers.test.mjs.
local mw = require "moonwire"

mw.socketio.on_initial_headers(function(headers)
  headers["X-Room"] = mw.request.args.room
  headers["Set-Cookie"] = { "server=one; Path=/", "seen=yes; Path=/" }
end)
