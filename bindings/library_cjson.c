/* cjson.encode, measured first.
 * A small table that holds another ten times, which holds another ten times, and so on, is more
 * text than there is memory, and cjson would end the program over it. The walk is cjson's own; what
 * it finds wrong is left to it. */
#include "bindings/library.h"

#define DEPTH_MAX 1000 /* cjson's; deeper is its error */
#define A_VALUE 8      /* bytes of one that is no string, about */

struct measure {
    lua_State *L;
    size_t bytes, limit; /* limit 0: none */
    uint32_t steps;
};

static void add(struct measure *m, size_t bytes)
{
    m->bytes += bytes;
    if (m->limit && m->bytes > m->limit)
        luaL_error(m->L, "cjson.encode: the text takes more than memory_limit");
    if (++m->steps % LIBRARY_STRIDE == 0)
        guard_check(m->L);
}

/* A long text may be six times as long when it is escaped. */
static size_t size_of_text(lua_State *L, struct slice text)
{
    size_t size = text.len;
    for (size_t i = 0; text.len > LIBRARY_STRIDE && i < text.len; i++) {
        if (i % LIBRARY_STRIDE == 0)
            guard_check(L);
        size += (unsigned char)text.ptr[i] < ' ' ? 5 : 0;
    }
    return size;
}

static size_t size_of(lua_State *L, int index)
{
    struct slice text;
    if (lua_type(L, index) != LUA_TSTRING)
        return A_VALUE;
    text.ptr = lua_tolstring(L, index, &text.len);
    return size_of_text(L, text);
}

/* The table on top. [-1, +0] */
static void walk(struct measure *m, unsigned depth)
{
    lua_State *L = m->L;
    luaL_checkstack(L, 4, NULL);
    for (lua_pushnil(L); lua_next(L, -2);) {
        add(m, size_of(L, -2) + size_of(L, -1));
        if (lua_istable(L, -1) && depth < DEPTH_MAX)
            walk(m, depth + 1);
        else
            lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

/* The error on top with the script's line, as if nothing stood between the script and cjson. */
static int raise_again(lua_State *L)
{
    lua_pushliteral(L, "not enough memory");
    if (!lua_rawequal(L, -1, -2)) {
        luaL_where(L, 1);
        lua_pushvalue(L, -3);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

/* encode(value); upvalues: cjson's, pcall. */
static int encode(lua_State *L)
{
    struct measure m = {.L = L, .limit = vm_of(L)->limit};
    if (lua_istable(L, 1)) {
        lua_pushvalue(L, 1);
        walk(&m, 1);
    } else {
        add(&m, size_of(L, 1));
    }
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_pushvalue(L, lua_upvalueindex(2));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_toboolean(L, 1) ? lua_gettop(L) - 1 : raise_again(L);
}

static void bound(lua_State *L);

/* new(); upvalues: cjson's, pcall. */
static int make(lua_State *L)
{
    lua_settop(L, 0);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_call(L, 0, 1);
    bound(L);
    return 1;
}

static void wrap_field(lua_State *L, const char *name, lua_CFunction wrapper)
{
    if (lua_getfield(L, -1, name) == LUA_TFUNCTION && lua_tocfunction(L, -1) != wrapper) {
        lua_getglobal(L, "pcall");
        lua_pushcclosure(L, wrapper, 2);
        lua_setfield(L, -2, name);
    } else {
        lua_pop(L, 1);
    }
}

/* The module on top. */
static void bound(lua_State *L)
{
    wrap_field(L, "encode", encode);
    wrap_field(L, "new", make);
}

int library_bound_cjson(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    bound(L);
    return 1;
}
