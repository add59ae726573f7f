/* Stops a script that does not stop by itself: a budget of processor time.
 * Every handler runs in the server's one thread, so one endless loop would be everyone's. An alarm
 * of the processor's clock comes each GUARD_ALARM_NS; once the budget is spent it sets a hook,
 * which Lua calls at the script's next instruction, and which takes the coroutine off the processor
 * by a yield, which no pcall sees and which nobody ever resumes. Where a yield is impossible (a C
 * function calls back into Lua) it raises an error, at every instruction, until it is out of there.
 * A script that stays within its budget runs without any hook, at Lua's own speed. Where the system
 * gives no alarm the hook looks at the clock each GUARD_INSTRUCTIONS instead. A C function is not
 * interrupted: those that may run for long ask guard_check themselves (library.h), and one that
 * makes something ever larger is refused the memory for it (vm.c). */
#ifndef MW_BINDINGS_GUARD_H
#define MW_BINDINGS_GUARD_H

#include "bindings/compat.h"
#include "core/base/clock.h"
#include <stdint.h>
#include <time.h>

#define GUARD_INSTRUCTIONS 10000
#define GUARD_ALARM_NS (5 * NS_PER_MS)
#define GUARD_STUCK_NS (20 * NS_PER_MS)
#define GUARD_STALL_NS NS_PER_S
#define GUARD_LOAD_NS (500 * NS_PER_MS)

struct guard {
    lua_State *volatile outermost; /* the coroutine that runs for us; NULL: none does */
    lua_State *volatile current;   /* it, or one of the script's that it resumed */
    volatile int64_t budget_ns;
    volatile int64_t deadline_ns; /* by clock_cpu_ns; 0 until the first alarm, or guard_check: short
                                     calls do not read it */
    bool killing;
    volatile bool stuck; /* well past the deadline, and no hook came: it stays inside C */
    int64_t
        stalled_ns; /* set by disarm: how long it waited inside C, if for GUARD_STALL_NS; else 0 */
    int64_t _start_ns;         /* by clock_coarse_ns */
    volatile unsigned _alarms; /* after the deadline */
    bool _has_alarm;
    timer_t _alarm;
};

/* At the birth of the main state, from which coroutines inherit the hook. The alarm interrupts this
 * thread by SIGVTALRM. The vm must be shared (compat_set_shared). */
void guard_init(struct guard *g, lua_State *main_state);
void guard_dispose(struct guard *g);
/* Sets the hook again on a coroutine that may have been killed, before it is used again. */
void guard_hook(lua_State *L);

/* Around one entry into Lua, into the coroutine `outermost`; not nested. Disarm tells whether the
 * budget was overrun: what is left on the coroutine then is no result, whatever its status; the
 * place is in vm->failure ("scripts/game.lua:12: "), the traceback in vm->traceback. */
void guard_arm(struct guard *g, lua_State *outermost, int64_t budget_ns);
bool guard_disarm(struct guard *g);

/* For a C function that runs for long, each few thousand steps: does not return if the budget is
 * spent, so nothing may be held that Lua does not free. */
void guard_check(lua_State *L);

/* A coroutine of the script's own runs from here on; returns the one that ran, to be given back. */
static inline lua_State *guard_switch(struct guard *g, lua_State *co)
{
    lua_State *former = g->current;
    g->current = co;
    return former;
}
/* After such a coroutine gave way: does not return if that was a kill. */
void guard_pass_on(lua_State *L);
/* False: it died of a kill inside a C function, which leaves it without hooks, so that nothing
 * could stop its __close variables. */
bool guard_may_close(lua_State *co);

#endif
