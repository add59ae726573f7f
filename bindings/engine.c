/* The life of an engine: load, start, stop; and what the rest of bindings asks of it.
 * A load goes into a set of its own, and becomes visible only when it went well, so that a later
 * load can be dropped without a trace. */
#include "bindings/engine.h"

#include "bindings/ack_wait.h"
#include "bindings/api.h"
#include "bindings/debug.h"
#include "bindings/events.h"
#include "bindings/initial_headers.h"
#include "bindings/reload.h"
#include "bindings/returning.h"
#include "bindings/script.h"

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

struct engine {
    struct engine_params params;
    struct vm vm;
    struct dispatch dispatch;
    struct config config; /* until the server takes it */
    struct server *server;
    struct handlers *live, *staging;
    struct reload *reload;
    struct debug *debug;
    struct script_peer **peers; /* by the index of their slot_id */
    size_t peers_cap, peer_count;
    int64_t started_ns;
    struct returning returning; /* of those whose connection broke */
};

static bool has_namespace(void *ud, struct slice name)
{
    return handlers_has_namespace(((struct engine *)ud)->live, name);
}

struct engine *engine_create(const struct engine_params *params)
{
    struct engine *e = (struct engine *)mem_zalloc(sizeof(*e));
    e->params = *params;
    e->dispatch = (struct dispatch){.ud = e,
                                    .has_namespace = has_namespace,
                                    .on_connect = events_on_connect,
                                    .on_event = events_on_event,
                                    .on_disconnect = events_on_disconnect,
                                    .on_forget = engine_forget_peer,
                                    .on_ack = ack_wait_on_ack,
                                    .on_ack_lost = ack_wait_on_lost,
                                    .on_request = api_http_on_request,
                                    .initial_headers = initial_headers_ask,
                                    .body_limit = api_http_body_limit};
    config_init(&e->config);
    vm_init(&e->vm, &(struct vm_params){.engine = e,
                                        .sandbox = params->sandbox,
                                        .log = params->log,
                                        .clock = params->clock,
                                        .clock_ud = params->clock_ud,
                                        .on_print = params->on_print,
                                        .print_ud = params->print_ud});
    e->vm.limit = (size_t)e->config.memory_limit;
    api_open(&e->vm);
    script_open(&e->vm);
    e->reload = reload_create(e);
    e->debug = debug_create(e);
    return e;
}

static void drop_peers(struct engine *e)
{
    returning_remove_all(&e->returning);
    for (size_t i = 0; i < e->peers_cap; i++) {
        if (e->peers[i])
            script_peer_unref(e->peers[i]);
    }
    mem_free(e->peers);
}

void engine_drop_set(struct engine *e, struct handlers *set)
{
    if (!set)
        return;
    job_stop_all(&e->vm, set);
    handlers_unref(set);
}

void engine_reject_set(struct engine *e, struct handlers *set)
{
    script_undo(set);
    api_config_unkeep_all(set);
    job_stop_of(set);
    task_cancel_of(set, TASK_RELOAD);
    engine_drop_set(e, set);
}

void engine_destroy(struct engine *e)
{
    debug_destroy(e->debug);
    reload_destroy(e->reload);
    engine_drop_set(e, e->live);
    engine_drop_set(e, e->staging);
    ack_wait_dispose_all(&e->vm);
    drop_peers(e);
    task_dispose_pool(&e->vm);
    vm_dispose(&e->vm);
    config_dispose(&e->config);
    mem_free(e);
}

/* --- loading --- */

static bool configure(struct engine *e, struct buf *out_error)
{
    if (e->params.options && !e->params.options(e->params.options_ud, &e->config, out_error))
        return false;
    struct buf error = BUF_INIT;
    bool good = config_check(&e->config, &error);
    if (!good)
        api_config_put_place(e->staging, out_error);
    buf_append_slice(out_error, buf_slice(&error));
    buf_dispose(&error);
    return good;
}

bool engine_stage(struct engine *e, const char *path, struct paths *out_files,
                  struct buf *out_error)
{
    unsigned generation = e->live ? e->live->generation + 1 : 1;
    config_dispose(&e->config);
    config_init(&e->config);
    e->staging = handlers_create(&e->vm, generation, path);
    if (script_run(e->staging, out_error) && configure(e, out_error))
        return true;
    if (out_files)
        paths_move(&e->staging->files, out_files);
    engine_reject_set(e, e->staging);
    e->staging = NULL;
    return false;
}

bool engine_load(struct engine *e, const char *path, struct buf *out_error)
{
    return engine_stage(e, path, NULL, out_error);
}

struct config *engine_config(struct engine *e)
{
    return &e->config;
}

static const char *engine_folder(const struct engine *e)
{
    const struct handlers *set = e->staging ? e->staging : e->live;
    return set ? set->folder : ".";
}

static bool is_folder(const struct buf *path)
{
    struct stat st;
    return stat(path->ptr, &st) == 0 && S_ISDIR(st.st_mode);
}

/* `above` and `name` joined, if that is a folder. */
static bool try_folder(const char *above, const char *name, struct buf *out)
{
    buf_reset(out, 4096);
    buf_printf(out, name[0] == '/' ? "%s%s" : "%s/%s", name[0] == '/' ? "" : above, name);
    buf_append_char(out, '\0');
    out->len--;
    return is_folder(out);
}

bool engine_find_folder(const struct engine *e, const char *configured, const char *name,
                        struct buf *out)
{
    const char *beside = engine_folder(e);
    char above[PATH_MAX];
    if (configured)
        return try_folder(beside, configured, out);
    snprintf(above, sizeof(above), "%s/..", beside);
    return try_folder(beside, name, out) || try_folder(above, name, out);
}

const struct dispatch *engine_dispatch(const struct engine *e)
{
    return &e->dispatch;
}

