/* emit, send, call and to: encodes what was read once, and hands it to the server.
 * Everything is checked and encoded before anything is sent, so that an error leaves nothing
 * behind. It does not decide who gets it: emission.c does. */
#include "bindings/ack_wait.h"
#include "bindings/embed.h"
#include "bindings/emission.h"

#define CALL_TIMEOUT_S 60.0
#define TO_MARK "mw.to"

/* `["name",arg,…]` into the codec's scratch. */
static bool encode(struct emission *m)
{
    struct value_codec *c = &vm_of(m->L)->codec;
    value_begin(c, true);
    buf_append_char(&c->out, '[');
    if (!json_put_string(&c->out, m->event))
        return false; /* emission_read has checked it */
    if (!value_put_args(c, m->L, EMISSION_DATA))
        return false;
    buf_append_char(&c->out, ']');
    return true;
}

static _Noreturn void raise_encode(struct emission *m)
{
    const struct buf *path = &vm_of(m->L)->codec.path;
    if (lua_isfunction(m->L, EMISSION_DATA))
        api_error(m->L,
                  "%s of \"%s\": its data is a function; what hears the acknowledgement goes into "
                  "the options, as { callback = … }",
                  m->what, m->event.ptr);
    api_error(m->L, "%s of \"%s\": %s", m->what, m->event.ptr,
              lua_pushlstring(m->L, path->ptr, path->len));
}

/* --- sending --- */

static size_t send_encoded(struct emission *m, struct ack_wait *wait, double timeout_s)
{
    struct vm *vm = vm_of(m->L);
    const struct value_codec *c = &vm->codec;
    struct emit_body body = {value_text(c), c->attachments, c->attachment_count};
    struct emit_ack ack = {wait, config_ns(timeout_s)};
    return server_emit(engine_server(vm->engine), &m->target, &body, wait ? &ack : NULL);
}

static int finish_emit(struct emission *m)
{
    struct ack_wait *wait = NULL;
    if (!lua_isnil(m->L, EMISSION_CALLBACK)) {
        lua_pushvalue(m->L, EMISSION_CALLBACK);
        wait = ack_wait_create_callback(engine_registering(m->L), m->L, m->event, m->timeout_s > 0);
    }
    bool encoded = encode(m);
    size_t receivers = encoded ? send_encoded(m, wait, m->timeout_s) : 0;
    if (wait)
        ack_wait_expect(wait, receivers);
    if (!encoded)
        raise_encode(m);
    return 0;
}

/* True and values, or false and why not: call.lua raises it. */
static int finish_call(struct emission *m)
{
    struct task *t = task_require_waitable(m->L, m->what);
    if (!encode(m))
        raise_encode(m);
    struct ack_wait *wait = ack_wait_create_call(t, m->event);
    double timeout_s = m->timeout_s > 0 ? m->timeout_s : CALL_TIMEOUT_S;
    if (ack_wait_expect(wait, send_encoded(m, wait, timeout_s)))
        return ack_wait_suspend(wait);
    lua_pushboolean(m->L, 0);
    lua_pushstring(m->L, "disconnected");
    return 2;
}

static int emit_emit(lua_State *L)
{
    struct emission m;
    emission_read(&m, L, EMISSION_EMIT, lua_upvalueindex(1));
    return finish_emit(&m);
}

/* send(data, options) */
static int emit_send(lua_State *L)
{
    struct emission m;
    lua_pushstring(L, "message");
    lua_insert(L, EMISSION_EVENT);
    emission_read(&m, L, EMISSION_SEND, lua_upvalueindex(1));
    return finish_emit(&m);
}

static int emit_call(lua_State *L)
{
    struct emission m;
    emission_read(&m, L, EMISSION_CALL, lua_upvalueindex(1));
    return finish_call(&m);
}

/* --- making the functions --- */

/* Pushes `name` bound to the value on top, which goes; nil if there is no such function. Upvalue 1
 * of the caller is call.lua's function. [-1, +1, m] */
static void push_bound(lua_State *L, const char *name, int wrap_index)
{
    if (strcmp(name, "emit") == 0) {
        lua_pushcclosure(L, emit_emit, 1);
    } else if (strcmp(name, "send") == 0) {
        lua_pushcclosure(L, emit_send, 1);
    } else if (strcmp(name, "call") == 0) {
        lua_pushvalue(L, wrap_index); /* binding wrap */
        lua_insert(L, -2);            /* wrap binding */
        lua_pushcclosure(L, emit_call, 1);
        lua_call(L, 1, 1);
    } else {
        lua_pop(L, 1);
        lua_pushnil(L);
    }
}

/* __index of what `to` returns: a function when it is asked for, as most ask for one. */
static int to_index(lua_State *L)
{
    struct slice name = api_check_string(L, 2, "a function of socketio.to(…)");
    lua_pushvalue(L, 1);
    push_bound(L, name.ptr, lua_upvalueindex(1));
    if (lua_isnil(L, -1))
        api_error(L, "socketio.to(…) has emit, send and call, and no \"%s\"", name.ptr);
    return 1;
}

/* socketio.to(room, …): {room, …, namespace = …}. Upvalue: the namespace. */
static int emit_to(lua_State *L)
{
    int count = lua_gettop(L);
    if (count == 0)
        api_error(L, "socketio.to wants a room, or several");
    lua_createtable(L, count, 1);
    int to = lua_gettop(L), rooms = 0;
    for (int i = 1; i <= count; i++) {
        int before = lua_gettop(L);
        struct target_rooms read = {0};
        target_read(&read, L, i, "socketio.to", "what it takes", 0);
        for (size_t k = 0; k < read.count; k++) {
            lua_pushlstring(L, read.rooms[k].ptr, read.rooms[k].len);
            lua_rawseti(L, to, ++rooms);
        }
        lua_settop(L, before);
    }
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_setfield(L, to, "namespace");
    luaL_getmetatable(L, TO_MARK);
    lua_setmetatable(L, to);
    return 1;
}

/* Adds emit, send and call to the table at `table`, bound to the value on top, which goes.
 * [-1, +0] */
static void add_functions(lua_State *L, int table)
{
    static const char *const names[] = {"emit", "send", "call", NULL};
    int binding = lua_gettop(L);
    embed_require(L, "call");
    for (int i = 0; names[i]; i++) {
        lua_pushvalue(L, binding);
        push_bound(L, names[i], binding + 1);
        lua_setfield(L, table, names[i]);
    }
    lua_settop(L, binding - 1);
}

void api_emit_bind(lua_State *L, int namespace_index)
{
    int table = lua_gettop(L);
    lua_pushvalue(L, namespace_index);
    add_functions(L, table);
    lua_pushvalue(L, namespace_index);
    lua_pushcclosure(L, emit_to, 1);
    lua_setfield(L, table, "to");
}

void api_emit_open(lua_State *L)
{
    int module = lua_gettop(L);
    lua_pushnil(L);
    add_functions(L, module);
    luaL_newmetatable(L, TO_MARK);
    embed_require(L, "call");
    lua_pushcclosure(L, to_index, 1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}
