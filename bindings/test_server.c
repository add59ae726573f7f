/* The module `moonwire` of tests: see test_server.h.
 * It is one of the two composition roots (the other is main.c).
 * The engine has a Lua state of its own: what a test's state does to its globals changes nothing.
 */
#include "bindings/test_server.h"

#include "bindings/client_folder.h"
#include "bindings/embed.h"
#include "bindings/reload_files.h"
#include "bindings/template_host.h"
#include "core/net/static_files.h"

#define TYPE "moonwire.test_server"
#define SETTLE_MAX 10000 /* turns without time passing, after which a script must be looping */

/* --- what it says --- */

static void on_log(void *ud, enum log_level level, struct slice text)
{
    struct test_server *t = (struct test_server *)ud;
    buf_printf(&t->said, "%s: ", log_level_name(level));
    buf_append_slice(&t->said, text);
    buf_append_char(&t->said, '\n');
}

static void on_print(void *ud, struct slice line)
{
    struct test_server *t = (struct test_server *)ud;
    buf_append_slice(&t->said, line);
    buf_append_char(&t->said, '\n');
}

static int64_t read_clock(void *ud)
{
    return ((const struct test_server *)ud)->now_ns;
}

/* --- turns --- */

void test_server_settle(struct test_server *t)
{
    server_turn_end(t->server, t->now_ns);
    for (int i = 0; server_next_ns(t->server) <= t->now_ns; i++) {
        if (i == SETTLE_MAX) {
            log_error(&t->log, "timers fire again and again without time passing");
            return;
        }
        server_run(t->server, t->now_ns);
        server_turn_end(t->server, t->now_ns);
    }
}

struct test_server *test_server_check(lua_State *L)
{
    struct test_server *t = (struct test_server *)luaL_checkudata(L, 1, TYPE);
    if (!t->server)
        luaL_error(L, "the server is closed");
    return t;
}

/* server:run_until(seconds) moves to the next timer that is due by then and runs it. False: there
 * is none, and the clock is at `seconds`, which count from the start. */
static int run_until(lua_State *L)
{
    struct test_server *t = test_server_check(L);
    /* A time that is a whole number of nanoseconds but for the error of the double is that number.
     */
    int64_t until_ns = TEST_SERVER_START_NS + (int64_t)(luaL_checknumber(L, 2) * 1e9 + 0.999);
    int64_t next_ns = server_next_ns(t->server);
    bool due = next_ns <= until_ns;

    if (due && next_ns > t->now_ns)
        t->now_ns = next_ns;
    else if (!due && until_ns > t->now_ns)
        t->now_ns = until_ns;
    if (due)
        server_run(t->server, t->now_ns);
    test_server_settle(t);
    lua_pushboolean(L, due);
    return 1;
}

static int now(lua_State *L)
{
    struct test_server *t = test_server_check(L);
    lua_pushnumber(L, (double)(t->now_ns - TEST_SERVER_START_NS) / (double)NS_PER_S);
    return 1;
}

static int said(lua_State *L)
{
    struct test_server *t = (struct test_server *)luaL_checkudata(L, 1, TYPE);
    lua_pushlstring(L, t->said.ptr, t->said.len);
    return 1;
}

/* --- new code --- */

/* A file that was saved; one of which the server is not made is another script. */
static bool reload_path(struct test_server *t, const char *path, struct buf *error)
{
    switch (reload_saved(t->engine, &path, 1, error)) {
    case RELOAD_SAVED_NOTHING:
        return reload_script(engine_reload(t->engine), path, error);
    case RELOAD_SAVED_GOOD:
        return true;
    case RELOAD_SAVED_BAD:
        break;
    }
    return false;
}

/* server:reload([path]): true; or nil and the message, and the old code goes on. */
static int reload(lua_State *L)
{
    struct test_server *t = test_server_check(L);
    const char *path = luaL_optstring(L, 2, NULL);
    struct buf error = BUF_INIT;
    bool good =
        path ? reload_path(t, path, &error) : reload_script(engine_reload(t->engine), NULL, &error);
    test_server_settle(t);
    if (good) {
        lua_pushboolean(L, 1);
        return 1;
    }
    lua_pushnil(L);
    lua_pushlstring(L, error.ptr, error.len);
    buf_dispose(&error);
    return 2;
}

/* server:census(): how much of each kind is alive, for tests that end with nothing left. */
static int census(lua_State *L)
{
    struct engine_census c;
    engine_census(test_server_check(L)->engine, &c);
    const struct {
        const char *name;
        size_t count;
    } fields[] = {{"tasks", c.tasks},       {"peers", c.peers}, {"waits", c.waits},
                  {"registry", c.registry}, {"jobs", c.jobs},   {"lua_bytes", c.lua_bytes}};
    lua_newtable(L);
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
        lua_pushinteger(L, (lua_Integer)fields[i].count);
        lua_setfield(L, -2, fields[i].name);
    }
    return 1;
}

/* --- the end --- */

/* What is left of a server that was stopped and told of every client's end, into `out`: a part of a
 * sentence each. */
