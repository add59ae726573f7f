/* mw.config, mw.keep, mw.on_reload and mw.generation: what a script says about itself as a whole.
 * Keys, types and ranges are core/server/config's; here Lua values become its values. */
#include "bindings/api.h"

#define KEPT "mw.keep"
#define ON_RELOAD "mw.on_reload"
#define PLACE "mw.config" /* where it was called last: "scripts/game.lua:3" */

/* --- mw.config --- */

/* A list of strings, in memory that Lua frees. [-0, +1] */
static void read_list(lua_State *L, int index, struct slice key, struct config_value *out)
{
    size_t len = lua_rawlen(L, index);
    struct slice *list =
        (struct slice *)compat_new_userdata(L, (len ? len : 1) * sizeof(struct slice));
    for (size_t i = 0; i < len; i++) {
        lua_rawgeti(L, index, (lua_Integer)i + 1);
        if (lua_type(L, -1) != LUA_TSTRING)
            api_error(L, "mw.config: %s is a list of strings, but its element %d is %s", key.ptr,
                      (int)i + 1, api_found(L, -1));
        list[i].ptr = lua_tolstring(L, -1, &list[i].len);
        lua_pop(L, 1); /* the list holds it */
    }
    *out = (struct config_value){.type = CONFIG_LIST, .list = list, .list_len = len};
}

/* The value at `index` as the configuration has it. [-0, +1] */
static void read_value(lua_State *L, int index, struct slice key, struct config_value *out)
{
    *out = (struct config_value){.type = CONFIG_BOOL};
    switch (lua_type(L, index)) {
    case LUA_TBOOLEAN:
        out->boolean = lua_toboolean(L, index);
        break;
    case LUA_TNUMBER:
        out->type = lua_isinteger(L, index) ? CONFIG_INTEGER : CONFIG_NUMBER;
        out->number = lua_tonumber(L, index);
        break;
    case LUA_TSTRING:
        out->type = CONFIG_STRING;
        out->text.ptr = lua_tolstring(L, index, &out->text.len);
        break;
    case LUA_TTABLE:
        read_list(L, index, key, out);
        return;
    default:
        api_error(L, "mw.config: %s cannot be %s", key.ptr, api_found(L, index));
    }
    lua_pushnil(L);
}

/* Does the key name files? */
static bool is_path(struct slice key)
{
    static const char *const paths[] = {"static_folder", "template_folder", "tls_cert",
                                        "tls_key",       "console",         NULL};
    for (size_t i = 0; paths[i]; i++) {
        if (slice_equal(key, slice_str(paths[i])))
            return true;
    }
    return false;
}

/* The key and its value are on top. [-0, +0] */
static void set_key(lua_State *L, struct config *config)
{
    int top = lua_gettop(L);
    struct config_value value;
    struct slice key;
    if (lua_type(L, top - 1) != LUA_TSTRING)
        api_error(L, "mw.config wants names and values, but it got the key %s",
                  api_found(L, top - 1));
    key.ptr = lua_tolstring(L, top - 1, &key.len);
    if (vm_of(L)->sandbox && is_path(key))
        api_error(L,
                  "mw.config: %s is for the command line, as --set %s=…: the server runs with "
                  "--sandbox",
                  key.ptr, key.ptr);
    read_value(L, top, key, &value);
    struct buf *error = &vm_of(L)->failure; /* owned by the vm: a raise leaks nothing */
    buf_reset(error, 4096);
    if (!config_set(config, key, &value, error))
        api_error(L, "mw.config: %s", lua_pushlstring(L, error->ptr, error->len));
    lua_settop(L, top);
}

static int config_call(lua_State *L)
{
    struct engine *e = vm_of(L)->engine;
    if (!lua_istable(L, 1))
        api_error(L, "mw.config wants a table: mw.config{ port = 8080 }");
    if (!engine_loading(e))
        api_error(L, "mw.config belongs at the top of the script, not in a handler");
    handlers_push_table(engine_registering(L), L);
    api_push_place(L);
    lua_setfield(L, -2, PLACE);
    lua_pushnil(L);
    while (lua_next(L, 1)) {
        set_key(L, engine_config(e));
        lua_pop(L, 1);
    }
    return 0;
}

