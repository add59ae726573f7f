/* The clocks run, in the units they say. */
#include "core/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void test_clocks_run(void **unused)
{
    int64_t now = clock_now_ns(), cpu = clock_cpu_ns();
    while (clock_now_ns() - now < NS_PER_MS)
        continue;
    assert_true(clock_cpu_ns() > cpu);
    assert_true(clock_unix_ms() > 1577836800000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_clocks_run)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
