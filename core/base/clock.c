/* The clocks of the system, in the units of the core.
 * In a file of its own, so that a spec can say that nobody else reads them. */
#include "core/base/clock.h"

#include <time.h>

static int64_t clock_read_ns(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

int64_t clock_now_ns(void)
{
    return clock_read_ns(CLOCK_MONOTONIC);
}

int64_t clock_cpu_ns(void)
{
    return clock_read_ns(CLOCK_THREAD_CPUTIME_ID);
}

int64_t clock_coarse_ns(void)
{
    return clock_read_ns(CLOCK_MONOTONIC_COARSE);
}

int64_t clock_unix_ms(void)
{
    return clock_read_ns(CLOCK_REALTIME) / NS_PER_MS;
}
