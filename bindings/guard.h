/* Stops a script that does not stop by itself: a budget of processor time, counted by a hook.
 * Every handler runs in the server's one thread, so one endless loop would be everyone's. The hook
 * looks at the clock each GUARD_INSTRUCTIONS instructions; once the budget is spent it raises a
 * value that a script cannot keep away with pcall, since from then on the hook fires at every
 * instruction until the outermost call has returned. It cannot interrupt a C function. */
#ifndef MW_BINDINGS_GUARD_H
#define MW_BINDINGS_GUARD_H

#include "bindings/compat.h"
#include "core/base/clock.h"
#include <stdint.h>

#define GUARD_INSTRUCTIONS 10000
#define GUARD_LOAD_NS (500 * NS_PER_MS)

struct guard {
    int64_t budget_ns;   /* of the call that runs; 0: none runs */
    int64_t deadline_ns; /* by clock_cpu_ns; 0 until the hook has fired once: short calls read no
                            clock */
    bool killing;
};

/* Sets the hook on the main state at its birth; coroutines inherit it. The vm must be shared
 * (compat_set_shared) before the first instruction runs. */
void guard_install(lua_State *main_state);

/* Around one entry into Lua; not nested. Disarm tells whether the budget was overrun. A coroutine
 * that was killed has its hook set back by guard_heal. */
void guard_arm(struct guard *g, int64_t budget_ns);
bool guard_disarm(struct guard *g);
void guard_heal(lua_State *co);

/* Is the value at `index` the one that a kill raises? */
bool guard_is_kill(struct guard *g, lua_State *L, int index);

#endif
