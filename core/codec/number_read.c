/* Reads numbers, exactly.
 * Up to 19 digits times a power of ten of which 128 bits are known is a product of known error; as
 * long as that error does not span the middle between two doubles, the nearer one is certain
 * (after Daniel Lemire, "Number Parsing at a Gigabyte per Second", 2021). The rare rest goes to the
 * C library. Knows no other grammar than JSON's. */
#include "core/codec/number.h"

#include "core/codec/number_table.h"
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#define MANTISSA_BITS 53
#define EXPONENT_BIAS 1023
#define INFINITY_BITS (UINT64_C(0x7ff) << 52)
#define EXACT_POWER_MAX 22 /* 5^22 < 2^53: the last power of ten that is a double */
#define DIGITS_MAX 19      /* that a uint64_t holds */
/* The middle between two doubles has at most 767 significant digits. */
#define EXACT_DIGITS_MAX 770
/* Beyond it every number is 0 or infinite: no text has so many digits that they make up for it. */
#define EXPONENT_MAX INT64_C(100000000000000000)

/* The parts of a number's text, which mean mantissa * 10^exponent, and a little more when there are
 * more than DIGITS_MAX digits. */
struct parts {
    const char *digits, *digits_end; /* from the first to the last; the point may be among them */
    uint64_t mantissa;
    int64_t exponent;
    size_t count; /* of digits, leading zeros of a fraction included */
    bool negative, is_int;
};

static inline bool is_digit(const char *at, const char *end)
{
    return at < end && (unsigned char)(*at - '0') < 10;
}

/* The mantissa overflows where there are too many digits: parts_recount mends that. */
static inline const char *take_digits(struct parts *p, const char *at, const char *end)
{
    const char *from = at;
    uint64_t mantissa = p->mantissa;
    for (; is_digit(at, end); at++)
        mantissa = mantissa * 10 + (uint64_t)(*at - '0');
    p->mantissa = mantissa;
    p->count += (size_t)(at - from);
    return at;
}

static inline const char *take_integer(struct parts *p, const char *at, const char *end)
{
    if (!is_digit(at, end))
        return NULL;
    return *at == '0' ? at + 1 : take_digits(p, at, end);
}

static inline const char *take_fraction(struct parts *p, const char *at, const char *end)
{
    if (at == end || *at != '.')
        return at;
    const char *from = at + 1;
    at = take_digits(p, from, end);
    p->exponent = from - at;
    p->is_int = false;
    return at == from ? NULL : at;
}

static const char *take_exponent(struct parts *p, const char *at, const char *end)
{
    if (at == end || (*at | 0x20) != 'e')
        return at;
    bool negative = ++at < end && *at == '-';
    at += at < end && (*at == '-' || *at == '+');
    if (!is_digit(at, end))
        return NULL;
    int64_t exponent = 0;
    for (; is_digit(at, end); at++)
        if (exponent < EXPONENT_MAX)
            exponent = exponent * 10 + (*at - '0');
    p->exponent += negative ? -exponent : exponent;
    p->is_int = false;
    return at;
}

/* Takes the mantissa from the first DIGITS_MAX digits that signify, and counts all that do. */
static void parts_recount(struct parts *p)
{
    p->mantissa = p->count = 0;
    for (const char *at = p->digits; at < p->digits_end; at++) {
        if (*at == '.' || (!p->count && *at == '0'))
            continue;
        if (p->count++ < DIGITS_MAX)
            p->mantissa = p->mantissa * 10 + (uint64_t)(*at - '0');
    }
    if (p->count > DIGITS_MAX)
        p->exponent += (int64_t)(p->count - DIGITS_MAX);
}

/* Where the number ends, or NULL. */
static const char *take_parts(struct parts *p, const char *at, const char *end)
{
    *p = (struct parts){.is_int = true};
    p->negative = at < end && *at == '-';
    at += p->negative;
    p->digits = at;
    at = take_integer(p, at, end);
    at = at ? take_fraction(p, at, end) : NULL;
    p->digits_end = at;
    if (at && p->count > DIGITS_MAX)
        parts_recount(p);
    return at ? take_exponent(p, at, end) : NULL;
}

/* The bits of the double nearest to mantissa * 10^exponent. False if 128 bits of the power do not
 * tell, or if the result is below the subnormals. The product of the normalized mantissa and the
 * rounded-down power is less than `mantissa` units of its last place below the true one. */
