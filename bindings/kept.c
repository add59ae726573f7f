/* One registry reference an object, and only for those that keep something. */
#include "bindings/kept.h"

#include <string.h>

void kept_push(const struct kept *k, lua_State *L, const char *name)
{
    if (!k->_ref) {
        lua_pushnil(L);
        return;
    }
    lua_rawgeti(L, LUA_REGISTRYINDEX, k->_ref);
    lua_getfield(L, -1, name);
    lua_remove(L, -2);
}

void kept_set(struct kept *k, lua_State *L, const char *name)
{
    if (!k->_ref) {
        lua_createtable(L, 0, 1);
        k->_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    }
    lua_rawgeti(L, LUA_REGISTRYINDEX, k->_ref); /* value table */
    lua_insert(L, -2);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
}

void kept_only(struct kept *k, lua_State *L, const char *name)
{
    if (!k->_ref)
        return;
    lua_rawgeti(L, LUA_REGISTRYINDEX, k->_ref);
    lua_pushnil(L);
    while (lua_next(L, -2)) { /* a field may be cleared during the walk */
        lua_pop(L, 1);
        if (strcmp(lua_tostring(L, -1), name) != 0) {
            lua_pushvalue(L, -1);
            lua_pushnil(L);
            lua_rawset(L, -4);
        }
    }
    lua_pop(L, 1);
}
