/* What of a flood of events is written. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/base/log_quota.h"

static size_t admitted(struct log_quota *q, uint64_t kind, size_t events, int64_t now_ns)
{
    size_t count = 0;
    for (size_t i = 0; i < events; i++)
        count += log_quota_admits(q, kind, now_ns);
    return count;
}

static void test_each_kind_has_its_own(void **unused)
{
    struct log_quota q = {0};
    assert_int_equal(admitted(&q, 7, 100000, 0), LOG_QUOTA_EVENTS);
    assert_int_equal(q.withheld, 100000 - LOG_QUOTA_EVENTS);
    for (uint64_t kind = 8; kind < 7 + LOG_QUOTA_KINDS; kind++)
        assert_int_equal(admitted(&q, kind * LOG_QUOTA_KINDS, 10, 0), 10);
    assert_false(log_quota_admits(&q, 7, LOG_QUOTA_NS - 1));
}

static void test_a_stretch_ends(void **unused)
{
    struct log_quota q = {0};
    admitted(&q, 7, 1000, 0);
    assert_int_equal(admitted(&q, 7, 1000, LOG_QUOTA_NS), LOG_QUOTA_EVENTS);
}

/* As many kinds as a client can think of are no way around it. */
static void test_kinds_without_end(void **unused)
{
    struct log_quota q = {0};
    size_t count = 0;
    for (uint64_t kind = 1; kind <= 1000000; kind++)
        count += log_quota_admits(&q, kind, 0);
    assert_int_equal(count, LOG_QUOTA_KINDS * LOG_QUOTA_EVENTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_kind_has_its_own),
        cmocka_unit_test(test_a_stretch_ends),
        cmocka_unit_test(test_kinds_without_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
