/* Percentiles: within 4 % of the exact ones over the whole range that ticks live in. */
#include "core/base/histogram.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void expect_near(int64_t got, int64_t wanted)
{
    double slack = fmax(8, 0.04 * (double)wanted);
    if (fabs((double)(got - wanted)) > slack)
        fail_msg("%lld is not within 4 %% of %lld", (long long)got, (long long)wanted);
}

static void test_empty(void **state)
{
    struct histogram h = {0};
    assert_int_equal(histogram_percentile(&h, 0.5), 0);
    assert_int_equal(histogram_percentile(&h, 1), 0);
    assert_int_equal(h.max_ns, 0);
}

/* Each size of value, next to a far larger one that must not hide it. */
static void test_every_size(void **state)
{
    for (int64_t ns = 1; ns < INT64_C(500000000000); ns += 1 + ns / 37) {
        struct histogram h = {0};
        histogram_add(&h, ns);
        histogram_add(&h, INT64_C(3600000000000));
        expect_near(histogram_percentile(&h, 0.5), ns);
        assert_int_equal(histogram_percentile(&h, 1), INT64_C(3600000000000));
    }
}

static void test_one_value_is_exact_or_below(void **state)
{
    struct histogram h = {0};
    histogram_add(&h, 1000001);
    assert_true(histogram_percentile(&h, 0.5) <= 1000001);
    assert_int_equal(h.max_ns, 1000001);
    assert_int_equal(h.count, 1);
}

static void test_negative_counts_as_none(void **state)
{
    struct histogram h = {0};
    histogram_add(&h, -5);
    histogram_add(&h, INT64_MIN);
    assert_int_equal(h.count, 2);
    assert_int_equal(h.max_ns, 0);
    assert_int_equal(histogram_percentile(&h, 1), 0);
    histogram_add(&h, 1000);
    expect_near(histogram_percentile(&h, 0.5), 0);
}

static void test_huge(void **state)
{
    struct histogram h = {0};
    histogram_add(&h, INT64_MAX);
    assert_true(histogram_percentile(&h, 0.5) == INT64_MAX);
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static void test_percentiles_against_sorting(void **state)
{
    enum { COUNT = 20001 };
    static const double shares[] = {0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 1};
    struct histogram h = {0};
    int64_t *values = calloc(COUNT, sizeof(*values));
    uint64_t seed = 1;
    for (int i = 0; i < COUNT; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        values[i] = (int64_t)exp((double)(seed >> 40) / 16777216.0 * 23); /* to ten seconds */
        histogram_add(&h, values[i]);
    }
    qsort(values, COUNT, sizeof(*values), compare);
    for (size_t i = 0; i < sizeof(shares) / sizeof(*shares); i++) {
        size_t rank = (size_t)ceil(shares[i] * COUNT);
        expect_near(histogram_percentile(&h, shares[i]), values[rank ? rank - 1 : 0]);
    }
    assert_int_equal(h.max_ns, values[COUNT - 1]);
    free(values);
}

static void test_a_full_bucket_keeps_the_shape(void **state)
{
    struct histogram h = {0};
    for (int i = 0; i < 100; i++)
        histogram_add(&h, i < 60 ? 1000 : 2000);
    for (int i = 0; i < HISTOGRAM_BUCKETS; i++)
        if (h._buckets[i])
            h._buckets[i] *= UINT32_MAX / 60;
    uint64_t count = h.count;
    for (int i = 0; i < 60; i++)
        histogram_add(&h, 1000);
    assert_int_equal(h.count, count + 60);
    expect_near(histogram_percentile(&h, 0.55), 1000);
    expect_near(histogram_percentile(&h, 0.65), 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_every_size),
        cmocka_unit_test(test_one_value_is_exact_or_below),
        cmocka_unit_test(test_negative_counts_as_none),
        cmocka_unit_test(test_huge),
        cmocka_unit_test(test_percentiles_against_sorting),
        cmocka_unit_test(test_a_full_bucket_keeps_the_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
