/* socketio: registering handlers, and the same interface for another namespace.
 * Every function has the namespace as its first upvalue: "/" for socketio itself, another for what
 * socketio.of returned. */
#include "bindings/api.h"
#include "bindings/embed.h"
#include "bindings/events.h"

static struct slice bound_namespace(lua_State *L)
{
    struct slice name;
    name.ptr = lua_tolstring(L, lua_upvalueindex(1), &name.len);
    return name;
}

/* `options.namespace`, or the bound one. */
static struct slice option_namespace(lua_State *L, int options, const char *what)
{
    struct slice name = bound_namespace(L);
    if (api_option_string(L, options, what, "namespace", &name))
        api_check_namespace(L, name, what, true);
    return name;
}

/* The arguments are (…, [options,] function): puts nil where there are no options. The function
 * ends up at `at` + 1. */
static void place_options(lua_State *L, int at, const char *what)
{
    if (lua_isfunction(L, at)) {
        if (!lua_isnoneornil(L, at + 1))
            api_error(L, "%s: the options come before the handler", what);
        lua_settop(L, at);
        lua_pushnil(L);
        lua_insert(L, at);
    }
    lua_settop(L, at + 1);
}

static void check_event(lua_State *L, struct slice event, struct slice namespace_)
{
    if (event.len == 0)
        api_error(L, "on: the event's name is empty");
    if (slice_equal(event, SLICE("connect")) || slice_equal(event, SLICE("disconnect")))
        return;
    if (sio_event_reserved(event))
        api_error(L, "on: \"%s\" is an event of the protocol's own, which no client can send",
                  event.ptr);
}

/* Who comes from Node waits for "connection", which no client sends by itself. */
static void warn_of_connection(lua_State *L, struct slice event)
{
    if (!slice_equal(event, SLICE("connection")))
        return;
    api_push_place(L);
    log_warning(vm_of(L)->log,
                "%s: on: \"connection\" is an event that a client would have to send; what a new "
                "client calls is \"connect\"",
                lua_tostring(L, -1));
    lua_pop(L, 1);
}

/* Registers the function on top. [-1, +0, e] */
static void add(lua_State *L, struct slice namespace_, struct slice event, bool from_class)
{
    struct handlers *set = engine_registering(L);
    int function = handlers_keep(set, L);
    handlers_add(set, namespace_, event, function, from_class);
}

/* options.limit; false if there is none. */
static bool option_limit(lua_State *L, struct slice event, struct limiter_spec *out)
{
    struct slice text;
    struct buf error = BUF_INIT;
    if (!api_option_string(L, 2, "on", "limit", &text))
        return false;
    if (slice_equal(event, SLICE("connect")) || slice_equal(event, SLICE("disconnect")))
        api_error(L, "on: \"%s\" takes no limit: a client connects and leaves once", event.ptr);
    if (limiter_parse(text, out, &error))
        return true;
    lua_pushlstring(L, error.ptr, error.len);
    buf_dispose(&error);
    api_error(L, "on: %s", lua_tostring(L, -1));
}

/* on(event, [options,] handler); returns the handler. */
static int socketio_on(lua_State *L)
{
    static const char *const names[] = {"namespace", "limit", NULL};
    if (lua_istable(L, 1))
        api_error(L, "on is called with a dot, not with a colon: socketio.on(\"event\", handler)");
    struct slice event = api_check_string(L, 1, "on: the event's name");
    struct limiter_spec limit;
    place_options(L, 2, "on");
    api_check_options(L, 2, "on", names);
    struct slice namespace_ = option_namespace(L, 2, "on");
    check_event(L, event, namespace_);
    api_check_function(L, 3, "on: the handler");
    warn_of_connection(L, event);
    bool limited = option_limit(L, event, &limit);
    lua_pushvalue(L, 3);
    add(L, namespace_, event, false);
    if (limited)
        handlers_set_limit(engine_registering(L), namespace_, event, &limit);
    return 1;
}

/* The function on top: one that is written with a colon would take the first argument for itself.
 */
static void check_handler(lua_State *L, const char *name)
{
    if (!lua_isfunction(L, -1))
        api_error(L, "on_namespace: %s must be a function, not %s", name, api_found(L, -1));
    const char *first = lua_getlocal(L, NULL, 1);
    if (first && strcmp(first, "self") == 0)
        api_error(L,
                  "on_namespace: %s gets the client's arguments alone: write it with a dot, "
                  "function T.%s(…), without self",
                  name, name);
}

/* on_namespace(namespace, { on_connect = fn, … }): keys that do not begin with on_ are the class's
 * own. */
