/* Stages, swaps, tries, and takes back.
 * What a trial needs is what the last proven set had: its jobs, paused, and its configuration. A
 * save during a trial replaces the set on trial, and the proven one stays what it was. */
#include "bindings/reload.h"

#include "bindings/api.h"
#include "bindings/reload_templates.h"
#include "bindings/script.h"
#include <assert.h>

/* A trial that is over by then is announced by its end, so that a set that fails in its first tick
 * leaves one line in the log. */
#define ANNOUNCE_NS (100 * NS_PER_MS)
#define RETIRE_NS NS_PER_S /* for the turn to end */

struct reload {
    struct engine *engine;
    struct reload_news news;
    struct handlers *proven;  /* during a trial: the set to go back to; else NULL */
    struct config config;     /* what the proven set configured, while it is not in force */
    size_t untried;           /* ticks of the set on trial that have not made a step */
    struct handlers *retired; /* of a commit that dropped a namespace */
    struct paths failed;      /* files of the last load, if it failed */
    struct paths wrong;       /* templates that do not compile */
    struct buf announcement;  /* of the set on trial; empty: made */
    struct buf failure;       /* of its first tick; empty: none */
    bool migrating;           /* mw.on_reload functions run */
    struct timer _trial;      /* its announcement, then its end */
    struct timer _retire;
};

static void on_trial_timer(void *ud, int64_t now_ns);
static void on_retire_timer(void *ud, int64_t now_ns);
static void on_trial_end(void *ud, struct job *j, struct task *t, const struct task_end *end);

struct reload *reload_create(struct engine *e)
{
    struct reload *r = (struct reload *)mem_zalloc(sizeof(*r));
    struct vm *vm = engine_vm(e);
    r->engine = r->news.engine = e;
    vm->jobs.on_trial_end = on_trial_end;
    vm->jobs.trial_ud = r;
    timer_init(&r->_trial, on_trial_timer, r);
    timer_init(&r->_retire, on_retire_timer, r);
    return r;
}

void reload_destroy(struct reload *r)
{
    assert(!r->proven && !r->retired);
    paths_dispose(&r->failed);
    paths_dispose(&r->wrong);
    reload_news_dispose(&r->news);
    buf_dispose(&r->announcement);
    buf_dispose(&r->failure);
    mem_free(r);
}

struct reload_news *reload_news(struct reload *r)
{
    return &r->news;
}

static struct vm *vm_of_reload(const struct reload *r)
{
    return engine_vm(r->engine);
}

static void arm(struct reload *r, struct timer *timer, int64_t delay_ns)
{
    timers_arm(vm_of_reload(r)->timers, timer, engine_now_ns(r->engine) + delay_ns);
}

/* --- what it says --- */

static void announce(struct reload *r)
{
    if (!r->announcement.len)
        return;
    log_write_kind(vm_of_reload(r)->log, LOG_INFO, LOG_KIND_OWN, "%.*s",
                   SLICE_ARG(buf_slice(&r->announcement)));
    buf_reset(&r->announcement, 256);
}

static void prepare_announcement(struct reload *r, const struct handlers *former, int64_t took_ns)
{
    const struct handlers *set = engine_live(r->engine);
    size_t count = handlers_count(set);
    buf_reset(&r->announcement, 256);
    buf_printf(&r->announcement, "reloaded %s: %zu handler%s (+%zu -%zu), generation %u, %lld ms",
               set->path, count, count == 1 ? "" : "s", handlers_missing(set, former),
               handlers_missing(former, set), set->generation,
               (long long)((took_ns + NS_PER_MS / 2) / NS_PER_MS));
}

static void tell_good(struct reload *r)
{
    paths_dispose(&r->failed);
    paths_dispose(&r->wrong);
    reload_news_good(&r->news);
}

/* --- the end of a trial --- */

static void log_dropped(void *ud, struct slice name, size_t peers)
{
    const struct reload *r = (const struct reload *)ud;
    log_info(vm_of_reload(r)->log, "the namespace %.*s is gone from %s: %zu client%s disconnected",
             SLICE_ARG(name), engine_live(r->engine)->path, peers, peers == 1 ? "" : "s");
}

