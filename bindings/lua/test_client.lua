-- A Socket.IO client in a test: speaks real packets over a loopback WebSocket, on the virtual clock.
-- What a test sees is decoded; what the server sees is what a browser would send.
-- Only moonwire.test_server makes one. It keeps no time and opens no port.

local native = require "moonwire.test_native"

local client = {}
client.__index = client

local CALL_SECONDS = 60 -- of virtual time, as long as mw.call waits

local OPTIONS = { namespace = true, auth = true, query_string = true, headers = true, cookies = true }

local function check_options(options)
  for key in pairs(options) do
    if not OPTIONS[key] then
      error(("test_client has no option '%s'; it has auth, cookies, headers, namespace, query_string")
        :format(tostring(key)), 4)
    end
  end
end

-- A client that is connected to options.namespace ("/"), or was refused: then is_connected() is false and `error`
-- has what the server said. Fields: `sid` and `pid` (in the first namespace; the latter with connection_state_recovery,
-- and is what a client sends as auth.pid when it comes back), `error`, `pongs` (false: it leaves pings unanswered).
---@param options? { namespace: string?, auth: any, query_string: string?, headers: table?, cookies: boolean? }
function client.new(server, options)
  options = options or {}
  check_options(options)
  local query = "EIO=4&transport=websocket"
  if options.query_string and options.query_string ~= "" then query = query .. "&" .. options.query_string end
  local headers = server._http:headers(options.headers, options.cookies ~= false)
  local link, status = server._native:connect(query, headers)
  if not link then
    error(("the handshake was refused with status %d"):format(status), 3)
  end
  local self = setmetatable({ _server = server, _link = link, _namespace = options.namespace or "/", _sids = {},
    _errors = {}, _received = {}, _answers = {}, _callbacks = {}, _last_id = 0, pongs = true }, client)
  server._clients[#server._clients + 1] = self
  server:_pump()
  self:connect(self._namespace, { auth = options.auth })
  return self
end

-- Packets, out.

local function send(self, text, binary)
  if self._link then
    self._server._native:send(self._link, text, binary)
    self._server:_pump()
  end
end

local function head(kind, count, namespace, id)
  local attachments = count > 0 and count .. "-" or ""
  return ("4%d%s%s%s"):format(kind, attachments, namespace ~= "/" and namespace .. "," or "", id or "")
end

-- An event (2) or an acknowledgement (3), as a binary one if an attachment is among its values.
local function send_values(self, kind, namespace, id, ...)
  local json, attachments = native.encode(...)
  local packet = head(#attachments > 0 and kind + 3 or kind, #attachments, namespace, id) .. "[" .. json .. "]"
  if not self._link then return end
  self._server._native:send(self._link, packet, false)
  for _, bytes in ipairs(attachments) do self._server._native:send(self._link, bytes, true) end
  self._server:_pump()
end

-- Packets, in.

local on_packet = {}

on_packet[0] = function(self, packet)
  local reply = packet.json ~= "" and native.decode(packet.json) or {}
  self._sids[packet.namespace] = reply.sid
  if packet.namespace == self._namespace then self.sid, self.pid = reply.sid, reply.pid end
end

on_packet[1] = function(self, packet)
  self._sids[packet.namespace] = nil
end

on_packet[2] = function(self, packet)
  local values = table.pack(native.decode_list(packet.json, packet.attachments))
  local name = values[1]
  self._received[#self._received + 1] = { name = name, args = table.move(values, 2, values.n, 1, {}),
    namespace = packet.namespace }
  local answer = self._answers[packet.namespace .. " " .. name]
  if answer and packet.id then
    send_values(self, 3, packet.namespace, packet.id, answer(table.unpack(values, 2, values.n)))
  end
end

on_packet[3] = function(self, packet)
  local key = packet.namespace .. " " .. packet.id
  local callback = self._callbacks[key]
  self._callbacks[key] = nil
  if callback then callback(native.decode_list(packet.json, packet.attachments)) end
end

on_packet[4] = function(self, packet)
  self._errors[packet.namespace] = native.decode(packet.json)
  if packet.namespace == self._namespace then self.error = self._errors[packet.namespace] end
end

on_packet[5], on_packet[6] = on_packet[2], on_packet[3]

local function parse(text)
  local kind, at = text:match("^(%d)()")
  local packet = { kind = tonumber(kind), wanted = 0, attachments = {}, namespace = "/" }
  if packet.kind >= 5 then
    local count
    count, at = text:match("^(%d+)%-()", at)
    packet.wanted = tonumber(count)
  end
  local namespace, after = text:match("^(/[^,]*),?()", at)
  if namespace then packet.namespace, at = namespace, after end
  packet.id, at = text:match("^(%d*)()", at)
  if packet.id == "" then packet.id = nil end
  packet.json = text:sub(at)
  return packet
end

local function take_packet(self, packet)
  if packet.wanted > #packet.attachments then
    self._partial = packet
    return
  end
  self._partial = nil
  on_packet[packet.kind](self, packet)
end

local function take_message(self, bytes, binary)
  if binary then
    table.insert(self._partial.attachments, bytes)
    take_packet(self, self._partial)
  elseif bytes:sub(1, 1) == "2" then
    if self.pongs then send(self, "3" .. bytes:sub(2)) end
  elseif bytes:sub(1, 1) == "4" then
    take_packet(self, parse(bytes:sub(2)))
  end
end

-- Looks at what the server wrote; false if there was nothing.
function client:_take()
  local bytes, binary = nil, nil
  if self._link then bytes, binary = self._server._native:take(self._link) end
  if not bytes then
    if self._link and not self._server._native:is_up(self._link) then self:drop() end
    return false
  end
  take_message(self, bytes, binary)
  return true
end

-- What tests call.

local function check_connected(self, namespace)
  if not self:is_connected(namespace) then
    error(("the client is not connected to '%s'"):format(namespace), 3)
  end
end

-- Sends an event in the client's first namespace. A function at the end is called with the acknowledgement.
---@param event string
function client:emit(event, ...)
  check_connected(self, self._namespace)
  local values, id = table.pack(...), nil
  if type(values[values.n]) == "function" then
    self._last_id = self._last_id + 1
    id = ("%d"):format(self._last_id)
    self._callbacks[self._namespace .. " " .. id] = values[values.n]
    values.n = values.n - 1
  end
  send_values(self, 2, self._namespace, id, event, table.unpack(values, 1, values.n))
end

-- Sends "message", or "json" with options.json.
---@param options? { json: boolean? }
function client:send(data, options)
  check_connected(self, self._namespace)
  self:emit(options and options.json and "json" or "message", data)
end

-- Sends an event and returns its acknowledgement. Lets virtual time pass if the handler waits.
---@param event string
function client:call(event, ...)
  check_connected(self, self._namespace)
  local values, answer = table.pack(...), nil
  values[values.n + 1] = function(...) answer = table.pack(...) end
  self:emit(event, table.unpack(values, 1, values.n + 1))
  self._server:_advance(CALL_SECONDS, function() return answer or not self:is_connected() end)
  if not answer then
    error(("'%s' was not acknowledged%s"):format(event, self:is_connected()
      and (" within %d virtual seconds"):format(CALL_SECONDS) or ": the client was disconnected"), 2)
  end
  return table.unpack(answer, 1, answer.n)
end

-- What came in a namespace (its first) since it was last asked: { name =, args =, namespace = } each.
---@param namespace? string
function client:get_received(namespace)
  namespace = namespace or self._namespace
  local taken, left = {}, {}
  for _, packet in ipairs(self._received) do
    table.insert(packet.namespace == namespace and taken or left, packet)
  end
  self._received = left
  return taken
end

-- Answers the server's call(event) with what fn returns; in the first namespace, unless another is given.
---@param event string
---@param fn fun(...): ...
---@param namespace? string
function client:on_call(event, fn, namespace)
  self._answers[(namespace or self._namespace) .. " " .. event] = fn
end

---@param namespace? string
function client:is_connected(namespace)
  return self._link ~= nil and self._sids[namespace or self._namespace] ~= nil
end

-- Joins a namespace (its first); false and what the server said if it refuses. A client whose transport ended is not
-- brought back: make another.
---@param namespace? string
---@param options? { auth: any }
function client:connect(namespace, options)
  namespace = namespace or self._namespace
  if not self._link then
    error("the client's transport has ended: make another client", 2)
  end
  local auth = options and options.auth
  self._errors[namespace] = nil
  send(self, head(0, 0, namespace) .. (auth ~= nil and native.encode(auth) or ""))
  self._server:_advance(CALL_SECONDS, function()
    return self._sids[namespace] or self._errors[namespace] or not self._link
  end)
  if self:is_connected(namespace) then return true end
  return false, self._errors[namespace]
end

-- Leaves a namespace (its first), as socket.disconnect() does.
---@param namespace? string
function client:disconnect(namespace)
  namespace = namespace or self._namespace
  check_connected(self, namespace)
  self._sids[namespace] = nil
  send(self, head(1, 0, namespace))
end

-- Vanishes without a word, as a lost network does: "transport close".
function client:drop()
  if not self._link then return end
  local link = self._link
  self._link, self._sids, self._partial = nil, {}, nil
  self._server._native:drop(link)
  self._server:_pump()
end

-- The transport takes `count` messages more and is then slow; nil: as many as come.
---@param count? integer
function client:throttle(count)
  self._server._native:throttle(self._link, count)
  self._server:_pump()
end

return client