void api_config_put_place(const struct handlers *set, struct buf *out)
{
    lua_State *L = set->vm->L;
    lua_checkstack(L, 3);
    handlers_push_table(set, L);
    lua_getfield(L, -1, PLACE);
    if (lua_isstring(L, -1))
        buf_printf(out, "%s: mw.config: ", lua_tostring(L, -1));
    lua_pop(L, 2);
}

/* --- mw.keep, mw.on_reload, mw.generation --- */

/* The value of the table on top under the key at 1, in its place. */
static bool find_kept(lua_State *L)
{
    lua_pushvalue(L, 1);
    lua_rawget(L, -2);
    lua_remove(L, -2);
    return !lua_isnil(L, -1);
}

/* Pushes a table of the set's own. */
static void push_own(const struct handlers *set, lua_State *L, const char *name)
{
    handlers_push_table(set, L);
    luaL_getsubtable(L, -1, name);
    lua_remove(L, -2);
}

/* mw.keep(name, initial): the table of all kept values lives as long as the vm. What a load keeps
 * for the first time waits in its set until it is live, since the load may still fail; and what a
 * set was the first to keep stays noted there, since it may still be given up. */
static int config_keep(lua_State *L)
{
    struct handlers *set = engine_registering(L);
    api_check_string(L, 1, "the name for mw.keep");
    lua_settop(L, 2);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, KEPT);
    if (find_kept(L))
        return 1;
    push_own(set, L, KEPT);
    if (set->staging && find_kept(L))
        return 1;
    lua_settop(L, 2);
    push_own(set, L, KEPT);
    if (!set->staging)
        luaL_getsubtable(L, LUA_REGISTRYINDEX, KEPT);
    for (int table = lua_gettop(L); table > 2; table--) {
        lua_pushvalue(L, 1);
        lua_pushvalue(L, 2);
        lua_rawset(L, table);
    }
    lua_pushvalue(L, 2);
    return 1;
}

/* Each name that `set` was the first to keep is set in the table on top, to its value or to nil. */
static void copy_own(const struct handlers *set, lua_State *L, bool to_nil)
{
    push_own(set, L, KEPT); /* table own */
    for (lua_pushnil(L); lua_next(L, -2);) {
        lua_pushvalue(L, -2); /* table own name value name */
        lua_insert(L, -2);
        if (to_nil) {
            lua_pop(L, 1);
            lua_pushnil(L);
        }
        lua_rawset(L, -5);
    }
    lua_pop(L, 1);
}

void api_config_push_kept(lua_State *L)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, KEPT);
}

void api_config_keep_all(struct handlers *set)
{
    lua_State *L = set->vm->L;
    lua_checkstack(L, 6);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, KEPT);
    copy_own(set, L, false);
    lua_pop(L, 1);
}

void api_config_unkeep_all(struct handlers *set)
{
    lua_State *L = set->vm->L;
    lua_checkstack(L, 6);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, KEPT);
    copy_own(set, L, true);
    lua_pop(L, 1);
}

void api_config_inherit(struct handlers *set, const struct handlers *former)
{
    lua_State *L = set->vm->L;
    lua_checkstack(L, 6);
    push_own(set, L, KEPT);
    copy_own(former, L, false);
    lua_pop(L, 1);
}

static int config_on_reload(lua_State *L)
{
    api_check_function(L, 1, "what mw.on_reload takes");
    if (!engine_loading(vm_of(L)->engine))
        api_error(L, "mw.on_reload belongs at the top of the script, not in a handler");
    push_own(engine_registering(L), L, ON_RELOAD);
    lua_pushvalue(L, 1);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    return 0;
}

void api_config_push_on_reload(const struct handlers *set, lua_State *L)
{
    push_own(set, L, ON_RELOAD);
}

static int config_generation(lua_State *L)
{
    lua_pushinteger(L, engine_registering(L)->generation);
    return 1;
}

void api_config_open(lua_State *L)
{
    static const luaL_Reg functions[] = {{"config", config_call},
                                         {"keep", config_keep},
                                         {"on_reload", config_on_reload},
                                         {"generation", config_generation},
                                         {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