static void on_retire_timer(void *ud, int64_t now_ns)
{
    struct reload *r = (struct reload *)ud;
    handlers_unref(r->retired);
    r->retired = NULL;
}

/* Keeps the set for the disconnect handlers of namespaces that are gone. */
static void retire(struct reload *r, struct handlers *set)
{
    if (r->retired)
        handlers_unref(r->retired);
    r->retired = set;
    arm(r, &r->_retire, RETIRE_NS);
}

static void commit(struct reload *r)
{
    struct vm *vm = vm_of_reload(r);
    struct handlers *former = r->proven;
    r->proven = NULL;
    timers_disarm(vm->timers, &r->_trial);
    announce(r);
    config_dispose(&r->config);
    script_settle(engine_live(r->engine));
    job_stop_all(vm, former);
    if (server_drop_strangers(engine_server(r->engine), log_dropped, r))
        retire(r, former);
    else
        handlers_unref(former);
    tell_good(r);
}

/* The proven set goes on where it stood. */
static void take_back(struct reload *r, struct slice error)
{
    struct engine *e = r->engine;
    struct handlers *set = engine_live(e);
    timers_disarm(vm_of_reload(r)->timers, &r->_trial);
    buf_reset(&r->announcement, 256);
    paths_dispose(&r->failed);
    paths_add_all(&r->failed, &set->files);
    config_exchange(&engine_server(e)->config, &r->config, NULL, NULL);
    config_dispose(&r->config);
    job_give_back(set);
    engine_reject_set(e, engine_put_back(e, r->proven));
    job_resume_all(r->proven);
    r->proven = NULL;
    reload_news_bad(&r->news, error);
}

static void end_trial(struct reload *r)
{
    if (r->failure.len)
        take_back(r, buf_slice(&r->failure));
    else
        commit(r);
    buf_reset(&r->failure, 4096);
}

static void on_trial_timer(void *ud, int64_t now_ns)
{
    struct reload *r = (struct reload *)ud;
    if (r->failure.len || r->untried == 0 || !r->announcement.len) {
        end_trial(r);
        return;
    }
    announce(r);
    arm(r, &r->_trial, RELOAD_TRIAL_NS - ANNOUNCE_NS);
}

/* A tick is under way: the rest is for the next run of the timers. */
static void on_trial_end(void *ud, struct job *j, struct task *t, const struct task_end *end)
{
    struct reload *r = (struct reload *)ud;
    if (r->failure.len)
        return;
    r->untried--;
    if (end->outcome == TASK_FAILED) {
        task_put_failure(t, &r->failure);
        job_pause_all(j->set);
        tick_repeat(j->tick);
    } else if (r->untried > 0) {
        return;
    }
    arm(r, &r->_trial, 0);
}

/* --- taking over --- */

static void on_migrated(struct task *t, const struct task_end *end)
{
    struct reload *r = (struct reload *)t->ud;
    if (end->outcome != TASK_FAILED)
        return;
    if (r->migrating)
        task_put_failure(t, &r->failure);
    else
        task_report(t, end);
}

