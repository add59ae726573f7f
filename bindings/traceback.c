/* A deep stack is written with the words of luaL_traceback, but for the names of global functions,
 * which take a search. */
#include "bindings/traceback.h"

static void add_name(luaL_Buffer *out, const lua_Debug *ar)
{
    lua_State *L = out->L;
    if (*ar->namewhat)
        lua_pushfstring(L, "%s '%s'", ar->namewhat, ar->name);
    else if (*ar->what == 'C')
        lua_pushliteral(L, "?");
    else
        lua_pushfstring(L, "function <%s:%d>", ar->short_src, ar->linedefined);
    luaL_addvalue(out);
}

static void add_call(luaL_Buffer *out, const lua_Debug *ar)
{
    lua_State *L = out->L;
    if (ar->currentline > 0)
        lua_pushfstring(L, "\n\t%s:%d: in ", ar->short_src, ar->currentline);
    else
        lua_pushfstring(L, "\n\t%s: in ", ar->short_src);
    luaL_addvalue(out);
    add_name(out, ar);
}

static void push_deep(lua_State *L, lua_State *of, const char *message, int level)
{
    lua_Debug ar;
    luaL_Buffer out;
    luaL_buffinit(L, &out);
    if (message) {
        luaL_addstring(&out, message);
        luaL_addchar(&out, '\n');
    }
    luaL_addstring(&out, "stack traceback:");
    for (int i = 0; i < TRACEBACK_SHOWN && lua_getstack(of, level + i, &ar); i++) {
        lua_getinfo(of, "Sln", &ar);
        add_call(&out, &ar);
    }
    lua_pushfstring(L, "\n\t...\t(and more than %d levels)", TRACEBACK_DEPTH);
    luaL_addvalue(&out);
    luaL_pushresult(&out);
}

void traceback_push(lua_State *L, lua_State *of, const char *message, int level)
{
    lua_Debug ar;
    if (lua_getstack(of, level + TRACEBACK_DEPTH, &ar))
        push_deep(L, of, message, level);
    else
        luaL_traceback(L, of, message, level);
}

bool traceback_put_place(lua_State *of, struct buf *out)
{
    lua_Debug ar;
    for (int level = 0; lua_getstack(of, level, &ar); level++) {
        lua_getinfo(of, "Sl", &ar);
        if (ar.currentline <= 0 || strncmp(ar.source, "=moonwire/", 10) == 0)
            continue;
        buf_printf(out, "%s:%d: ", ar.short_src, ar.currentline);
        return true;
    }
    return false;
}

int traceback_debug(lua_State *L)
{
    lua_State *of = lua_tothread(L, 1);
    int at = of ? 2 : 1;
    const char *message = lua_tostring(L, at);
    if (!of)
        of = L;
    if (!message && !lua_isnoneornil(L, at)) {
        lua_pushvalue(L, at);
        return 1;
    }
    traceback_push(L, of, message, (int)luaL_optinteger(L, at + 1, of == L ? 1 : 0));
    return 1;
}