static int socketio_on_namespace(lua_State *L)
{
    struct slice namespace_ = api_check_string(L, 1, "on_namespace: the namespace");
    api_check_namespace(L, namespace_, "on_namespace", true);
    if (!lua_istable(L, 2))
        api_error(L, "on_namespace wants a table of handlers, such as { on_connect = … }, not %s",
                  api_found(L, 2));
    for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1)) {
        struct slice key;
        if (lua_type(L, -2) != LUA_TSTRING)
            continue;
        key.ptr = lua_tolstring(L, -2, &key.len);
        if (!slice_starts_with(key, SLICE("on_")))
            continue;
        check_handler(L, key.ptr);
        check_event(L, slice_skip(key, 3), namespace_);
        lua_pushvalue(L, -1);
        add(L, namespace_, slice_skip(key, 3), true);
    }
    return 0;
}

/* on_error([options,] fn) */
static int socketio_on_error(lua_State *L)
{
    static const char *const names[] = {"namespace", NULL};
    place_options(L, 1, "on_error");
    api_check_options(L, 1, "on_error", names);
    struct slice namespace_ = option_namespace(L, 1, "on_error");
    api_check_function(L, 2, "on_error: the handler");
    struct handlers *set = engine_registering(L);
    lua_pushvalue(L, 2);
    handlers_set_error(set, namespace_, handlers_keep(set, L));
    return 1;
}

static int socketio_on_error_default(lua_State *L)
{
    struct handlers *set = engine_registering(L);
    api_check_function(L, 1, "on_error_default: the handler");
    lua_settop(L, 1);
    lua_pushvalue(L, 1);
    handlers_set_error_default(set, handlers_keep(set, L));
    return 1;
}

/* on_initial_headers(fn) */
static int socketio_on_initial_headers(lua_State *L)
{
    struct handlers *set = engine_registering(L);
    api_check_function(L, 1, "on_initial_headers: the handler");
    embed_require(L, "initial_headers");
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
    handlers_set_initial_headers(set, handlers_keep(set, L));
    lua_settop(L, 1);
    return 1;
}

static void push_interface(lua_State *L, int namespace_index);

static int socketio_of(lua_State *L)
{
    struct slice namespace_ = api_check_string(L, 1, "socketio.of: the namespace");
    api_check_namespace(L, namespace_, "socketio.of", false);
    push_interface(L, 1);
    return 1;
}

/* A socketio for the namespace at that index. [-0, +1, m] */
static void push_interface(lua_State *L, int namespace_index)
{
    static const luaL_Reg functions[] = {{"on", socketio_on},
                                         {"on_namespace", socketio_on_namespace},
                                         {"on_error", socketio_on_error},
                                         {"on_error_default", socketio_on_error_default},
                                         {"on_initial_headers", socketio_on_initial_headers},
                                         {"of", socketio_of},
                                         {NULL, NULL}};
    namespace_index = lua_absindex(L, namespace_index);
    lua_createtable(L, 0, 24);
    lua_pushvalue(L, namespace_index);
    luaL_setfuncs(L, functions, 1);
    api_emit_bind(L, namespace_index);
    api_rooms_bind(L, namespace_index);
    api_time_bind(L);
    api_guard_names(L, "mw.socketio", "socketio");
}

/* --- refusing --- */

/* refuse_connection([message [, data]]): raises what a connect handler refuses with. */
static int refuse_connection(lua_State *L)
{
    struct vm *vm = vm_of(L);
    struct value_codec *c = &vm->codec;
    if (!vm->running || vm->running->kind != TASK_CONNECT)
        api_error(L, "refuse_connection is for a connect handler: elsewhere, use disconnect");
    lua_settop(L, 2);
    if (lua_isnil(L, 1)) {
        lua_pushstring(L, "Connection rejected by server");
        lua_replace(L, 1);
    }
    api_check_string(L, 1, "the message of refuse_connection");
    value_begin(c, false);
    buf_append_str(&c->out, "{\"message\":");
    bool ok = value_put(c, L, 1, "message");
    if (ok && !lua_isnil(L, 2)) {
        buf_append_str(&c->out, ",\"data\":");
        ok = value_put(c, L, 2, "data");
    }
    if (!ok)
        api_error(L, "refuse_connection: %s", lua_pushlstring(L, c->path.ptr, c->path.len));
    buf_append_char(&c->out, '}');
    lua_pushlstring(L, c->out.ptr, c->out.len);
    events_make_refusal(L);
    return lua_error(L);
}

void api_socketio_open(lua_State *L)
{
    lua_pushstring(L, "/");
    push_interface(L, -1);
    lua_setfield(L, -3, "socketio");
    lua_pop(L, 1);
    lua_pushcfunction(L, refuse_connection);
    lua_setfield(L, -2, "refuse_connection");
}
