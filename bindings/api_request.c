/* request and mw.data: what the code that runs now runs for.
 * `request` is one object that answers for the current task: an event's handshake, or a route's
 * request. mw.data is the table of the client; at the top level, where there is none, an object
 * that stands for it later. */
#include "bindings/api.h"
#include "bindings/http_native.h"
#include "bindings/request_parts.h"
#include "core/base/nearest.h"
#include "core/server/eio_session.h"

enum field {
    FIELD_SID,
    FIELD_NAMESPACE,
    FIELD_EVENT,
    FIELD_ARGS,
    FIELD_FORM,
    FIELD_FILES,
    FIELD_JSON,
    FIELD_DATA,
    FIELD_HEADERS,
    FIELD_COOKIES,
    FIELD_METHOD,
    FIELD_PATH,
    FIELD_URL,
    FIELD_HOST,
    FIELD_ENDPOINT,
    FIELD_REMOTE_ADDR,
    FIELD_IS_SECURE,
    FIELD_TRANSPORT
};

static const char *const fields[] = {"sid",         "namespace", "event",     "args",    "form",
                                     "files",       "json",      "data",      "headers", "cookies",
                                     "method",      "path",      "url",       "host",    "endpoint",
                                     "remote_addr", "is_secure", "transport", NULL};

static void push_slice(lua_State *L, struct slice s)
{
    lua_pushlstring(L, s.ptr, s.len);
}

/* --- tables, made once --- */

/* Of a route's request: the task keeps them. Of a client's handshake: the peer, as it lives longer.
 */
static struct kept *kept_of(struct task *t)
{
    return t->peer && !t->exchange ? &t->peer->kept : &t->kept;
}

static struct slice body_of(const struct task *t)
{
    return t->exchange ? t->exchange->body : (struct slice){"", 0};
}

/* nil unless the body says that it is JSON. */
static void push_json(lua_State *L, const struct task *t, const struct http_request *r)
{
    struct value_codec *c = &t->vm->codec;
    struct value_source source = {.json = body_of(t)};
    if (!request_parts_is_type(r, "application/json")) {
        lua_pushnil(L);
        return;
    }
    if (value_read(c, L, &source) == VALUE_OK)
        return;
    lua_pushfstring(L, "The body is no JSON: %s.", lua_pushlstring(L, c->path.ptr, c->path.len));
    http_native_abort(L, 400, lua_tostring(L, -1));
}

static void push_new(lua_State *L, const struct task *t, const struct http_request *r,
                     enum field field)
{
    if (field == FIELD_ARGS)
        request_parts_push_args(L, r);
    else if (field == FIELD_HEADERS)
        request_parts_push_headers(L, r);
    else if (field == FIELD_COOKIES)
        request_parts_push_cookies(L, r);
    else if (field == FIELD_FORM)
        request_parts_push_form(L, r, body_of(t));
    else if (field == FIELD_FILES)
        request_parts_push_files(L, r, body_of(t));
    else
        push_json(L, t, r);
}

static int push_kept(lua_State *L, struct task *t, const struct http_request *r, enum field field)
{
    struct kept *kept = kept_of(t);
    kept_push(kept, L, fields[field]);
    if (!lua_isnil(L, -1))
        return 1;
    push_new(L, t, r, field);
    lua_pushvalue(L, -1);
    kept_set(kept, L, fields[field]);
    return 1;
}

/* --- request --- */

static int push_transport(lua_State *L, const struct task *t)
{
    struct sio_peer *p = t->peer ? server_peer(engine_server(t->vm->engine), t->peer->id) : NULL;
    if (p && p->session)
        lua_pushstring(L, transport_kind_name(eio_session_transport_kind(p->session)));
    else
        lua_pushnil(L);
    return 1;
}

static int push_of_peer(lua_State *L, const struct task *t, enum field field)
{
    if (!t->peer)
        lua_pushnil(L);
    else if (field == FIELD_SID)
        push_slice(L, script_peer_sid(t->peer));
    else
        push_slice(L, script_peer_namespace(t->peer));
    return 1;
}

