/* One Lua state with what belongs to it: its allocator and limit, its output, its guard.
 * It is what a coroutine finds from inside (vm_of), whoever runs it. Made by the engine, one for
 * each engine; the state that busted runs a test in has none. It loads no script and knows no
 * event. */
#ifndef MW_BINDINGS_VM_H
#define MW_BINDINGS_VM_H

#include "bindings/guard.h"
#include "bindings/reclaim.h"
#include "bindings/value.h"
#include "core/base/log.h"
#include "core/base/pool.h"
#include "core/base/slots.h"
#include "core/server/tick.h"

struct ack_wait;
struct engine;
struct job;
struct report_listener;
struct task;
struct task_end;

/* The coroutines of a vm: those in use, and those ready for use. task.h */
struct task_pool {
    struct task *live, *free; /* utlists */
    size_t live_count, free_count;
    bool closed; /* the engine stopped: whoever would wait is cancelled */
};

/* What runs by itself. job.h */
struct job_table {
    struct slots by_id;
    struct job *all; /* utlist */
    /* The first step of a tick that was on trial has ended. */
    void (*on_trial_end)(void *ud, struct job *j, struct task *t, const struct task_end *end);
    void *trial_ud;
};

/* One line that the script printed, without its newline. */
typedef void vm_print_fn(void *ud, struct slice line);

struct vm {
    lua_State *L; /* the main state: calls at load, and the `from` of every resume */
    struct engine *engine;
    bool sandbox;         /* scripts reach neither files nor programs */
    struct task *running; /* the task whose coroutine runs now; NULL at load and between events */
    struct log *log;      /* warn(), and everything that goes wrong in a script */
    const struct report_listener *reports; /* report.h; NULL: nobody but the log */
    struct pool pool;                      /* small values */
    struct guard guard;
    struct reclaim reclaim;
    struct task_pool tasks;
    struct job_table jobs;
    struct ack_wait *waits; /* utlist: ack_wait.h */
    size_t wait_count;
    int64_t budget_ns;     /* of one call of the script's: handler_timeout */
    struct timers *timers; /* the server's; NULL until the engine started */
    clock_fn *clock;       /* the server's */
    void *clock_ud;
    struct value_codec codec;   /* scratch for JSON; used by one call at a time, never kept */
    struct buf failure;         /* of the last call that failed: the error as text */
    struct buf traceback;       /* and its traceback, "stack traceback:\n\t…" */
    int64_t stalled_ns;         /* of the last call: guard.stalled_ns */
    size_t used, limit;         /* bytes of Lua values, and of what they make; limit 0: none */
    bool limited;               /* the limit holds: only while a script's call is under way, where
                                   "not enough memory" is an error that somebody catches */
    struct buf _warning;        /* the pieces of a warn() so far */
    int64_t _write_deadline_ns; /* of the codec, outside of a script's call */
    vm_print_fn *_on_print;
    void *_print_ud;
};

struct vm_params {
    struct engine *engine;
    bool sandbox;
    struct log *log;
    clock_fn *clock;
    void *clock_ud;
    vm_print_fn *on_print;
    void *print_ud;
};

/* Opens the standard libraries (as library.h has them), the embedded
 * modules (embed.h), print and warn. `require "moonwire"` is api.h's to
 * add. Aborts when out of memory. */
void vm_init(struct vm *vm, const struct vm_params *params);
/* Runs the finalisers; nothing may run afterwards. */
void vm_dispose(struct vm *vm);

/* May Lua have as many bytes more? */
bool vm_has_room(const struct vm *vm, size_t more);
/* For memory that Lua will not collect garbage for: of ours, where who takes it adds it to `used`
 * and subtracts it again, and of a luaL_Buffer, which leaves an object with a finaliser behind each
 * time it cannot grow. Collects first, and then raises "not enough memory" as Lua does. [-0, +0, m]
 */
void vm_require_room(struct vm *vm, lua_State *L, size_t more);

/* After a call that stalled, of `what`. */
void vm_warn_of_stall(struct vm *vm, struct slice what);

static inline struct vm *vm_of(lua_State *L)
{
    return (struct vm *)compat_shared(L);
}

static inline int64_t vm_now_ns(const struct vm *vm)
{
    return vm->clock(vm->clock_ud);
}

#endif
