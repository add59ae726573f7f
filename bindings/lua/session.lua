-- mw.session: one table for each browser, shared by its HTTP requests and its sockets.
-- The server holds it; a signed cookie names it and carries its values as of the last response, so that it comes back
-- after a restart. Flask's session is a cookie alone, which a socket cannot write: that is why ours lives here.
-- Without a SECRET_KEY there is no cookie, and the table lives as long as the one connection.

local native = require "moonwire.session_native"
local http = require "moonwire.http_native"

local session = {}

local COOKIE = "session"
local COOKIE_MAX = 4000                                  -- bytes that browsers keep of one cookie, with a margin
-- How long a session without a socket stays in memory: from half of RECENT to RECENT, in seconds; and how many, as who
-- sends no cookie makes one each time: from half of RECENT_MAX to RECENT_MAX.
local RECENT = 3600
local RECENT_MAX = 20000
local PURPOSE = "moonwire session:"                      -- a signature of this key for another thing is none for this

-- name -> record { name, values, text }. Weak: a record lives as long as a socket has it, or is recent.
local records = setmetatable({}, { __mode = "v" })
local kept = { young = {}, old = {}, count = 0, turn_at = 0 } -- record -> true; the count of the young, and their end

local function touch(record)
  local now = native.now()
  if kept.count >= RECENT_MAX / 2 or now >= kept.turn_at then
    kept = { young = {}, old = kept.young, count = 0, turn_at = now + RECENT / 2 }
  end
  if kept.young[record] then return end
  kept.young[record], kept.count = true, kept.count + 1
end

local function new_record(name, values)
  local record = { name = name, values = values }
  if name then records[name] = record end
  return record
end

-- The record that a cookie names: as the server holds it, or as the cookie carries it.
local function read_cookie(text, secret)
  local signed, name, values, signature = text:match("^(([%w_-]+)%.([%w_-]*))%.([%w_-]+)$")
  if not signed or not native.verify(secret, PURPOSE .. signed, signature) then return nil end
  local record = records[name]
  if not record then
    local restored = native.decode(values)
    if type(restored) ~= "table" then restored = {} end
    record = new_record(name, restored)
  end
  return record
end

function session.install(mw, config)
  local request = mw.request

  local function secret()
    local key = config().SECRET_KEY
    return type(key) == "string" and key ~= "" and key or nil
  end

  local function open()
    local key, cookie = secret(), request.cookies[COOKIE]
    local record = key and cookie and read_cookie(cookie, key)
    if not record then return new_record(nil, {}) end
    touch(record)
    return record
  end

  -- The record of the request or the client that the code runs for.
  local function current()
    local record = native.kept "session"
    if record then return record end
    if not native.place() then
      http.fail("mw.session outside of a handler or a route: it is a table of one browser")
    end
    record = open()
    native.keep("session", record)
    return record
  end

  local function check_writable()
    if native.place() == "route" and not secret() then
      http.fail('session cannot be kept without a SECRET_KEY: set app.config.SECRET_KEY = "a long secret"')
    end
  end

  mw.session = setmetatable({}, {
    __index = function(_, key) return current().values[key] end,
    __newindex = function(_, key, given)
      check_writable()
      current().values[key] = given
    end,
    __pairs = function() return next, current().values, nil end,
    __len = function() return #current().values end,
    __metatable = "session",
  })

  local function cookie_of(record, key)
    local values, why = native.encode(record.values)
    if not values then http.fail("the session cannot be kept: " .. why) end
    local signed = record.name .. "." .. values
    local text = signed .. "." .. native.sign(key, PURPOSE .. signed)
    if #text <= COOKIE_MAX then return text end
    native.warn(("a session of %d bytes is too large for its cookie: it will not survive a restart"):format(#text))
    signed = record.name .. "."
    return signed .. "." .. native.sign(key, PURPOSE .. signed)
  end

  local function set_cookie(made, text, more)
    local own = COOKIE .. "=" .. text .. "; Path=/; HttpOnly; SameSite=Lax" .. more
    if request.is_secure then own = own .. "; Secure" end
    local others = made.headers["Set-Cookie"]
    if others == nil then others = {} end
    if type(others) == "string" then others = { others } end
    others[#others + 1] = own
    made.headers["Set-Cookie"] = others
  end

  -- Gives a response the cookie of the request's session, if the browser's is not the same already.
  function session.save(made)
    local key = secret()
    if not key then return end
    local cookie = request.cookies[COOKIE]
    local record = native.kept "session" or (cookie and current())
    if not record then return end
    if next(record.values) == nil then
      if cookie and record.name then set_cookie(made, "", "; Max-Age=0") end
      return
    end
    if not record.name then
      record.name = native.name()
      records[record.name] = record
      touch(record)
    end
    local text = cookie_of(record, key)
    if text ~= cookie then set_cookie(made, text, "") end
  end
end

return session
