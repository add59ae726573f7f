/* Query strings and forms, and percent-escapes both ways. */
#include "core/codec/query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static const struct {
    const char *text, *read; /* each pair between brackets */
} cases[] = {
    {"", ""},
    {"EIO=4&transport=polling", "[EIO=4][transport=polling]"},
    {"a", "[a=]"},
    {"a=", "[a=]"},
    {"=b", "[=b]"},
    {"=", "[=]"},
    {"a&&b", "[a=][b=]"},
    {"&", ""},
    {"&a=1&", "[a=1]"},
    {"a=1&a=2", "[a=1][a=2]"},
    {"a=b=c", "[a=b=c]"},
    {"a+b=c+d", "[a b=c d]"},
    {"a%20b=%C3%A9", "[a b=\xc3\xa9]"},
    {"a=%2b%2B", "[a=++]"},
    {"%26=%3D", "[&==]"},
    {"a=%", "[a=%]"},
    {"a=%4", "[a=%4]"},
    {"a=%4g", "[a=%4g]"},
    {"a=%g4", "[a=%g4]"},
    {"a=%%41", "[a=%A]"},
    {"a=%4%31", "[a=%41]"},
    {"a=1;b=2", "[a=1;b=2]"},
    {"%61=%62&c=d", "[a=b][c=d]"},
    {"+=+", "[ = ]"},
};

static void test_pairs(void **unused)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf read = BUF_INIT;
        struct query_reader r;
        struct query_pair pair;
        query_reader_init(&r, slice_str(cases[i].text));
        while (query_next(&r, &pair))
            buf_printf(&read, "[%.*s=%.*s]", SLICE_ARG(pair.name), SLICE_ARG(pair.value));
        assert_false(query_next(&r, &pair));
        if (!slice_equal(buf_slice(&read), slice_str(cases[i].read)))
            fail_msg("'%s' was read as %.*s", cases[i].text, SLICE_ARG(buf_slice(&read)));
        query_reader_dispose(&r);
        buf_dispose(&read);
    }
}

static void check_find(const char *text, const char *name, const char *value)
{
    struct buf out = BUF_INIT;
    assert_int_equal(query_find(slice_str(text), name, &out), value != NULL);
    assert_true(slice_equal(buf_slice(&out), slice_str(value)));
    buf_dispose(&out);
}

static void test_find(void **unused)
{
    check_find("a=1&b=2&a=3", "a", "1");
    check_find("a=1&b=%32", "b", "2");
    check_find("%61=x", "a", "x");
    check_find("a", "a", "");
    check_find("ab=1", "a", NULL);
    check_find("", "a", NULL);
    check_find("=5", "", "5");
}

static void check_decoded(struct slice text, bool plus, struct slice expected)
{
    struct buf out = BUF_INIT;
    buf_append_char(&out, '/');
    query_decode(text, plus, &out);
    assert_true(slice_equal(slice_skip(buf_slice(&out), 1), expected));
    buf_dispose(&out);
}

static void test_decode(void **unused)
{
    check_decoded(SLICE("a+b%2Fc"), true, SLICE("a b/c"));
    check_decoded(SLICE("a+b%2Fc"), false, SLICE("a+b/c"));
    check_decoded(SLICE("%00%ff"), false, SLICE("\0\xff"));
    check_decoded(SLICE("%"), true, SLICE("%"));
    check_decoded(slice_make("a%41", 3), true, SLICE("a%4"));
    check_decoded((struct slice){NULL, 0}, true, SLICE(""));
}

static void test_encode(void **unused)
{
    struct buf out = BUF_INIT;
    query_encode(SLICE("azAZ09-._~ /?&=+%\xc3\xa9"), false, &out);
    assert_true(slice_equal(buf_slice(&out), SLICE("azAZ09-._~%20%2F%3F%26%3D%2B%25%C3%A9")));
    out.len = 0;
    query_encode(SLICE("a b/c"), true, &out);
    assert_true(slice_equal(buf_slice(&out), SLICE("a%20b/c")));
    buf_dispose(&out);
}

static void test_every_byte_there_and_back(void **unused)
{
    char bytes[256];
    struct buf text = BUF_INIT;
    for (int i = 0; i < 256; i++)
        bytes[i] = (char)i;
    query_encode(slice_make(bytes, 256), false, &text);
    for (size_t i = 0; i < text.len; i++)
        assert_true(text.ptr[i] > ' ' && text.ptr[i] < 0x7f);
    check_decoded(buf_slice(&text), true, slice_make(bytes, 256));
    buf_dispose(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_encode),
        cmocka_unit_test(test_every_byte_there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