/* --- running --- */

/* What the vm has of the configuration. */
static void apply_settings(struct engine *e)
{
    const struct config *c = &e->server->config;
    e->vm.budget_ns = config_ns(c->handler_timeout);
    e->vm.limit = (size_t)c->memory_limit;
}

struct handlers *engine_put_back(struct engine *e, struct handlers *set)
{
    struct handlers *former = e->live;
    e->live = set;
    apply_settings(e);
    return former;
}

struct handlers *engine_swap(struct engine *e)
{
    struct handlers *set = e->staging;
    e->staging = NULL;
    set->staging = false;
    if (e->server->config.debug)
        sources_read(&set->sources, &set->files);
    api_config_keep_all(set);
    return engine_put_back(e, set);
}

void engine_start(struct engine *e, struct server *s)
{
    e->server = s;
    e->started_ns = engine_now_ns(e);
    e->vm.timers = &s->timers;
    debug_start(e->debug);
    engine_swap(e);
    script_settle(e->live);
    job_start_all(e->live);
}

struct reload *engine_reload(const struct engine *e)
{
    return e->reload;
}

struct debug *engine_debug(const struct engine *e)
{
    return e->debug;
}

void engine_stop(struct engine *e)
{
    debug_stop(e->debug);
    reload_stop(e->reload);
    task_stop_all(&e->vm);
    returning_remove_all(&e->returning);
    job_stop_all(&e->vm, NULL);
    job_sweep(&e->vm);
    reclaim_stop(&e->vm);
}

/* --- for the files of bindings --- */

struct server *engine_server(const struct engine *e)
{
    return e->server;
}

struct vm *engine_vm(struct engine *e)
{
    return &e->vm;
}

const struct config *engine_settings(const struct engine *e)
{
    return e->server ? &e->server->config : &e->config;
}

int64_t engine_now_ns(const struct engine *e)
{
    return vm_now_ns(&e->vm);
}

int64_t engine_started_ns(const struct engine *e)
{
    return e->started_ns;
}

bool engine_watched(const struct engine *e)
{
    return e->params.watched;
}

struct handlers *engine_live(const struct engine *e)
{
    return e->live;
}

bool engine_loading(const struct engine *e)
{
    return e->staging && !e->vm.running;
}

struct handlers *engine_registering(lua_State *L)
{
    struct vm *vm = vm_of(L);
    if (vm->running)
        return vm->running->set;
    return vm->engine->staging ? vm->engine->staging : vm->engine->live;
}

/* --- peers --- */

static size_t peer_index(slot_id id)
{
    return (size_t)(uint32_t)id;
}

struct script_peer *engine_peer(const struct engine *e, slot_id id)
{
    size_t at = peer_index(id);
    struct script_peer *p = at < e->peers_cap ? e->peers[at] : NULL;
    return p && p->id == id ? p : NULL;
}

static void grow_peers(struct engine *e, size_t at)
{
    size_t cap = e->peers_cap ? e->peers_cap : 16;
    while (cap <= at)
        cap *= 2;
    e->peers = (struct script_peer **)mem_realloc(e->peers, cap * sizeof(struct script_peer *));
    memset(e->peers + e->peers_cap, 0, (cap - e->peers_cap) * sizeof(struct script_peer *));
    e->peers_cap = cap;
}

void engine_keep_peer(struct engine *e, struct script_peer *peer)
{
    returning_add(&e->returning, peer);
}

void engine_forget_peer(void *ud, slot_id id)
{
    returning_remove(&((struct engine *)ud)->returning, id);
}

/* A slot is used again once its peer is gone, while a connect handler of that one may still sleep:
 * the newer takes the place. */
struct script_peer *engine_add_peer(struct engine *e, const struct sio_peer *peer)
{
    struct script_peer *p = script_peer_create(&e->vm, peer);
    size_t at = peer_index(peer->id);
    if (at >= e->peers_cap)
        grow_peers(e, at);
    if (e->peers[at])
        script_peer_unref(e->peers[at]);
    else
        e->peer_count++;
    e->peers[at] = p;
    struct script_peer *was = returning_find(&e->returning, peer->recovered_from);
    if (was)
        script_peer_inherit(p, was);
    return p;
}

void engine_drop_peer(struct engine *e, struct script_peer *peer)
{
    size_t at = peer_index(peer->id);
    if (e->peers[at] != peer)
        return;
    e->peers[at] = NULL;
    e->peer_count--;
    script_peer_unref(peer);
}

/* --- what is alive --- */

/* luaL_ref's numbers, without the two that Lua has itself; its list of free ones holds integers. */
static size_t count_references(lua_State *L)
{
    size_t count = 0;
    lua_pushnil(L);
    while (lua_next(L, LUA_REGISTRYINDEX)) {
        if (lua_type(L, -2) == LUA_TNUMBER && lua_type(L, -1) != LUA_TNUMBER)
            count++;
        lua_pop(L, 1);
    }
    return count - 2;
}

/* Those that are over stay for as long as the script has a handle. */
static size_t count_jobs(const struct vm *vm)
{
    size_t count = 0;
    for (const struct job *j = vm->jobs.all; j; j = j->next)
        count += j->state != JOB_ENDED;
    return count;
}

void engine_census(struct engine *e, struct engine_census *out)
{
    const struct vm *vm = &e->vm;
    lua_gc(vm->L, LUA_GCCOLLECT, 0);
    *out = (struct engine_census){.tasks = vm->tasks.live_count,
                                  .pooled = vm->tasks.free_count,
                                  .peers = e->peer_count,
                                  .waits = vm->wait_count,
                                  .jobs = count_jobs(vm),
                                  .registry = count_references(vm->L) - vm->tasks.free_count,
                                  .lua_bytes = vm->used};
}
