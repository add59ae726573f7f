/* Durations in logarithmic buckets: percentiles in constant memory, within 4 %. */
#ifndef MW_BASE_HISTOGRAM_H
#define MW_BASE_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BUCKETS 512

struct histogram {
    uint64_t count;
    int64_t max_ns;
    uint32_t _buckets[HISTOGRAM_BUCKETS];
};

/* Zeroed memory is an empty histogram. Negative durations count as 0. */
void histogram_add(struct histogram *h, int64_t ns);
/* The duration that `share` (0 to 1) of all do not exceed, in ns; 0 when empty; never over max_ns.
 */
int64_t histogram_percentile(const struct histogram *h, double share);

#endif
