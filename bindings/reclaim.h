/* Gives back what a call that was killed, or had too little memory, leaves behind.
 * Lua waits with its next collection until about twice as much memory is in use as the last one
 * left, so after a call that filled hundreds of megabytes it would wait for good; and a collection
 * in one go would keep everybody waiting, or fall into the budget of whoever comes next. So the
 * collector makes one step a turn, until all that was garbage is gone. */
#ifndef MW_BINDINGS_RECLAIM_H
#define MW_BINDINGS_RECLAIM_H

#include "core/server/timers.h"
#include <stdbool.h>

struct vm;

struct reclaim {
    bool starved; /* memory was refused since the last call ended */
    struct timer _timer;
    unsigned _cycles;   /* still to be finished */
    bool _generational; /* the mode to go back to: that one has no steps */
};

void reclaim_init(struct vm *vm);
/* Between two calls: begins if the last one was killed, or refused memory. The collection that Lua
 * makes itself when memory is short runs no finalisers, so that what waits for one would fill the
 * memory for good. */
void reclaim_after_call(struct vm *vm, bool killed);
/* Begins, or begins again; nothing before the engine started. */
void reclaim_start(struct vm *vm);
/* Before the timers go. */
void reclaim_stop(struct vm *vm);

static inline bool reclaim_busy(const struct reclaim *r)
{
    return r->_cycles > 0;
}

#endif
