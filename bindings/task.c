/* Runs coroutines and ends them, once each.
 * A coroutine goes back to the pool when its function returned, or when it could be reset; what it
 * leaves behind (references, a pending wait) is undone in one place, finish.
 * It does not say what a failure means: on_end does. */
#include "bindings/task.h"

#include "bindings/api_error.h"
#include "core/server/http_exchange.h"
#include <assert.h>
#include <utlist.h>

#define POOL_MAX 256

static struct task *new_task(struct vm *vm)
{
    struct task *t = (struct task *)mem_zalloc(sizeof(*t));
    lua_checkstack(vm->L, 1);
    t->L = lua_newthread(vm->L);
    t->_ref = luaL_ref(vm->L, LUA_REGISTRYINDEX);
    return t;
}

struct task *task_create(struct handlers *set, enum task_kind kind)
{
    struct vm *vm = set->vm;
    struct task_pool *pool = &vm->tasks;
    struct task *t = pool->free;
    if (t) {
        LL_DELETE(pool->free, t);
        pool->free_count--;
    } else {
        t = new_task(vm);
    }
    *t = (struct task){.L = t->L,
                       ._ref = t->_ref,
                       .vm = vm,
                       .kind = kind,
                       .set = handlers_ref(set),
                       .record = t->record}; /* it is empty, and keeps its memory */
    DL_APPEND(pool->live, t);
    pool->live_count++;
    return t;
}

void task_set_peer(struct task *t, struct script_peer *peer)
{
    t->peer = peer ? script_peer_ref(peer) : NULL;
    if (peer)
        peer->tasks++;
}

void task_set_exchange(struct task *t, struct http_exchange *x)
{
    http_exchange_ref(x);
    t->exchange = x;
}

static void free_task(struct task *t)
{
    luaL_unref(t->vm->L, LUA_REGISTRYINDEX, t->_ref);
    event_record_dispose(&t->record);
    mem_free(t);
}

/* Drops what the task referenced, and puts it into the pool if its coroutine is `usable`. */
static void recycle(struct task *t, bool usable)
{
    struct task_pool *pool = &t->vm->tasks;
    DL_DELETE(pool->live, t);
    pool->live_count--;
    event_record_reset(&t->record);
    kept_dispose(&t->kept, t->vm->L);
    if (t->exchange)
        http_exchange_unref(t->exchange);
    if (t->peer) {
        t->peer->tasks--;
        script_peer_unref(t->peer);
    }
    handlers_unref(t->set);
    if (!usable || pool->free_count == POOL_MAX) {
        free_task(t);
        return;
    }
    LL_PREPEND(pool->free, t);
    pool->free_count++;
}

void task_discard(struct task *t)
{
    lua_settop(t->L, 0);
    recycle(t, true);
}

static void finish(struct task *t, const struct task_end *end)
{
    if (t->on_end)
        t->on_end(t, end);
    else if (end->outcome == TASK_FAILED)
        task_report(t, end);
    bool usable = true;
    if (end->outcome == TASK_DONE)
        lua_settop(t->L, 0);
    else
        usable = invoke_reset(t->vm, t->L, end->how, t->vm->budget_ns);
    struct vm *vm = t->vm;
    recycle(t, usable);
    reclaim_after_call(vm, end->how == INVOKE_KILLED);
}

/* A script yielded to us by itself, and nobody would ever wake it. */
static enum invoke_outcome refuse_yield(struct task *t, int count)
{
    struct vm *vm = t->vm;
    lua_pop(t->L, count);
    buf_reset(&vm->failure, 4096);
    buf_append_str(&vm->failure, "coroutine.yield outside of a coroutine of the script's own: use "
                                 "socketio.sleep to wait");
    invoke_traceback(vm, t->L);
    lua_pushlstring(t->L, vm->failure.ptr, vm->failure.len);
    return INVOKE_ERROR;
}

static void resume(struct task *t, int arguments)
{
    struct vm *vm = t->vm;
    int count = 0;
    assert(!vm->running);
    vm->running = t;
    enum invoke_outcome outcome = invoke_resume(vm, t->L, vm->budget_ns, arguments, &count);
    vm->running = NULL;
    if (vm->stalled_ns)
        task_report_stall(t);
    if (outcome == INVOKE_KILLED)
        timers_end_run(vm->timers);
    if (outcome == INVOKE_YIELDED && t->_waiting) {
        if (vm->tasks.closed)
            task_cancel(t);
        return;
    }
    if (outcome == INVOKE_YIELDED)
        outcome = refuse_yield(t, count);
    if (outcome == INVOKE_OK)
        finish(t, &(struct task_end){TASK_DONE, outcome, count});
    else
        finish(t, &(struct task_end){TASK_FAILED, outcome, 1});
}

