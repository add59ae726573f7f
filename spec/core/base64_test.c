/* Base64: the vectors of RFC 4648, every byte, every length, and what is none. */
#include "core/codec/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

/* Decodes to `bytes`, and as bytes that were there before are kept. */
static void check_decodes(struct slice text, struct slice bytes)
{
    struct buf out = BUF_INIT;
    buf_append_str(&out, "<");
    if (!base64_decode(text, &out))
        fail_msg("%.*s was refused", SLICE_ARG(text));
    assert_int_equal(out.len, bytes.len + 1);
    assert_memory_equal(out.ptr + 1, bytes.ptr, bytes.len);
    buf_dispose(&out);
}

static void check_both_ways(struct slice bytes, struct slice text)
{
    struct buf out = BUF_INIT;
    buf_append_str(&out, ">");
    base64_encode(bytes, &out);
    assert_int_equal(out.len, text.len + 1);
    assert_memory_equal(out.ptr + 1, text.ptr, text.len);
    buf_dispose(&out);
    check_decodes(text, bytes);
    while (text.len && text.ptr[text.len - 1] == '=')
        text.len--;
    check_decodes(text, bytes);
}

static void test_vectors(void **unused)
{
    check_both_ways(SLICE(""), SLICE(""));
    check_both_ways(SLICE("f"), SLICE("Zg=="));
    check_both_ways(SLICE("fo"), SLICE("Zm8="));
    check_both_ways(SLICE("foo"), SLICE("Zm9v"));
    check_both_ways(SLICE("foob"), SLICE("Zm9vYg=="));
    check_both_ways(SLICE("fooba"), SLICE("Zm9vYmE="));
    check_both_ways(SLICE("foobar"), SLICE("Zm9vYmFy"));
    check_both_ways(SLICE("\xfb\xff\xbf"), SLICE("+/+/"));
    check_both_ways(SLICE("\0\0\0"), SLICE("AAAA"));
    check_decodes((struct slice){NULL, 0}, SLICE(""));
}

static void test_every_length_there_and_back(void **unused)
{
    unsigned seed = 5;
    char bytes[300];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)rand_r(&seed);
    for (size_t len = 0; len <= sizeof(bytes); len++) {
        struct buf text = BUF_INIT;
        base64_encode(slice_make(bytes, len), &text);
        assert_int_equal(text.len, (len + 2) / 3 * 4);
        check_decodes(buf_slice(&text), slice_make(bytes, len));
        buf_dispose(&text);
    }
}

/* As Java's encoders write it: lines of 76 characters, each ended, the last too. */
static void wrap(struct slice text, const char *line_end, struct buf *out)
{
    for (size_t at = 0; at < text.len; at += 76) {
        size_t left = text.len - at;
        buf_append_slice(out, slice_make(text.ptr + at, left < 76 ? left : 76));
        buf_append_str(out, line_end);
    }
}

static void test_lines_of_every_length(void **unused)
{
    static const char *const line_ends[] = {"\n", "\r\n"};
    char bytes[300];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(i * 89);
    for (size_t len = 0; len <= sizeof(bytes); len++)
        for (size_t i = 0; i < 2; i++) {
            struct buf text = BUF_INIT, lines = BUF_INIT;
            base64_encode(slice_make(bytes, len), &text);
            wrap(buf_slice(&text), line_ends[i], &lines);
            check_decodes(buf_slice(&lines), slice_make(bytes, len));
            buf_dispose(&text);
            buf_dispose(&lines);
        }
}

static void test_line_ends_anywhere(void **unused)
{
    check_decodes(SLICE("Zm9v\n"), SLICE("foo"));
    check_decodes(SLICE("\r\nZ\nm\r9\r\n\nv"), SLICE("foo"));
    check_decodes(SLICE("Zg\n=\r\n=\n"), SLICE("f"));
    check_decodes(SLICE("Zm8\n"), SLICE("fo"));
    check_decodes(SLICE("\n"), SLICE(""));
    check_decodes(SLICE("\r\n\r\n"), SLICE(""));
}

static void check_refused(struct slice text)
{
    struct buf out = BUF_INIT;
    buf_append_str(&out, "kept");
    if (base64_decode(text, &out))
        fail_msg("'%.*s' was accepted", SLICE_ARG(text));
    assert_true(slice_equal(buf_slice(&out), SLICE("kept")));
    buf_dispose(&out);
}

static void test_refused(void **unused)
{
    const char *const cases[] = {"Z",        "Zm9vY",    "Zg=",
                                 "Z===",     "====",     "=",
                                 "==",       "Zm9v=",    "Zm9v==",
                                 "Zm9v====", "Zg==Zg==", "Z=g=",
                                 "Zm 9v",    "Zm9v\t",   " Zm9v",
                                 "Zm9-",     "Zm9_",     "Zm.v",
                                 "Zm9v,",    "Zm9:",     "Zm9@",
                                 "Zm9[",     "Zm9`",     "Zm9{",
                                 "Zm9*",     "Z\x80",    "\xff\xff\xff\xff",
                                 "Zm9vZ?",   "Z\n",      "Zm9vY\r\n",
                                 "Zg=\n",    "Zg==\nZg", "Zm\n 9v"};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_refused(slice_str(cases[i]));
    check_refused(SLICE("Zm\0v"));
}

/* Each byte value at each of four places. */
static void test_the_alphabet_and_nothing_else(void **unused)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int at = 0; at < 4; at++)
        for (int c = 0; c < 256; c++) {
            char text[4] = {'A', 'A', 'A', 'A'};
            text[at] = (char)c;
            struct buf out = BUF_INIT;
            bool line_end = c == '\r' || c == '\n'; /* leaves three characters, which do */
            bool expected = memchr(alphabet, c, 64) || (at == 3 && c == '=') || line_end;
            assert_int_equal(base64_decode(slice_make(text, 4), &out), expected);
            buf_dispose(&out);
        }
}

static void test_short_memory(void **unused)
{
    struct buf out = BUF_INIT;
    mem_test_fail_nth(1);
    assert_false(base64_decode(SLICE("Zm9v"), &out));
    mem_test_fail_nth(0);
    assert_int_equal(out.len, 0);
    buf_dispose(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_every_length_there_and_back),
        cmocka_unit_test(test_lines_of_every_length),
        cmocka_unit_test(test_line_ends_anywhere),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_the_alphabet_and_nothing_else),
        cmocka_unit_test(test_short_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
