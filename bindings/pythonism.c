/* The names, with what takes their place: Python's methods, which errors name, and Flask's
 * functions, which scripts look up in our tables.
 * Lua's message ends in the kind and the name of what was called: "(field 'get')". */
#include "bindings/pythonism.h"

struct pythonism {
    const char *name, *instead;
};

static const struct pythonism flasks[] = {
    {"Flask", "mw.app is there already"},
    {"SocketIO", "mw.socketio is there already"},
    {"init_app", "app and socketio belong together already; leave this line out"},
    {"run", "moonwire main.lua runs it; leave this line out"},
    {"stop", "SIGTERM ends the server, from outside"},
    {"event", "write socketio.on(\"name\", function(…) end)"},
    {"on_event", "write socketio.on(event, handler)"},
    {"server", "write socketio.sids, socketio.disconnect and the like"},
    {"Namespace", "write socketio.on_namespace(name, { on_connect = … })"},
    {"ConnectionRefusedError", "write mw.refuse_connection(message)"},
    {"test_client", "a spec writes moonwire.test_server(script)"},
    {"current_app", "write mw.app"},
    {"copy_current_request_context", "a callback has its request by itself"},
    {"make_response", "a route returns body, status, headers"},
    {"send_file", "write mw.send_from_directory(folder, file)"},
    {"Blueprint", "require a module that calls app.route"},
    {"register_blueprint", "require a module that calls app.route"},
    {"add_url_rule", "write app.route(rule, handler)"},
    {"context_processor", "give the template the value that it shows"},
    {"template_filter", "give the template the value that it shows"},
    {"teardown_appcontext", "write app.after_request(fn)"},
    {"before_first_request", "write it at the top of the script"},
    {"logger", "write print"},
};

static const struct pythonism names[] = {
    {"get", "t[key] or default"},
    {"pop", "t[key] = nil, or table.remove(list)"},
    {"clear", "for key in pairs(t) do t[key] = nil end"},
    {"items", "for key, value in pairs(t) do"},
    {"keys", "for key in pairs(t) do"},
    {"values", "for _, value in pairs(t) do"},
    {"update", "for key, value in pairs(other) do t[key] = value end"},
    {"append", "table.insert(list, value)"},
    {"remove", "table.remove(list, position)"},
    {"extend", "table.move(other, 1, #other, #list + 1, list)"},
    {"index", "a loop: for i, value in ipairs(list) do"},
    {"split", "text:gmatch(\"[^,]+\")"},
    {"join", "table.concat(list, \", \")"},
    {"strip", "text:match(\"^%s*(.-)%s*$\")"},
    {"replace", "text:gsub(old, new)"},
    {"startswith", "text:sub(1, #start) == start"},
    {"endswith", "text:sub(-#ending) == ending"},
    {"isdigit", "text:find(\"^%d+$\")"},
    {"isalnum", "text:find(\"^%w+$\")"},
    {"len", "#list"},
    {"str", "tostring(value)"},
    {"int", "math.tointeger(text)"},
    {"float", "tonumber(text)"},
    {"range", "for i = 1, n do"},
    {"isinstance", "type(value) == \"string\""},
    {"enumerate", "for i, value in ipairs(list) do"},
    {"sorted", "table.sort(list)"},
    {"push", "table.insert(list, value)"},
    {"forEach", "for i, value in ipairs(list) do"},
    {"f", "(\"hello %s\"):format(name)"},
    {"zfill", "(\"%03d\"):format(n)"},
    {"round", "math.floor(x + 0.5)"},
    {"abs", "math.abs(x)"},
    {"max", "math.max(a, b)"},
    {"min", "math.min(a, b)"},
    {"bool", "value ~= nil"},
    {"dict", "{}"},
    {"list", "{}"},
    {"parseInt", "math.tointeger(text)"},
    {"sleep", "socketio.sleep(seconds)"},
    {"dumps", "require(\"cjson\").encode(value)"},
    {"loads", "require(\"cjson\").decode(text)"},
    {"on", "socketio.on(event, handler)"},
    {"emit", "emit(…) answers, socketio.emit(…) reaches everyone"},
};

