/* Stops a script that does not stop by itself: a budget of processor time, counted by a hook.
 * Every handler runs in the server's one thread, so one endless loop would be everyone's. The hook
 * looks at the clock each GUARD_INSTRUCTIONS instructions; once the budget is spent it takes the
 * coroutine off the processor by a yield, which no pcall sees and which nobody ever resumes. Where
 * a yield is impossible (a C function calls back into Lua) it raises an error, at every
 * instruction, until it is out of there. It cannot interrupt a C function. */
#ifndef MW_BINDINGS_GUARD_H
#define MW_BINDINGS_GUARD_H

#include "bindings/compat.h"
#include "core/base/clock.h"
#include <stdint.h>

#define GUARD_INSTRUCTIONS 10000
#define GUARD_LOAD_NS (500 * NS_PER_MS)

struct guard {
    lua_State *outermost; /* the coroutine that runs for us; NULL: none does */
    int64_t budget_ns;
    int64_t deadline_ns; /* by clock_cpu_ns; 0 until the hook has fired once: short calls read no
                            clock */
    bool killing;
};

/* Sets the hook on the main state at its birth, which coroutines inherit; and again on a coroutine
 * that may have been killed, before it is used again. The vm must be shared (compat_set_shared)
 * before the first instruction runs. */
void guard_hook(lua_State *L);

/* Around one entry into Lua, into the coroutine `outermost`; not nested. Disarm tells whether the
 * budget was overrun: what is left on the coroutine then is no result, whatever its status; the
 * place is in vm->failure ("scripts/game.lua:12: "), the traceback in vm->traceback. */
void guard_arm(struct guard *g, lua_State *outermost, int64_t budget_ns);
bool guard_disarm(struct guard *g);

#endif