static int push_field(lua_State *L, struct task *t, const struct http_request *r, enum field field)
{
    switch (field) {
    case FIELD_SID:
    case FIELD_NAMESPACE:
        return push_of_peer(L, t, field);
    case FIELD_EVENT:
        event_record_push(&t->record, &t->vm->codec, L);
        return 1;
    case FIELD_ARGS:
    case FIELD_FORM:
    case FIELD_FILES:
    case FIELD_JSON:
    case FIELD_HEADERS:
    case FIELD_COOKIES:
        return push_kept(L, t, r, field);
    case FIELD_DATA:
        push_slice(L, body_of(t));
        return 1;
    case FIELD_METHOD:
        push_slice(L, r->method);
        return 1;
    case FIELD_PATH:
        push_slice(L, r->path);
        return 1;
    case FIELD_URL:
        request_parts_push_url(L, r);
        return 1;
    case FIELD_HOST:
        push_slice(L, http_request_header(r, "host"));
        return 1;
    case FIELD_ENDPOINT:
        kept_push(kept_of(t), L, fields[field]);
        return 1;
    case FIELD_REMOTE_ADDR:
        push_slice(L, r->remote_addr);
        return 1;
    case FIELD_IS_SECURE:
        lua_pushboolean(L, r->is_secure);
        return 1;
    case FIELD_TRANSPORT:
        return push_transport(L, t);
    }
    return 0;
}

/* What Flask has under other names. */
static const char *const flasks[][2] = {
    {"get_json", "request.json"},
    {"is_json", "request.json ~= nil"},
    {"values", "request.args or request.form"},
    {"query_string", "request.args"},
    {"full_path", "request.url"},
    {"base_url", "request.url"},
    {"user_agent", "request.headers[\"User-Agent\"]"},
    {"referrer", "request.headers.Referer"},
    {"content_type", "request.headers[\"Content-Type\"]"},
    {"scheme", "request.is_secure"},
};

static _Noreturn void unknown_field(lua_State *L)
{
    struct slice name = api_check_string(L, 2, "a field of request");
    for (size_t i = 0; i < sizeof(flasks) / sizeof(*flasks); i++)
        if (slice_equal(name, slice_str(flasks[i][0])))
            api_error(L, "request has no field \"%s\": write %s", name.ptr, flasks[i][1]);
    const char *nearest = nearest_find(name, fields);
    if (nearest)
        api_error(L, "request has no field \"%s\": do you mean \"%s\"?", name.ptr, nearest);
    api_error(L, "request has no field \"%s\"", name.ptr);
}

static int request_index(lua_State *L)
{
    struct task *t = task_current(L);
    int field = api_option_number_of(L, 2, fields);
    if (field < 0)
        unknown_field(L);
    const struct http_request *r = t ? task_request(t) : NULL;
    if (!r)
        api_error(L, "request.%s outside of a handler or a route: no client asked for this",
                  fields[field]);
    return push_field(L, t, r, (enum field)field);
}

static int request_newindex(lua_State *L)
{
    api_error(L, "request cannot be written to; what belongs to a client goes into mw.data");
}

/* --- mw.data --- */

static void push_data(lua_State *L, struct script_peer *peer)
{
    kept_push(&peer->kept, L, "data");
    if (!lua_isnil(L, -1))
        return;
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    kept_set(&peer->kept, L, "data");
}

/* The current client's table, for the object that stands for it. */
static void push_current_data(lua_State *L)
{
    struct task *t = task_current(L);
    if (!t || !t->peer)
        api_error(L, "mw.data outside of a handler: it is a table of one client");
    push_data(L, t->peer);
}

static int data_index(lua_State *L)
{
    push_current_data(L);
    lua_pushvalue(L, 2);
    lua_gettable(L, -2);
    return 1;
}

static int data_newindex(lua_State *L)
{
    push_current_data(L);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, 3);
    lua_settable(L, -3);
    return 0;
}

static int data_pairs(lua_State *L)
{
    lua_getglobal(L, "next");
    push_current_data(L);
    lua_pushnil(L);
    return 3;
}

/* --- the module's own fields --- */

/* __index of the module: `data`, which is another table for each client. Upvalue: the object that
 * stands for it. */
static int module_index(lua_State *L)
{
    struct task *t = task_current(L);
    if (lua_type(L, 2) != LUA_TSTRING || strcmp(lua_tostring(L, 2), "data") != 0) {
        api_check_name(L, "moonwire");
        return 0;
    }
    if (t && t->peer)
        push_data(L, t->peer);
    else
        lua_pushvalue(L, lua_upvalueindex(1));
    return 1;
}

static void push_object(lua_State *L, const luaL_Reg *metamethods)
{
    compat_new_userdata(L, 0);
    lua_newtable(L);
    luaL_setfuncs(L, metamethods, 0);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
}

void api_request_open(lua_State *L)
{
    static const luaL_Reg request_methods[] = {
        {"__index", request_index}, {"__newindex", request_newindex}, {NULL, NULL}};
    static const luaL_Reg data_methods[] = {{"__index", data_index},
                                            {"__newindex", data_newindex},
                                            {"__pairs", data_pairs},
                                            {NULL, NULL}};
    push_object(L, request_methods);
    lua_setfield(L, -2, "request");
    lua_newtable(L);
    push_object(L, data_methods);
    lua_pushcclosure(L, module_index, 1);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
}
