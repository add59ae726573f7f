/* Runs a script in the world that lua/script.lua made for it.
 * _ENV is an empty table before the globals: reads go through, and so do writes while the script
 * loads; afterwards they meet on_global_write. */
#include "bindings/script.h"

#include "bindings/api_error.h"
#include "bindings/embed.h"
#include "bindings/foreign_syntax.h"
#include "bindings/library.h"
#include "bindings/pythonism.h"
#include "bindings/reload.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

bool script_may_reach(lua_State *L, const char *path)
{
    char inner[PATH_MAX], outer[PATH_MAX];
    if (!vm_of(L)->sandbox || !realpath(path, inner))
        return true;
    if (!realpath(engine_registering(L)->folder, outer))
        return false;
    size_t len = strlen(outer);
    return strncmp(inner, outer, len) == 0 && (inner[len] == '/' || !inner[len] || len == 1);
}

/* --- what script.lua needs --- */

/* note(path): the load, or the code that runs (a handler may be the first to require a module), is
 * made of this file. */
static int note(lua_State *L)
{
    struct handlers *set = engine_registering(L);
    const char *path = luaL_checkstring(L, 1);
    if (paths_has(&set->files, path))
        return 0;
    paths_add(&set->files, path);
    if (!set->staging)
        reload_news_files(reload_news(engine_reload(set->vm->engine)));
    return 0;
}

/* may_exit(): is there no client yet whom an end of the program would hit? Whoever started it sees
 * nothing else of why it ended. */
static int may_exit(lua_State *L)
{
    struct vm *vm = vm_of(L);
    bool may = !engine_server(vm->engine);
    if (may) {
        api_push_place(L);
        log_warning(vm->log, "%s: os.exit ends the program before it serves", lua_tostring(L, -1));
    }
    lua_pushboolean(L, may);
    return 1;
}

/* may_reach(path) */
static int may_reach(lua_State *L)
{
    lua_pushboolean(L, script_may_reach(L, luaL_checkstring(L, 1)));
    return 1;
}

/* fail(message): raises it with the script's line. */
static int fail(lua_State *L)
{
    api_error(L, "%s", luaL_checkstring(L, 1));
}

/* explained(error, path): the error of a file that did not compile, with what is meant. */
static int explained(lua_State *L)
{
    const char *message = luaL_checkstring(L, 1);
    struct buf hint = BUF_INIT;
    foreign_syntax_put_hint(slice_str(message), luaL_checkstring(L, 2), &hint);
    lua_pushfstring(L, "%s%s", message, lua_pushlstring(L, hint.ptr ? hint.ptr : "", hint.len));
    buf_dispose(&hint);
    return 1;
}

