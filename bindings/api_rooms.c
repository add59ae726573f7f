/* Rooms and clients: join_room, leave_room, close_room, rooms, disconnect, socketio.sids.
 * The client is the handler's unless the options name another by its sid. A sid that is not there
 * is a failure (nil, message, code), not an error: clients leave when they please. Upvalue 1 is nil
 * for the functions of mw, a namespace for those of a socketio. */
#include "bindings/api.h"
#include "bindings/target.h"

/* Whom a call is about. */
struct who {
    struct slice namespace_;
    struct slice sid;
    struct sio_peer *peer; /* NULL: gone */
    struct emit_target target;
};

static struct server *server_for(lua_State *L, const char *what)
{
    struct engine *e = vm_of(L)->engine;
    if (engine_loading(e))
        api_error(L, "%s while the script loads: there is nobody yet", what);
    return engine_server(e);
}

static struct script_peer *current_peer(lua_State *L)
{
    struct task *t = task_current(L);
    return t ? t->peer : NULL;
}

/* The namespace: of the options, of the socketio, of the client. */
static struct slice read_namespace(lua_State *L, int options, const char *what)
{
    struct slice name = {NULL, 0};
    struct script_peer *current = current_peer(L);
    if (api_option_string(L, options, what, "namespace", &name))
        api_check_namespace(L, name, what, false);
    else if (lua_isstring(L, lua_upvalueindex(1)))
        name.ptr = lua_tolstring(L, lua_upvalueindex(1), &name.len);
    else if (current)
        name = script_peer_namespace(current);
    else
        name = SLICE("/");
    return name;
}

static void read_self(lua_State *L, struct server *s, const char *what, struct who *out)
{
    struct script_peer *current = current_peer(L);
    if (!current)
        api_error(L, "%s outside of a handler needs the option sid", what);
    if (!slice_equal(out->namespace_, script_peer_namespace(current)))
        api_error(L, "%s: this client has another sid in \"%s\": give it as the option sid", what,
                  out->namespace_.ptr);
    out->sid = script_peer_sid(current);
    out->peer = server_peer(s, current->id);
}

/* `options` may be nil. */
static void read_who(lua_State *L, int options, const char *what, struct who *out)
{
    static const char *const names[] = {"sid", "namespace", NULL};
    struct server *s = server_for(L, what);
    *out = (struct who){0};
    bool any = api_check_options(L, options, what, names);
    out->namespace_ = read_namespace(L, options, what);
    if (any && !api_option(L, options, "sid") && !api_option(L, options, "namespace"))
        api_error(L, "%s: its options have no key, as if { sid = nil } found nobody", what);
    if (api_option_string(L, options, what, "sid", &out->sid))
        out->peer = server_peer_by_sid(s, out->namespace_, out->sid);
    else
        read_self(L, s, what, out);
    out->target.namespace_ = out->namespace_;
    out->target.peer = out->peer ? out->peer->id : 0;
}

/* nil, message, code */
static int push_gone(lua_State *L, const struct who *who)
{
    lua_pushnil(L);
    lua_pushfstring(L, "no client has the sid \"%s\" in \"%s\"", who->sid.ptr, who->namespace_.ptr);
    lua_pushstring(L, "gone");
    return 3;
}

static int push_done(lua_State *L)
{
    lua_pushboolean(L, 1);
    return 1;
}

static int rooms_join_room(lua_State *L)
{
    struct who who;
    lua_settop(L, 2);
    struct slice room = target_push_room(L, 1, "join_room", "the room");
    read_who(L, 2, "join_room", &who);
    if (!who.peer)
        return push_gone(L, &who);
    server_join(server_for(L, "join_room"), &who.target, room);
    return push_done(L);
}

static int rooms_leave_room(lua_State *L)
{
    struct who who;
    lua_settop(L, 2);
    struct slice room = target_push_room(L, 1, "leave_room", "the room");
    read_who(L, 2, "leave_room", &who);
    if (!who.peer)
        return push_gone(L, &who);
    server_leave(server_for(L, "leave_room"), &who.target, room);
    return push_done(L);
}

