/* The only reader of the clocks.
 * Everything else gets now_ns as a parameter, so that a whole server runs under a virtual clock. */
#ifndef MW_BASE_CLOCK_H
#define MW_BASE_CLOCK_H

#include <stdint.h>

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

/* A clock for those who may not read this one: CLOCK_MONOTONIC, or a test's own. */
typedef int64_t clock_fn(void *ud);

/* CLOCK_MONOTONIC, ns. */
int64_t clock_now_ns(void);
/* CLOCK_THREAD_CPUTIME_ID, ns: what a script's budget is measured in. */
int64_t clock_cpu_ns(void);
/* CLOCK_MONOTONIC_COARSE, ns: some milliseconds behind, and read in almost no time. */
int64_t clock_coarse_ns(void);
/* CLOCK_REALTIME, milliseconds since 1970. */
int64_t clock_unix_ms(void);

#endif
