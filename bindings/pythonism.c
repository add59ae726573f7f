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

/* The name in "… attempt to call a nil value (field 'get')"; empty for another error. */
static struct slice called_name(struct slice error)
{
    struct slice what = behind(error, SLICE("attempt to call a nil value ("));
    struct slice name = behind(what, SLICE(" '"));
    name.len = slice_index(name, '\'');
    return name;
}

void pythonism_put_hint(struct slice error, struct buf *out)
{
    struct slice name = called_name(error);

    for (size_t i = 0; name.len && i < sizeof(names) / sizeof(*names); i++)
        if (slice_equal(name, slice_str(names[i].name)))
            buf_printf(out, "; in Lua: %s", names[i].instead);
}
