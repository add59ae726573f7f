/* Cookie headers as browsers, and as others, write them. */
#include "core/codec/cookie.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

static const struct {
    const char *header, *read; /* name=value, each between brackets */
} cases[] = {
    {"", ""},
    {"a=1", "[a=1]"},
    {"a=1; b=2", "[a=1][b=2]"},
    {"a=1;b=2", "[a=1][b=2]"},
    {" a = 1 ;\tb =2 ", "[a=1][b=2]"},
    {"a=", "[a=]"},
    {"a=b=c", "[a=b=c]"},
    {"a=\"quoted value\"", "[a=quoted value]"},
    {"a=\"", "[a=\"]"},
    {"a=\"\"", "[a=]"},
    {"a=\"x", "[a=\"x]"},
    {"a=1; a=2", "[a=1][a=2]"},
    {"=x; b=2", "[b=2]"},
    {"nonsense; b=2", "[b=2]"},
    {";;;", ""},
    {"; a=1;", "[a=1]"},
    {" = ", ""},
    {"session=eyJhIjoxfQ.Zg-_.x%20y", "[session=eyJhIjoxfQ.Zg-_.x%20y]"},
    {"a=1, b=2", "[a=1, b=2]"},
    {"caf\xc3\xa9=\xe2\x82\xac", "[caf\xc3\xa9=\xe2\x82\xac]"},
};

static void test_headers(void **unused)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf read = BUF_INIT;
        struct cookie_reader r;
        struct slice name, value, header = slice_str(cases[i].header);
        cookie_reader_init(&r, header);
        while (cookie_next(&r, &name, &value)) {
            assert_true(name.ptr >= header.ptr && value.ptr + value.len <= header.ptr + header.len);
            buf_printf(&read, "[%.*s=%.*s]", SLICE_ARG(name), SLICE_ARG(value));
        }
        assert_false(cookie_next(&r, &name, &value));
        if (!slice_equal(buf_slice(&read), slice_str(cases[i].read)))
            fail_msg("'%s' was read as %.*s", cases[i].header, SLICE_ARG(buf_slice(&read)));
        buf_dispose(&read);
    }
}

static void test_no_header(void **unused)
{
    struct cookie_reader r;
    struct slice name, value;
    cookie_reader_init(&r, (struct slice){NULL, 0});
    assert_false(cookie_next(&r, &name, &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_headers),
                                       cmocka_unit_test(test_no_header)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
