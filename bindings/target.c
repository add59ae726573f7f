/* Reads rooms without copying their names: Lua holds them for as long as the call lasts. */
#include "bindings/target.h"

#include "bindings/api.h"

/* 1 and 1.0 are the room "1". */
static void push_number_text(lua_State *L, int index)
{
    lua_Number number = lua_tonumber(L, index);
    lua_Integer whole = (lua_Integer)number;
    if (lua_isinteger(L, index))
        lua_pushvalue(L, index);
    else if (number >= -0x1p53 && number <= 0x1p53 && (lua_Number)whole == number)
        lua_pushinteger(L, whole);
    else
        lua_pushvalue(L, index);
    lua_tostring(L, -1);
}

struct slice target_push_room(lua_State *L, int index, const char *what, const char *name)
{
    struct slice room;
    if (lua_type(L, index) == LUA_TNUMBER)
        push_number_text(L, index);
    else if (lua_type(L, index) == LUA_TSTRING)
        lua_pushvalue(L, index);
    else
        api_error(L, "%s: %s must be the name of a room or a sid, not %s", what, name,
                  api_found(L, index));
    room.ptr = lua_tolstring(L, -1, &room.len);
    if (room.len == 0)
        api_error(L, "%s: %s is an empty string, which names nobody", what, name);
    return room;
}

static void read_list(struct target_rooms *out, lua_State *L, int index, const char *what,
                      const char *name, size_t more)
{
    size_t count = lua_rawlen(L, index);
    if (count == 0)
        api_error(L, "%s: %s is an empty list, which names nobody", what, name);
    struct slice *rooms =
        (struct slice *)compat_new_userdata(L, (count + more) * sizeof(struct slice));
    luaL_checkstack(L, 4, name);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, index, (lua_Integer)i + 1);
        bool held_by_list = lua_type(L, -1) == LUA_TSTRING;
        rooms[i] = target_push_room(L, lua_gettop(L), what, name);
        lua_remove(L, -2);
        if (held_by_list)
            lua_pop(L, 1);
        else
            luaL_checkstack(L, 4, name);
    }
    out->rooms = rooms;
    out->count = count;
}

void target_read(struct target_rooms *out, lua_State *L, int index, const char *what,
                 const char *name, size_t more)
{
    if (lua_istable(L, index)) {
        read_list(out, L, index, what, name, more);
        return;
    }
    struct slice room = target_push_room(L, index, what, name);
    struct slice *rooms = &out->_one;
    if (more)
        rooms = (struct slice *)compat_new_userdata(L, (1 + more) * sizeof(struct slice));
    rooms[0] = room;
    out->rooms = rooms;
    out->count = 1;
}

void target_add(struct target_rooms *rooms, struct slice room)
{
    if (!rooms->rooms)
        rooms->rooms = &rooms->_one;
    ((struct slice *)rooms->rooms)[rooms->count++] = room;
}
