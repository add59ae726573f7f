/* The allocator's promises, and its switch for tests. */
#include "core/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static void test_zero_sizes_are_blocks(void **unused)
{
    void *a = mem_alloc(0), *b = mem_zalloc(0), *c = mem_try_alloc(0);
    assert_non_null(a);
    assert_non_null(b);
    assert_non_null(c);
    c = mem_realloc(c, 0);
    assert_non_null(c);
    mem_free(a);
    mem_free(b);
    mem_free(c);
    mem_free(NULL);
}

static void test_zalloc_clears(void **unused)
{
    char *p = mem_zalloc(100);
    for (int i = 0; i < 100; i++)
        assert_int_equal(p[i], 0);
    mem_free(p);
}

static void test_realloc_keeps_bytes(void **unused)
{
    char *p = mem_realloc(NULL, 4);
    memcpy(p, "abc", 4);
    p = mem_realloc(p, 100000);
    assert_string_equal(p, "abc");
    p = mem_try_realloc(p, 200000);
    assert_string_equal(p, "abc");
    mem_free(p);
}

static void test_dup_ends_in_nul(void **unused)
{
    char *p = mem_dup("a\0b", 3), *empty = mem_dup(NULL, 0);
    assert_memory_equal(p, "a\0b", 4);
    assert_string_equal(empty, "");
    mem_free(p);
    mem_free(empty);
}

static void test_impossible_sizes_fail(void **unused)
{
    char *p = mem_dup("x", 1);
    assert_null(mem_try_alloc(SIZE_MAX));
    assert_null(mem_try_alloc((size_t)PTRDIFF_MAX + 1));
    assert_null(mem_try_realloc(p, SIZE_MAX));
    assert_string_equal(p, "x");
    mem_free(p);
}

static void test_the_nth_try_fails_and_no_other(void **unused)
{
    for (uint64_t n = 1; n <= 4; n++) {
        mem_test_fail_nth(n);
        for (uint64_t i = 1; i <= 4; i++) {
            void *p = i % 2 ? mem_try_alloc(8) : mem_try_realloc(NULL, 8);
            assert_int_equal(p == NULL, i == n);
            mem_free(p);
        }
        assert_int_equal(mem_test_count(), 4);
    }
    mem_test_fail_nth(0);
    assert_int_equal(mem_test_count(), 0);
}

static void test_only_tries_are_counted(void **unused)
{
    mem_test_fail_nth(1);
    void *p = mem_realloc(mem_alloc(1), 2);
    void *z = mem_zalloc(1);
    assert_int_equal(mem_test_count(), 0);
    assert_null(mem_try_alloc(1));
    mem_free(p);
    mem_free(z);
    mem_test_fail_nth(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zero_sizes_are_blocks),
        cmocka_unit_test(test_zalloc_clears),
        cmocka_unit_test(test_realloc_keeps_bytes),
        cmocka_unit_test(test_dup_ends_in_nul),
        cmocka_unit_test(test_impossible_sizes_fail),
        cmocka_unit_test(test_the_nth_try_fails_and_no_other),
        cmocka_unit_test(test_only_tries_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