void task_run(struct task *t, int arguments)
{
    resume(t, arguments);
}

/* --- waiting --- */

struct task *task_require_waitable(lua_State *L, const char *what)
{
    struct task *t = task_current(L);
    if (!t)
        api_error(L,
                  "%s cannot wait at the top level of a script: use socketio.after or "
                  "socketio.start_background_task",
                  what);
    if (t->kind == TASK_TICK)
        api_error(L,
                  "%s cannot wait in a tick, whose next step is due: use "
                  "socketio.start_background_task",
                  what);
    if (t->kind == TASK_HEADERS)
        api_error(L, "%s cannot wait here: the client's handshake is being answered", what);
    if (t->L != L)
        api_error(L, "%s cannot wait in a coroutine of the script's own: call it in the handler",
                  what);
    if (!lua_isyieldable(L))
        api_error(L, "%s cannot wait inside a function that C calls back (a sort's comparison)",
                  what);
    return t;
}

int task_wait(struct task *t, task_cleanup_fn *cleanup, void *ud)
{
    t->_waiting = true;
    t->_cleanup = cleanup;
    t->_cleanup_ud = ud;
    return lua_yield(t->L, 0);
}

static void timer_cleanup(struct task *t, void *ud)
{
    timers_disarm(t->vm->timers, &t->_timer);
}

static void nothing_to_undo(struct task *t, void *ud)
{
}

void task_wake(struct task *t, int count)
{
    assert(t->_waiting);
    if (t->_paused) {
        t->_woken = count + 1;
        t->_cleanup = nothing_to_undo;
        return;
    }
    t->_waiting = false;
    resume(t, count);
}

void task_pause(struct task *t)
{
    t->_paused = true;
}

static void wake_late(void *ud, int64_t now_ns)
{
    struct task *t = (struct task *)ud;
    int count = t->_woken - 1;
    t->_woken = 0;
    task_wake(t, count);
}

void task_unpause(struct task *t)
{
    t->_paused = false;
    if (!t->_woken)
        return;
    t->_cleanup = timer_cleanup;
    timer_init(&t->_timer, wake_late, t);
    timers_arm(t->vm->timers, &t->_timer, vm_now_ns(t->vm));
}

static void finish_cancelled(struct task *t)
{
    t->_waiting = false;
    finish(t, &(struct task_end){TASK_CANCELLED, INVOKE_YIELDED, 0});
}

static void doom_due(void *ud, int64_t now_ns)
{
    finish_cancelled((struct task *)ud);
}

/* Undoing may run the script's __close variables, so it waits until no script runs; meanwhile
 * nothing can wake the task any more. */
void task_cancel(struct task *t)
{
    assert(t->_waiting);
    t->_cleanup(t, t->_cleanup_ud);
    if (!t->vm->running) {
        finish_cancelled(t);
        return;
    }
    t->_cleanup = timer_cleanup;
    timer_init(&t->_timer, doom_due, t);
    timers_arm(t->vm->timers, &t->_timer, vm_now_ns(t->vm));
}

void task_cancel_of(const struct handlers *set, enum task_kind kind)
{
    struct task *t, *next;
    DL_FOREACH_SAFE(set->vm->tasks.live, t, next)
    {
        if (t->set == set && t->kind == kind && t->_waiting)
            task_cancel(t);
    }
}

static void sleep_over(void *ud, int64_t now_ns)
{
    task_wake((struct task *)ud, 0);
}

int task_sleep(struct task *t, int64_t ns)
{
    timer_init(&t->_timer, sleep_over, t);
    timers_arm(t->vm->timers, &t->_timer, vm_now_ns(t->vm) + ns);
    return task_wait(t, timer_cleanup, NULL);
}

void task_stop_all(struct vm *vm)
{
    vm->tasks.closed = true;
    while (vm->tasks.live)
        task_cancel(vm->tasks.live);
}

void task_dispose_pool(struct vm *vm)
{
    struct task *t, *next;
    assert(!vm->tasks.live);
    LL_FOREACH_SAFE(vm->tasks.free, t, next)
    free_task(t);
    vm->tasks = (struct task_pool){0};
}

const struct http_request *task_request(const struct task *t)
{
    if (t->exchange)
        return t->exchange->request;
    if (t->handshake)
        return t->handshake;
    return t->peer ? t->peer->request : NULL;
}
