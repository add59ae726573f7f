/* One registry reference an object, and only for those that keep something. */
#include "bindings/kept.h"

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
