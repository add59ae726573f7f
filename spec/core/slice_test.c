/* The small operations on views. */
#include "core/base/slice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

static const struct slice none = {NULL, 0};

static void test_equal(void **unused)
{
    assert_true(slice_equal(none, SLICE("")));
    assert_true(slice_equal(SLICE("a\0b"), SLICE("a\0b")));
    assert_false(slice_equal(SLICE("a\0b"), SLICE("a\0c")));
    assert_false(slice_equal(SLICE("a"), SLICE("ab")));
    assert_true(slice_equal_nocase(SLICE("Content-Type"), SLICE("content-TYPE")));
    assert_false(slice_equal_nocase(SLICE("a"), SLICE("b")));
    assert_true(slice_equal_nocase(none, none));
}

static void test_starts_with(void **unused)
{
    assert_true(slice_starts_with(SLICE("abc"), SLICE("ab")));
    assert_true(slice_starts_with(SLICE("abc"), SLICE("")));
    assert_true(slice_starts_with(none, none));
    assert_false(slice_starts_with(SLICE("ab"), SLICE("abc")));
    assert_false(slice_starts_with(SLICE("abc"), SLICE("b")));
}

static void test_index_and_skip(void **unused)
{
    assert_int_equal(slice_index(SLICE("a,b,c"), ','), 1);
    assert_int_equal(slice_index(SLICE("abc"), ','), 3);
    assert_int_equal(slice_index(none, ','), 0);
    assert_true(slice_equal(slice_skip(SLICE("abc"), 2), SLICE("c")));
    assert_int_equal(slice_skip(SLICE("abc"), 3).len, 0);
}

static void test_trim(void **unused)
{
    assert_true(slice_equal(slice_trim(SLICE(" \t a b\t ")), SLICE("a b")));
    assert_int_equal(slice_trim(SLICE(" \t ")).len, 0);
    assert_int_equal(slice_trim(none).len, 0);
    assert_true(slice_equal(slice_trim(SLICE("\na\n")), SLICE("\na\n")));
}

static void test_from_text(void **unused)
{
    assert_int_equal(slice_str(NULL).len, 0);
    assert_true(slice_equal(slice_str("abc"), SLICE("abc")));
    char text[8];
    snprintf(text, sizeof(text), "<%.*s%.*s>", SLICE_ARG(none), SLICE_ARG(SLICE("ab")));
    assert_string_equal(text, "<ab>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal),          cmocka_unit_test(test_starts_with),
        cmocka_unit_test(test_index_and_skip), cmocka_unit_test(test_trim),
        cmocka_unit_test(test_from_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
