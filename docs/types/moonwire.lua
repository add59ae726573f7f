---@meta moonwire
-- The Lua API for editors: lua-language-server completes and checks scripts by it (workspace.library: this folder).
-- In a script `require "moonwire"` is the API; in a busted spec it has test_server. It runs nowhere.

---@alias moonwire.Rooms string|number|(string|number)[] a room, a sid, or several

---@class moonwire.EmitOptions
---@field to? moonwire.Rooms who gets it
---@field room? moonwire.Rooms the same as `to`
---@field except? moonwire.Rooms who does not
---@field skip_sid? moonwire.Rooms the same as `except`
---@field broadcast? boolean everyone in the namespace
---@field include_self? boolean false: not the client itself
---@field namespace? string
---@field callback? fun(...) gets each acknowledgement
---@field timeout? number seconds until the callback gets nil, "timeout"
---@field volatile? boolean dropped for a client that is behind

---@class moonwire.SendOptions: moonwire.EmitOptions
---@field json? boolean sends "json" instead of "message"

---@class moonwire.CallOptions
---@field to? moonwire.Rooms
---@field room? moonwire.Rooms
---@field except? moonwire.Rooms
---@field skip_sid? moonwire.Rooms
---@field broadcast? boolean
---@field include_self? boolean
---@field namespace? string
---@field timeout? number seconds (60), then it raises "timeout"
---@field volatile? boolean

---@class moonwire.ClientOptions
---@field sid? string another client than the handler's
---@field namespace? string

---@class moonwire.Bound what socketio.to returns
---@field emit fun(event: string, data?: any, options?: moonwire.EmitOptions)
---@field send fun(data: any, options?: moonwire.SendOptions)
---@field call fun(event: string, data?: any, options?: moonwire.CallOptions): ...

---@class moonwire.Tick
local tick = {}
function tick:stop() end
---@return { rate: number, ticks: integer, skipped: integer, late_p50: number, late_p99: number, late_max: number, busy_p50: number, busy_p99: number, busy_max: number }
function tick:stats() end

---@class moonwire.Timer
local timer = {}
function timer:stop() end

---@class moonwire.Task
local task = {}
function task:cancel() end
---@return true? done
---@return string? message
function task:join() end

---@class moonwire.Socketio
local socketio = {}

---@overload fun(event: string, handler: fun(...): ...): fun(...): ...
---@param event string "connect", "disconnect", "message", "json", "*" or one of your own
---@param options { namespace?: string, limit?: string }
---@param handler fun(...): ... its results acknowledge the event
function socketio.on(event, options, handler) end
---@param namespace string
---@param handlers table<string, any> on_connect, on_message, …
function socketio.on_namespace(namespace, handlers) end
---@overload fun(handler: fun(err: any, traceback: string): ...)
---@param options { namespace?: string }
---@param handler fun(err: any, traceback: string): ...
function socketio.on_error(options, handler) end
---@param handler fun(err: any, traceback: string): ...
function socketio.on_error_default(handler) end
---@param handler fun(headers: table<string, string|number|string[]>)
function socketio.on_initial_headers(handler) end
---@param namespace string
---@return moonwire.Socketio
function socketio.of(namespace) end
---@param event string
---@param data? any
---@param options? moonwire.EmitOptions
function socketio.emit(event, data, options) end
---@param data any
---@param options? moonwire.SendOptions
function socketio.send(data, options) end
---@param event string
---@param data? any
---@param options? moonwire.CallOptions
---@return any ...
function socketio.call(event, data, options) end
---@param room moonwire.Rooms
---@param ... moonwire.Rooms
---@return moonwire.Bound
function socketio.to(room, ...) end
---@param room string|number
---@param options? moonwire.ClientOptions
---@return true?, string? message, string? code
function socketio.join_room(room, options) end
---@param room string|number
---@param options? moonwire.ClientOptions
---@return true?, string? message, string? code
function socketio.leave_room(room, options) end
---@param room string|number
---@param options? { namespace?: string }
---@return true
function socketio.close_room(room, options) end
---@param options? moonwire.ClientOptions
---@return string[]?, string? message, string? code
function socketio.rooms(options) end
---@param options? moonwire.ClientOptions
---@return true?, string? message, string? code
function socketio.disconnect(options) end
---@param options? { room?: moonwire.Rooms, namespace?: string }
---@return string[]
function socketio.sids(options) end
---@overload fun(rate: number, handler: fun(dt: number, n: integer)): moonwire.Tick
---@param rate number steps a second, 0.001 to 1000
---@param options { max_catch_up?: integer }
---@param handler fun(dt: number, n: integer)
---@return moonwire.Tick
function socketio.tick(rate, options, handler) end
---@param seconds number 0.001 or more
---@param handler fun()
---@return moonwire.Timer
function socketio.every(seconds, handler) end
---@param seconds number
---@param handler fun()
---@return moonwire.Timer
function socketio.after(seconds, handler) end
---@param fn fun(...)
---@param ... any
---@return moonwire.Task
function socketio.start_background_task(fn, ...) end
---@param seconds? number
function socketio.sleep(seconds) end
---@return number seconds
function socketio.now() end

