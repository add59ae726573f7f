/* See http_native.h. */
#include "bindings/http_native.h"

#include "bindings/api.h"
#include "bindings/debug.h"
#include "bindings/embed.h"
#include "bindings/excerpt.h"
#include "bindings/pythonism.h"
#include "bindings/script.h"

/* set(): the table that is the handler set's own. */
static int push_set(lua_State *L)
{
    handlers_push_table(engine_registering(L), L);
    return 1;
}

/* add_route(rule, methods, { handler = fn, … }); methods has one name a line. */
static int add_route(lua_State *L)
{
    struct handlers *set = engine_registering(L);
    struct slice rule = api_check_string(L, 1, "app.route"), methods;
    methods.ptr = luaL_checklstring(L, 2, &methods.len);
    lua_settop(L, 3);
    int route = handlers_keep(set, L);
    struct buf error = BUF_INIT;
    if (http_router_add(set->router, rule, methods, route, &error))
        return 0;
    handlers_drop(set, route);
    lua_pushlstring(L, error.ptr, error.len);
    buf_dispose(&error);
    api_error(L, "app.route: %s", lua_tostring(L, -1));
}

/* task_table(): the table of the task that runs, which ends with it; nothing outside of one. */
static int push_task_table(lua_State *L)
{
    struct task *t = task_current(L);
    if (!t)
        return 0;
    kept_push(&t->kept, L, "g");
    if (!lua_isnil(L, -1))
        return 1;
    lua_newtable(L);
    lua_pushvalue(L, -1);
    kept_set(&t->kept, L, "g");
    return 1;
}

/* note_endpoint(name): what request.endpoint is while this request is answered. */
static int note_endpoint(lua_State *L)
{
    lua_settop(L, 1);
    kept_set(&task_current(L)->kept, L, "endpoint");
    return 0;
}

/* is_request(): does the code that runs answer an HTTP request? */
static int is_request(lua_State *L)
{
    const struct task *t = task_current(L);
    lua_pushboolean(L, t && t->exchange);
    return 1;
}

/* setting(key): one value of the configuration, of those that routes go by; nil if it is not set.
 */
static int push_setting(lua_State *L)
{
    static const char *const keys[] = {
        "debug",           "watched",         "secret_key", "static_folder",
        "static_url_path", "template_folder", NULL};
    const struct config *c = engine_settings(vm_of(L)->engine);
    const char *const texts[] = {c->secret_key, c->static_folder, c->static_url_path,
                                 c->template_folder};
    int key = luaL_checkoption(L, 1, NULL, keys);
    if (key == 0)
        lua_pushboolean(L, c->debug);
    else if (key == 1)
        lua_pushboolean(L, engine_watched(vm_of(L)->engine));
    else
        lua_pushstring(L, texts[key - 2]); /* NULL is nil */
    return 1;
}

/* find_folder(configured, name), as engine_find_folder; nil if there is none. */
static int find_folder(lua_State *L)
{
    const char *configured = luaL_optstring(L, 1, NULL), *name = luaL_checkstring(L, 2);
    struct buf path = BUF_INIT;
    if (engine_find_folder(vm_of(L)->engine, configured, name, &path))
        lua_pushlstring(L, path.ptr, path.len);
    else
        lua_pushnil(L);
    buf_dispose(&path);
    return 1;
}

/* may_reach(path), as script_may_reach. */
static int may_reach(lua_State *L)
{
    lua_pushboolean(L, script_may_reach(L, luaL_checkstring(L, 1)));
    return 1;
}

/* fail(message): raises it, at the script's line if a script is on the stack. */
static int fail(lua_State *L)
{
    luaL_checkstring(L, 1);
    lua_settop(L, 1);
    api_push_place(L);
    if (strcmp(lua_tostring(L, -1), "?") == 0) {
        lua_settop(L, 1);
        return lua_error(L);
    }
    lua_pushfstring(L, "%s: %s", lua_tostring(L, -1), lua_tostring(L, 1));
    return lua_error(L);
}

static void set_text(lua_State *L, const char *key, struct slice text)
{
    lua_pushlstring(L, text.ptr ? text.ptr : "", text.len);
    lua_setfield(L, -2, key);
}

static struct slice check_slice(lua_State *L, int index)
{
    struct slice text;
    text.ptr = luaL_checklstring(L, index, &text.len);
    return text;
}

/* excerpt(error, traceback): { file =, line =, first =, lines = } of the place, file "" if none is
 * known; nil if who asks is not to see any of it. */
static int push_excerpt(lua_State *L)
{
    struct slice message = check_slice(L, 1), traceback = check_slice(L, 2);
    const struct task *t = task_current(L);
    const struct engine *e = vm_of(L)->engine;
    if (!t || !debug_shows(engine_debug(e), task_request(t)))
        return 0;
    struct excerpt x;
    excerpt_find(&x, e, t->set, message, traceback);
    lua_createtable(L, 0, 4);
    set_text(L, "file", buf_slice(&x.file));
    set_text(L, "lines", buf_slice(&x.lines));
    lua_pushinteger(L, (lua_Integer)x.line);
    lua_setfield(L, -2, "line");
    lua_pushinteger(L, (lua_Integer)x.first);
    lua_setfield(L, -2, "first");
    excerpt_dispose(&x);
    return 1;
}

/* note_template(name): what is rendered now is made of it. */
static int note_template(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    const struct task *t = task_current(L);
    debug_note_template(engine_debug(vm_of(L)->engine), t ? t->exchange : NULL, name);
    return 0;
}

/* instead(name): what to write for a name of Flask's, or nil. */
static int push_instead(lua_State *L)
{
    lua_pushstring(L, pythonism_instead(check_slice(L, 1)));
    return 1;
}

static int status_text(lua_State *L)
{
    lua_pushstring(L, http_status_text((unsigned)luaL_checkinteger(L, 1)));
    return 1;
}

static int is_binary(lua_State *L)
{
    struct slice bytes;
    lua_pushboolean(L, value_to_binary(&vm_of(L)->codec, L, 1, &bytes));
    return 1;
}

_Noreturn void http_native_abort(lua_State *L, unsigned status, const char *message)
{
    embed_require(L, "http_error");
    lua_getfield(L, -1, "abort");
    lua_pushinteger(L, status);
    lua_pushstring(L, message);
    lua_call(L, 2, 0);
    __builtin_unreachable();
}

static int load_native(lua_State *L)
{
    static const luaL_Reg functions[] = {{"set", push_set},
                                         {"add_route", add_route},
                                         {"task_table", push_task_table},
                                         {"note_endpoint", note_endpoint},
                                         {"is_request", is_request},
                                         {"instead", push_instead},
                                         {"setting", push_setting},
                                         {"find_folder", find_folder},
                                         {"may_reach", may_reach},
                                         {"fail", fail},
                                         {"status_text", status_text},
                                         {"is_binary", is_binary},
                                         {"excerpt", push_excerpt},
                                         {"note_template", note_template},
                                         {NULL, NULL}};
    luaL_newlib(L, functions);
    lua_pushinteger(L, HTTP_CONTENT_LENGTH_MAX);
    lua_setfield(L, -2, "MAX_CONTENT_LENGTH");
    return 1;
}

void http_native_open(lua_State *L)
{
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "preload");
    lua_pushcfunction(L, load_native);
    lua_setfield(L, -2, "moonwire.http_native");
    lua_pop(L, 2);
}