/* Modules and objects of Python's, Flask's and JavaScript's, which are looked into. */
static const struct pythonism objects[] = {
    {"random", "math.random(1, 6)"},
    {"time", "os.time(), and socketio.sleep(seconds) waits"},
    {"datetime", "os.date(\"%H:%M:%S\")"},
    {"json", "local cjson = require \"cjson\""},
    {"JSON", "local cjson = require \"cjson\""},
    {"console", "print(…)"},
    {"sys", "print(…)"},
    {"socket", "emit(…), and request.sid names the client"},
    {"Math", "math"},
    {"this", "a table of your own"},
    {"self", "a table of your own"},
};

/* What a script forgot to take out of the module. */
static const char *const ours[] = {"app",
                                   "socketio",
                                   "request",
                                   "session",
                                   "g",
                                   "emit",
                                   "send",
                                   "call",
                                   "join_room",
                                   "leave_room",
                                   "close_room",
                                   "rooms",
                                   "disconnect",
                                   "render_template",
                                   "render_template_string",
                                   "redirect",
                                   "abort",
                                   "jsonify",
                                   "url_for",
                                   "send_from_directory",
                                   "flash",
                                   "refuse_connection"};

/* Other errors that Python's and JavaScript's habits lead to, by what Lua says. */
static const struct pythonism errors[] = {
    {"attempt to add a 'string' with", "; in Lua: a .. b joins texts"},
    {"attempt to add a 'number' with a 'string'", "; in Lua: a .. b joins texts"},
    {"attempt to mod a 'string'", "; in Lua: (\"%d points\"):format(n)"},
    {"attempt to mul a 'string'", "; in Lua: text:rep(n)"},
    {"attempt to compare number with string", "; what came as text is made a number by tonumber"},
    {"attempt to compare string with number", "; what came as text is made a number by tonumber"},
    {"(for iterator 'for iterator')",
     "; in Lua: for i, value in ipairs(list) do, or for key, value in pairs(t) do"},
    {"'for iterator' (table expected, got nil)", "; what pairs or ipairs got is nil"},
    {"attempt to index a function value (field 'config')", "; write mw.config { port = 5000 }"},
    {"attempt to call a nil value (global",
     "; is the name misspelt, or a local function's that stands below?"},
    {"(string expected, got no value)",
     "; a method of a text is called with a colon: text:upper()"},
};

const char *pythonism_instead(struct slice name)
{
    for (size_t i = 0; i < sizeof(flasks) / sizeof(*flasks); i++)
        if (slice_equal(name, slice_str(flasks[i].name)))
            return flasks[i].instead;
    return NULL;
}

/* What follows `what` in the text; empty if it is not in it. */
static struct slice behind(struct slice text, struct slice what)
{
    while (text.len && !slice_starts_with(text, what))
        text = slice_skip(text, 1);
    return text.len ? slice_skip(text, what.len) : text;
}

/* The name in "… (field 'get')", behind the words of an error; empty for another error. */
static struct slice name_behind(struct slice error, struct slice words)
{
    struct slice name = behind(behind(error, words), SLICE(" '"));
    name.len = slice_index(name, '\'');
    return name;
}

static bool put_name(struct slice name, const struct pythonism *known, size_t count,
                     struct buf *out)
{
    for (size_t i = 0; name.len && i < count; i++)
        if (slice_equal(name, slice_str(known[i].name))) {
            buf_printf(out, "; in Lua: %s", known[i].instead);
            return true;
        }
    return false;
}

static bool put_ours(struct slice name, struct buf *out)
{
    for (size_t i = 0; name.len && i < sizeof(ours) / sizeof(*ours); i++)
        if (slice_equal(name, slice_str(ours[i]))) {
            buf_printf(out, "; write local %s = mw.%s at the top", ours[i], ours[i]);
            return true;
        }
    return false;
}

static void put_error(struct slice error, struct buf *out)
{
    for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
        if (memmem(error.ptr, error.len, errors[i].name, strlen(errors[i].name))) {
            buf_append_str(out, errors[i].instead);
            return;
        }
}

void pythonism_put_hint(struct slice error, struct buf *out)
{
    struct slice called = name_behind(error, SLICE("attempt to call a nil value ("));
    struct slice indexed = name_behind(error, SLICE("attempt to index a nil value (global"));

    if (put_ours(name_behind(error, SLICE("nil value (global")), out) ||
        put_name(called, names, sizeof(names) / sizeof(*names), out) ||
        put_name(indexed, objects, sizeof(objects) / sizeof(*objects), out))
        return;
    put_error(error, out);
}
