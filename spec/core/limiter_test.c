/* The notation of limits, and when a hit is past them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/base/clock.h"
#include "core/server/limiter.h"

static void test_parse(void **state)
{
    static const struct {
        const char *text;
        size_t count;
        unsigned most;
        int64_t seconds;
    } cases[] = {
        {"10 per minute", 1, 10, 60},     {"1/second", 1, 1, 1},
        {"5 PER 2 Hours", 1, 5, 7200},    {"100 per hour; 10 per minute", 2, 100, 3600},
        {"3/day,2/minutes", 2, 3, 86400}, {" 7 per month ", 1, 7, 2592000},
    };
    struct buf error = BUF_INIT;
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct limiter_spec spec;
        assert_true(limiter_parse(slice_str(cases[i].text), &spec, &error));
        assert_int_equal(spec.count, cases[i].count);
        assert_int_equal(spec.rules[0].most, cases[i].most);
        assert_int_equal(spec.rules[0].window_ns, cases[i].seconds * NS_PER_S);
    }
}

static void test_refuse(void **state)
{
    static const char *const cases[] = {
        "",
        "per minute",
        "10",
        "10 per",
        "10 per fortnight",
        "0 per minute",
        "10 per 0 minutes",
        "ten per minute",
        "10 per minute;",
        "-1/second",
        "99999999999/second",
        "1/s;1/s",
        "1/day;1/day;1/day;1/day;1/day",
        "10minute",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct limiter_spec spec;
        struct buf error = BUF_INIT;
        if (limiter_parse(slice_str(cases[i]), &spec, &error) &&
            cases[i][strlen(cases[i]) - 1] != ';')
            fail_msg("\"%s\" was taken", cases[i]);
        buf_dispose(&error);
    }
}

static void test_windows(void **state)
{
    struct limiter_spec spec;
    struct limiter_state s = {0};
    struct buf error = BUF_INIT;
    int64_t retry, now = 50 * NS_PER_S;
    (void)state;
    assert_true(limiter_parse(SLICE("2 per minute; 3 per hour"), &spec, &error));
    assert_true(limiter_idle(&spec, &s, now));
    assert_null(limiter_hit(&spec, &s, now, &retry));
    assert_null(limiter_hit(&spec, &s, now + NS_PER_S, &retry));
    const struct limiter_rule *past = limiter_hit(&spec, &s, now + 10 * NS_PER_S, &retry);
    assert_non_null(past);
    assert_string_equal(past->text, "2 per minute");
    assert_int_equal(retry, 50 * NS_PER_S);
    assert_null(limiter_hit(&spec, &s, now + 60 * NS_PER_S, &retry));
    past = limiter_hit(&spec, &s, now + 61 * NS_PER_S, &retry);
    assert_string_equal(past->text, "3 per hour");
    assert_false(limiter_idle(&spec, &s, now + 200 * NS_PER_S));
    assert_true(limiter_idle(&spec, &s, now + 4000 * NS_PER_S));
    assert_null(limiter_hit(&spec, &s, now + 4000 * NS_PER_S, NULL));
}

/* A reload may give the same client another limit. */
static void test_another_spec(void **state)
{
    struct limiter_spec hourly, more, fast;
    struct limiter_state client = {0};
    struct buf error = BUF_INIT;
    (void)state;
    assert_true(limiter_parse(SLICE("2 per hour"), &hourly, &error));
    assert_true(limiter_parse(SLICE("3 per hour"), &more, &error));
    assert_true(limiter_parse(SLICE("1/second"), &fast, &error));
    assert_null(limiter_hit(&hourly, &client, 0, NULL));
    assert_null(limiter_hit(&hourly, &client, 0, NULL));
    assert_non_null(limiter_hit(&hourly, &client, 1, NULL));
    assert_null(limiter_hit(&more, &client, 2, NULL)); /* two of three are used up */
    assert_non_null(limiter_hit(&more, &client, 3, NULL));
    assert_true(limiter_idle(&fast, &client, 4));
    assert_null(limiter_hit(&fast, &client, 4, NULL)); /* and not the rest of the hour */
    assert_non_null(limiter_hit(&fast, &client, 5, NULL));
    assert_null(limiter_hit(&fast, &client, 5 + NS_PER_S, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_another_spec),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_refuse),
        cmocka_unit_test(test_windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
