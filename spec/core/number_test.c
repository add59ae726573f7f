/* Numbers both ways, against the C library's exact printf and strtod, and against tables.
 * A sweep over random doubles of several kinds is part of it: `number_test 20000000` sweeps that
 * many of each instead of the few of a usual run. Does not time anything. */
#include "core/codec/number.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static uint64_t sweep_count = 20000;

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static double from_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static uint64_t to_bits(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static double as_double(const struct number *n)
{
    return n->is_int ? (double)n->i : n->d;
}

/* The significant digits of a decimal text, without leading and trailing zeros. */
static size_t significant(const char *text, char *out)
{
    size_t len = 0, last = 0;
    for (; *text && *text != 'e'; text++) {
        if (*text < '0' || *text > '9' || (!len && *text == '0'))
            continue;
        out[len++] = *text;
        if (*text != '0')
            last = len;
    }
    out[last] = '\0';
    return last;
}

static void check_reads_back(const char *text, double value)
{
    struct number n;
    if (strtod(text, NULL) != value)
        fail_msg("%.17g was written as %s", value, text);
    if (!number_parse(slice_str(text), &n) || to_bits(as_double(&n)) != to_bits(value))
        fail_msg("%s, of %.17g, was read as %.17g", text, value, as_double(&n));
}

/* Whether printf's nearest decimal of `count` digits is the same double. */
static bool digits_suffice(double value, int count, char *out)
{
    snprintf(out, 40, "%.*e", count - 1, value);
    return strtod(out, NULL) == value;
}

/* Fewer digits never do when one less does not, but where the lower neighbour is nearer than the
 * upper one: there every count is tried. */
static void check_shortest(const char *text, double value)
{
    char ours[64], theirs[64], printed[48];
    int count = (int)significant(text, ours);
    bool power_of_two = (to_bits(value) << 12) == 0;
    for (int fewer = power_of_two ? 1 : count - 1; fewer < count; fewer++)
        if (fewer > 0 && digits_suffice(value, fewer, printed))
            fail_msg("%s is shorter than %s", printed, text);
    if (!digits_suffice(value, count, printed))
        return; /* the nearest is beyond the narrow side, and ours on the wide one */
    significant(printed, theirs);
    if (strcmp(ours, theirs) != 0)
        fail_msg("%s is nearer to %.20g than %s", printed, value, text);
}

static void check_double(double value)
{
    char text[NUMBER_TEXT_MAX + 1];
    memset(text, '#', sizeof(text));
    size_t len = number_put_double(text, value);
    assert_true(len <= NUMBER_TEXT_MAX);
    assert_int_equal(text[NUMBER_TEXT_MAX], '#');
    text[len] = '\0';
    check_reads_back(text, value);
    if (value != 0)
        check_shortest(text, value);
}

static void check_with_neighbours(double value)
{
    check_double(value);
    check_double(-value);
    if (value < DBL_MAX)
        check_double(nextafter(value, INFINITY));
    if (value > 0)
        check_double(nextafter(value, 0));
}

static void test_uniform_bits(void **unused)
{
    uint64_t state = 1;
    for (uint64_t i = 0; i < sweep_count; i++) {
        double value = from_bits(next_random(&state));
        if (isfinite(value))
            check_double(value);
    }
}

static void test_unit_interval(void **unused)
{
    uint64_t state = 2;
    for (uint64_t i = 0; i < sweep_count; i++)
        check_double((double)(next_random(&state) >> 11) * 0x1p-53 * 1000);
}

static void test_short_decimals(void **unused)
{
    uint64_t state = 3;
    for (uint64_t i = 0; i < sweep_count; i++) {
        uint64_t random = next_random(&state);
        char text[48];
        uint64_t digits = next_random(&state) % (uint64_t)pow(10, 1 + (double)(random % 17));
        snprintf(text, sizeof(text), "%" PRIu64 "e%d", digits, (int)(random >> 32) % 25);
        check_double(strtod(text, NULL));
    }
}

/* Products of a few places, as scripts round them: x / 10, x / 100, x / 1000. */
static void test_rounded_coordinates(void **unused)
{
    uint64_t state = 4;
    for (uint64_t i = 0; i < sweep_count; i++) {
        uint64_t random = next_random(&state);
        double scale = (double[]){10, 100, 1000, 10000}[random & 3];
        check_double((double)(int64_t)(random >> (4 + random % 44)) / scale);
    }
}

static void test_halves_of_integers(void **unused)
{
    uint64_t state = 5;
    for (uint64_t i = 0; i < sweep_count; i++) {
        uint64_t random = next_random(&state);
        check_double((double)(random >> (random & 63)) + 0.5);
        check_double((double)(random >> (random & 63)));
    }
}

static void test_subnormals(void **unused)
{
    uint64_t state = 6;
    for (uint64_t i = 0; i < sweep_count; i++) {
        uint64_t random = next_random(&state);
        check_double(from_bits((random >> 12) >> (random & 31)));
    }
    for (uint64_t bits = 1; bits < 2000; bits++)
        check_double(from_bits(bits));
}

static void test_powers(void **unused)
{
    for (int e = -1074; e <= 1023; e++)
        check_with_neighbours(ldexp(1, e));
    for (int e = -323; e <= 308; e++) {
        char text[16];
        for (int digit = 1; digit <= 9; digit++) {
            snprintf(text, sizeof(text), "%de%d", digit, e);
            if (isfinite(strtod(text, NULL)))
                check_with_neighbours(strtod(text, NULL));
        }
    }
}

static void test_boundaries(void **unused)
{
    const double values[] = {0,
                             DBL_MIN,
                             DBL_MAX,
                             DBL_TRUE_MIN,
                             DBL_EPSILON,
                             1e21,
                             1e-6,
                             1e-7,
                             1e12,
                             999999999999.999,
                             1e15,
                             9007199254740992,
                             9007199254740994,
                             1e22,
                             1e23,
                             5e-324,
                             4.35,
                             0.1 + 0.2,
                             2.2250738585072011e-308,
                             9223372036854775808.0,
                             18446744073709551616.0};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        check_with_neighbours(values[i]);
}

/* Decimals in the very middle between two doubles, and one digit to either side. */
static void check_middle(double low)
{
    char text[1200];
    struct number n;
    double high = nextafter(low, INFINITY);
    long double middle = ((long double)low + (long double)high) / 2;
    int len = snprintf(text, sizeof(text), "%.1100Lf", middle);
    assert_true(number_parse(slice_make(text, (size_t)len), &n));
    assert_true(as_double(&n) == strtod(text, NULL));
    for (int from_end = 1; from_end <= 100; from_end += 99) {
        text[len - from_end] = '1';
        assert_true(number_parse(slice_make(text, (size_t)len), &n));
        assert_true(as_double(&n) == high);
        text[len - from_end] = '0';
    }
}

static void test_middles(void **unused)
{
    uint64_t state = 7;
    for (uint64_t i = 0; i < sweep_count / 10; i++) {
        uint64_t random = next_random(&state);
        uint64_t exponent = 1023 - 60 + random % 160;
        check_middle(from_bits(exponent << 52 | random >> 12));
    }
}

/* Text with more or fewer digits than a double has, against strtod. */
static void test_random_text(void **unused)
{
    uint64_t state = 8;
    for (uint64_t i = 0; i < sweep_count; i++) {
        char text[96];
        struct number n;
        uint64_t a = next_random(&state), b = next_random(&state), c = next_random(&state);
        int len = snprintf(text, sizeof(text), "%" PRIu64 ".%" PRIu64 "%" PRIu64 "e%d",
                           a >> (c & 63), b >> (c >> 6 & 63), b, (int)(c >> 12) % 340);
        double expected = strtod(text, NULL);
        bool read = number_parse(slice_make(text, (size_t)len), &n);
        if (read != isfinite(expected) || (read && as_double(&n) != expected))
            fail_msg("%s was not read as %.17g", text, expected);
    }
}

struct layout {
    double value;
    const char *text;
};

/* ECMA-262, Number::toString. */
static void test_layout(void **unused)
{
    const struct layout cases[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {-1, "-1"},
        {100, "100"},
        {0.5, "0.5"},
        {-0.001, "-0.001"},
        {1.5e-7, "1.5e-7"},
        {1e-7, "1e-7"},
        {1e-6, "0.000001"},
        {1.25e-6, "0.00000125"},
        {123456789012345680000.0, "123456789012345680000"},
        {1e20, "100000000000000000000"},
        {1e21, "1e+21"},
        {1.5e21, "1.5e+21"},
        {-1.7976931348623157e308, "-1.7976931348623157e+308"},
        {5e-324, "5e-324"},
        {9.5367431640625e-7, "9.5367431640625e-7"},
        {9007199254740991, "9007199254740991"},
        {9007199254740992, "9007199254740992"},
        {9223372036854775807.0, "9223372036854776000"},
        {0.1, "0.1"},
        {0.30000000000000004, "0.30000000000000004"},
        {1.0 / 3, "0.3333333333333333"},
        {2.0 / 3, "0.6666666666666666"},
        {100.01, "100.01"},
        {799.125, "799.125"},
        {12345.678901, "12345.678901"},
        {2e22, "2e+22"},
        {1e23, "1e+23"},
        {2251799813685249.5, "2251799813685249.5"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[NUMBER_TEXT_MAX + 1];
        text[number_put_double(text, cases[i].value)] = '\0';
        assert_string_equal(text, cases[i].text);
    }
}

static void test_put_int(void **unused)
{
    char text[NUMBER_TEXT_MAX + 1], expected[NUMBER_TEXT_MAX + 1];
    int64_t power = 1;
    for (int i = 0; i < 19; i++, power = i < 19 ? power * 10 : power) {
        const int64_t values[] = {power, power - 1, power + 1, -power, 1 - power, power * 7};
        for (size_t j = 0; j < (i == 18 ? 5 : 6); j++) {
            text[number_put_int(text, values[j])] = '\0';
            snprintf(expected, sizeof(expected), "%" PRId64, values[j]);
            assert_string_equal(text, expected);
        }
    }
    text[number_put_int(text, INT64_MIN)] = '\0';
    assert_string_equal(text, "-9223372036854775808");
    text[number_put_int(text, INT64_MAX)] = '\0';
    assert_string_equal(text, "9223372036854775807");
}

static void test_read_int(void **unused)
{
    const struct {
        const char *text;
        int64_t value;
    } cases[] = {{"0", 0},
                 {"7", 7},
                 {"-7", -7},
                 {"9007199254740993", INT64_C(9007199254740993)},
                 {"9223372036854775807", INT64_MAX},
                 {"-9223372036854775808", INT64_MIN}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct number n;
        assert_true(number_parse(slice_str(cases[i].text), &n));
        assert_true(n.is_int);
        assert_true(n.i == cases[i].value);
    }
}

static void test_read_double(void **unused)
{
    const struct layout cases[] = {
        {-0.0, "-0"},
        {0, "0.0"},
        {-0.0, "-0.0e5"},
        {1, "1.0"},
        {100, "1e2"},
        {100, "1E+2"},
        {0.01, "1e-2"},
        {9223372036854775808.0, "9223372036854775808"},
        {-9223372036854775808.0, "-9223372036854775809"},
        {1e19, "10000000000000000000"},
        {0, "1e-400"},
        {0, "0e99999999999999999999999999"},
        {0, "1e-99999999999999999999999999"},
        {0, "123456789012345678901e-99999999999999999999999999"},
        {5e-324, "2.4703282292062328e-324"},
        {0, "2.4703282292062327e-324"},
        {0, "2.4703282292062327208299490474989e-324"},
        {1.7976931348623157e308, "17976931348623157e292"},
        {1.7976931348623157e308, "1.797693134862315807e308"},
        {1e23, "1e23"},
        {9007199254740992, "9007199254740993.0"},
        {9007199254740996, "9007199254740995.0"},
        {4503599627370498, "4503599627370497.5000000000000000000000000000000001e0"},
        {7.2057594037927933e16, "7.2057594037927933e16"},
        {0.000001, "0.000001"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct number n;
        if (!number_parse(slice_str(cases[i].text), &n))
            fail_msg("%s was refused", cases[i].text);
        assert_false(n.is_int);
        if (to_bits(n.d) != to_bits(cases[i].value))
            fail_msg("%s was read as %.17g", cases[i].text, n.d);
    }
}

static void test_refused(void **unused)
{
    const char *const cases[] = {"",
                                 "-",
                                 "+1",
                                 ".5",
                                 "1.",
                                 "01",
                                 "-01",
                                 "1e",
                                 "1e+",
                                 "1e-",
                                 "0x10",
                                 " 1",
                                 "1 ",
                                 "1.e5",
                                 "--1",
                                 "1e5.0",
                                 "NaN",
                                 "Infinity",
                                 "inf",
                                 "1,5",
                                 "1_000",
                                 "1e309",
                                 "-1e309",
                                 "1e999",
                                 "1e99999999999999999999",
                                 "-e5",
                                 "1.5.5",
                                 "1d5",
                                 "1D5",
                                 "1e5e5",
                                 "00",
                                 "-00",
                                 "1e0x",
                                 "/",
                                 ":",
                                 "1:",
                                 "1e400",
                                 "1.7976931348623159e308",
                                 "179769313486231580793728971405303415079934132710037826936e999"};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct number n;
        if (number_parse(slice_str(cases[i]), &n))
            fail_msg("'%s' was accepted", cases[i]);
    }
}

static void test_read_stops_behind_the_number(void **unused)
{
    struct number n;
    const char *text = "12.5,13";
    assert_ptr_equal(number_read(slice_str(text), &n), text + 4);
    assert_true(n.d == 12.5);
    assert_ptr_equal(number_read(slice_make(text, 2), &n), text + 2);
    assert_true(n.is_int && n.i == 12);
    assert_null(number_read(slice_make(text, 3), &n));
}

/* Thousands of digits: the place of the point and of the first digit must not matter. */
static void test_long_text(void **unused)
{
    char text[4200];
    struct number n;
    memset(text, '0', sizeof(text));
    memcpy(text, "0.", 2);
    memcpy(text + 2000, "15", 2);
    memcpy(text + 4000, "1e1999", 6);
    assert_true(number_parse(slice_make(text, 4006), &n));
    assert_true(n.d == 1.5);
    memset(text, '9', sizeof(text));
    memcpy(text + 4000, "e-4000", 6);
    assert_true(number_parse(slice_make(text, 4006), &n));
    assert_true(n.d == 1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_put_int),
        cmocka_unit_test(test_read_int),
        cmocka_unit_test(test_read_double),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_read_stops_behind_the_number),
        cmocka_unit_test(test_long_text),
        cmocka_unit_test(test_boundaries),
        cmocka_unit_test(test_powers),
        cmocka_unit_test(test_subnormals),
        cmocka_unit_test(test_halves_of_integers),
        cmocka_unit_test(test_rounded_coordinates),
        cmocka_unit_test(test_short_decimals),
        cmocka_unit_test(test_unit_interval),
        cmocka_unit_test(test_middles),
        cmocka_unit_test(test_random_text),
        cmocka_unit_test(test_uniform_bits),
    };
    if (argc > 1)
        sweep_count = strtoull(argv[1], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
