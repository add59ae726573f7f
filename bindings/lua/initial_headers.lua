-- The headers that a script adds to the answer of a session's first request, as lines for the network.
-- Wrong ones are refused where they are set (http_response.lua); here are those that are the server's own.
-- It does not send them: core/server/eio_polling.c and core/net/ws_handshake.c do.

local native = require "moonwire.http_native"
local response = require "moonwire.http_response"

local MOST = 16 -- EIO_INITIAL_HEADERS_MAX

local OWN = {}
for name in ([[cache-control connection content-encoding content-length content-type date sec-websocket-accept
  sec-websocket-extensions sec-websocket-protocol transfer-encoding upgrade]]):gmatch "%S+" do OWN[name] = true end

local function to_lines(headers)
  local lines = {}
  if #headers > MOST then
    native.fail(("on_initial_headers set %d headers; there can be %d"):format(#headers, MOST))
  end
  for i, header in ipairs(headers) do
    local name, text = header[1], header[2]
    if OWN[name:lower()] then native.fail(("on_initial_headers set %s, which is the server's own"):format(name)) end
    lines[i] = name .. ": " .. text .. "\r\n"
  end
  return table.concat(lines)
end

--- Makes what the server asks out of what the script registered.
---@param fn fun(headers: table)
---@return fun(): string lines
return function(fn)
  return function()
    local headers = response.headers()
    fn(headers)
    return to_lines(headers)
  end
end
