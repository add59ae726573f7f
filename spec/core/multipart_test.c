/* Forms in parts: what browsers send, and what they never would. */
#include "core/base/buf.h"
#include "core/codec/multipart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define TYPE "multipart/form-data; boundary=xYz"
#define FIELD(name, content)                                                                       \
    "--xYz\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" content "\r\n"

static const struct {
    const char *type, *body, *read; /* each part between brackets, a file's with a star */
} cases[] = {
    {TYPE, FIELD("a", "1") FIELD("b", "two\nlines") "--xYz--\r\n", "[a=1][b=two\nlines]"},
    {TYPE, FIELD("a", "") "--xYz--", "[a=]"},
    {TYPE, "--xYz--\r\n", ""},
    {TYPE, "", ""},
    {TYPE, "preamble\r\n" FIELD("a", "1") "--xYz--\r\nepilogue", "[a=1]"},
    {TYPE, "--xYz \t\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--xYz--", "[a=1]"},
    {TYPE, FIELD("a", "--xYz is no delimiter within a line") "--xYz--",
     "[a=--xYz is no delimiter within a line]"},
    {TYPE, FIELD("a", "\r\n\r\n") "--xYz--", "[a=\r\n\r\n]"},
    {TYPE, FIELD("a;b=c", "1") "--xYz--", "[a;b=c=1]"},
    {TYPE,
     "--xYz\r\nContent-Type: image/png\r\ncontent-DISPOSITION:form-data; filename=\"x;.png\"; "
     "NAME=\"f\"\r\n\r\nPNG\r\n--xYz--",
     "[*f=PNG]"},
    {"multipart/form-data; charset=utf-8; Boundary=\"xYz\"", FIELD("a", "1") "--xYz--", "[a=1]"},
    /* Malformed: what came before counts. */
    {TYPE, FIELD("a", "1") "--xYz\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\ncut",
     "[a=1]"},
    {TYPE, FIELD("a", "1") "--xYz\r\nContent-Disposition: form-data; name=\"b\"\r\n", "[a=1]"},
    {TYPE, FIELD("a", "1") "--xYzzy\r\n\r\nlonger\r\n--xYz--", "[a=1]"},
    {TYPE, "--xYz\r\n\r\nnameless\r\n" FIELD("a", "1") "--xYz--", "[a=1]"},
    {TYPE, "--xYz\r\nContent-Disposition\r\n\r\nno colon\r\n" FIELD("a", "1") "--xYz--", "[a=1]"},
    {TYPE, "a=1&b=2", ""},
};

static void test_parts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct multipart_reader r;
        struct multipart_part part;
        struct buf read = BUF_INIT;
        assert_true(multipart_reader_init(&r, slice_str(cases[i].type), slice_str(cases[i].body)));
        while (multipart_next(&r, &part))
            buf_printf(&read, "[%s%.*s=%.*s]", part.is_file ? "*" : "", SLICE_ARG(part.name),
                       SLICE_ARG(part.content));
        assert_false(multipart_next(&r, &part));
        buf_append_char(&read, '\0');
        assert_string_equal(read.ptr, cases[i].read);
        buf_dispose(&read);
    }
}

static void test_boundaries(void **state)
{
    const char *refused[] = {
        "multipart/form-data",
        "multipart/form-data; boundary",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"\"",
        "a/b; boundary=01234567890123456789012345678901234567890123456789012345678901234567890",
    };
    struct multipart_reader r;
    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        assert_false(multipart_reader_init(&r, slice_str(refused[i]), SLICE("--\r\n")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_boundaries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
