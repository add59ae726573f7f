-- HTTP errors: mw.abort, what an errorhandler gets, and the pages that are shown where there is none.
-- An error is a value that routes raise and the dispatcher turns into a response, so that a handler may stop anywhere.
-- It logs nothing: api_http.c does, for what was not raised on purpose.

local native = require "moonwire.http_native"
local response = require "moonwire.http_response"
local value = require "moonwire.template_value"

local errors = {}

local TEXTS = {
  [400] = "The server could not understand this request.",
  [401] = "This page wants to know who you are.",
  [403] = "You may not see this page.",
  [404] = "There is no page at this address.",
  [405] = "This address does not know this method.",
  [413] = "What was sent is larger than this server takes.",
  [429] = "Too many requests came from you. Try again later.",
  [500] = "Something went wrong on the server.",
}

local function show(err)
  return ("%d %s: %s"):format(err.code, err.name, err.message)
end

-- What abort raises: an errorhandler gets one too.
-- Flask's pages of errors show e.description.
local ABORT = { __tostring = show, __name = "HTTP error", __index = function(err, key)
  if key == "description" then return err.message end
end }
errors.ABORT = ABORT

-- { code =, name = "Not Found", message = }
function errors.new(code, message)
  return setmetatable({ code = code, name = native.status_text(code), message = message or TEXTS[code]
    or native.status_text(code) }, ABORT)
end

---@param code integer 400 to 599
---@param message? string for the page, or the errorhandler
function errors.abort(code, message)
  if math.type(code) ~= "integer" or code < 400 or code > 599 then
    native.fail(("abort wants a status from 400 to 599, not %s"):format(tostring(code)))
  end
  if not native.is_request() then
    native.fail("abort answers an HTTP request; a handler of an event returns what is wrong, or emits it")
  end
  if message ~= nil then message = value.text(message) end
  error(errors.new(code, message), 0)
end

local PAGE = [[
<!doctype html>
<html lang="en"%s>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>%d %s</title>
<style>body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 3rem auto; padding: 0 1rem }
h1, p { overflow-wrap: anywhere }
pre { overflow-x: auto; padding: 1rem; border: 1px solid; border-radius: .4rem; tab-size: 2 }
mark { font-weight: bold; color: inherit; background: rgb(255 0 0 / .2) }</style>
</head>
<body>
<h1>%s</h1>
<p>%s</p>
%s</body>
</html>
]]

-- The numbered lines around the place, the one itself marked.
local function source_of(excerpt)
  local rows, number = {}, excerpt.first
  for line in excerpt.lines:gmatch "([^\n]*)\n" do
    local row = ("%5d  %s"):format(number, value.escape(line))
    rows[#rows + 1] = number == excerpt.line and ("<mark>%s</mark>"):format(row) or row
    number = number + 1
  end
  return ("<p>%s, line %d</p>\n<pre>%s\n</pre>\n"):format(value.escape(excerpt.file), excerpt.line,
    table.concat(rows, "\n"))
end

-- What a script's error says, to who may see it.
local function details_of(err)
  local excerpt = err.traceback and native.excerpt(err.error, err.traceback)
  if not excerpt then return "", "" end
  return ("<p><strong>%s</strong></p>\n%s<pre>%s</pre>\n"):format(value.escape(err.error),
    excerpt.lines ~= "" and source_of(excerpt) or "", value.escape(err.traceback)), ' data-moonwire="error"'
end

-- The page of an error. In debug mode it shows a script's error with its source and traceback.
function errors.page(err)
  local details, mark = details_of(err)
  local name = value.escape(err.name)
  return response.html(err.code, PAGE:format(mark, err.code, name, name, value.escape(err.message), details))
end

return errors
