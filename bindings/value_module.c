/* The codec as two Lua functions, encode(value) and decode(text): for the test module and the
 * bench. Scripts have cjson; on the wire the codec is used without them. */
#include "bindings/value.h"

static int encode(lua_State *L)
{
    struct value_codec *c = (struct value_codec *)lua_touserdata(L, lua_upvalueindex(1));
    luaL_checkany(L, 1);
    value_begin(c, false);
    if (!value_put(c, L, 1, "value"))
        return luaL_error(L, "%s", lua_pushlstring(L, c->path.ptr, c->path.len));
    lua_pushlstring(L, c->out.ptr, c->out.len);
    return 1;
}

static int decode(lua_State *L)
{
    struct value_codec *c = (struct value_codec *)lua_touserdata(L, lua_upvalueindex(1));
    struct value_source source = {0};
    source.json.ptr = luaL_checklstring(L, 1, &source.json.len);
    if (value_read(c, L, &source) != VALUE_OK)
        return luaL_error(L, "%s", lua_pushlstring(L, c->path.ptr, c->path.len));
    return 1;
}

void value_push_module(struct value_codec *c, lua_State *L)
{
    static const luaL_Reg functions[] = {{"encode", encode}, {"decode", decode}, {NULL, NULL}};
    lua_createtable(L, 0, 2);
    lua_pushlightuserdata(L, c);
    luaL_setfuncs(L, functions, 1);
}
