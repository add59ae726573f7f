/* Metatables without finalisers, a compiler that can be stopped, and the openers of the rest. */
#include "bindings/library.h"

#include "bindings/api_error.h"
#include "bindings/traceback.h"

static _Noreturn void refuse_finaliser(lua_State *L)
{
    api_error(L, "setmetatable: __gc is not for scripts, as nothing can stop what it runs: close "
                 "with a variable that has __close, or in a disconnect handler");
}

/* Has the metatable at 2 a finaliser? The upvalue `name` is "__gc". [-0, +1, -] */
static bool has_finaliser(lua_State *L, int name)
{
    lua_pushvalue(L, lua_upvalueindex(name));
    return lua_rawget(L, 2) != LUA_TNIL;
}

/* setmetatable(table, metatable) */
static int library_setmetatable(lua_State *L)
{
    int type = lua_type(L, 2);
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_argexpected(L, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL)
        return luaL_error(L, "cannot change a protected metatable");
    if (type == LUA_TTABLE && has_finaliser(L, 1))
        refuse_finaliser(L);
    lua_settop(L, 2);
    lua_setmetatable(L, 1);
    return 1;
}

/* debug.setmetatable(value, metatable) */
static int library_debug_setmetatable(lua_State *L)
{
    int type = lua_type(L, 2);
    luaL_argexpected(L, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
    if (type == LUA_TTABLE && has_finaliser(L, 1))
        refuse_finaliser(L);
    lua_settop(L, 2);
    lua_setmetatable(L, 1);
    return 1;
}

static void open_debug(lua_State *L)
{
    lua_getglobal(L, "debug");
    lua_pushnil(L);
    lua_setfield(L, -2, "sethook"); /* the hook is the guard's */
    lua_pushcfunction(L, traceback_debug);
    lua_setfield(L, -2, "traceback");
    lua_pushliteral(L, "__gc");
    lua_pushcclosure(L, library_debug_setmetatable, 1);
    lua_setfield(L, -2, "setmetatable");
    lua_pop(L, 1);
}

/* --- load --- */

#define LOAD_STRIDE ((size_t)16 * 1024) /* bytes that the compiler gets at once */

/* A lua_Reader, `ud` the slice that is left. */
static const char *read_piece(lua_State *L, void *ud, size_t *out_len)
{
    struct slice *left = (struct slice *)ud;
    struct slice piece = *left;
    guard_check(L);
    if (piece.len > LOAD_STRIDE)
        piece.len = LOAD_STRIDE;
    *left = slice_skip(*left, piece.len);
    *out_len = piece.len;
    return piece.len ? piece.ptr : NULL;
}

/* load(chunk [, name [, mode [, env]]]) of a text; upvalue: Lua's own, for a function that gives
 * pieces. */
static int library_load(lua_State *L)
{
    struct slice text;
    if (lua_type(L, 1) != LUA_TSTRING) {
        lua_pushvalue(L, lua_upvalueindex(1));
        lua_insert(L, 1);
        lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
        guard_pass_on(L);
        return lua_gettop(L);
    }
    text.ptr = lua_tolstring(L, 1, &text.len);
    const char *name = luaL_optstring(L, 2, text.ptr), *mode = luaL_optstring(L, 3, "bt");
    bool has_env = !lua_isnone(L, 4);
    int status = lua_load(L, read_piece, &text, name, mode);
    guard_pass_on(L); /* lua_load keeps to itself what the reader raised */
    if (status != LUA_OK) {
        luaL_pushfail(L);
        lua_insert(L, -2);
        return 2;
    }
    if (!has_env)
        return 1;
    lua_pushvalue(L, 4);
    if (!lua_setupvalue(L, -2, 1))
        lua_pop(L, 1);
    return 1;
}

static void open_load(lua_State *L)
{
    lua_getglobal(L, "load");
    lua_pushcclosure(L, library_load, 1);
    lua_setglobal(L, "load");
}

static void open_in(lua_State *L, const char *name, void (*open)(lua_State *L))
{
    lua_getglobal(L, name);
    open(L);
    lua_pop(L, 1);
}

void library_open(lua_State *L)
{
    lua_pushliteral(L, "__gc");
    lua_pushcclosure(L, library_setmetatable, 1);
    lua_setglobal(L, "setmetatable");
    open_debug(L);
    open_load(L);
    open_in(L, "coroutine", library_coroutine_open);
    open_in(L, "string", library_string_open);
    open_in(L, "table", library_table_open);
}
