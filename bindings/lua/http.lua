-- The HTTP half of the API: app.route and its hooks, and how a request becomes a response.
-- What Flask's dispatcher does, in Flask's order: before_request, the route, errorhandler, after_request.
-- A script's functions are kept in the handler set of its load (native.set), so that a reload leaves nothing behind.
-- It reads no socket and matches no path: api_http.c and the router do.

local errors = require "moonwire.http_error"
local flash = require "moonwire.flash"
local host = require "moonwire.template_host"
local native = require "moonwire.http_native"
local response = require "moonwire.http_response"
local route_limit = require "moonwire.route_limit"
local session = require "moonwire.session"
local templates = require "moonwire.template"
local url = require "moonwire.http_url"
local value = require "moonwire.template_value"

local http = {}

local METHODS = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" }
local ROUTE_OPTIONS = { "methods", "endpoint", "limit" }

-- Registration.

local function check_function(fn, what)
  if type(fn) ~= "function" then
    native.fail(("%s wants a function, not %s"):format(what, value.describe(fn)))
  end
end

local function index_of(list, wanted)
  for i, element in ipairs(list) do
    if element == wanted then return i end
  end
end

local function check_methods(methods)
  if methods == nil then return { "GET" } end
  if type(methods) == "string" then methods = { methods } end
  if type(methods) ~= "table" or #methods == 0 then
    native.fail('app.route: methods is a list such as { "GET", "POST" }')
  end
  local checked = {}
  for i, method in ipairs(methods) do
    checked[i] = tostring(method):upper()
    if not index_of(METHODS, checked[i]) then
      native.fail(("app.route: there is no method '%s'%s"):format(tostring(method), host.suggest(checked[i], METHODS)))
    end
  end
  return checked
end

local function check_options(options)
  if type(options) ~= "table" then
    native.fail("app.route wants a table of options, not " .. value.describe(options))
  end
  for key in pairs(options) do
    if not index_of(ROUTE_OPTIONS, key) then
      native.fail(("app.route has no option '%s'%s"):format(tostring(key), host.suggest(tostring(key), ROUTE_OPTIONS)))
    end
  end
end

-- What was counted for a route goes on over a reload: who may try a password five times may not try it five times for
-- each save.
local counts = setmetatable({}, { __mode = "v" })

local function counts_of(route_name)
  local found = counts[route_name] or route_limit.counts()
  counts[route_name] = found
  return found
end

local function make_limit(text, route_name)
  if text == nil then return nil end
  if type(text) ~= "string" then
    native.fail('app.route: limit is a string such as "5 per minute", not ' .. value.describe(text))
  end
  local rules, why = route_limit.new(text)
  if not rules then native.fail("app.route: " .. why) end
  return { rules = rules, counts = counts_of(route_name) }
end

-- Past the limit of its address a request is answered 429 with Retry-After.
local function check_limit(limit)
  local rule, retry = limit.rules:hit(limit.counts, http.request.remote_addr)
  if not rule then return end
  local err = errors.new(429, "rate limit exceeded: " .. rule)
  err.retry_after = retry
  error(err, 0)
end

-- The second of two routes of one rule and method would never be called.
local function check_free(rule, methods, handler)
  local set = native.set()
  set.taken = set.taken or {}
  for _, method in ipairs(methods) do
    local key, info = method .. " " .. rule, debug.getinfo(handler, "S")
    local taken_at = set.taken[key]
    if taken_at then native.fail(("app.route: %s is answered already, by the function at %s"):format(key, taken_at)) end
    set.taken[key] = ("%s:%d"):format(info.short_src, info.linedefined)
  end
end

---@param rule string "/user/<name>", "/item/<int:id>"
---@param options? { methods: string[]?, endpoint: string?, limit: string? }
---@param handler fun(...): any
local function route(rule, options, handler)
  if rule == http.app then native.fail "app.route is called with a dot, not with a colon: app.route(rule, handler)" end
  if type(rule) ~= "string" then
    native.fail("app.route wants a rule such as \"/user/<name>\", not " .. value.describe(rule))
  end
  if handler == nil then options, handler = {}, options end
  if type(options) == "function" then native.fail "app.route: the options come before the function" end
  check_options(options)
  check_function(handler, "app.route")
  local endpoint = options.endpoint == nil and url.endpoint(rule) or options.endpoint
  if type(endpoint) ~= "string" then
    native.fail("app.route: endpoint is a string, not " .. value.describe(endpoint))
  end
  local methods = check_methods(options.methods)
  check_free(rule, methods, handler)
  methods = table.concat(methods, "\n")
  native.add_route(rule, methods, { handler = handler, endpoint = endpoint,
    limit = make_limit(options.limit, rule .. "\n" .. methods) })
  url.add(native.set(), endpoint, rule)
end

-- app.get, app.post and the like: app.route for that one method.
local function route_by(method)
  return function(rule, options, handler)
    if rule == http.app then native.fail(("app.%s is called with a dot, not with a colon"):format(method:lower())) end
    if handler == nil then options, handler = {}, options end
    if type(options) == "function" then
      native.fail(("app.%s: the options come before the function"):format(method:lower()))
    end
    check_options(options)
    if options.methods ~= nil then native.fail(("app.%s has its method already"):format(method:lower())) end
    return route(rule, { methods = { method }, endpoint = options.endpoint, limit = options.limit }, handler)
  end