---@class moonwire.Response
---@field status integer
---@field body string
---@field headers table<string, string|string[]>

---@class moonwire.HttpError
---@field code integer
---@field name string
---@field message string
---@field description string the message, as Flask calls it
---@field error? string
---@field traceback? string

---@class moonwire.App
---@field config table SECRET_KEY, MAX_CONTENT_LENGTH, TEMPLATES_AUTO_RELOAD, DEBUG, and your own
local app = {}

---@overload fun(rule: string, handler: fun(...): any, any, any)
---@param rule string "/user/<name>", "/item/<int:id>"
---@param options { methods?: string[], endpoint?: string, limit?: string }
---@param handler fun(...): any, any, any
function app.route(rule, options, handler) end
---@param rule string "/user/<name>", "/item/<int:id>"
---@param options { endpoint?: string, limit?: string }
---@param handler fun(...): any, any, any
function app.get(rule, options, handler) end
---@param rule string "/user/<name>", "/item/<int:id>"
---@param options { endpoint?: string, limit?: string }
---@param handler fun(...): any, any, any
function app.post(rule, options, handler) end
---@param rule string "/user/<name>", "/item/<int:id>"
---@param options { endpoint?: string, limit?: string }
---@param handler fun(...): any, any, any
function app.put(rule, options, handler) end
---@param rule string "/user/<name>", "/item/<int:id>"
---@param options { endpoint?: string, limit?: string }
---@param handler fun(...): any, any, any
function app.patch(rule, options, handler) end
---@param rule string "/user/<name>", "/item/<int:id>"
---@param options { endpoint?: string, limit?: string }
---@param handler fun(...): any, any, any
function app.delete(rule, options, handler) end
---@param code integer 400 to 599
---@param handler fun(err: moonwire.HttpError): any, any, any
function app.errorhandler(code, handler) end
---@param fn fun(): any, any, any
function app.before_request(fn) end
---@param fn fun(response: moonwire.Response): any, any, any
function app.after_request(fn) end

---@class moonwire.Upload
---@field filename string as the client wrote it: no path
---@field content_type string
---@field data string
---@field size integer bytes
local upload = {}
---@param path string
---@return true? saved, string? message, string? code
function upload:save(path) end

---@class moonwire.Request
---@field sid? string
---@field namespace? string
---@field event? { message: string, args: any[] }
---@field args table<string, string>
---@field form table<string, string>
---@field files table<string, moonwire.Upload>
---@field json any
---@field data string
---@field headers table<string, string>
---@field cookies table<string, string>
---@field method string
---@field path string
---@field url string
---@field host string
---@field endpoint? string
---@field remote_addr string
---@field is_secure boolean
---@field transport? "polling"|"websocket"

---@class moonwire.Config
---@field host? string
---@field port? integer
---@field path? string
---@field cors_allowed_origins? string|string[]|false
---@field trusted_proxies? string|string[]|false
---@field ping_interval? number
---@field ping_timeout? number
---@field max_http_buffer_size? number
---@field connect_timeout? number
---@field upgrade_timeout? number
---@field transports? string[]
---@field allow_upgrades? boolean
---@field allow_eio3? boolean
---@field cookie? string|false
---@field connection_state_recovery? number
---@field recovery_buffer_size? number
---@field parser? string
---@field per_message_deflate? boolean
---@field max_clients? integer
---@field send_queue_limit? number
---@field handler_timeout? number
---@field memory_limit? number
---@field tls_cert? string|false
---@field tls_key? string|false
---@field message_queue? string|false
---@field secret_key? string|false
---@field static_folder? string|false
---@field static_url_path? string
---@field template_folder? string|false
---@field console? string|false
---@field debug? boolean

---@class moonwire
---@field app moonwire.App
---@field socketio moonwire.Socketio
---@field request moonwire.Request
---@field session table<string, any>
---@field data table<any, any>
---@field g table<any, any>
---@field null lightuserdata
---@field json { encode: fun(value: any): string, decode: fun(text: string): any } in specs
local moonwire = {}

