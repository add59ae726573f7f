/* Puts the module `moonwire` together. */
#include "bindings/api.h"

static int return_module(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    return 1;
}

/* Known to `require` by package.preload, so that a script that clears package.loaded finds it
 * again. */
static void preload(lua_State *L)
{
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "preload");
    lua_pushvalue(L, -3);
    lua_pushcclosure(L, return_module, 1);
    lua_setfield(L, -2, "moonwire");
    lua_pop(L, 2);
}

void api_open(struct vm *vm)
{
    lua_State *L = vm->L;
    lua_newtable(L);
    api_values_open(L);
    api_config_open(L);
    api_request_open(L);
    api_emit_open(L);
    api_rooms_open(L);
    api_socketio_open(L);
    api_http_open(L);
    preload(L);
    lua_pop(L, 1);
}
