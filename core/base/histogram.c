/* The histogram: sixteen equal steps to each doubling, so that a bucket is at most a sixteenth of
 * its values wide and its middle is within 4 % of all of them.
 * Buckets start at 16 ns a step, since nobody tunes below that; they end at nine minutes. Keeps no
 * single values. */
#include "core/base/histogram.h"

#define STEP_BITS 4 /* sixteen steps to a doubling */
#define UNIT_BITS 4 /* of 16 ns */
#define STEPS (1u << STEP_BITS)

static unsigned bucket_of(int64_t ns)
{
    uint64_t units = (uint64_t)ns >> UNIT_BITS;
    if (units < STEPS)
        return (unsigned)units;
    unsigned shift = 63 - (unsigned)__builtin_clzll(units) - STEP_BITS;
    unsigned at = (shift << STEP_BITS) + (unsigned)(units >> shift);
    return at < HISTOGRAM_BUCKETS ? at : HISTOGRAM_BUCKETS - 1;
}

/* The middle of a bucket, ns. */
static int64_t middle_of(unsigned at)
{
    unsigned shift = at < STEPS ? 0 : (at >> STEP_BITS) - 1;
    uint64_t from = at - ((uint64_t)shift << STEP_BITS);
    return (int64_t)((from << shift << UNIT_BITS) + ((uint64_t)1 << shift << UNIT_BITS) / 2);
}

/* A full bucket halves them all: the shape stays, and old values weigh less. */
static void halve(struct histogram *h)
{
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        h->_buckets[i] /= 2;
}

void histogram_add(struct histogram *h, int64_t ns)
{
    unsigned at = bucket_of(ns < 0 ? 0 : ns);
    if (h->_buckets[at] == UINT32_MAX)
        halve(h);
    h->_buckets[at]++;
    h->count++;
    if (ns > h->max_ns)
        h->max_ns = ns;
}

static uint64_t total_of(const struct histogram *h)
{
    uint64_t total = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        total += h->_buckets[i];
    return total;
}

int64_t histogram_percentile(const struct histogram *h, double share)
{
    double wanted = share * (double)total_of(h);
    uint64_t seen = 0;

    for (unsigned i = 0; i < HISTOGRAM_BUCKETS - 1; i++) {
        seen += h->_buckets[i];
        if (seen && (double)seen >= wanted)
            return middle_of(i) < h->max_ns ? middle_of(i) : h->max_ns;
    }
    return h->max_ns;
}
