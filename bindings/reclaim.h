/* Gives back what a call that was killed leaves behind.
 * Lua waits with its next collection until about twice as much memory is in use as the last one
 * left, so after a call that filled hundreds of megabytes it would wait for good; and a collection
 * in one go would keep everybody waiting, or fall into the budget of whoever comes next. So the
 * collector makes one step a turn, until all that was garbage is gone. */
#ifndef MW_BINDINGS_RECLAIM_H
#define MW_BINDINGS_RECLAIM_H

#include "core/server/timers.h"

struct vm;

struct reclaim {
    struct timer _timer;
    unsigned _cycles;   /* still to be finished */
    bool _generational; /* the mode to go back to: that one has no steps */
};

void reclaim_init(struct vm *vm);
/* Begins, or begins again; nothing before the engine started. */
void reclaim_start(struct vm *vm);
/* Before the timers go. */
void reclaim_stop(struct vm *vm);

#endif
