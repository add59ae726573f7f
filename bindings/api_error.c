/* Finds the line of the script that a C function, or a module of ours, was called from. */
#include "bindings/api_error.h"

static bool is_script_line(const lua_Debug *ar)
{
    return ar->currentline > 0 && strncmp(ar->source, "=moonwire/", 10) != 0;
}

void api_push_place(lua_State *L)
{
    lua_Debug ar;
    for (int level = 1; lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "Sl", &ar);
        if (!is_script_line(&ar))
            continue;
        lua_pushfstring(L, "%s:%d", ar.short_src, ar.currentline);
        return;
    }
    lua_pushstring(L, "?");
}

_Noreturn void api_error(lua_State *L, const char *format, ...)
{
    va_list arguments;
    api_push_place(L);
    lua_pushstring(L, ": ");
    va_start(arguments, format);
    lua_pushvfstring(L, format, arguments);
    va_end(arguments);
    lua_concat(L, 3);
    lua_error(L);
    __builtin_unreachable();
}
