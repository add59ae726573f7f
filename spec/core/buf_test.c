/* Growth, content and resets of a buffer. */
#include "core/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

static void assert_content(const struct buf *b, const char *expected)
{
    assert_int_equal(b->len, strlen(expected));
    assert_memory_equal(b->ptr, expected, b->len);
}

static void test_appends_join(void **unused)
{
    struct buf b = BUF_INIT;
    buf_append(&b, NULL, 0);
    assert_null(b.ptr);
    buf_append(&b, "ab", 2);
    buf_append_char(&b, 'c');
    buf_append_str(&b, "de");
    buf_append_slice(&b, SLICE("f"));
    buf_append_slice(&b, (struct slice){NULL, 0});
    assert_content(&b, "abcdef");
    assert_true(slice_equal(buf_slice(&b), SLICE("abcdef")));
    buf_dispose(&b);
    assert_null(b.ptr);
    assert_int_equal(b.len, 0);
    buf_append_char(&b, 'x');
    assert_content(&b, "x");
    buf_dispose(&b);
}

static void test_growth_keeps_content(void **unused)
{
    struct buf b = BUF_INIT;
    for (int i = 0; i < 100000; i++)
        buf_append_char(&b, (char)('a' + i % 26));
    assert_int_equal(b.len, 100000);
    for (int i = 0; i < 100000; i++)
        assert_int_equal(b.ptr[i], 'a' + i % 26);
    buf_dispose(&b);
}

/* By doubling, and only where there is no room. */
static void test_growth_is_as_needed(void **unused)
{
    struct buf b = BUF_INIT;
    buf_reserve(&b, 100);
    char *memory = b.ptr;
    for (int i = 0; i < 25; i++) {
        assert_ptr_equal(buf_reserve(&b, 4), memory + b.len);
        assert_ptr_equal(buf_try_reserve(&b, 4), memory + b.len);
        buf_append(&b, "abcd", 4);
    }
    assert_int_equal(b._cap, 100);
    for (int i = 0; i < 10000; i++)
        buf_append(&b, "abcd", 4);
    assert_true(b._cap <= 2 * b.len);
    buf_dispose(&b);
}

static void test_reserve_is_room_and_not_length(void **unused)
{
    struct buf b = BUF_INIT;
    memset(buf_reserve(&b, 1000), 'x', 1000);
    assert_int_equal(b.len, 0);
    b.len = 3;
    memset(buf_reserve(&b, 5000), 'y', 5000);
    assert_content(&b, "xxx");
    assert_non_null(buf_reserve(&b, 0));
    buf_dispose(&b);
}

static void test_printf_of_any_length(void **unused)
{
    struct buf b = BUF_INIT;
    char expected[600];
    buf_printf(&b, "%s", "");
    assert_int_equal(b.len, 0);
    buf_printf(&b, "%s", "x");
    assert_content(&b, "x");
    for (int width = 1; width < 300; width++) {
        buf_reset(&b, SIZE_MAX);
        buf_append_char(&b, '>');
        buf_printf(&b, "%*d|%s", width, width, "end");
        snprintf(expected, sizeof(expected), ">%*d|end", width, width);
        assert_content(&b, expected);
    }
    buf_dispose(&b);
}

static void test_reset_keeps_small_memory(void **unused)
{
    struct buf b = BUF_INIT;
    buf_append(&b, "0123456789", 10);
    char *memory = b.ptr;
    buf_reset(&b, 4096);
    assert_int_equal(b.len, 0);
    assert_ptr_equal(b.ptr, memory);
    buf_reserve(&b, 5000);
    buf_reset(&b, 4096);
    assert_null(b.ptr);
    buf_reset(&b, 0);
    buf_dispose(&b);
}

static void test_try_append_fails_whole(void **unused)
{
    struct buf b = BUF_INIT;
    assert_true(buf_try_append(&b, NULL, 0));
    assert_true(buf_try_append(&b, "abc", 3));
    assert_false(buf_try_append(&b, "x", SIZE_MAX));
    assert_false(buf_try_append(&b, "x", SIZE_MAX - 3));
    assert_null(buf_try_reserve(&b, SIZE_MAX / 2));
    mem_test_fail_nth(1);
    char long_text[200];
    memset(long_text, 'l', sizeof(long_text));
    assert_false(buf_try_append(&b, long_text, sizeof(long_text)));
    assert_content(&b, "abc");
    assert_true(buf_try_append(&b, long_text, sizeof(long_text)));
    assert_int_equal(b.len, 203);
    mem_test_fail_nth(0);
    buf_dispose(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_appends_join),
        cmocka_unit_test(test_growth_keeps_content),
        cmocka_unit_test(test_growth_is_as_needed),
        cmocka_unit_test(test_reserve_is_room_and_not_length),
        cmocka_unit_test(test_printf_of_any_length),
        cmocka_unit_test(test_reset_keeps_small_memory),
        cmocka_unit_test(test_try_append_fails_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
