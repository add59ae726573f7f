-- moonwire.test_server: a script on a whole server of its own, with no network and no real clock.
-- For busted: a test loads a script, talks to it as browsers would, and moves the time by hand.
-- It is `require "moonwire"` in a test; in a script that is another module.

local client = require "moonwire.test_client"
local http = require "moonwire.test_http"
local native = require "moonwire.test_native"

local server = {}
server.__index = server

local REQUEST_SECONDS = 60 -- of virtual time that a route may wait before it answers

-- Loads `script` and starts it. `config` wins over the script's mw.config. Raises what is wrong with the script.
---@param script string
---@param config? table
local function test_server(script, config)
  return setmetatable({ _native = native.create(script, config), _clients = {}, _http = http.new(), _time = 0 }, server)
end

-- Each client takes what was written to it; false if there was nothing.
local function pump_once(self)
  local busy = false
  for _, one in ipairs(self._clients) do
    while one:_take() do busy = true end
  end
  return busy
end

-- Lets every client look at what was written to it, until nothing is left.
function server:_pump()
  if self._pumping then return end
  self._pumping = true
  local ok, err = pcall(function()
    while pump_once(self) do end
  end)
  self._pumping = false
  if not ok then error(err, 0) end
end

-- Moves the clock on, running what falls due in order, for at most `seconds`; less if done() says so.
function server:_advance(seconds, done)
  local start = self._time
  while not (done and done()) do
    local ran = self._native:run_until(start + seconds)
    self._time = self._native:now()
    self:_pump()
    if not ran then break end
  end
end

-- Moves the virtual clock by `seconds`: every tick and timer that falls due runs, in order, at its own time.
---@param seconds number
function server:advance(seconds)
  if type(seconds) ~= "number" or not (seconds >= 0 and seconds < math.huge) then
    error("advance wants seconds, not " .. tostring(seconds), 2)
  end
  self:_advance(seconds)
end

-- A Socket.IO client: see test_client.lua.
---@param options? { namespace: string?, auth: any, query_string: string?, headers: table?, cookies: boolean? }
function server:test_client(options)
  return client.new(self, options)
end

-- An HTTP request: { status =, headers =, body =, json = }. Options: form, files, json, data, headers, query.
---@param method string
---@param path string
---@param options? table
function server:request(method, path, options)
  local response = self._http:request(self._native, method, path, options, function(done)
    if not done() then self:_advance(REQUEST_SECONDS, done) end
  end)
  self:_pump() -- a route may have emitted
  return response
end

---@param path string
---@param options? table
function server:get(path, options)
  return self:request("GET", path, options)
end

---@param path string
---@param options? table
function server:post(path, options)
  return self:request("POST", path, options)
end

-- Loads the script anew: true, or nil and the message while the old code goes on. `path` is the file that changed (the
-- script, one of its modules, a template, a static file), or another script, to run in place of this one.
---@param path? string
---@return boolean?, string?
function server:reload(path)
  local ok, err = self._native:reload(path)
  self:_pump()
  return ok, err
end

-- What the script printed, and what was logged ("error: …"), as one text.
function server:log()
  return self._native:said()
end

-- Ends the server and its clients. Raises if anything is left behind that should not be.
function server:close()
  local leaks = self._native:close()
  if leaks then
    error("the server was closed and left behind: " .. leaks, 2)
  end
end

return { test_server = test_server, null = native.null, array = native.array, binary = native.binary,
  is_binary = native.is_binary, json = native.json }