static void put_leaks(const struct test_server *t, struct buf *out)
{
    struct engine_census census;
    engine_census(t->engine, &census);
    const struct {
        size_t count;
        const char *what;
    } leaks[] = {
        {census.tasks, "tasks"},
        {census.peers, "peers"},
        {census.waits, "waits for acknowledgements"},
        {census.jobs, "ticks, timers or background tasks"},
        {census.registry > t->registry ? census.registry - t->registry : 0,
         "references in the registry"},
    };
    for (size_t i = 0; i < sizeof(leaks) / sizeof(*leaks); i++) {
        if (leaks[i].count)
            buf_printf(out, "%s%zu %s", out->len ? ", " : "", leaks[i].count, leaks[i].what);
    }
}

static void close_server(struct test_server *t, struct buf *out_leaks)
{
    if (!t->engine)
        return;
    if (t->server) {
        test_link_close_all(t);
        server_close(t->server, t->now_ns);
        test_server_settle(t);
        engine_stop(t->engine);
        server_destroy(t->server);
        put_leaks(t, out_leaks);
        --*t->open_servers;
    }
    engine_destroy(t->engine);
    t->engine = NULL;
    t->server = NULL;
    if (*t->open_servers == 0 && frame_test_alive())
        buf_printf(out_leaks, "%s%zu frames", out_leaks->len ? ", " : "", frame_test_alive());
    buf_dispose(&t->client_folder);
}

static int collect(lua_State *L)
{
    struct test_server *t = (struct test_server *)luaL_checkudata(L, 1, TYPE);
    struct buf leaks = BUF_INIT;
    close_server(t, &leaks);
    buf_dispose(&leaks);
    buf_dispose(&t->said);
    test_config_dispose(&t->config);
    return 0;
}

/* server:close() returns what leaked, in words, or nil. Twice is fine. */
static int close(lua_State *L)
{
    struct test_server *t = (struct test_server *)luaL_checkudata(L, 1, TYPE);
    struct buf leaks = BUF_INIT;
    close_server(t, &leaks);
    if (leaks.len)
        lua_pushlstring(L, leaks.ptr, leaks.len);
    else
        lua_pushnil(L);
    buf_dispose(&leaks);
    return 1;
}

/* --- the start --- */

static void start(struct test_server *t)
{
    struct engine_census census;
    static_files_init(&t->files);
    client_folder_find(&t->client_folder);
    t->server =
        server_create(engine_config(t->engine), &(struct server_params){
                                                    .log = &t->log,
                                                    .dispatch = engine_dispatch(t->engine),
                                                    .files = &t->files,
                                                    .client_folder = buf_slice(&t->client_folder),
                                                    .clock = read_clock,
                                                    .clock_ud = t,
                                                });
    ++*t->open_servers;
    server_run(t->server, t->now_ns);
    engine_start(t->engine, t->server);
    engine_census(t->engine, &census);
    t->registry = census.registry;
    test_server_settle(t);
}

static int raise_and_dispose(lua_State *L, struct buf *error)
{
    lua_pushlstring(L, error->ptr, error->len);
    buf_dispose(error);
    return lua_error(L);
}

/* create(script, config): the server, running. Raises with the message if the script does not load.
 */
static int create(lua_State *L)
{
    const char *script = luaL_checkstring(L, 1);
    struct test_server *t = (struct test_server *)compat_new_userdata(L, sizeof(*t));
    *t = (struct test_server){.now_ns = TEST_SERVER_START_NS};
    luaL_setmetatable(L, TYPE);
    test_config_read(&t->config, L, 2);
    t->open_servers = (size_t *)lua_touserdata(L, lua_upvalueindex(1));
    t->log = (struct log){.sink = on_log, .ud = t, .least = LOG_INFO};
    t->engine = engine_create(&(struct engine_params){.log = &t->log,
                                                      .on_print = on_print,
                                                      .print_ud = t,
                                                      .options = test_config_apply,
                                                      .options_ud = &t->config,
                                                      .sandbox = t->config.sandbox,
                                                      .clock = read_clock,
                                                      .clock_ud = t});
    struct buf error = BUF_INIT;
    if (!engine_load(t->engine, script, &error))
        return raise_and_dispose(L, &error);
    start(t);
    return 1;
}

static void open_type(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"run_until", run_until}, {"now", now},     {"said", said}, {"reload", reload},
        {"census", census},       {"close", close}, {NULL, NULL}};
    luaL_newmetatable(L, TYPE);
    lua_newtable(L);
    luaL_setfuncs(L, methods, 0);
    luaL_setfuncs(L, test_link_methods(), 0);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, collect);
    lua_setfield(L, -2, "__gc");
    lua_pop(L, 1);
}

static int load_native(lua_State *L)
{
    lua_newtable(L);
    test_values_open(L);
    *(size_t *)compat_new_userdata(L, sizeof(size_t)) = 0;
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "_open_servers"); /* lives as long as the module */
    lua_pushlightuserdata(L, lua_touserdata(L, -1));
    lua_remove(L, -2);
    lua_pushcclosure(L, create, 1);
    lua_setfield(L, -2, "create");
    return 1;
}

/* `require "moonwire"` in a test: the module of lua/test_server.lua. */
__attribute__((visibility("default"))) int luaopen_moonwire(lua_State *L);

int luaopen_moonwire(lua_State *L)
{
    open_type(L);
    embed_open(L);
    template_host_open(L, test_values_codec(L));
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "preload");
    lua_pushcfunction(L, load_native);
    lua_setfield(L, -2, "moonwire.test_native");
    lua_pop(L, 2);
    embed_require(L, "test_server");
    return 1;
}
