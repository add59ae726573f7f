/* Shape and freshness of session ids. */
#include "core/base/ident.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define MANY 20000

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void test_all_differ(void **unused)
{
    static char ids[MANY][IDENT_LEN + 1];
    struct ident_source source = {0};
    for (int i = 0; i < MANY; i++) {
        ident_make(&source, ids[i]);
        assert_int_equal(strlen(ids[i]), IDENT_LEN);
    }
    qsort(ids, MANY, sizeof(ids[0]), compare);
    for (int i = 1; i < MANY; i++)
        assert_string_not_equal(ids[i - 1], ids[i]);
}

/* Each character of the alphabet comes about equally often at each place. */
static void test_all_characters_everywhere(void **unused)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    static unsigned counts[IDENT_LEN][64];
    struct ident_source source = {0};
    for (int i = 0; i < MANY; i++) {
        char id[IDENT_LEN + 1];
        ident_make(&source, id);
        for (int at = 0; at < IDENT_LEN; at++) {
            const char *c = memchr(alphabet, id[at], 64);
            assert_non_null(c);
            counts[at][c - alphabet]++;
        }
    }
    for (int at = 0; at < IDENT_LEN; at++)
        for (int c = 0; c < 64; c++)
            assert_in_range(counts[at][c], MANY / 64 / 2, MANY / 64 * 2);
}

/* The bytes are spelt in base64url, in their order, to the last of the pool. */
static void test_spelling(void **unused)
{
    struct ident_source source = {._left = 45};
    char id[IDENT_LEN + 1];
    for (int i = 0; i < 15; i++) {
        source._pool[sizeof(source._pool) - 45 + i] = (unsigned char)i;
        source._pool[sizeof(source._pool) - 30 + i] = (unsigned char)(0xf0 + i);
        source._pool[sizeof(source._pool) - 15 + i] = 0xff;
    }
    ident_make(&source, id);
    assert_string_equal(id, "AAECAwQFBgcICQoLDA0O");
    ident_make(&source, id);
    assert_string_equal(id, "8PHy8_T19vf4-fr7_P3-");
    ident_make(&source, id);
    assert_string_equal(id, "____________________");
    assert_int_equal(source._left, 0);
    ident_make(&source, id);
    assert_string_not_equal(id, "AAAAAAAAAAAAAAAAAAAA");
}

static void test_spent_bytes_are_wiped(void **unused)
{
    struct ident_source source = {0};
    char id[IDENT_LEN + 1];
    ident_make(&source, id);
    for (size_t i = 0; i < 15; i++)
        assert_int_equal(source._pool[i], 0);
    assert_int_equal(source._left, sizeof(source._pool) - 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_differ),
        cmocka_unit_test(test_all_characters_everywhere),
        cmocka_unit_test(test_spelling),
        cmocka_unit_test(test_spent_bytes_are_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
