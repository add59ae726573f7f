/* Starts, repeats and ends jobs.
 * A tick runs on core/server's absolute schedule; `every` has one of its own, which skips what it
 * missed, since a timer that catches up surprises. A job that fails each time says so at most once
 * a second. */
#include "bindings/engine.h"

#include <utlist.h>

#define LOG_PAUSE_NS NS_PER_S
#define REST_DOUBLED 4 /* at most, for killed steps in a row */

struct job_joiner {
    struct task *task;
    struct job_joiner *next;
};

static void on_timer(void *ud, int64_t now_ns);

/* What mw.on_reload starts is the load's, as if it stood at the top level: each reload would add to
 * it otherwise. */
static bool is_of_the_load(const struct handlers *set)
{
    const struct vm *vm = set->vm;
    bool migrates = vm->running && vm->running->kind == TASK_RELOAD;
    return set->staging || (migrates && set == engine_live(vm->engine));
}

/* Bytes that count as the script's, which can ask for jobs without end. */
static size_t memory_of(enum job_kind kind)
{
    return sizeof(struct job) + (kind == JOB_TICK ? sizeof(struct tick) : 0);
}

struct job *job_create(struct handlers *set, enum job_kind kind, lua_State *L, const char *place)
{
    struct vm *vm = set->vm;
    vm_require_room(vm, L, memory_of(kind)); /* these may raise: before anything is taken */
    int function = handlers_keep(set, L);
    struct job *j = (struct job *)mem_zalloc(sizeof(*j));
    vm->used += memory_of(kind);
    if (kind == JOB_TICK)
        j->tick = (struct tick *)mem_zalloc(sizeof(*j->tick));
    j->id = slots_add(&vm->jobs.by_id, j);
    j->kind = kind;
    j->vm = vm;
    j->_top_level = is_of_the_load(set);
    j->set = j->_top_level ? set : handlers_ref(set);
    j->function = function;
    j->arguments = HANDLERS_NONE;
    j->place = mem_dup(place, strlen(place));
    j->_refs = 1;
    timer_init(&j->_timer, on_timer, j);
    DL_APPEND(vm->jobs.all, j);
    return j;
}

void job_ref(struct job *j)
{
    j->_refs++;
}

void job_unref(struct job *j)
{
    if (--j->_refs)
        return;
    DL_DELETE(j->vm->jobs.all, j);
    slots_remove(&j->vm->jobs.by_id, j->id);
    j->vm->used -= memory_of(j->kind);
    buf_dispose(&j->error);
    mem_free(j->place);
    mem_free(j->tick);
    mem_free(j);
}

struct job *job_find(struct vm *vm, slot_id id)
{
    return (struct job *)slots_find(&vm->jobs.by_id, id);
}

/* --- ending --- */

/* Pushes what join returns. */
static int push_end(const struct job *j, lua_State *L)
{
    if (!j->failed) {
        lua_pushboolean(L, 1);
        return 1;
    }
    lua_pushnil(L);
    lua_pushlstring(L, j->error.ptr, j->error.len);
    return 2;
}

static void wake_joiners(struct job *j)
{
    while (j->_joiners) {
        struct job_joiner *joiner = j->_joiners;
        struct task *t = joiner->task;
        LL_DELETE(j->_joiners, joiner);
        mem_free(joiner);
        task_wake(t, push_end(j, t->L));
    }
}

static void drop_set(struct job *j)
{
    handlers_drop(j->set, j->function);
    if (j->arguments != HANDLERS_NONE)
        handlers_drop(j->set, j->arguments);
    if (!j->_top_level)
        handlers_unref(j->set);
    j->set = NULL;
}

/* No further run. What remains (a tick's step that may be under way, joiners to wake) is for the
 * next run of the timers, where nothing of the script runs: last_breath. */
static void end_job(struct job *j)
{
    struct vm *vm = j->vm;
    if (j->state == JOB_RUNNING && j->kind == JOB_TICK)
        tick_stop(j->tick);
    j->state = JOB_ENDED;
    drop_set(j);
    if (vm->timers)
        timers_arm(vm->timers, &j->_timer, vm_now_ns(vm));
    else
        job_unref(j);
}

