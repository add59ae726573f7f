/* coroutine.resume, wrap and close, by way of invoke.c, so that the guard knows whose code runs and
 * a kill inside is passed on to whoever resumed. Source: the manual of Lua 5.4, section 6.2. */
#include "bindings/invoke.h"
#include "bindings/library.h"

/* Resumes co with the `arguments` on top of L. How many results are on L, or -1: the error is. */
static int resume(lua_State *L, lua_State *co, int arguments)
{
    int count;
    if (!lua_checkstack(co, arguments)) {
        lua_pushliteral(L, "too many arguments to resume");
        return -1;
    }
    lua_xmove(L, co, arguments);
    int status = invoke_inner(L, co, arguments, &count);
    if (status != LUA_OK && status != LUA_YIELD) {
        lua_xmove(co, L, 1);
        return -1;
    }
    if (!lua_checkstack(L, count + 1)) {
        lua_pop(co, count);
        lua_pushliteral(L, "too many results to resume");
        return -1;
    }
    lua_xmove(co, L, count);
    return count;
}

static lua_State *check_coroutine(lua_State *L)
{
    lua_State *co = lua_tothread(L, 1);
    luaL_argexpected(L, co, 1, "thread");
    return co;
}

/* resume(co, …) */
static int library_resume(lua_State *L)
{
    lua_State *co = check_coroutine(L);
    int count = resume(L, co, lua_gettop(L) - 1);
    lua_pushboolean(L, count >= 0);
    lua_insert(L, count >= 0 ? -(count + 1) : -2);
    return count >= 0 ? count + 1 : 2;
}

/* The place of whoever called, before an error that is a text. */
static void add_place(lua_State *L)
{
    if (lua_type(L, -1) != LUA_TSTRING)
        return;
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
}

/* What wrap gave; upvalue: the coroutine. */
static int call_wrapped(lua_State *L)
{
    lua_State *co = lua_tothread(L, lua_upvalueindex(1));
    int count = resume(L, co, lua_gettop(L));
    if (count >= 0)
        return count;
    int status = lua_status(co);
    if (status != LUA_OK && status != LUA_YIELD) { /* it died: its variables are closed */
        status = invoke_inner_close(L, co);
        lua_xmove(co, L, 1);
    }
    if (status != LUA_ERRMEM)
        add_place(L);
    return lua_error(L);
}

/* wrap(f) */
static int library_wrap(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_State *co = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, co, 1);
    lua_pushcclosure(L, call_wrapped, 1);
    return 1;
}

/* The status in words of one that neither is dead nor waits; NULL: it may be closed. */
static const char *busy_status(lua_State *L, lua_State *co)
{
    lua_Debug ar;
    if (co == L)
        return "running";
    if (lua_status(co) == LUA_OK && lua_getstack(co, 0, &ar))
        return "normal";
    return NULL;
}

/* close(co) */
static int library_close(lua_State *L)
{
    lua_State *co = check_coroutine(L);
    const char *busy = busy_status(L, co);
    if (busy)
        return luaL_error(L, "cannot close a %s coroutine", busy);
    bool good = invoke_inner_close(L, co) == LUA_OK;
    lua_pushboolean(L, good);
    if (good)
        return 1;
    lua_xmove(co, L, 1);
    return 2;
}

void library_coroutine_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"resume", library_resume}, {"wrap", library_wrap}, {"close", library_close}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
