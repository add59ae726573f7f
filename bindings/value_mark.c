/* What marks a Lua value as something that JSON tells apart and Lua does not: arrays, binary, and
 * the several arguments of one event. Each is a metatable, recognised by its address, which is
 * quicker than by its name. */
#include "bindings/value.h"

/* b == c for equal bytes. Lua calls it for any two userdata of which one is binary. */
static int binary_equal(lua_State *L)
{
    bool equal = lua_getmetatable(L, 1) && lua_getmetatable(L, 2) && lua_rawequal(L, -1, -2);
    size_t len = lua_rawlen(L, 1);
    equal = equal && lua_rawlen(L, 2) == len;
    equal = equal && memcmp(lua_touserdata(L, 1), lua_touserdata(L, 2), len) == 0;
    lua_pushboolean(L, equal);
    return 1;
}

static int binary_length(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)lua_rawlen(L, 1));
    return 1;
}

static int binary_tostring(lua_State *L)
{
    lua_pushlstring(L, (const char *)lua_touserdata(L, 1), lua_rawlen(L, 1));
    return 1;
}

/* Makes a metatable named `name`, which scripts cannot change, and keeps it on the stack. */
static int make_mark(lua_State *L, const char *name, const luaL_Reg *methods, const void **out_mt)
{
    lua_createtable(L, 0, 4);
    if (methods)
        luaL_setfuncs(L, methods, 0);
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    *out_mt = lua_topointer(L, -1);
    return luaL_ref(L, LUA_REGISTRYINDEX);
}

void value_codec_init(struct value_codec *c, lua_State *L)
{
    static const luaL_Reg binary_methods[] = {{"__eq", binary_equal},
                                              {"__len", binary_length},
                                              {"__tostring", binary_tostring},
                                              {NULL, NULL}};
    memset(c, 0, sizeof(*c));
    json_reader_init(&c->_reader, SLICE(""));
    c->_array_ref = make_mark(L, "mw.array", NULL, &c->_array_mt);
    c->_binary_ref = make_mark(L, "mw.binary", binary_methods, &c->_binary_mt);
    c->_args_ref = make_mark(L, "mw.args", NULL, &c->_args_mt);
}

void value_codec_dispose(struct value_codec *c)
{
    buf_dispose(&c->out);
    buf_dispose(&c->path);
    buf_dispose(&c->_steps);
    json_reader_dispose(&c->_reader);
}

/* Has the value at `index` this metatable? */
static bool has_mark(lua_State *L, int index, const void *mark)
{
    if (!lua_getmetatable(L, index))
        return false;
    bool same = lua_topointer(L, -1) == mark;
    lua_pop(L, 1);
    return same;
}

/* Gives the value on top the metatable. [-0, +0, -] */
static void set_mark(lua_State *L, int ref)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, ref);
    lua_setmetatable(L, -2);
}

void value_mark_array(struct value_codec *c, lua_State *L, int index)
{
    lua_pushvalue(L, index);
    set_mark(L, c->_array_ref);
    lua_pop(L, 1);
}

bool value_is_array(struct value_codec *c, lua_State *L, int index)
{
    return has_mark(L, index, c->_array_mt);
}

void value_push_binary(struct value_codec *c, lua_State *L, struct slice bytes)
{
    void *copy = compat_new_userdata(L, bytes.len);
    if (bytes.len)
        memcpy(copy, bytes.ptr, bytes.len);
    set_mark(L, c->_binary_ref);
}

bool value_to_binary(struct value_codec *c, lua_State *L, int index, struct slice *out_bytes)
{
    if (lua_type(L, index) != LUA_TUSERDATA || !has_mark(L, index, c->_binary_mt))
        return false;
    *out_bytes = slice_make(lua_touserdata(L, index), lua_rawlen(L, index));
    return true;
}

/* [-(top-first+1), +1] */
void value_push_args(struct value_codec *c, lua_State *L, int first)
{
    int count = lua_gettop(L) - first + 1;
    lua_createtable(L, count, 1);
    lua_insert(L, first);
    for (int i = count; i >= 1; i--)
        lua_rawseti(L, first, i);
    lua_pushinteger(L, count);
    lua_setfield(L, first, "n");
    set_mark(L, c->_args_ref);
}

bool value_is_args(struct value_codec *c, lua_State *L, int index)
{
    return lua_istable(L, index) && has_mark(L, index, c->_args_mt);
}