---@param event string
---@param data? any
---@param options? moonwire.EmitOptions
function moonwire.emit(event, data, options) end
---@param data any
---@param options? moonwire.SendOptions
function moonwire.send(data, options) end
---@param event string
---@param data? any
---@param options? moonwire.CallOptions
---@return any ...
function moonwire.call(event, data, options) end
---@param room string|number
---@param options? moonwire.ClientOptions
---@return true?, string? message, string? code
function moonwire.join_room(room, options) end
---@param room string|number
---@param options? moonwire.ClientOptions
---@return true?, string? message, string? code
function moonwire.leave_room(room, options) end
---@param room string|number
---@param options? { namespace?: string }
---@return true
function moonwire.close_room(room, options) end
---@param options? moonwire.ClientOptions
---@return string[]?, string? message, string? code
function moonwire.rooms(options) end
---@param options? moonwire.ClientOptions
---@return true?, string? message, string? code
function moonwire.disconnect(options) end
---@param message? string
---@param data? any
function moonwire.refuse_connection(message, data) end
---@param name string
---@param vars? table<string, any>
---@return string
function moonwire.render_template(name, vars) end
---@param text string
---@param vars? table<string, any>
---@return string
function moonwire.render_template_string(text, vars) end
---@param folder string
---@param path string
---@param options? { as_attachment?: boolean, download_name?: string }
---@return moonwire.Response
function moonwire.send_from_directory(folder, path, options) end
---@param url string
---@param code? integer
---@return moonwire.Response
function moonwire.redirect(url, code) end
---@param code integer 400 to 599
---@param message? string
function moonwire.abort(code, message) end
---@param value any
---@return moonwire.Response
function moonwire.jsonify(value) end
---@param endpoint string
---@param values? table<string, any>
---@return string
function moonwire.url_for(endpoint, values) end
---@param message string
---@param category? string
function moonwire.flash(message, category) end
---@param options? { with_categories?: boolean, category_filter?: string[] }|boolean
---@return table messages
function moonwire.get_flashed_messages(options) end
---@param options moonwire.Config
function moonwire.config(options) end
---@generic T
---@param name string
---@param initial T
---@return T
function moonwire.keep(name, initial) end
---@param fn fun()
function moonwire.on_reload(fn) end
---@return integer
function moonwire.generation() end
---@param ... any
---@return userdata several arguments for one event
function moonwire.args(...) end
---@generic T: table
---@param t? T
---@return T
function moonwire.array(t) end
---@param bytes string
---@return userdata
function moonwire.binary(bytes) end
---@param value any
---@return boolean
function moonwire.is_binary(value) end
---@class moonwire.TestConfig: moonwire.Config
---@field sandbox? boolean as --sandbox

---@param script string
---@param config? moonwire.TestConfig
---@return moonwire.TestServer
function moonwire.test_server(script, config) end

---@class moonwire.RequestOptions
---@field form? table
---@field files? table<string, { filename: string, content_type?: string, data?: string }|{ filename: string, content_type?: string, data?: string }[]>
---@field json? any
---@field data? string
---@field headers? table<string, string>
---@field query? table

---@alias moonwire.TestResponse { status: integer, headers: table<string, string>, body: string, json: any }

---@class moonwire.TestServer
local server = {}
---@param options? { namespace?: string, auth?: any, query_string?: string, headers?: table<string, string>, cookies?: boolean }
---@return moonwire.TestClient
function server:test_client(options) end
---@param path string
---@param options? moonwire.RequestOptions
---@return moonwire.TestResponse
function server:get(path, options) end
---@param path string
---@param options? moonwire.RequestOptions
---@return moonwire.TestResponse
function server:post(path, options) end
---@param method string
---@param path string
---@param options? moonwire.RequestOptions
---@return moonwire.TestResponse
function server:request(method, path, options) end
---@param seconds number
function server:advance(seconds) end
---@param path? string
function server:reload(path) end
---@return string
function server:log() end
function server:close() end

---@class moonwire.TestClient
---@field sid? string
---@field pid? string with connection_state_recovery: what a client sends as auth.pid when it comes back
---@field error? table what the server said when it refused
---@field pongs boolean false: leaves pings unanswered
local client = {}
---@param event string
---@param ... any
function client:emit(event, ...) end
---@param data any
---@param options? { json?: boolean }
function client:send(data, options) end
---@param event string
---@param ... any
---@return any ...
function client:call(event, ...) end
---@param namespace? string
---@return { name: string, args: any[], namespace: string }[]
function client:get_received(namespace) end
---@param event string
---@param fn fun(...): ...
---@param namespace? string
function client:on_call(event, fn, namespace) end
---@param namespace? string
---@param options? { auth?: any }
---@return boolean connected, any error
function client:connect(namespace, options) end
---@param namespace? string
function client:disconnect(namespace) end
---@param namespace? string
---@return boolean
function client:is_connected(namespace) end
function client:drop() end
---@param count? integer
function client:throttle(count) end

return moonwire
