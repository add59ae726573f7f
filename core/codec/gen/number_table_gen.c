/* Prints number_table.c: 128 bits of each power of ten that a double can meet.
 * The build runs it, so that 667 numbers nobody can read are computed and not trusted. Not part of
 * the library. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/codec/number_table.h"

/* An integer of WORDS * 32 bits, lowest word first. 10^324 needs 1,077 bits, and 2^1400 / 10^342
 * still has 264. */
#define WORDS 44

static void multiply(uint32_t *n, uint32_t by)
{
    uint64_t carry = 0;
    for (int i = 0; i < WORDS; i++) {
        carry += (uint64_t)n[i] * by;
        n[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

/* Rounds down; and rounding down once for each of several divisors is as rounding down once for
 * their product. */
static void divide(uint32_t *n, uint32_t by)
{
    uint64_t rest = 0;
    for (int i = WORDS - 1; i >= 0; i--) {
        rest = rest << 32 | n[i];
        n[i] = (uint32_t)(rest / by);
        rest %= by;
    }
}

static int bit(const uint32_t *n, int at)
{
    return at < 0 ? 0 : (int)(n[at / 32] >> (at % 32) & 1);
}

static int top_bit(const uint32_t *n)
{
    int at = WORDS * 32 - 1;
    while (!bit(n, at))
        at--;
    return at;
}

/* Prints the 128 bits from the highest, one more if anything lies below them or was rounded away.
 */
static void print_top(const uint32_t *n, bool rounded)
{
    int top = top_bit(n);
    uint64_t high = 0, low = 0;
    for (int i = 0; i < 64; i++) {
        high = high << 1 | (uint64_t)bit(n, top - i);
        low = low << 1 | (uint64_t)bit(n, top - 64 - i);
    }
    for (int at = top - 128; at >= 0 && !rounded; at--)
        rounded = bit(n, at);
    if (rounded && !++low)
        high++;
    printf("    {UINT64_C(0x%016llx), UINT64_C(0x%016llx)},\n", (unsigned long long)high,
           (unsigned long long)low);
}

int main(void)
{
    uint32_t n[WORDS];
    printf("/* Made by number_table_gen.c. */\n#include \"core/codec/number_table.h\"\n\n");
    printf(
        "const struct number_power number_powers[NUMBER_POWER_MAX - NUMBER_POWER_MIN + 1] = {\n");
    for (int k = NUMBER_POWER_MIN; k <= NUMBER_POWER_MAX; k++) {
        memset(n, 0, sizeof(n));
        n[k < 0 ? 1400 / 32 : 0] = k < 0 ? UINT32_C(1) << 1400 % 32 : 1;
        for (int i = 0; i < k; i++)
            multiply(n, 10);
        for (int i = 0; i > k; i--)
            divide(n, 10);
        print_top(n, k < 0);
    }
    printf("};\n");
    return 0;
}
