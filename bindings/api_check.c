/* What arguments and options must be, and the sentences for when they are not. */
#include "bindings/api.h"

#include "bindings/pythonism.h"
#include "core/base/nearest.h"
#include <math.h>

#define SECONDS_MAX 1e9

const char *api_found(lua_State *L, int index)
{
    switch (lua_type(L, index)) {
    case LUA_TNONE:
    case LUA_TNIL:
        return "nil";
    case LUA_TBOOLEAN:
        return lua_toboolean(L, index) ? "true" : "false";
    case LUA_TNUMBER:
        lua_pushvalue(L, index);
        return lua_pushfstring(L, "the number %s", lua_tostring(L, -1));
    case LUA_TSTRING:
        return lua_pushfstring(L, "the string \"%s\"", lua_tostring(L, index));
    default:
        return lua_pushfstring(L, "a %s", luaL_typename(L, index));
    }
}

void api_unknown_option(lua_State *L, int key_index, const char *what, const char *const *names)
{
    struct slice key;
    if (lua_type(L, key_index) != LUA_TSTRING)
        api_error(L, "%s: its options are a table of names, but it has the key %s", what,
                  api_found(L, key_index));
    key.ptr = lua_tolstring(L, key_index, &key.len);
    const char *nearest = nearest_find(key, names);
    if (nearest)
        api_error(L, "%s has no option \"%s\": do you mean \"%s\"?", what, key.ptr, nearest);
    luaL_Buffer known;
    luaL_buffinit(L, &known);
    for (size_t i = 0; names[i]; i++) {
        luaL_addstring(&known, i ? ", " : "");
        luaL_addstring(&known, names[i]);
    }
    luaL_pushresult(&known);
    api_error(L, "%s has no option \"%s\": it has %s", what, key.ptr, lua_tostring(L, -1));
}

int api_option_number_of(lua_State *L, int key_index, const char *const *names)
{
    if (lua_type(L, key_index) != LUA_TSTRING)
        return -1;
    const char *key = lua_tostring(L, key_index);
    for (int i = 0; names[i]; i++) {
        if (strcmp(names[i], key) == 0)
            return i;
    }
    return -1;
}

bool api_check_options(lua_State *L, int index, const char *what, const char *const *names)
{
    if (lua_isnoneornil(L, index))
        return false;
    if (!lua_istable(L, index))
        api_error(L, "%s: its options must be a table, not %s", what, api_found(L, index));
    index = lua_absindex(L, index);
    lua_pushnil(L);
    while (lua_next(L, index)) {
        lua_pop(L, 1);
        if (api_option_number_of(L, -1, names) < 0)
            api_unknown_option(L, lua_gettop(L), what, names);
    }
    return true;
}

bool api_option(lua_State *L, int index, const char *name)
{
    if (lua_istable(L, index))
        lua_getfield(L, index, name);
    else
        lua_pushnil(L);
    return !lua_isnil(L, -1);
}

static _Noreturn void wrong_option(lua_State *L, const char *what, const char *name,
                                   const char *wanted)
{
    api_error(L, "%s: the option %s must be %s, not %s", what, name, wanted, api_found(L, -1));
}

bool api_option_number(lua_State *L, int index, const char *what, const char *name, double *out)
{
    bool given = api_option(L, index, name);
    if (given && lua_type(L, -1) != LUA_TNUMBER)
        wrong_option(L, what, name, "a number");
    if (given)
        *out = lua_tonumber(L, -1);
    lua_pop(L, 1);
    return given;
}

bool api_option_string(lua_State *L, int index, const char *what, const char *name,
                       struct slice *out)
{
    bool given = api_option(L, index, name);
    if (given && lua_type(L, -1) != LUA_TSTRING)
        wrong_option(L, what, name, "a string");
    if (given)
        out->ptr = lua_tolstring(L, -1, &out->len);
    lua_pop(L, 1);
    return given;
}

void api_check_function(lua_State *L, int index, const char *what)
{
    if (!lua_isfunction(L, index))
        api_error(L, "%s must be a function, not %s", what, api_found(L, index));
}

struct slice api_check_string(lua_State *L, int index, const char *what)
{
    struct slice text;
    if (lua_type(L, index) != LUA_TSTRING)
        api_error(L, "%s must be a string, not %s", what, api_found(L, index));
    text.ptr = lua_tolstring(L, index, &text.len);
    return text;
}

int64_t api_check_seconds(lua_State *L, int index, const char *what)
{
    if (lua_type(L, index) != LUA_TNUMBER)
        api_error(L, "%s must be a number of seconds, not %s", what, api_found(L, index));
    double seconds = lua_tonumber(L, index);
    if (!(seconds >= 0 && seconds <= SECONDS_MAX))
        api_error(L, "%s must be from 0 to 1e9 seconds, not %s", what, api_found(L, index));
    return (int64_t)(seconds * (double)NS_PER_S);
}

void api_check_namespace(lua_State *L, struct slice namespace_, const char *what, bool any)
{
    if (namespace_.len && namespace_.ptr[0] == '/')
        return;
    if (any && slice_equal(namespace_, SLICE("*")))
        return;
    api_error(L, "%s: a namespace begins with \"/\"; write \"/%s\" instead of \"%s\"", what,
              namespace_.ptr, namespace_.ptr);
}

/* --- names of functions --- */

#define NAMES_MAX 64

void api_check_name(lua_State *L, const char *what)
{
    const char *names[NAMES_MAX + 1] = {NULL};
    size_t count = 0;
    struct slice key;
    if (lua_type(L, 2) != LUA_TSTRING)
        return;
    key.ptr = lua_tolstring(L, 2, &key.len);
    const char *instead = pythonism_instead(key);
    if (instead)
        api_error(L, "%s has no \"%s\": %s", what, key.ptr, instead);
    for (lua_pushnil(L); count < NAMES_MAX && lua_next(L, 1); lua_pop(L, 1)) {
        if (lua_type(L, -2) == LUA_TSTRING)
            names[count++] = lua_tostring(L, -2); /* the table holds it */
    }
    const char *nearest = nearest_find(key, names);
    if (nearest)
        api_error(L, "%s has no \"%s\": do you mean \"%s\"?", what, key.ptr, nearest);
}

static int missing_name(lua_State *L)
{
    api_check_name(L, lua_tostring(L, lua_upvalueindex(1)));
    return 0;
}

void api_guard_names(lua_State *L, const char *mark, const char *what)
{
    if (luaL_newmetatable(L, mark)) {
        lua_pushstring(L, what);
        lua_pushcclosure(L, missing_name, 1);
        lua_setfield(L, -2, "__index");
    }
    lua_setmetatable(L, -2);
}