static void last_breath(struct job *j)
{
    wake_joiners(j);
    job_unref(j);
}

static void fail(struct job *j, struct slice why)
{
    j->failed = true;
    buf_reset(&j->error, 1024);
    buf_append_slice(&j->error, why);
}

void job_stop(struct job *j)
{
    if (j->state == JOB_ENDED)
        return;
    if (j->_task) {
        task_cancel(j->_task);
        return;
    }
    if (j->kind == JOB_BACKGROUND)
        fail(j, SLICE("cancelled"));
    end_job(j);
}

void job_sweep(struct vm *vm)
{
    struct job *j, *next;
    DL_FOREACH_SAFE(vm->jobs.all, j, next)
    {
        if (!timer_armed(&j->_timer))
            continue;
        timers_disarm(vm->timers, &j->_timer);
        job_unref(j);
    }
}

bool job_is_current(const struct job *j)
{
    return j->_task && j->vm->running == j->_task;
}

/* --- running --- */

/* At most one event a second: the first failure at once, later ones counted. */
static void report_failure(struct job *j, struct task *t, const struct task_end *end)
{
    int64_t now_ns = vm_now_ns(j->vm);
    if (j->_logged_ns && now_ns - j->_logged_ns < LOG_PAUSE_NS) {
        j->_unlogged++;
        return;
    }
    t->repeated = j->_unlogged;
    task_report(t, end);
    j->_unlogged = 0;
    j->_logged_ns = now_ns;
}

static void on_run_end(struct task *t, const struct task_end *end)
{
    struct job *j = (struct job *)t->ud;
    if (end->outcome == TASK_FAILED)
        report_failure(j, t, end);
    job_unref(j);
}

/* A tick that runs over its budget would leave the others no time between its steps, so it rests as
 * long as it ran, and twice as long each time in a row. */
static void rest_after_kill(struct job *j)
{
    unsigned doubled = j->_kills < REST_DOUBLED ? j->_kills : REST_DOUBLED;
    int64_t rest_ns = j->vm->budget_ns << doubled;
    if (j->_kills++ == 0)
        log_warning(j->vm->log, "tick at %s rests for %g s, so that others come to run", j->place,
                    (double)rest_ns / (double)NS_PER_S);
    tick_rest(j->tick, vm_now_ns(j->vm) + rest_ns);
}

static void on_step_end(struct task *t, const struct task_end *end)
{
    struct job *j = (struct job *)t->ud;
    struct job_table *jobs = &j->vm->jobs;
    bool on_trial = j->on_trial;
    j->on_trial = false;
    if (on_trial)
        jobs->on_trial_end(jobs->trial_ud, j, t, end);
    else if (end->outcome == TASK_FAILED)
        report_failure(j, t, end);
    if (end->outcome != TASK_FAILED || end->how != INVOKE_KILLED)
        j->_kills = 0;
    else if (j->state == JOB_RUNNING)
        rest_after_kill(j);
    job_unref(j);
}

static void on_background_end(struct task *t, const struct task_end *end)
{
    struct job *j = (struct job *)t->ud;
    j->_task = NULL;
    if (end->outcome == TASK_FAILED) {
        task_report(t, end);
        fail(j, buf_slice(&t->vm->failure));
    } else if (end->outcome == TASK_CANCELLED) {
        fail(j, SLICE("cancelled"));
    }
    end_job(j);
    job_unref(j);
}

/* A task of the job with its function on the stack; the job is referenced until it ended. */
static struct task *make_task(struct job *j, enum task_kind kind, task_end_fn *on_end)
{
    struct task *t = task_create(j->set, kind);
    job_ref(j);
    t->event = slice_str(j->place);
    t->on_end = on_end;
    t->ud = j;
    handlers_push(j->set, t->L, j->function);
    return t;
}