end

local function add_hook(kind)
  return function(fn)
    check_function(fn, "app." .. kind)
    local set = native.set()
    set[kind] = set[kind] or {}
    table.insert(set[kind], fn)
  end
end

---@param code integer 400 to 599
---@param fn fun(err: table): any
local function errorhandler(code, fn)
  if math.type(code) ~= "integer" or code < 400 or code > 599 then
    local given = type(code) == "string" and ("the string '%s'"):format(code) or tostring(code)
    native.fail("app.errorhandler wants a status from 400 to 599, not " .. given)
  end
  check_function(fn, "app.errorhandler")
  local set = native.set()
  set.errorhandlers = set.errorhandlers or {}
  set.errorhandlers[code] = fn
end

-- app.config: fields of one's own, and DEBUG and SECRET_KEY as mw.config has them.
local CONFIG = { __index = function(_, key)
  if key == "DEBUG" then return native.setting "debug" end
  if key == "SECRET_KEY" then return native.setting "secret_key" end
end }

local function config()
  local set = native.set()
  set.config = set.config or setmetatable({ MAX_CONTENT_LENGTH = native.MAX_CONTENT_LENGTH }, CONFIG)
  return set.config
end

local APP = { "route", "get", "post", "put", "patch", "delete", "errorhandler", "before_request", "after_request",
  "config" }
-- What Flask lets one set on the app itself.
local SETTINGS = { config = "set its fields", secret_key = "write app.config.SECRET_KEY", debug = "write mw.config" }

local app = setmetatable({ route = route, get = route_by "GET", post = route_by "POST", put = route_by "PUT",
  patch = route_by "PATCH", delete = route_by "DELETE", errorhandler = errorhandler,
  before_request = add_hook "before_request", after_request = add_hook "after_request" }, {
  __index = function(_, key)
    if key == "config" then return config() end
    local instead = native.instead(tostring(key))
    if instead then native.fail(("app has no '%s': %s"):format(key, instead)) end
    local meant = host.suggest(tostring(key), APP)
    if meant ~= "" then native.fail(("app has no '%s'%s"):format(tostring(key), meant)) end
  end,
  __newindex = function(_, key)
    native.fail(("app.%s cannot be set%s"):format(tostring(key), SETTINGS[key] and "; " .. SETTINGS[key] or ""))
  end,
})

-- mw.g: a table for as long as one request is answered, or one event handled.
local function own_table()
  return native.task_table() or native.fail "mw.g outside of a handler or a route: it is a table of one request"
end

local G = {
  __index = function(_, key) return own_table()[key] end,
  __newindex = function(_, key, given) own_table()[key] = given end,
  __pairs = function() return next, own_table(), nil end,
  __metatable = "g",
}

-- Folders and files.

local FOLDERS = { static_folder = "static", template_folder = "templates" }

-- A folder of mw.config, or the one beside the script or above it; nil if there is none.
local function find_folder(set, key)
  set[key] = set[key] or native.find_folder(native.setting(key), FOLDERS[key])
  return set[key]
end

-- Is there such a file below the folder? The file server has the last word.
local function has_file(folder, path)
  for part in path:gmatch("[^/]+") do
    if part:sub(1, 1) == "." then return false end
  end
  return not path:find("%z") and host.stamp(folder .. "/" .. path) ~= nil
end

local SEND_OPTIONS = { "as_attachment", "download_name" }

local function disposition(path, options)
  local name = value.text(options.download_name or path:match("[^/]+$")):gsub('[%c"\\]', "_")
  if not name:find("[\128-\255]") then return ('attachment; filename="%s"'):format(name) end
  local encoded = name:gsub("[^%w%-._~]", function(c) return ("%%%02X"):format(c:byte()) end)
  return "attachment; filename*=UTF-8''" .. encoded
end

---@param folder string beside the script, unless it is absolute
---@param path string
---@param options? { as_attachment: boolean?, download_name: string? }
local function send_from_directory(folder, path, options)
  if type(folder) ~= "string" or type(path) ~= "string" then
    native.fail("send_from_directory wants a folder and a path in it")
  end
  for key in pairs(options or {}) do
    if not index_of(SEND_OPTIONS, key) then
      native.fail(("send_from_directory has no option '%s'%s"):format(tostring(key),
        host.suggest(tostring(key), SEND_OPTIONS)))
    end
  end
  local found = native.find_folder(folder, folder)
  if found and not native.may_reach(found) then
    native.fail(("send_from_directory: '%s' is outside of the script's folder, and the server runs with --sandbox")
      :format(folder))
  end
  if not found or not has_file(found, path) then errors.abort(404) end
  local made = response.file(found, path)
  if options and options.as_attachment then made.headers["Content-Disposition"] = disposition(path, options) end
  return made
end

-- Requests.