static int rooms_close_room(lua_State *L)
{
    static const char *const names[] = {"namespace", NULL};
    lua_settop(L, 2);
    struct slice room = target_push_room(L, 1, "close_room", "the room");
    struct server *s = server_for(L, "close_room");
    api_check_options(L, 2, "close_room", names);
    server_close_room(s, read_namespace(L, 2, "close_room"), room);
    return push_done(L);
}

/* rooms([options]): the client's own first, then those it joined. */
static int rooms_rooms(lua_State *L)
{
    struct who who;
    lua_Integer count = 1;
    lua_settop(L, 1);
    read_who(L, 1, "rooms", &who);
    if (!who.peer)
        return push_gone(L, &who);
    const struct rooms_member *member = &who.peer->member;
    lua_createtable(L, (int)member->count + 1, 0);
    lua_pushlstring(L, who.sid.ptr, who.sid.len);
    lua_rawseti(L, -2, 1);
    for (uint32_t i = 0; i < member->count; i++) {
        const struct room *room = member->links[i].room;
        if (slice_equal(slice_make(room->name, room->name_len), who.sid))
            continue;
        lua_pushlstring(L, room->name, room->name_len);
        lua_rawseti(L, -2, ++count);
    }
    return 1;
}

static int rooms_disconnect(lua_State *L)
{
    struct who who;
    lua_settop(L, 1);
    read_who(L, 1, "disconnect", &who);
    if (!who.peer)
        return push_gone(L, &who);
    server_disconnect(server_for(L, "disconnect"), &who.target, false);
    return push_done(L);
}

/* --- sids --- */

static void collect_sid(void *ud, struct sio_peer *p)
{
    struct slice sid = sio_peer_sid(p);
    buf_append((struct buf *)ud, &sid, sizeof(sid));
}

/* The sids are gathered in the codec's scratch: a raise in between leaves nothing to free. */
static int push_sids(lua_State *L, const struct sio_namespace *n, const struct emit_target *target)
{
    struct buf *found = &vm_of(L)->codec.out;
    value_begin(&vm_of(L)->codec, false);
    if (n)
        broadcast_each((struct sio_namespace *)n, target, collect_sid, found);
    size_t count = found->len / sizeof(struct slice);
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        struct slice sid;
        memcpy(&sid, found->ptr + i * sizeof(sid), sizeof(sid));
        lua_pushlstring(L, sid.ptr, sid.len);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* socketio.sids{ room =, namespace = } */
static int rooms_sids(lua_State *L)
{
    static const char *const names[] = {"room", "namespace", NULL};
    struct server *s = server_for(L, "sids");
    struct target_rooms rooms = {0};
    lua_settop(L, 1);
    api_check_options(L, 1, "sids", names);
    struct emit_target target = {.namespace_ = read_namespace(L, 1, "sids")};
    if (api_option(L, 1, "room"))
        target_read(&rooms, L, 2, "sids", "the option room", 0);
    target.rooms = rooms.rooms;
    target.room_count = rooms.count;
    return push_sids(L, server_namespace(s, target.namespace_), &target);
}

static const luaL_Reg functions[] = {
    {"join_room", rooms_join_room},   {"leave_room", rooms_leave_room},
    {"close_room", rooms_close_room}, {"rooms", rooms_rooms},
    {"disconnect", rooms_disconnect}, {NULL, NULL}};

void api_rooms_open(lua_State *L)
{
    lua_pushnil(L);
    luaL_setfuncs(L, functions, 1);
}

void api_rooms_bind(lua_State *L, int namespace_index)
{
    lua_pushvalue(L, namespace_index);
    luaL_setfuncs(L, functions, 1);
    lua_pushvalue(L, namespace_index);
    lua_pushcclosure(L, rooms_sids, 1);
    lua_setfield(L, -2, "sids");
}
