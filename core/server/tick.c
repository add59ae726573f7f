/* The tick: a timer that is armed for deadlines of an absolute schedule.
 * Each deadline is computed from the start, never from the one before, so that no rounding and no
 * delay adds up over years. Does not run on a clock of its own. */
#include "core/server/tick.h"

#include "core/base/clock.h"

#include <assert.h>

/* Deadline n of the schedule, n from 1. A long double holds n times a second exactly for centuries.
 */
static int64_t deadline_ns(const struct tick *t, uint64_t n)
{
    long double elapsed = (long double)n * (long double)NS_PER_S / (long double)t->rate;
    return t->_start_ns + (int64_t)(elapsed + 0.5L);
}

/* How many deadlines, from the next one on, have come. */
static uint64_t due_count(const struct tick *t, int64_t now_ns)
{
    if (now_ns < tick_next_ns(t))
        return 0;
    long double beats =
        (long double)(now_ns - t->_start_ns) * (long double)t->rate / (long double)NS_PER_S;
    uint64_t last = (uint64_t)beats;
    /* The quotient may be off by one either way at a deadline; deadline_ns decides. */
    while (last < t->_beat || deadline_ns(t, last + 1) <= now_ns)
        last++;
    while (last > t->_beat && deadline_ns(t, last) > now_ns)
        last--;
    return last - t->_beat + 1;
}

/* False: the step stopped the tick, or started it anew. */
static bool step(struct tick *t, int64_t now_ns)
{
    int64_t begin_ns = t->_clock(t->_clock_ud);

    histogram_add(&t->late, now_ns - tick_next_ns(t));
    t->_beat++;
    t->_on_step(t->_ud, 1.0 / t->rate, ++t->ticks);
    histogram_add(&t->busy, t->_clock(t->_clock_ud) - begin_ns);
    return t->_running && !timer_armed(&t->_timer);
}

static void on_due(void *ud, int64_t now_ns)
{
    struct tick *t = ud;
    uint64_t due = due_count(t, now_ns);
    uint64_t steps = due < t->max_catch_up ? due : t->max_catch_up;

    for (uint64_t i = 0; i < steps; i++)
        if (!step(t, now_ns))
            return;
    t->skipped += due - steps;
    t->_beat += due - steps;
    timers_arm(t->_timers, &t->_timer, tick_next_ns(t));
}

void tick_start(struct tick *t, struct timers *timers, double rate, unsigned max_catch_up,
                tick_step_fn *on_step, void *ud, clock_fn *clock, void *clock_ud, int64_t now_ns)
{
    assert(rate >= TICK_RATE_MIN && rate <= TICK_RATE_MAX && max_catch_up >= 1);
    *t = (struct tick){.rate = rate,
                       .max_catch_up = max_catch_up,
                       ._timers = timers,
                       ._start_ns = now_ns,
                       ._beat = 1,
                       ._on_step = on_step,
                       ._ud = ud,
                       ._clock = clock,
                       ._clock_ud = clock_ud,
                       ._running = true};
    timer_init(&t->_timer, on_due, t);
    timers_arm(timers, &t->_timer, tick_next_ns(t));
}

void tick_stop(struct tick *t)
{
    t->_running = false;
    timers_disarm(t->_timers, &t->_timer);
}

void tick_resume(struct tick *t)
{
    t->_running = true;
    timers_arm(t->_timers, &t->_timer, tick_next_ns(t));
}

void tick_continue(struct tick *to, struct tick *from, unsigned max_catch_up, tick_step_fn *on_step,
                   void *ud)
{
    tick_stop(from);
    *to = *from;
    to->max_catch_up = max_catch_up;
    to->_on_step = on_step;
    to->_ud = ud;
    timer_init(&to->_timer, on_due, to);
    tick_resume(to);
}

void tick_repeat(struct tick *t)
{
    assert(!t->_running && t->ticks > 0);
    t->_beat--;
    t->ticks--;
}

void tick_rest(struct tick *t, int64_t until_ns)
{
    uint64_t due = due_count(t, until_ns);
    t->skipped += due;
    t->_beat += due;
    if (t->_running)
        timers_arm(t->_timers, &t->_timer, tick_next_ns(t));
}

int64_t tick_next_ns(const struct tick *t)
{
    return deadline_ns(t, t->_beat);
}
