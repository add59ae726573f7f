/* Writes numbers.
 * Integers and decimals of a few digits, which most numbers of a game or a form are, take a short
 * way; other doubles go through number_shortest. Does not round: who wants two decimals rounds
 * first. */
#include "core/codec/number.h"

#include "core/codec/number_shortest.h"

/* Doubles below it with an integral value are that integer and nothing shorter. */
#define INTEGRAL_MAX 9007199254740992.0
/* Any two decimals of at most 15 digits are different doubles: one that reads back is the shortest.
 */
#define SHORT_PLACES 3
#define SHORT_SCALE 1000
#define SHORT_MAX 1e12
/* Number::toString: plain digits up to 1e21 and down to 1e-6 (ECMA-262 section 6.1.6.1.20). */
#define POINT_MAX 21
#define POINT_MIN (-6)

static const char pairs[] = "0001020304050607080910111213141516171819"
                            "2021222324252627282930313233343536373839"
                            "4041424344454647484950515253545556575859"
                            "6061626364656667686970717273747576777879"
                            "8081828384858687888990919293949596979899";

static const uint64_t powers[] = {1,
                                  10,
                                  100,
                                  1000,
                                  10000,
                                  100000,
                                  1000000,
                                  10000000,
                                  100000000,
                                  1000000000,
                                  10000000000,
                                  100000000000,
                                  1000000000000,
                                  10000000000000,
                                  100000000000000,
                                  1000000000000000,
                                  10000000000000000,
                                  100000000000000000,
                                  1000000000000000000,
                                  UINT64_C(10000000000000000000)};

/* log10(2) is about 1233 / 4096: right, or one too few. */
static int count_digits(uint64_t value)
{
    value |= 1; /* 0 has a digit too, and no power of ten is odd but 1 */
    int guess = (64 - __builtin_clzll(value)) * 1233 >> 12;
    return guess + (value >= powers[guess]);
}

/* The last `count` digits of value, from `to` on. */
static void put_digits(char *to, uint64_t value, int count)
{
    for (; count >= 2; count -= 2, value /= 100)
        memcpy(to + count - 2, pairs + value % 100 * 2, 2);
    if (count)
        *to = (char)('0' + value % 10);
}

static size_t put_unsigned(char *out, uint64_t value)
{
    int count = count_digits(value);
    put_digits(out, value, count);
    return (size_t)count;
}

size_t number_put_int(char *out, int64_t value)
{
    if (value >= 0)
        return put_unsigned(out, (uint64_t)value);
    *out = '-';
    return 1 + put_unsigned(out + 1, 0 - (uint64_t)value);
}

static inline void drop_zeros(struct decimal *d, uint64_t power, int places)
{
    while (d->digits % power == 0) {
        d->digits /= power;
        d->exponent += places;
    }
}

/* d.ddde±x */
static size_t put_exponent_form(char *out, uint64_t digits, int count, int exponent)
{
    char *to = out + 1;
    put_digits(to, digits, count);
    out[0] = out[1];
    out[1] = '.';
    to += count > 1 ? count : 0;
    *to++ = 'e';
    *to++ = exponent < 0 ? '-' : '+';
    to += put_unsigned(to, (uint64_t)(exponent < 0 ? -exponent : exponent));
    return (size_t)(to - out);
}

/* `point`: how many digits stand before the point, as if it were written between digits. */
static size_t put_decimal(char *out, struct decimal d)
{
    int count = count_digits(d.digits);
    int point = count + d.exponent;
    if (point > POINT_MAX || point <= POINT_MIN)
        return put_exponent_form(out, d.digits, count, point - 1);
    if (point <= 0) {
        memcpy(out, "0.000000", 8);
        put_digits(out + 2 - point, d.digits, count);
        return (size_t)(2 - point + count);
    }
    if (d.exponent >= 0) {
        put_digits(out, d.digits, count);
        memset(out + count, '0', (size_t)d.exponent);
        return (size_t)point;
    }
    put_digits(out + 1, d.digits, count);
    memmove(out, out + 1, (size_t)point);
    out[point] = '.';
    return (size_t)count + 1;
}

/* True if value has at most SHORT_PLACES decimals and few digits. */
static bool try_short_decimal(double value, struct decimal *out)
{
    if (value >= SHORT_MAX)
        return false;
    uint64_t scaled = (uint64_t)(value * SHORT_SCALE + 0.5);
    if ((double)scaled / SHORT_SCALE != value)
        return false;
    *out = (struct decimal){scaled, -SHORT_PLACES};
    return true;
}

size_t number_put_double(char *out, double value)
{
    uint64_t bits;
    struct decimal d;
    memcpy(&bits, &value, sizeof(bits));
    size_t sign = bits >> 63;
    *out = '-'; /* written over where there is no sign */
    out += sign;
    bits &= UINT64_MAX >> 1;
    memcpy(&value, &bits, sizeof(value));
    if (value < INTEGRAL_MAX && (double)(uint64_t)value == value)
        return sign + put_unsigned(out, (uint64_t)value);
    if (!try_short_decimal(value, &d)) {
        d = number_shortest(bits);
        drop_zeros(&d, 100000000, 8);
    }
    drop_zeros(&d, 100, 2);
    drop_zeros(&d, 10, 1);
    return sign + put_decimal(out, d);
}
