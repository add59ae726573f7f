-- mw.flash and mw.get_flashed_messages: a word for the next page that this browser sees, as in Flask.
-- They lie in the session until a page shows them, so that a route can flash and redirect.
-- A page that asks twice gets the same messages twice; the next page gets none of them.

local host = require "moonwire.template_host"
local http = require "moonwire.http_native"
local loops = require "moonwire.template_loop"
local native = require "moonwire.session_native"
local value = require "moonwire.template_value"

local flash = {}

local KEY = "_flashes" -- in the session, as in Flask: a list of { category, message }

-- The messages for this request: taken out of the session the first time.
local function take(session)
  local taken = native.kept "flashes"
  if taken then return taken end
  taken = session[KEY] or {}
  if #taken > 0 then session[KEY] = nil end
  if native.place() == "route" then native.keep("flashes", taken) end
  return taken
end

local function wanted(category, filter)
  if filter == nil or #filter == 0 then return true end
  for _, one in ipairs(filter) do
    if value.equal(one, category) then return true end
  end
  return false
end

function flash.install(mw)
  local session = mw.session

  ---@param message string
  ---@param category? string "message", "error", "info", …
  function mw.flash(message, category)
    if type(message) ~= "string" then http.fail("flash wants a message, not " .. value.describe(message)) end
    if category ~= nil and type(category) ~= "string" then
      http.fail('flash: the category is a string such as "error", not ' .. value.describe(category))
    end
    local list = host.array(table.move(session[KEY] or {}, 1, #(session[KEY] or {}), 1, {}))
    list[#list + 1] = host.array { category or "message", message }
    session[KEY] = list
  end

  ---@param options? { with_categories: boolean?, category_filter: string[]? } or with_categories alone
  function mw.get_flashed_messages(options, category_filter)
    if type(options) ~= "table" then
      options = { with_categories = options, category_filter = category_filter }
    end
    local list = {}
    for _, one in ipairs(take(session)) do
      local category, message = one[1], one[2]
      if wanted(category, options.category_filter) then
        list[#list + 1] = options.with_categories and { category, message } or message
      end
    end
    return options.with_categories and loops.pair_list(list) or host.array(list)
  end
end

return flash
