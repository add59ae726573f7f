-- docs/from-flask-socketio.md leaves no name of Flask-SocketIO out, and names specs and functions that there are.
-- The names are those of Flask-SocketIO 5.6 and of Flask in its teaching programs. What the rows say is for readers.

local docs = require "spec.bindings.docs"

local page = docs.read "docs/from-flask-socketio.md"

local NAMES = [[init_app manage_session message_queue channel path resource client_manager logger serializer json
async_handlers always_connect namespaces async_mode ping_interval ping_timeout max_http_buffer_size allow_upgrades
http_compression compression_threshold cookie cors_allowed_origins cors_credentials monitor_clients transports
engineio_logger reason server on event on_event on_namespace on_error on_error_default emit send call close_room run
use_reloader reloader_options extra_files log_output allow_unsafe_werkzeug stop start_background_task sleep test_client
namespace to room broadcast include_self skip_sid callback ignore_queue timeout join_room leave_room rooms disconnect
silent ConnectionRefusedError sid Namespace trigger_event enter_room get_session save_session session is_connected
connect get_received eio_sid acks queue flask_test_client current_app g current_user
route render_template render_template_string url_for redirect abort jsonify send_from_directory request errorhandler
before_request after_request config flash methods form get_json get_flashed_messages secret_key send_file make_response
set_cookie after_this_request copy_current_request_context Markup escape context_processor template_filter permanent
Blueprints ProxyFix SocketIOTestClient auth query_string macro]]

-- The rows of the tables: three columns each.
local function rows()
  local found = {}
  for theirs, ours, shown in page:gmatch "\n| ([^\n|]+) | ([^\n|]+) | ([^\n|]+) |%f[\n]" do
    if shown ~= "shown by" then found[#found + 1] = { theirs = theirs, ours = ours, shown = shown } end
  end
  return found
end

describe("the page for those who come from Flask-SocketIO", function()
  it("names everything of it", function()
    local words, missing = {}, {}
    for _, row in ipairs(rows()) do
      for word in row.theirs:gmatch "[%a_]+" do words[word] = true end
    end
    for name in NAMES:gmatch "%S+" do
      if not words[name] then missing[#missing + 1] = name end
    end
    assert.same({}, missing)
  end)

  it("names specs that there are", function()
    assert.truthy(#rows() > 60)
    for _, row in ipairs(rows()) do
      for name in row.shown:gmatch "`([%w_]+)`" do docs.read("spec/bindings/" .. name .. ".lua") end
    end
  end)

  it("has Lua beside its Python", function()
    local count = 0
    for lua in page:gmatch "\n| [^\n|]+ | ([^\n|]+) |%f[\n]" do
      for snippet in lua:gmatch "`([^`]+)`" do
        local code = snippet:gsub("…", "f()")
        assert(load("return " .. code) or load(code), snippet)
        count = count + 1
      end
    end
    assert.truthy(count > 40)
  end)

  it("names functions that the reference has", function()
    local _, headings = docs.parts(docs.read "docs/reference.md")
    local known, unknown = {}, {}
    for _, heading in ipairs(headings) do
      for name in heading.title:gmatch "`([%w_.:]+)[^`]*`" do known[name] = true end
    end
    for name in ("socketio mw.app mw.socketio client.sid"):gmatch "%S+" do known[name] = true end
    for _, row in ipairs(rows()) do
      for name in row.ours:gmatch "`([%a]+[.:][%a_]+)" do
        if not known[name] then unknown[#unknown + 1] = name end
      end
    end
    assert.same({}, unknown)
  end)
end)