void job_step(void *ud, double dt, uint64_t n)
{
    struct job *j = (struct job *)ud;
    struct task *t = make_task(j, TASK_TICK, on_step_end);
    lua_pushnumber(t->L, dt);
    lua_pushinteger(t->L, (lua_Integer)n);
    task_run(t, 2);
}

/* Pushes the packed arguments. */
static int push_arguments(struct job *j, lua_State *L)
{
    if (j->arguments == HANDLERS_NONE)
        return 0;
    handlers_push(j->set, L, j->arguments);
    int packed = lua_gettop(L);
    lua_getfield(L, packed, "n");
    int count = (int)lua_tointeger(L, -1);
    lua_pop(L, 1);
    lua_checkstack(L, count + 1);
    for (int i = 1; i <= count; i++)
        lua_rawgeti(L, packed, i);
    lua_remove(L, packed);
    return count;
}

static void run_background(struct job *j)
{
    struct task *t = make_task(j, TASK_BACKGROUND, on_background_end);
    j->_task = t;
    task_run(t, push_arguments(j, t->L));
}

/* Arms the next deadline after now. */
static void arm_every(struct job *j)
{
    int64_t passed = (vm_now_ns(j->vm) - j->_start_ns) / j->period_ns;
    uint64_t next = j->_beats + 1;
    j->_beats = passed >= (int64_t)next ? (uint64_t)passed + 1 : next;
    timers_arm(j->vm->timers, &j->_timer, j->_start_ns + (int64_t)j->_beats * j->period_ns);
}

static void on_timer(void *ud, int64_t now_ns)
{
    struct job *j = (struct job *)ud;
    if (j->state == JOB_ENDED) {
        last_breath(j);
        return;
    }
    if (j->kind == JOB_BACKGROUND) {
        run_background(j);
        return;
    }
    struct task *t = make_task(j, TASK_TIMER, on_run_end);
    if (j->kind == JOB_EVERY)
        arm_every(j);
    else
        end_job(j);
    task_run(t, 0);
}

void job_start(struct job *j)
{
    struct vm *vm = j->vm;
    if (j->state != JOB_STAGED || j->set->staging)
        return;
    int64_t now_ns = vm_now_ns(vm);
    j->state = JOB_RUNNING;
    if (j->_origin)
        return; /* it took a schedule over */
    j->_start_ns = now_ns;
    if (j->kind == JOB_TICK)
        tick_start(j->tick, vm->timers, j->rate, j->max_catch_up, job_step, j, vm->clock,
                   vm->clock_ud, now_ns);
    else if (j->kind == JOB_EVERY)
        arm_every(j);
    else
        timers_arm(vm->timers, &j->_timer, now_ns + j->period_ns);
}

void job_start_all(struct handlers *set)
{
    struct job *j, *next;
    DL_FOREACH_SAFE(set->vm->jobs.all, j, next)
    {
        if (j->set == set)
            job_start(j);
    }
}

void job_stop_all(struct vm *vm, const struct handlers *set)
{
    struct job *j, *next;
    DL_FOREACH_SAFE(vm->jobs.all, j, next)
    {
        if (!set || (j->set == set && j->_top_level))
            job_stop(j);
    }
}

void job_stop_of(const struct handlers *set)
{
    struct job *j, *next;
    DL_FOREACH_SAFE(set->vm->jobs.all, j, next)
    {
        if (j->set == set)
            job_stop(j);
    }
}

/* --- join --- */

static void join_cancelled(struct task *t, void *ud)
{
    struct job *j = (struct job *)ud;
    struct job_joiner *joiner, *next;
    LL_FOREACH_SAFE(j->_joiners, joiner, next)
    {
        if (joiner->task != t)
            continue;
        LL_DELETE(j->_joiners, joiner);
        mem_free(joiner);
        return;
    }
}

int job_join(struct job *j, struct task *t)
{
    if (j->state == JOB_ENDED)
        return push_end(j, t->L);
    struct job_joiner *joiner = (struct job_joiner *)mem_alloc(sizeof(*joiner));
    joiner->task = t;
    LL_APPEND(j->_joiners, joiner);
    return task_wait(t, join_cancelled, j);
}
