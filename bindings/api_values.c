/* Values that JSON knows and Lua does not: mw.args, mw.array, mw.binary, mw.is_binary, mw.null. */
#include "bindings/api.h"

/* mw.args(a, b, nil, c): several arguments of one event. */
static int values_args(lua_State *L)
{
    value_push_args(&vm_of(L)->codec, L, 1);
    return 1;
}

/* mw.array(t): marks t, and returns it. Without t, a new one. */
static int values_array(lua_State *L)
{
    if (lua_isnone(L, 1))
        lua_newtable(L);
    if (!lua_istable(L, 1))
        api_error(L, "mw.array wants a table, not %s", api_found(L, 1));
    lua_settop(L, 1);
    value_mark_array(&vm_of(L)->codec, L, 1);
    return 1;
}

static int values_binary(lua_State *L)
{
    value_push_binary(&vm_of(L)->codec, L, api_check_string(L, 1, "what mw.binary takes"));
    return 1;
}

static int values_is_binary(lua_State *L)
{
    struct slice bytes;
    lua_pushboolean(L, value_to_binary(&vm_of(L)->codec, L, 1, &bytes));
    return 1;
}

void api_values_open(lua_State *L)
{
    static const luaL_Reg functions[] = {{"args", values_args},
                                         {"array", values_array},
                                         {"binary", values_binary},
                                         {"is_binary", values_is_binary},
                                         {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
    value_push_null(L);
    lua_setfield(L, -2, "null");
}
