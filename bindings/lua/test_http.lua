-- The browser of a test: requests to a test_server's routes, and the cookies that it keeps between them.
-- One for each server, shared by its test clients, because a browser's pages and sockets share one jar.
-- It follows no redirect, so that a test sees it.

local native = require "moonwire.test_native"

local http = {}
http.__index = http

local OPTIONS = { form = true, json = true, data = true, headers = true, query = true, files = true }

function http.new()
  return setmetatable({ _jar = {} }, http)
end

local function urlencode(text)
  return (tostring(text):gsub("[^%w%-._~]", function(c) return ("%%%02X"):format(c:byte()) end))
end

local function urldecode(text)
  return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

-- Calls visit(name, value) in the order of the names; a list gives a name more than once.
local function each_field(form, visit)
  local names = {}
  for name in pairs(form) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local value = form[name]
    local is_list = type(value) == "table" and (value[1] ~= nil or next(value) == nil)
    for _, one in ipairs(is_list and value or { value }) do visit(name, one) end
  end
end

-- name=value&…
local function encode_form(form)
  local parts = {}
  each_field(form, function(name, value) parts[#parts + 1] = urlencode(name) .. "=" .. urlencode(value) end)
  return table.concat(parts, "&")
end

-- As browsers write names in quotes.
local function quote(text)
  return '"' .. tostring(text):gsub('["\r\n]', { ['"'] = "%22", ["\r"] = "%0D", ["\n"] = "%0A" }) .. '"'
end

local FILE_FIELDS = { filename = true, content_type = true, data = true }

local function check_file(name, file)
  if type(file) ~= "table" then
    error(("files.%s is a table { filename =, content_type =, data = }, not %s"):format(name, type(file)), 0)
  end
  for key, value in pairs(file) do
    if not FILE_FIELDS[key] then
      error(("files.%s has no field '%s'; it has filename, content_type, data"):format(name, tostring(key)), 0)
    elseif type(value) ~= "string" then
      error(("files.%s.%s is a string, not %s"):format(name, key, type(value)), 0)
    end
  end
  if not file.filename then error(("files.%s has no filename"):format(name), 0) end
end

-- multipart/form-data: the fields of the form, then the files.
local function encode_parts(form, files)
  local parts = {}
  each_field(form, function(name, value)
    parts[#parts + 1] = ("Content-Disposition: form-data; name=%s\r\n\r\n%s"):format(quote(name), tostring(value))
  end)
  each_field(files, function(name, file)
    check_file(name, file)
    local content_type = file.content_type or "application/octet-stream"
    parts[#parts + 1] = ("Content-Disposition: form-data; name=%s; filename=%s\r\nContent-Type: %s\r\n\r\n%s"):format(
      quote(name), quote(file.filename), content_type, file.data or "")
  end)
  local text, boundary, number = table.concat(parts, "\n"), "moonwire-0", 0
  while text:find(boundary, 1, true) do
    number = number + 1
    boundary = ("moonwire-%d"):format(number)
  end
  for i, part in ipairs(parts) do parts[i] = ("--%s\r\n%s\r\n"):format(boundary, part) end
  return table.concat(parts) .. ("--%s--\r\n"):format(boundary), "multipart/form-data; boundary=" .. boundary
end

local function cookie_header(jar, path)
  local pairs_ = {}
  for name, cookie in pairs(jar) do
    local root = cookie.path:gsub("/$", "")
    if path == cookie.path or path:sub(1, #root + 1) == root .. "/" then
      pairs_[#pairs_ + 1] = name .. "=" .. cookie.value
    end
  end
  table.sort(pairs_)
  return #pairs_ > 0 and table.concat(pairs_, "; ") or nil
end

-- The headers of a request as a list; those given win over the browser's own.
---@param given? table<string, string>
---@param with_cookies boolean
---@param path? string
function http:headers(given, with_cookies, path)
  local list, named = {}, {}
  for name, value in pairs(given or {}) do
    list[#list + 1] = { name, tostring(value) }
    named[name:lower()] = true
  end
  local own = { host = "127.0.0.1:5000", cookie = with_cookies and cookie_header(self._jar, path or "/") or nil }
  for name, value in pairs(own) do
    if not named[name] then list[#list + 1] = { name, value } end
  end
  return list
end

local function keep_cookie(jar, text)
  local name, value, attributes = text:match("^%s*([^=;]+)=([^;]*)(.*)$")
  if not name then return end
  local lower = attributes:lower()
  local age, expires = tonumber(lower:match(";%s*max%-age=(%-?%d+)")), lower:match(";%s*expires=[^;]*%s(19%d%d)%s")
  if (age and age <= 0) or expires then
    jar[name] = nil
  else
    jar[name] = { value = value, path = attributes:match(";%s*[Pp]ath=([^;]+)") or "/" }
  end
end

-- "Name: value" lines to a table that is read with names in any case; the values of repeated ones are joined.
local function read_headers(lines, jar)
  local headers = {}
  for name, value in lines:gmatch("([^\n:]+): ([^\n]*)\n") do
    local key = name:lower()
    if key == "set-cookie" then keep_cookie(jar, value) end
    headers[key] = headers[key] and headers[key] .. ", " .. value or value
  end
  return setmetatable(headers, { __index = function(t, name) return rawget(t, tostring(name):lower()) end })
end

local function encode_body(options)
  if options.files then return encode_parts(options.form or {}, options.files) end
  if options.form then return encode_form(options.form), "application/x-www-form-urlencoded" end
  if options.json ~= nil then return native.encode(options.json), "application/json" end
  return options.data or "", nil
end

local function check_options(options)
  for key in pairs(options) do
    if not OPTIONS[key] then
      error(("a request has no option '%s'; it has data, files, form, headers, json, query"):format(tostring(key)), 4)
    end
  end
end

-- Sends a request; `wait(is_done)` lets virtual time pass until the route has answered.
function http:request(server, method, target, options, wait)
  options = options or {}
  check_options(options)
  local path, query = target:match("^([^?#]*)%??([^#]*)")
  if options.query then query = (query ~= "" and query .. "&" or "") .. encode_form(options.query) end
  local encoded, body, content_type = pcall(encode_body, options)
  if not encoded then error(body, 3) end
  local headers = self:headers(options.headers, true, path)
  if content_type then headers[#headers + 1] = { "content-type", content_type } end
  if body ~= "" then headers[#headers + 1] = { "content-length", ("%d"):format(#body) } end

  local number = server:request(method, urldecode(path), query, headers, body)
  local status, lines, answer
  wait(function()
    if not status then status, lines, answer = server:response(number) end
    return status
  end)
  if not status then error(("%s %s was not answered"):format(method, target), 3) end
  local response = { status = status, headers = read_headers(lines, self._jar), body = answer }
  if (response.headers["content-type"] or ""):find("json", 1, true) then response.json = native.decode(answer) end
  return response
end

return http
