/* The timers: a binary heap of pointers, so that thousands of sessions cost one deadline.
 * A binary heap and not a wheel, because ticks need nanoseconds and games need order.
 * Reads no clock. */
#include "core/server/timers.h"

#include "core/base/mem.h"

#include <assert.h>

/* Marks an _index into _later instead of _heap. */
#define LATER ((size_t)1 << (sizeof(size_t) * 8 - 1))

static bool before(const struct timer *a, const struct timer *b)
{
    if (a->deadline_ns != b->deadline_ns)
        return a->deadline_ns < b->deadline_ns;
    return a->_order < b->_order;
}

static void place(struct timers *t, struct timer *timer, size_t at)
{
    t->_heap[at] = timer;
    timer->_index = at;
}

static void sift_up(struct timers *t, struct timer *timer, size_t at)
{
    while (at > 1 && before(timer, t->_heap[at / 2])) {
        place(t, t->_heap[at / 2], at);
        at /= 2;
    }
    place(t, timer, at);
}

static void sift_down(struct timers *t, struct timer *timer, size_t at)
{
    for (;;) {
        size_t child = at * 2;
        if (child > t->_count)
            break;
        if (child < t->_count && before(t->_heap[child + 1], t->_heap[child]))
            child++;
        if (!before(t->_heap[child], timer))
            break;
        place(t, t->_heap[child], at);
        at = child;
    }
    place(t, timer, at);
}

static void heap_add(struct timers *t, struct timer *timer)
{
    if (t->_count + 1 >= t->_cap) {
        t->_cap = t->_cap ? t->_cap * 2 : 16;
        t->_heap = mem_realloc(t->_heap, t->_cap * sizeof(*t->_heap));
    }
    sift_up(t, timer, ++t->_count);
}

static void heap_remove(struct timers *t, struct timer *timer)
{
    size_t at = timer->_index;
    struct timer *last = t->_heap[t->_count--];
    if (last == timer)
        return;
    if (at > 1 && before(last, t->_heap[at / 2]))
        sift_up(t, last, at);
    else
        sift_down(t, last, at);
}

static void later_add(struct timers *t, struct timer *timer)
{
    if (t->_later_count == t->_later_cap) {
        t->_later_cap = t->_later_cap ? t->_later_cap * 2 : 16;
        t->_later = mem_realloc(t->_later, t->_later_cap * sizeof(*t->_later));
    }
    timer->_index = LATER | t->_later_count;
    t->_later[t->_later_count++] = timer;
}

static void later_remove(struct timers *t, struct timer *timer)
{
    size_t at = timer->_index & ~LATER;
    struct timer *last = t->_later[--t->_later_count];
    t->_later[at] = last;
    last->_index = LATER | at;
}

void timers_dispose(struct timers *t)
{
    assert(t->_count == 0 && t->_later_count == 0);
    mem_free(t->_heap);
    mem_free(t->_later);
    *t = (struct timers){0};
}

void timer_init(struct timer *timer, timer_fn *fn, void *ud)
{
    *timer = (struct timer){._fn = fn, ._ud = ud};
}

void timers_arm(struct timers *t, struct timer *timer, int64_t deadline_ns)
{
    timers_disarm(t, timer);
    timer->deadline_ns = deadline_ns;
    timer->_order = ++t->_order;
    if (t->_running && deadline_ns <= t->now_ns)
        later_add(t, timer);
    else
        heap_add(t, timer);
}

void timers_disarm(struct timers *t, struct timer *timer)
{
    if (!timer_armed(timer))
        return;
    if (timer->_index & LATER)
        later_remove(t, timer);
    else
        heap_remove(t, timer);
    timer->_index = 0;
}

int64_t timers_next(const struct timers *t)
{
    int64_t next = t->_count ? t->_heap[1]->deadline_ns : TIMERS_NEVER;
    for (size_t i = 0; i < t->_later_count; i++)
        if (t->_later[i]->deadline_ns < next)
            next = t->_later[i]->deadline_ns;
    return next;
}

size_t timers_run(struct timers *t, int64_t now_ns)
{
    size_t fired = 0;

    assert(!t->_running);
    t->_running = true;
    t->_over = false;
    t->now_ns = now_ns;
    for (; !t->_over && t->_count && t->_heap[1]->deadline_ns <= now_ns; fired++) {
        struct timer *timer = t->_heap[1];
        timers_disarm(t, timer);
        timer->_fn(timer->_ud, now_ns);
    }
    t->_running = false;
    for (size_t i = 0; i < t->_later_count; i++)
        heap_add(t, t->_later[i]);
    t->_later_count = 0;
    return fired;
}

void timers_end_run(struct timers *t)
{
    t->_over = true;
}

bool timers_validate(const struct timers *t)
{
    for (size_t i = 1; i <= t->_count; i++) {
        if (t->_heap[i]->_index != i)
            return false;
        if (i > 1 && before(t->_heap[i], t->_heap[i / 2]))
            return false;
    }
    for (size_t i = 0; i < t->_later_count; i++)
        if (t->_later[i]->_index != (LATER | i) || !t->_running)
            return false;
    return true;
}
