/* HMAC-SHA256 against the vectors of RFC 4231. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/codec/hmac.h"
#include <stdio.h>

static void expect(struct slice key, struct slice text, const char *hex)
{
    unsigned char digest[HMAC_LEN];
    char got[2 * HMAC_LEN + 1];
    hmac_sha256(key, text, digest);
    for (size_t i = 0; i < HMAC_LEN; i++)
        snprintf(got + 2 * i, 3, "%02x", digest[i]);
    assert_string_equal(got, hex);
}

static void test_vectors(void **state)
{
    (void)state;
    expect(
        SLICE("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"),
        SLICE("Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    expect(SLICE("Jefe"), SLICE("what do ya want for nothing?"),
           "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static void test_equal(void **state)
{
    (void)state;
    assert_true(hmac_equal(SLICE("abc"), SLICE("abc")));
    assert_false(hmac_equal(SLICE("abc"), SLICE("abd")));
    assert_false(hmac_equal(SLICE("abc"), SLICE("ab")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
