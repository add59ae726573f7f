/* Serves the embedded Lua modules to `require`.
 * They are compiled when first required: a test that needs one must not pay for all.
 * The bytes themselves are generated (embed.cmake). */
#include "bindings/embed.h"

static int load_module(lua_State *L)
{
    const struct embed_module *m =
        (const struct embed_module *)lua_touserdata(L, lua_upvalueindex(1));
    lua_pushfstring(L, "=moonwire/%s.lua", m->name);
    if (luaL_loadbufferx(L, m->bytes, m->len, lua_tostring(L, -1), "t") != LUA_OK)
        return lua_error(L);
    lua_call(L, 0, 1);
    return 1;
}

void embed_open(lua_State *L)
{
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "preload");
    for (const struct embed_module *m = embed_modules; m->name; m++) {
        lua_pushfstring(L, "moonwire.%s", m->name);
        lua_pushlightuserdata(L, (void *)m);
        lua_pushcclosure(L, load_module, 1);
        lua_rawset(L, -3);
    }
    lua_pop(L, 2);
}

void embed_require(lua_State *L, const char *name)
{
    lua_getglobal(L, "require");
    lua_pushfstring(L, "moonwire.%s", name);
    lua_call(L, 1, 1);
}
