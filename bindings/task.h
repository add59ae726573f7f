/* One run of a script's function: its coroutine, whose behalf it runs on, and how it ends.
 * Every handler, route, tick, timer and background task is one. It may wait (sleep, call, join) and
 * has then a cleanup for the case that it is cancelled; it ends exactly once, told to on_end.
 * Coroutines are pooled with their task. It knows neither events nor HTTP: whoever starts a task
 * pushes the arguments and takes the results.
 *
 *     struct task *t = task_create(set, TASK_ROUTE);
 *     task_set_exchange(t, x);
 *     t->on_end = route_end;
 *     handlers_push(set, t->L, route);        the function, then its arguments,
 *     lua_pushlstring(t->L, …);               outside protection: only calls that raise nothing
 *     task_run(t, 1);                         but a lack of memory, which aborts here
 */
#ifndef MW_BINDINGS_TASK_H
#define MW_BINDINGS_TASK_H

#include "bindings/event_record.h"
#include "bindings/handlers.h"
#include "bindings/invoke.h"
#include "bindings/script_peer.h"
#include "core/server/dispatch.h"
#include "core/server/timers.h"

enum task_kind {
    TASK_CONNECT,
    TASK_EVENT,
    TASK_DISCONNECT,
    TASK_CALLBACK, /* of emit */
    TASK_ON_ERROR, /* an error handler */
    TASK_ROUTE,    /* HTTP */
    TASK_TICK,     /* may not wait */
    TASK_TIMER,    /* every, after */
    TASK_BACKGROUND,
    TASK_RELOAD,  /* mw.on_reload */
    TASK_CONSOLE, /* what a console evaluates; ud: the struct console */
    TASK_HEADERS  /* on_initial_headers; may not wait, as the handshake's answer is being made */
};

enum task_outcome {
    TASK_DONE,     /* it returned */
    TASK_FAILED,   /* it raised, was killed, or ran out of memory */
    TASK_CANCELLED /* its handle's cancel(), or the engine stopped */
};

/* DONE: `count` results, the last on top of t->L. FAILED: one value, the error, whatever it is;
 * its text is in vm->failure, the traceback in vm->traceback. CANCELLED: none. The task is freed
 * after the call. Runs outside protection (see above) and must not run Lua on t->L, but may start
 * another task. */
struct task_end {
    enum task_outcome outcome;
    enum invoke_outcome how; /* of FAILED */
    int count;
};
typedef void task_end_fn(struct task *t, const struct task_end *end);

/* Undoes what a waiting task waits for. Must not wake it. */
typedef void task_cleanup_fn(struct task *t, void *ud);

struct task {
    lua_State *L; /* its coroutine */
    struct vm *vm;
    enum task_kind kind;
    struct handlers *set;                 /* the code it runs in; referenced */
    struct script_peer *peer;             /* whom emit answers; referenced, may be NULL */
    struct http_exchange *exchange;       /* of a route; referenced, else NULL */
    const struct http_request *handshake; /* of TASK_HEADERS, for as long as it runs; else NULL */
    struct slice event;         /* what it is for, in the log: the event's name, a job's place */
    struct event_record record; /* request.event */
    uint64_t repeated;          /* so often more it failed since it was last reported; its job's */
    bool wants_ack;             /* of an event */
    uint64_t ack_id;
    task_end_fn *on_end;      /* NULL: task_report if it failed */
    void *ud;                 /* on_end's */
    struct task *next, *prev; /* utlist: the pool's live or free ones */
    struct kept kept;         /* parsed forms and the like */
    int _ref;                 /* LUA_REGISTRYINDEX: the coroutine */
    bool _waiting, _paused;
    int _woken; /* of a paused one: the values it was woken with, and one; 0: it still waits */
    task_cleanup_fn *_cleanup;
    void *_cleanup_ud;
    struct timer _timer; /* of task_sleep */
};

/* From the pool. References the set; nothing on its stack. */
struct task *task_create(struct handlers *set, enum task_kind kind);
void task_set_peer(struct task *t, struct script_peer *peer);    /* references; NULL: none */
void task_set_exchange(struct task *t, struct http_exchange *x); /* references */
/* Ends a task that was never run, untold. */
void task_discard(struct task *t);

/* Starts the function under the top `arguments` values. When it returns the task has ended, or it
 * waits. Only from the top of a turn: tasks do not nest. */
void task_run(struct task *t, int arguments);

/* The task whose coroutine L is running in; NULL at load. A script's own coroutine inside a handler
 * counts as that handler. */
static inline struct task *task_current(lua_State *L)
{
    return vm_of(L)->running;
}

/* --- waiting: called by a C function of the API, in the task's coroutine --- */

/* Raises, naming `what`, if the code that runs cannot wait: at load, in a tick, in a coroutine of
 * the script's own, across a C call (a sort's comparison). Returns the task. */
struct task *task_require_waitable(lua_State *L, const char *what);
/* `return task_wait(t, cleanup, ud);` suspends. What task_wake leaves on the stack is what the C
 * function returns. */
int task_wait(struct task *t, task_cleanup_fn *cleanup, void *ud);
/* Goes on with a waiting task, from the top of a turn: the top `count` values of t->L. Lua code
 * decides what they mean; there is no way to raise from here. */
void task_wake(struct task *t, int count);
/* `return task_sleep(t, ns);` */
int task_sleep(struct task *t, int64_t ns);

/* Ends a waiting task where it stands (at once, or when the code that runs now is done). Not the
 * running one. */
void task_cancel(struct task *t);

/* Ends the waiting tasks of a kind that run in a set. No task may be running. */
void task_cancel_of(const struct handlers *set, enum task_kind kind);

/* A paused task stays where it waits: who wakes it is taken note of, and it goes on when it is no
 * longer paused. Not the running one. */
void task_pause(struct task *t);
void task_unpause(struct task *t);

/* --- what a task carries --- */

/* The request it runs for: of its exchange, or its peer's handshake. NULL: neither. */
const struct http_request *task_request(const struct task *t);

/* Ends every task that waits, and from now on every one that would. */
void task_stop_all(struct vm *vm);
/* Frees the pool; no task may be live. */
void task_dispose_pool(struct vm *vm);

/* One log event for a task that failed: what it was for ("move" in "/", sid), error, traceback. */
void task_report(const struct task *t, const struct task_end *end);
/* One log event for one that is under way, or was until now: its last stretch stalled. */
void task_report_stall(const struct task *t);
/* What it was for: `handler of "move" in "/", sid Ab3…`, `tick at scripts/game.lua:60`. */
void task_describe(const struct task *t, struct buf *out);
/* The same with the error and its traceback, of the task that has just failed. */
void task_put_failure(const struct task *t, struct buf *out);

#endif
