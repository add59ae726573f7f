/* 128 bits of the powers of ten, which turn decimals into doubles and back by one multiplication.
 * Made at build time by gen/number_table_gen.c. Private to the codec. */
#ifndef MW_CODEC_NUMBER_TABLE_H
#define MW_CODEC_NUMBER_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#define NUMBER_POWER_MIN (-342) /* 2^64 * 10^-343 is less than half the least double */
#define NUMBER_POWER_MAX 324    /* Schubfach scales the least double by 10^324 */

/* 10^k = (high * 2^64 + low) * 2^(number_log2_power(k) - 127), rounded up; the top bit is set. */
struct number_power {
    uint64_t high, low;
};

extern const struct number_power number_powers[NUMBER_POWER_MAX - NUMBER_POWER_MIN + 1];

static inline struct number_power number_power(int k)
{
    return number_powers[k - NUMBER_POWER_MIN];
}

/* 5^55 is the last power of five of less than 128 bits. */
static inline bool number_power_is_exact(int k)
{
    return k >= 0 && k <= 55;
}

/* floor(log2(10^k)), for |k| up to 1233. */
static inline int number_log2_power(int k)
{
    return (k * 1741647) >> 19;
}

#endif