static int load_native(lua_State *L)
{
    static const luaL_Reg functions[] = {{"note", note},
                                         {"explained", explained},
                                         {"may_exit", may_exit},
                                         {"may_reach", may_reach},
                                         {"fail", fail},
                                         {"bound_cjson", library_bound_cjson},
                                         {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}

void script_open(struct vm *vm)
{
    lua_State *L = vm->L;
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "preload");
    lua_pushcfunction(L, load_native);
    lua_setfield(L, -2, "moonwire.script_native");
    lua_pop(L, 2);
    embed_require(L, "script"); /* before a script can change what it is made of */
    lua_pop(L, 1);
}

/* Pushes a function of script.lua. */
static void push_function(lua_State *L, const char *name)
{
    embed_require(L, "script");
    lua_getfield(L, -1, name);
    lua_remove(L, -2);
}

/* --- globals --- */

static void warn_of_global(lua_State *L)
{
    struct vm *vm = vm_of(L);
    struct buf writer = BUF_INIT;
    if (vm->running)
        task_describe(vm->running, &writer);
    api_push_place(L);
    log_warning(vm->log,
                "%s: the global %s is written by %.*s: it is everyone's, and a reload forgets it; "
                "make it local, or keep it with mw.keep",
                lua_tostring(L, -1), lua_tostring(L, 2), SLICE_ARG(buf_slice(&writer)));
    buf_dispose(&writer);
    lua_pop(L, 1);
}

/* __newindex(env, name, value) once the script has loaded; upvalues: the globals, and the names
 * that were warned of. */
static int on_global_write(lua_State *L)
{
    lua_settop(L, 3);
    lua_pushvalue(L, 2);
    bool told = lua_rawget(L, lua_upvalueindex(2)) != LUA_TNIL;
    if (!told && lua_type(L, 2) == LUA_TSTRING) {
        lua_pushvalue(L, 2);
        lua_pushboolean(L, 1);
        lua_rawset(L, lua_upvalueindex(2));
        warn_of_global(L);
    }
    lua_settop(L, 3);
    lua_settable(L, lua_upvalueindex(1));
    return 0;
}

/* The set's world, kept in the set. */
static void make_world(struct handlers *set)
{
    lua_State *L = set->vm->L;
    push_function(L, "open");
    lua_pushstring(L, set->folder);
    lua_pushboolean(L, set->vm->sandbox);
    lua_call(L, 2, 2);
    set->globals = handlers_keep(set, L);
    set->environment = handlers_keep(set, L);
}

static void watch_globals(struct handlers *set)
{
    lua_State *L = set->vm->L;
    handlers_push(set, L, set->environment);
    lua_getmetatable(L, -1);
    handlers_push(set, L, set->globals);
    lua_newtable(L);
    lua_pushcclosure(L, on_global_write, 2);
    lua_setfield(L, -2, "__newindex");
    lua_pop(L, 2);
}

void script_push_globals(const struct handlers *set, lua_State *L)
{
    handlers_push(set, L, set->globals);
}

/* --- running --- */

/* A script that became empty is a save that went wrong: a full disk, an editor that crashed. */
static bool is_emptied(const struct handlers *set)
{
    struct stat st;
    return set->generation > 1 && stat(set->path, &st) == 0 && S_ISREG(st.st_mode) &&
           st.st_size == 0;
}

static bool compile(struct handlers *set, lua_State *co, struct buf *out_error)
{
    if (is_emptied(set)) {
        buf_printf(out_error,
                   "%s:1: the file is empty, and would leave nobody to answer; if it is meant, "
                   "write a comment into it",
                   set->path);
        return false;
    }
    if (luaL_loadfilex(co, set->path, "t") != LUA_OK) {
        const char *message = lua_tostring(co, -1);
        if (!strchr(message, ':')) /* "C stack overflow", or of a binary chunk: without a place */
            buf_printf(out_error, "%s:1: ", set->path);
        buf_append_str(out_error, message);
        foreign_syntax_put_hint(slice_str(message), set->path, out_error);
        return false;
    }
    handlers_push(set, co, set->environment);
    lua_setupvalue(co, -2, 1);
    return true;
}

static void describe_failure(struct vm *vm, lua_State *co, enum invoke_outcome outcome,
                             struct buf *out_error)
{
    if (outcome == INVOKE_YIELDED) {
        buf_append_str(out_error, "coroutine.yield at the top level of a script");
        invoke_traceback(vm, co);
    } else {
        buf_append_slice(out_error, buf_slice(&vm->failure));
        pythonism_put_hint(buf_slice(&vm->failure), out_error);
    }
    buf_append_char(out_error, '\n');
    buf_append_slice(out_error, buf_slice(&vm->traceback));
}

static bool run(struct vm *vm, lua_State *co, struct buf *out_error)
{
    int count;
    enum invoke_outcome outcome = invoke_resume(vm, co, GUARD_LOAD_NS, 0, &count);
    if (vm->stalled_ns)
        vm_warn_of_stall(vm, SLICE("the load"));
    if (outcome == INVOKE_OK)
        return true;
    describe_failure(vm, co, outcome, out_error);
    (void)invoke_reset(vm, co, outcome, GUARD_LOAD_NS);
    return false;
}

static void begin(struct handlers *set)
{
    lua_State *L = set->vm->L;
    push_function(L, "begin");
    lua_call(L, 0, 1);
    set->before = handlers_keep(set, L);
}

void script_settle(struct handlers *set)
{
    if (set->before != HANDLERS_NONE)
        handlers_drop(set, set->before);
    set->before = HANDLERS_NONE;
}

void script_inherit(struct handlers *set, struct handlers *former)
{
    lua_State *L = set->vm->L;
    script_settle(set);
    lua_checkstack(L, 3);
    handlers_push(former, L, former->before);
    set->before = handlers_keep(set, L);
}

/* What a load filled the memory with goes at once. */
void script_undo(struct handlers *set)
{
    struct vm *vm = set->vm;
    lua_State *L = vm->L;
    lua_checkstack(L, 4);
    push_function(L, "restore");
    handlers_push(set, L, set->before);
    lua_call(L, 1, 0);
    script_settle(set);
    if (vm->limit && vm->used > vm->limit / 2)
        lua_gc(L, LUA_GCCOLLECT, 0);
    reclaim_start(vm);
}

bool script_run(struct handlers *set, struct buf *out_error)
{
    struct vm *vm = set->vm;
    lua_State *L = vm->L;
    int top = lua_gettop(L);
    paths_add(&set->files, set->path);
    begin(set);
    make_world(set);
    lua_State *co = lua_newthread(L);
    bool good = compile(set, co, out_error) && run(vm, co, out_error);
    lua_settop(L, top);
    if (good)
        watch_globals(set);
    return good;
}
