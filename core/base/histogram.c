/* Sixteen buckets to each doubling, in units of 4 ns.
 * A bucket is a sixteenth wide, so its middle is off by a thirty-second at most, between 64 ns and
 * 137 s; shorter durations are off by 2 ns, longer ones count as 137 s. Does not forget: a window
 * of time is two histograms that take turns. */
#include "core/base/histogram.h"

#include <stddef.h>

#define UNIT_BITS 2
#define SPLIT_BITS 4
#define SPLIT (1 << SPLIT_BITS)

/* The first doubling has no bits to drop: its buckets are the units themselves. */
static size_t bucket_of(int64_t ns)
{
    uint64_t units = ns > 0 ? (uint64_t)ns >> UNIT_BITS : 0;
    if (units < SPLIT)
        return (size_t)units;
    int drop = 63 - __builtin_clzll(units) - SPLIT_BITS;
    size_t bucket = (size_t)((uint64_t)drop * SPLIT + (units >> drop));
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

static int64_t bucket_middle_ns(size_t bucket)
{
    int drop = bucket < SPLIT ? 0 : (int)(bucket / SPLIT) - 1;
    int64_t low = (int64_t)(bucket - (size_t)drop * SPLIT) << drop;
    return (low << UNIT_BITS) + (INT64_C(1) << (drop + UNIT_BITS)) / 2;
}

/* A full bucket halves them all: what the shares say stays. */
static void histogram_halve(struct histogram *h)
{
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        h->_buckets[i] /= 2;
}

void histogram_add(struct histogram *h, int64_t ns)
{
    size_t bucket = bucket_of(ns);
    if (h->_buckets[bucket] == UINT32_MAX)
        histogram_halve(h);
    h->_buckets[bucket]++;
    h->count++;
    if (ns > h->max_ns)
        h->max_ns = ns;
}

int64_t histogram_percentile(const struct histogram *h, double share)
{
    uint64_t total = 0, seen = 0;
    size_t bucket = 0;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        total += h->_buckets[i];
    if (!total)
        return 0;
    for (; bucket < HISTOGRAM_BUCKETS - 1; bucket++) {
        seen += h->_buckets[bucket];
        if (seen && (double)seen >= share * (double)total)
            break;
    }
    int64_t middle = bucket_middle_ns(bucket);
    return middle < h->max_ns ? middle : h->max_ns;
}
