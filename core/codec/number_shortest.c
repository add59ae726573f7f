/* Raffaello Giulietti's Schubfach ("The Schubfach way to render doubles", 2020).
 * A double stands for the interval of the reals that round to it. With 10^k just below the width of
 * that interval, at least one and at most ten multiples of 10^k lie in it, and at most one of
 * 10^(k+1): that one is the shortest, or else the multiple of 10^k nearest to the double. All is
 * measured in quarters of 10^k, so that the interval's ends are integers too before they are
 * scaled. Knows no layout: see number.c. */
#include "core/codec/number_shortest.h"

#include "core/codec/number_table.h"

#define FRACTION_BITS 52
#define EXPONENT_BIAS (1023 + FRACTION_BITS)

/* floor(log10(2^q)), or floor(log10(3/4 * 2^q)) for a double whose lower neighbour is nearer. */
static int log10_of_width(int q, bool narrow)
{
    return (q * 1262611 - (narrow ? 524031 : 0)) >> 22;
}

/* g * factor / 2^128, rounded to odd: the lowest bit is set when anything was dropped, so that
 * comparisons with integers and with halves come out as for the exact product. A fraction of one
 * unit may be the error that g was rounded up by and counts as none; spec/core/number_proof.py
 * shows that no double has a fraction that this hides. */
static uint64_t scale(struct number_power g, uint64_t factor)
{
    unsigned __int128 low = (unsigned __int128)g.low * factor;
    unsigned __int128 sum = (unsigned __int128)g.high * factor + (uint64_t)(low >> 64);
    return (uint64_t)(sum >> 64) | ((uint64_t)sum > 1);
}

struct decimal number_shortest(uint64_t bits)
{
    uint64_t fraction = bits & ((UINT64_C(1) << FRACTION_BITS) - 1);
    int biased = (int)(bits >> FRACTION_BITS);
    uint64_t c = biased ? fraction | UINT64_C(1) << FRACTION_BITS : fraction;
    int q = (biased ? biased : 1) - EXPONENT_BIAS;
    bool narrow = !fraction && biased > 1;

    int k = log10_of_width(q, narrow);
    int shift = q + number_log2_power(-k) + 1;
    struct number_power g = number_power(-k);
    uint64_t value = scale(g, 4 * c << shift);
    uint64_t open = c & 1; /* the ends of the interval belong to it when c is even */
    uint64_t lower = scale(g, (4 * c - 2 + narrow) << shift) + open;
    uint64_t upper = scale(g, (4 * c + 2) << shift) - open;

    uint64_t below = value / 4;
    uint64_t tens = below / 10;
    bool ten_below = tens && lower <= 40 * tens, ten_above = 40 * (tens + 1) <= upper;
    if (tens && ten_below != ten_above)
        return (struct decimal){tens + ten_above, k + 1};
    bool one_below = lower <= 4 * below, one_above = 4 * (below + 1) <= upper;
    if (one_below != one_above)
        return (struct decimal){below + one_above, k};
    uint64_t middle = 4 * below + 2;
    bool up = value > middle || (value == middle && (below & 1));
    return (struct decimal){below + up, k};
}
