/* UTF-8 against a reference that encodes every scalar value, and against every short byte string.
 */
#include "core/codec/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

/* The bytes of `code` by arithmetic, without a look at utf8.c; 0 for no scalar value. */
static size_t reference_put(unsigned char *out, uint32_t code)
{
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return 0;
    size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    out[0] = (unsigned char)(len == 1 ? code : (0xf00u >> len | code >> 6 * (len - 1)));
    for (size_t i = 1; i < len; i++)
        out[i] = (unsigned char)(0x80 + (code >> 6 * (len - 1 - i)) % 64);
    return len;
}

/* What the bytes at `s` would mean if they were a character, by trying all lengths. */
static size_t reference_length(const unsigned char *s, size_t len)
{
    unsigned char again[4];
    for (size_t n = 1; n <= 4 && n <= len; n++) {
        uint32_t code = n == 1 ? s[0] : s[0] & (0x7fu >> n);
        for (size_t i = 1; i < n; i++)
            code = code << 6 | (s[i] & 0x3f);
        if (reference_put(again, code) == n && memcmp(again, s, n) == 0)
            return n;
    }
    return 0;
}

static void test_every_character(void **unused)
{
    for (uint32_t code = 0; code <= 0x10ffff; code++) {
        unsigned char expected[4];
        char got[4];
        size_t len = reference_put(expected, code);
        if (!len)
            continue;
        assert_int_equal(utf8_put(got, code), len);
        assert_memory_equal(got, expected, len);
        struct slice text = slice_make(got, len);
        assert_true(utf8_valid(text));
        assert_int_equal(utf8_char_length(text), len);
        assert_int_equal(utf8_utf16_length(text), code >= 0x10000 ? 2 : 1);
        for (size_t cut = 0; cut < len; cut++)
            assert_int_equal(utf8_char_length(slice_make(got, cut)), 0);
    }
}

static const unsigned char edges[] = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1,
                                      0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1,
                                      0xf3, 0xf4, 0xf5, 0xf7, 0xf8, 0xfb, 0xfc, 0xfe, 0xff};
#define EDGES sizeof(edges)

/* All first bytes with all second bytes, and with the edges of the third and the fourth. */
static void test_every_start(void **unused)
{
    for (unsigned pair = 0; pair < 65536; pair++)
        for (size_t i = 0; i < EDGES * EDGES; i++) {
            const unsigned char s[4] = {(unsigned char)(pair >> 8), (unsigned char)pair,
                                        edges[i / EDGES], edges[i % EDGES]};
            size_t expected = reference_length(s, 4);
            if (utf8_char_length(slice_make(s, 4)) != expected)
                fail_msg("%02x %02x %02x %02x is not of %zu bytes", s[0], s[1], s[2], s[3],
                         expected);
        }
}

static size_t reference_prefix(const unsigned char *s, size_t len)
{
    size_t at = 0, step;
    while (at < len && (step = reference_length(s + at, len - at)) > 0)
        at += step;
    return at;
}

/* Mixed text with an error somewhere or nowhere, at every length and alignment of the fast path. */
static void test_prefix_of_mixed_text(void **unused)
{
    unsigned seed = 11;
    for (int round = 0; round < 100000; round++) {
        unsigned char text[48];
        size_t len = 0, want = (size_t)rand_r(&seed) % 40;
        while (len < want) {
            unsigned bits = (unsigned)rand_r(&seed);
            uint32_t code = bits % 4 ? bits % 0x80 : bits % 0x110000;
            len += reference_put(text + len, code);
        }
        if (len && round % 3 == 0)
            text[(size_t)rand_r(&seed) % len] = edges[(size_t)rand_r(&seed) % EDGES];
        struct slice s = slice_make(text, len);
        size_t expected = reference_prefix(text, len);
        assert_int_equal(utf8_valid_prefix(s), expected);
        assert_int_equal(utf8_valid(s), expected == len);
    }
}

static void test_multibyte_prefix(void **unused)
{
    const struct {
        const char *text;
        size_t len;
    } cases[] = {{"", 0},
                 {"a\xc3\xa9", 0},
                 {"\xc3\xa9", 2},
                 {"\xc3\xa9z", 2},
                 {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 \xc3\xa9", 9},
                 {"\xc3\xa9\xff", 2},
                 {"\xe2\x82\xac\xe2\x82", 3},
                 {"\xff", 0}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(utf8_multibyte_prefix(slice_str(cases[i].text)), cases[i].len);
}

static void test_empty(void **unused)
{
    struct slice none = {NULL, 0};
    assert_true(utf8_valid(none));
    assert_int_equal(utf8_valid_prefix(none), 0);
    assert_int_equal(utf8_utf16_length(none), 0);
    assert_int_equal(utf8_char_length(none), 0);
    assert_int_equal(utf8_multibyte_prefix(none), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_character),
        cmocka_unit_test(test_every_start),
        cmocka_unit_test(test_prefix_of_mixed_text),
        cmocka_unit_test(test_multibyte_prefix),
        cmocka_unit_test(test_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
