/* The keyed hash: stable, sensitive to each byte and to the length, and spread. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/base/hash.h"
#include <stdio.h>

static void test_stable_and_sensitive(void **state)
{
    char key[40];
    (void)state;
    memset(key, 'a', sizeof(key));
    for (size_t len = 0; len < sizeof(key); len++) {
        uint32_t hash = hash_bytes(key, len);
        assert_int_equal(hash, hash_bytes(key, len));
        if (len)
            assert_int_not_equal(hash, hash_bytes(key, len - 1));
        for (size_t i = 0; i < len; i++) {
            key[i] ^= 1;
            assert_int_not_equal(hash, hash_bytes(key, len));
            key[i] ^= 1;
        }
    }
}

static void test_spread(void **state)
{
    unsigned buckets[256] = {0};
    (void)state;
    for (int i = 0; i < 25600; i++) {
        char key[16];
        int len = snprintf(key, sizeof(key), "room%d", i);
        buckets[hash_bytes(key, (size_t)len) % 256]++;
    }
    for (size_t i = 0; i < 256; i++)
        assert_in_range(buckets[i], 50, 170);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stable_and_sensitive),
        cmocka_unit_test(test_spread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
