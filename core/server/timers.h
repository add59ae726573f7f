/* One-shot timers on a heap: pings, timeouts, sleeps and ticks all wait here, and one deadline is
 * left for the loop. Time is a parameter. A timer lives in its owner's memory, which must disarm it
 * before it goes. */
#ifndef MW_SERVER_TIMERS_H
#define MW_SERVER_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef void timer_fn(void *ud, int64_t now_ns);

struct timer {
    timer_fn *_fn;
    void *_ud;
    int64_t deadline_ns; /* of an armed timer */
    uint64_t _order;     /* equal deadlines fire in the order in which they were armed */
    size_t _index;       /* where it stands, 1-based in the heap; 0: not armed */
};

struct timers {
    struct timer **_heap; /* 1-based */
    size_t _count, _cap;
    struct timer **_later; /* armed during a run and due already: they join the heap at its end */
    size_t _later_count, _later_cap;
    uint64_t _order;
    /* Of this turn: whoever calls into the core notes it here, for what is deep inside. A run does
     * it by itself. */
    int64_t now_ns;
    bool _running, _over;
};

#define TIMERS_NEVER INT64_MAX

/* Zeroed memory is an empty heap. Dispose frees the heap, not the timers; none may be armed. */
void timers_dispose(struct timers *t);

void timer_init(struct timer *timer, timer_fn *fn, void *ud);
static inline bool timer_armed(const struct timer *timer)
{
    return timer->_index != 0;
}

/* Arms, or moves an armed timer. */
void timers_arm(struct timers *t, struct timer *timer, int64_t deadline_ns);
/* Nothing happens if it is not armed. */
void timers_disarm(struct timers *t, struct timer *timer);

/* The next deadline, TIMERS_NEVER if none. */
int64_t timers_next(const struct timers *t);
/* Fires what is due, in order, each disarmed first. Timers armed by a callback wait for the next
 * run, so that a run ends. A callback may arm, move and disarm any timer, but not run them. Returns
 * how many fired. */
size_t timers_run(struct timers *t, int64_t now_ns);
/* From a callback that took long: the run ends with it, so that the loop comes to its other events;
 * what else is due is the next run's. */
void timers_end_run(struct timers *t);

bool timers_validate(const struct timers *t);

#endif
