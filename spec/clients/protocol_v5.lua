-- Serves what the official Socket.IO v5 protocol suite asks of a server.
-- The suite is not part of this repository; this script is, so that anyone can run it:
-- moonwire spec/clients/protocol_v5.lua --port 3000. It tests nothing by itself.
local mw = require "moonwire"

mw.config {
  ping_interval = 0.3,
  ping_timeout = 0.2,
  connect_timeout = 1,
  max_http_buffer_size = 1000000,
  cors_allowed_origins = "*",
  allow_eio3 = false,
}

for _, namespace in ipairs { "/", "/custom" } do
  local here = mw.socketio.of(namespace)

  here.on("connect", function(auth)
    mw.emit("auth", auth or {})
  end)

  here.on("message", function(...)
    mw.emit("message-back", mw.args(...))
  end)

  here.on("message-with-ack", function(...)
    return ...
  end)
end