/* Runs the n-th mw.on_reload function. False: there is none. */
static bool migrate(struct reload *r, struct handlers *set, int n)
{
    lua_State *L = set->vm->L;
    lua_checkstack(L, 4);
    api_config_push_on_reload(set, L);
    bool there = lua_rawgeti(L, -1, n) == LUA_TFUNCTION;
    if (there) {
        struct task *t = task_create(set, TASK_RELOAD);
        t->on_end = on_migrated;
        t->ud = r;
        lua_xmove(L, t->L, 1);
        task_run(t, 0);
    } else {
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return there;
}

/* mw.on_reload: the new code is live, its jobs have not run yet. False: one failed. */
static bool migrate_all(struct reload *r, struct handlers *set)
{
    r->migrating = true;
    for (int n = 1; !r->failure.len && migrate(r, set, n); n++)
        ;
    r->migrating = false;
    return !r->failure.len;
}

static void warn_of_restart(void *ud, const char *key)
{
    const struct reload *r = (const struct reload *)ud;
    log_warning(vm_of_reload(r)->log,
                "%s: a change of %s takes effect when the server is restarted",
                engine_live(r->engine)->path, key);
}

/* The configuration of the load comes into force. `former`'s is kept if it is the proven set's. */
static void configure(struct reload *r, bool keep)
{
    struct config *other = engine_config(r->engine);
    config_exchange(&engine_server(r->engine)->config, other, warn_of_restart, r);
    if (!keep)
        return;
    r->config = *other;
    *other = (struct config){0};
}

/* What a set on trial changed, the one that replaces it answers for. */
static void inherit(struct handlers *set, struct handlers *former)
{
    script_inherit(set, former);
    api_config_inherit(set, former);
}

/* The staged set is live; the former stands still, or goes if it was on trial itself. */
static struct handlers *swap(struct reload *r)
{
    struct engine *e = r->engine;
    struct handlers *former = engine_live(e);
    bool was_on_trial = r->proven != NULL;
    configure(r, !was_on_trial);
    engine_swap(e);
    if (was_on_trial)
        inherit(engine_live(e), former);
    job_take_over(engine_live(e), former);
    if (!was_on_trial) {
        r->proven = former;
        job_pause_all(former);
    }
    job_start_all(engine_live(e));
    return was_on_trial ? former : NULL;
}

static void try_out(struct reload *r)
{
    r->untried = job_try_all(engine_live(r->engine));
    if (r->untried == 0)
        commit(r);
    else
        arm(r, &r->_trial, ANNOUNCE_NS);
}

static void take_over(struct reload *r, int64_t took_ns)
{
    struct handlers *replaced = swap(r);
    prepare_announcement(r, replaced ? replaced : r->proven, took_ns);
    engine_drop_set(r->engine, replaced);
    reload_news_files(&r->news);
}

/* False: `out_error` says why. */
static bool load(struct reload *r, const char *path, struct buf *out_error)
{
    int64_t start_ns = engine_now_ns(r->engine);
    if (!engine_stage(r->engine, path, &r->failed, out_error)) {
        reload_news_bad(&r->news, buf_slice(out_error));
        return false;
    }
    take_over(r, engine_now_ns(r->engine) - start_ns);
    if (migrate_all(r, engine_live(r->engine))) {
        try_out(r);
        return true;
    }
    buf_append_slice(out_error, buf_slice(&r->failure));
    end_trial(r);
    return false;
}

bool reload_script(struct reload *r, const char *path, struct buf *out_error)
{
    assert(!vm_of_reload(r)->running);
    if (r->failure.len)
        end_trial(r);
    const char *given = path ? path : engine_live(r->engine)->path;
    char *at = mem_dup(given, strlen(given)); /* its set may go */
    bool good = load(r, at, out_error);
    mem_free(at);
    return good;
}

/* --- templates --- */

bool reload_templates(struct reload *r, const struct paths *names, struct buf *out_error)
{
    struct buf *error = &r->news.templates;
    buf_reset(error, 4096);
    reload_templates_refresh(engine_live(r->engine), &r->wrong, names, error);
    buf_append_slice(out_error, buf_slice(error));
    reload_news_templates(&r->news, names);
    return error->len == 0;
}

void reload_static(struct reload *r, const struct paths *names)
{
    reload_news_static(&r->news, names);
}

/* --- for others --- */

void reload_put_files(const struct reload *r, struct paths *out)
{
    paths_add_all(out, &engine_live(r->engine)->files);
    paths_add_all(out, &r->failed);
    if (r->proven)
        paths_add_all(out, &r->proven->files);
}

struct handlers *reload_set_of(const struct reload *r, struct slice namespace_)
{
    struct handlers *live = engine_live(r->engine);
    if (handlers_has_namespace(live, namespace_))
        return live;
    if (r->proven && handlers_has_namespace(r->proven, namespace_))
        return r->proven;
    return r->retired ? r->retired : live;
}

void reload_stop(struct reload *r)
{
    struct vm *vm = vm_of_reload(r);
    if (r->proven) {
        timers_disarm(vm->timers, &r->_trial);
        announce(r);
        config_dispose(&r->config);
        engine_drop_set(r->engine, r->proven);
        r->proven = NULL;
    }
    if (r->retired) {
        timers_disarm(vm->timers, &r->_retire);
        on_retire_timer(r, 0);
    }
}