static bool try_nearest(uint64_t mantissa, int exponent, uint64_t *out_bits)
{
    struct number_power g = number_power(exponent);
    bool exact = number_power_is_exact(exponent);
    g.high -= !exact && !g.low;
    g.low -= !exact;
    int leading = __builtin_clzll(mantissa);
    mantissa <<= leading;
    unsigned __int128 low = (unsigned __int128)mantissa * g.low;
    unsigned __int128 product = (unsigned __int128)mantissa * g.high + (uint64_t)(low >> 64);

    int top = 126 + (int)(product >> 127);
    int biased = number_log2_power(exponent) + top - 63 - leading + EXPONENT_BIAS;
    int drop = top + 1 - MANTISSA_BITS + (biased > 0 ? 0 : 1 - biased);
    if (drop > 127)
        return false;
    uint64_t bits = (uint64_t)(product >> drop);
    unsigned __int128 half = (unsigned __int128)1 << (drop - 1);
    unsigned __int128 rest = product & (half * 2 - 1);
    bool up = rest >= half;
    if (exact)
        up = rest > half || (rest == half && ((uint64_t)low || (bits & 1)));
    else if (!up && rest + ((uint64_t)low + mantissa < mantissa) >= half)
        return false;
    bits += (uint64_t)(biased > 0 ? biased - 1 : 0) << (MANTISSA_BITS - 1);
    *out_bits = biased > 2 * EXPONENT_BIAS ? INFINITY_BITS : bits + up;
    return true;
}

/* Digits beyond DIGITS_MAX put the number between two mantissas: if both mean the same double, so
 * does it. */
static bool try_fast(const struct parts *p, uint64_t *out_bits)
{
    uint64_t above;
    if (p->exponent < NUMBER_POWER_MIN || p->exponent > NUMBER_POWER_MAX) {
        *out_bits = p->exponent < 0 ? 0 : INFINITY_BITS;
        return true;
    }
    if (!try_nearest(p->mantissa, (int)p->exponent, out_bits))
        return false;
    if (p->count <= DIGITS_MAX)
        return true;
    return try_nearest(p->mantissa + 1, (int)p->exponent, &above) && above == *out_bits;
}

/* Hands strtod the significant digits without a point, which it would want as the locale has it.
 * Those beyond EXACT_DIGITS_MAX matter only if one is not 0. */
static double read_slowly(const struct parts *p)
{
    char text[EXACT_DIGITS_MAX + 32];
    size_t len = 0;
    bool more = false;
    for (const char *at = p->digits; at < p->digits_end; at++) {
        if (*at == '.' || (!len && *at == '0'))
            continue;
        if (len < EXACT_DIGITS_MAX)
            text[len++] = *at;
        else
            more |= *at != '0';
    }
    text[len] = '1';
    len += more;
    int64_t beyond = p->count > DIGITS_MAX ? (int64_t)len - DIGITS_MAX : 0;
    snprintf(text + len, sizeof(text) - len, "e%lld", (long long)(p->exponent - beyond));
    return strtod(text, NULL);
}

/* Both operands are exact doubles, so their quotient is the nearest there is (William Clinger, "How
 * to Read Floating Point Numbers Accurately", 1990). Most decimals of a message are such. */
static bool is_quotient_of_doubles(const struct parts *p)
{
    return p->mantissa <= UINT64_C(1) << MANTISSA_BITS && p->exponent <= 0 &&
           p->exponent >= -EXACT_POWER_MAX;
}

static double read_double(const struct parts *p)
{
    static const double powers[EXACT_POWER_MAX + 1] = {
        1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    uint64_t bits = 0;
    double value;
    if (is_quotient_of_doubles(p))
        return (double)p->mantissa / powers[-p->exponent];
    if (p->mantissa && !try_fast(p, &bits))
        return read_slowly(p);
    memcpy(&value, &bits, sizeof(value));
    return value;
}

/* "-0" is no int64_t. */
static bool parts_fit_int(const struct parts *p)
{
    if (!p->is_int || p->count > DIGITS_MAX || (p->negative && !p->mantissa))
        return false;
    return p->mantissa <= (uint64_t)INT64_MAX + p->negative;
}

const char *number_read(struct slice text, struct number *out)
{
    struct parts p;
    const char *end = take_parts(&p, text.ptr, text.ptr + text.len);
    if (!end)
        return NULL;
    out->is_int = parts_fit_int(&p);
    if (out->is_int) {
        out->i = (int64_t)(p.negative ? 0 - p.mantissa : p.mantissa);
        return end;
    }
    double value = read_double(&p);
    out->d = p.negative ? -value : value;
    return value > 0 && value - value != 0 ? NULL : end;
}

bool number_parse(struct slice text, struct number *out)
{
    return text.len && number_read(text, out) == text.ptr + text.len;
}