local function make_error_response(set, err)
  local handler = set.errorhandlers and set.errorhandlers[err.code]
  if not handler then return errors.page(err) end
  local body, status, headers = handler(err)
  if type(status) == "table" and headers == nil then status, headers = nil, status end
  if status == nil and not response.is(body) then status = err.code end
  return response.of(handler, body, status, headers)
end

local function error_response(set, err)
  local made = make_error_response(set, err)
  if err.retry_after then made.headers["Retry-After"] = err.retry_after end
  return made
end

local found = {} -- what the router found -> what answers it

function found.route(_, registered, ...)
  local handler, limit = registered.handler, registered.limit
  if limit then check_limit(limit) end
  return response.of(handler, handler(...))
end

function found.error(set, code, allow)
  local made = error_response(set, errors.new(code))
  if allow then made.headers["Allow"] = allow end
  return made
end

function found.options(_, allow)
  return response.of(found.options, "", 200, { Allow = allow })
end

function found.redirect(_, location)
  return response.redirect(location, 308)
end

-- The first before_request that returns something answers.
local function run_before(set)
  for _, hook in ipairs(set.before_request or {}) do
    local body, status, headers = hook()
    if body ~= nil then return response.of(hook, body, status, headers) end
  end
end

-- The last after_request runs first, as in Flask; what it returns, if anything, takes the response's place.
local function run_after(set, made)
  local hooks = set.after_request or {}
  for i = #hooks, 1, -1 do
    local body, status, headers = hooks[i](made)
    if body ~= nil then made = response.of(hooks[i], body, status, headers) end
  end
  session.save(made)
  return response.flatten(made)
end

local function static_response(set, path)
  local folder = path and find_folder(set, "static_folder")
  return folder and has_file(folder, path) and response.file(folder, path)
end

-- Answers a request. `static` is the path below static_url_path, or false; `kind` what the router found, with what
-- belongs to it. Runs as a task, so hooks and routes may wait.
local function dispatch(static, kind, ...)
  local set = native.set()
  native.note_endpoint(static and "static" or kind == "route" and (...).endpoint or nil)
  local made = run_before(set) or static_response(set, static) or found[kind](set, ...)
  return run_after(set, made)
end

-- The same after a handler raised: `err` is what it raised, `text` and `traceback` say it in words.
local function dispatch_error(err, text, traceback)
  local set = native.set()
  if getmetatable(err) ~= errors.ABORT then
    err = errors.new(500)
    err.error, err.traceback = text, traceback
  end
  return run_after(set, error_response(set, err))
end

-- Templates.

local function url_for(endpoint, values)
  return url.build(native.set(), http.request, endpoint, values)
end

local function auto_reload()
  local wanted = config().TEMPLATES_AUTO_RELOAD
  if wanted == nil then return native.setting "debug" and not native.setting "watched" end
  return wanted
end

local function environment()
  local set = native.set()
  local folder = find_folder(set, "template_folder")
  if set.templates and set.templates.folder == folder then return set.templates end
  set.templates = templates.new {
    folder = folder,
    globals = { url_for = url_for, request = http.request, session = http.session, config = config(),
      g = http.g, get_flashed_messages = http.get_flashed_messages },
    auto_reload = auto_reload,
    on_find = native.note_template,
  }
  return set.templates
end

local function check_template(what, given, vars)
  if type(given) ~= "string" then
    native.fail(("%s wants a string, not %s"):format(what, value.describe(given)))
  elseif vars ~= nil and type(vars) ~= "table" then
    native.fail(("%s wants a table of variables, not %s"):format(what, value.describe(vars)))
  end
end

---@param name string
---@param vars? table
local function render_template(name, vars)
  check_template("render_template", name, vars)
  return environment():render(name, vars)
end

---@param text string
---@param vars? table
local function render_template_string(text, vars)
  check_template("render_template_string", text, vars)
  return environment():render_string(text, vars)
end

-- Files of the template folder changed: gives what is wrong with those in use, one message a line, and the names of
-- the wrong ones.
---@param names string[]
---@return string? errors, string[] wrong
local function refresh(names)
  local set, errs, wrong = native.set(), {}, {}
  for _, name in ipairs(set.templates and names or {}) do
    local err = set.templates:refresh(name)
    if err then errs[#errs + 1], wrong[#wrong + 1] = tostring(err), name end
  end
  return #errs > 0 and table.concat(errs, "\n") or nil, wrong
end

-- Adds all this to the module that scripts require; gives api_http.c its entries and the mark of abort.
function http.install(mw)
  http.request = mw.request
  session.install(mw, config)
  flash.install(mw)
  http.session, http.app, http.get_flashed_messages = mw.session, app, mw.get_flashed_messages
  mw.g = setmetatable({}, G)
  http.g = mw.g
  mw.app, mw.abort, mw.redirect, mw.url_for = app, errors.abort, response.redirect, url_for
  mw.jsonify, mw.send_from_directory = response.json, send_from_directory
  mw.render_template, mw.render_template_string = render_template, render_template_string
  return dispatch, dispatch_error, refresh, errors.ABORT
end

return http
