-- What a route answers: a status, headers and a body or a file; made of whatever its handler returned.
-- Every response goes through here, so that a wrong return value or a header with a line break is found in one place.
-- It sends nothing: api_http.c does.

local host = require "moonwire.template_host"
local native = require "moonwire.http_native"
local value = require "moonwire.template_value"

local response = {}

local HTML = "text/html; charset=utf-8"

-- Headers: a list of { name, value } that is also read and written by name, in any case.

local HEADERS = { __name = "headers" }

local function check_header(name, text)
  if type(name) ~= "string" or not name:find("^[%w!#$%%&'*+.^_`|~-]+$") then
    native.fail(("%q is no name for a header"):format(tostring(name)))
  end
  if type(text) == "number" then text = tostring(text) end
  if type(text) ~= "string" then
    native.fail(("header %s is %s; it wants a string"):format(name, value.describe(text)))
  end
  if text:find("[\r\n%z]") then
    native.fail(("header %s has a line break or a zero byte in it: %q"):format(name, text))
  end
  return text
end

local function remove_header(headers, name)
  local lower = name:lower()
  for i = #headers, 1, -1 do
    if headers[i][1]:lower() == lower then table.remove(headers, i) end
  end
end

-- The value, a list of the values if there are several, or nil.
function HEADERS.__index(headers, name)
  if type(name) ~= "string" then return nil end
  local found, lower = {}, name:lower()
  for i = 1, #headers do
    if headers[i][1]:lower() == lower then found[#found + 1] = headers[i][2] end
  end
  if #found > 1 then return found end
  return found[1]
end

-- A list as the value gives the header several times; nil takes it away.
function HEADERS.__newindex(headers, name, given)
  if type(name) ~= "string" then native.fail("headers are set by name") end
  local values = type(given) == "table" and given or { given }
  for i, text in ipairs(values) do values[i] = check_header(name, text) end
  remove_header(headers, name)
  for _, text in ipairs(values) do rawset(headers, #headers + 1, { name, text }) end
end

function HEADERS.__pairs(headers)
  local i = 0
  return function()
    i = i + 1
    if headers[i] then return headers[i][1], headers[i][2] end
  end
end

--- An empty list of headers.
function response.headers()
  return setmetatable({}, HEADERS)
end

local RESPONSE = { __name = "response" }

local function new(status, body, content_type)
  local headers = setmetatable({ content_type and { "Content-Type", content_type } }, HEADERS)
  return setmetatable({ status = status, headers = headers, body = body }, RESPONSE)
end

function response.is(v)
  return getmetatable(v) == RESPONSE
end

function response.html(status, text)
  return new(status, text, HTML)
end

function response.json(v)
  local text, why = host.tojson(v)
  if not text then native.fail("this cannot be JSON: " .. why) end
  return new(200, text, "application/json")
end

-- A file below a folder; api_http.c adds what a file has: type, ETag, ranges.
function response.file(folder, path)
  local made = new(200, nil, nil)
  made.folder, made.path = folder, path
  return made
end

-- "the function at scripts/game.lua:12", for complaints about what it returned.
local function place_of(fn)
  local info = debug.getinfo(fn, "S")
  return ("the function at %s:%d"):format(info.short_src, info.linedefined)
end

local function of_body(body, fn)
  if response.is(body) then return body end
  if type(body) == "string" then return new(200, body, HTML) end
  if value.is_safe(body) then return new(200, body.text, HTML) end
  if native.is_binary(body) then return new(200, tostring(body), "application/octet-stream") end
  if type(body) == "table" then return response.json(body) end
  native.fail(("%s returned %s; a string, a table or body, status, headers is expected")
    :format(place_of(fn), value.describe(body)))
end

-- A response of what the function `fn` returned: body, status, headers; or body, headers.
---@param fn function
function response.of(fn, body, status, headers)
  if type(status) == "table" and headers == nil then status, headers = nil, status end
  local made = of_body(body, fn)
  if status ~= nil then
    if math.type(status) ~= "integer" or status < 100 or status > 599 then
      native.fail(("%s returned the status %s; it is a whole number from 100 to 599")
        :format(place_of(fn), tostring(status)))
    end
    made.status = status
  end
  if headers ~= nil and type(headers) ~= "table" then
    native.fail(("%s returned %s for headers; a table of them by name is expected")
      :format(place_of(fn), value.describe(headers)))
  end
  if headers then
    for _, name in ipairs(value.sorted_keys(headers)) do
      if type(name) ~= "string" then
        native.fail(('%s returned a list for headers; they go by name, as { ["X-Color"] = "red" }')
          :format(place_of(fn)))
      end
      made.headers[name] = headers[name]
    end
  end
  return made
end

-- Where a location goes on the wire: without spaces and bytes that are no URL's. To browsers a backslash is a slash,
-- and "/\evil.com" another host.
local function encode_location(location)
  return (location:gsub("[\0-\32\\\127-\255]", function(c) return ("%%%02X"):format(c:byte()) end))
end

local REDIRECTS = { [301] = true, [302] = true, [303] = true, [305] = true, [307] = true, [308] = true }

-- As Flask's redirect.
function response.redirect(location, code)
  code = code or 302
  if type(location) ~= "string" then
    native.fail("redirect wants a URL, not " .. value.describe(location))
  elseif not REDIRECTS[code] then
    native.fail(("redirect knows the codes 301, 302, 303, 305, 307 and 308, not %s"):format(tostring(code)))
  end
  local encoded = encode_location(location)
  local shown = value.escape(encoded)
  local made = response.html(code, ('<!doctype html>\n<title>Redirecting</title>\n<p>See <a href="%s">%s</a>.</p>\n')
    :format(shown, shown))
  made.headers["Location"] = encoded
  return made
end

-- What api_http.c sends: status, headers as a flat list, and a body (or false), a folder and a path in it.
function response.flatten(made)
  local flat = {}
  for i = 1, #made.headers do
    flat[2 * i - 1], flat[2 * i] = made.headers[i][1], made.headers[i][2]
  end
  if made.folder then return made.status, flat, false, made.folder, made.path end
  if type(made.body) ~= "string" then
    native.fail("the body of the response is " .. value.describe(made.body) .. "; it wants a string")
  end
  return made.status, flat, made.body, false, false
end

return response
