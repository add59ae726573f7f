/* A fixed-rate tick on an absolute schedule: deadline n is start + n / rate, whatever happened
 * before. Games step a world by a fixed dt; a schedule of "last run + period" would drift by every
 * delay. A late tick catches up a few steps and skips the rest, counted. The step is a callback;
 * the clock for measuring it is passed in. */
#ifndef MW_SERVER_TICK_H
#define MW_SERVER_TICK_H

#include "core/base/clock.h"
#include "core/base/histogram.h"
#include "core/server/timers.h"

#define TICK_RATE_MIN 0.001 /* per second */
#define TICK_RATE_MAX 1000.0
#define TICK_CATCH_UP 5 /* default of max_catch_up */

/* One step: dt is 1 / rate in seconds, n counts the steps from 1. */
typedef void tick_step_fn(void *ud, double dt, uint64_t n);

struct tick {
    double rate;
    unsigned max_catch_up;
    uint64_t ticks, skipped;
    struct histogram late, busy; /* ns: start of a step after its deadline; length of a step */
    struct timers *_timers;
    struct timer _timer;
    int64_t _start_ns;
    uint64_t _beat; /* index of the next deadline */
    tick_step_fn *_on_step;
    void *_ud;
    clock_fn *_clock;
    void *_clock_ud;
    bool _running;
};

/* Starts: the first step is due 1 / rate after now_ns. `rate` in TICK_RATE_MIN..MAX, max_catch_up
 * at least 1. */
void tick_start(struct tick *t, struct timers *timers, double rate, unsigned max_catch_up,
                tick_step_fn *on_step, void *ud, clock_fn *clock, void *clock_ud, int64_t now_ns);
/* May be called from within a step; the memory may go when that step has returned. Twice is fine.
 */
void tick_stop(struct tick *t);
/* A tick that was stopped goes on with its schedule: what fell due meanwhile is caught up with, or
 * skipped, as if it were late. */
void tick_resume(struct tick *t);
/* `to` goes on with the schedule, the count and the measurements of `from`, which is stopped: no
 * beat is missed or doubled. `to` must not run. */
void tick_continue(struct tick *to, struct tick *from, unsigned max_catch_up, tick_step_fn *on_step,
                   void *ud);
/* Of a stopped tick: its last step is not counted, and is due once more. */
void tick_repeat(struct tick *t);
/* No step before `until_ns`: what is due by then is skipped, not caught up with. May be called from
 * within a step. */
void tick_rest(struct tick *t, int64_t until_ns);
/* The deadline of the next step, ns. */
int64_t tick_next_ns(const struct tick *t);

#endif
