/* Forms in parts: what browsers and other clients send, and what is malformed. */
#include "core/base/buf.h"
#include "core/codec/multipart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define TYPE "multipart/form-data; boundary=xYz"
#define PART(parameters, content)                                                                  \
    "--xYz\r\nContent-Disposition: form-data; " parameters "\r\n\r\n" content "\r\n"
#define FIELD(name, content) PART("name=\"" name "\"", content)
#define END "--xYz--\r\n"

/* All parts, each in brackets: name=content, or name<filename|type>=content; then the error. */
static void read_all(struct slice type, struct slice body, struct buf *out)
{
    struct multipart_reader r;
    struct multipart_part part;
    multipart_reader_init(&r, type, body);
    while (multipart_next(&r, &part)) {
        buf_printf(out, "[%.*s", SLICE_ARG(part.name));
        if (part.is_file)
            buf_printf(out, "<%.*s|%.*s>", SLICE_ARG(part.filename), SLICE_ARG(part.content_type));
        buf_printf(out, "=%.*s]", SLICE_ARG(part.content));
    }
    assert_false(multipart_next(&r, &part));
    if (r.error)
        buf_printf(out, "%s", err_text(r.error));
}

/* In a block of just its size, so that a sanitizer sees a look beyond it. */
static void check(const char *type, struct slice body, const char *expected)
{
    struct buf read = BUF_INIT;
    char *copy = malloc(body.len ? body.len : 1);
    memcpy(copy, body.ptr, body.len);
    read_all(slice_str(type), slice_make(copy, body.len), &read);
    if (!slice_equal(buf_slice(&read), slice_str(expected)))
        fail_msg("'%s': '%.*s' was read as '%.*s'", type, SLICE_ARG(body),
                 SLICE_ARG(buf_slice(&read)));
    free(copy);
    buf_dispose(&read);
}

struct sample {
    const char *body, *read;
};

static void check_samples(const struct sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check(TYPE, slice_str(samples[i].body), samples[i].read);
}

#define CHECK_SAMPLES(samples) check_samples(samples, sizeof(samples) / sizeof(samples[0]))

static void test_frames(void **unused)
{
    static const struct sample samples[] = {
        {FIELD("a", "1") FIELD("b", "two\nlines") END, "[a=1][b=two\nlines]"},
        {FIELD("a", "") END, "[a=]"},
        {END, ""},
        {"--xYz--", ""},
        {FIELD("a", "1") "--xYz-- \t", "[a=1]"},
        {FIELD("a", "1") "--xYz-- \r\nepilogue\r\n" FIELD("b", "2") END, "[a=1]"},
        {"preamble\r\n" FIELD("a", "1") END, "[a=1]"},
        {"\r\n" FIELD("a", "1") END, "[a=1]"},
        {"--xYzzy\r\n" FIELD("a", "1") END, "[a=1]"},
        {"--xYz \t\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--xYz--", "[a=1]"},
        {FIELD("a", "x--xYz\r\n--xYzzy\r\n--xYz-\r\n--xYz--zy") END,
         "[a=x--xYz\r\n--xYzzy\r\n--xYz-\r\n--xYz--zy]"},
        {FIELD("a", "\n--xYz\n") END, "[a=\n--xYz\n]"},
        {FIELD("a", "\r\n\r\n") END, "[a=\r\n\r\n]"},
        {FIELD("a", "\r\n--xY\r\r") END, "[a=\r\n--xY\r\r]"},
        /* RFC 2046: the empty line belongs to a content that is there. */
        {"--xYz\r\nContent-Disposition: form-data; name=a\r\n\r\n--xYz--", "[a=]"},
    };
    CHECK_SAMPLES(samples);
}

static void test_malformed_frames(void **unused)
{
    static const struct sample samples[] = {
        {"", "malformed"},
        {"a=1&b=2", "malformed"},
        {"--xYz", "malformed"},
        {"--xYz-", "malformed"},
        {"--xYz\r\n", "malformed"},
        {" --xYz--", "malformed"},
        {"--XYZ--", "malformed"},
        {FIELD("a", "1"), "malformed"},
        {FIELD("a", "1") FIELD("b", "cut"), "[a=1]malformed"},
        {FIELD("a", "1") "--xYz-", "malformed"},
        {"--xYz\nContent-Disposition: form-data; name=a\n\n1\n--xYz--", "malformed"},
    };
    CHECK_SAMPLES(samples);
}

static void test_headers(void **unused)
{
    static const struct sample samples[] = {
        {"--xYz\r\nContent-Type: image/png\r\ncontent-DISPOSITION:Form-Data;NAME=\"f\" ; "
         "filename=\"x;.png\"\r\nX-More: 1\r\n\r\nPNG\r\n" END,
         "[f<x;.png|image/png>=PNG]"},
        {"--xYz\r\nContent-Disposition: form-data; name=f; filename=x\r\n"
         "Content-Type: \t text/plain; charset=utf-8 \r\n\r\n1\r\n" END,
         "[f<x|text/plain; charset=utf-8>=1]"},
        {"--xYz\r\nContent-Disposition: form-data \t; \tname=a\t; x=y\r\n\r\n1\r\n" END, "[a=1]"},
        {"--xYz\r\nContent-Disposition: form-data; name=a\r\n"
         "Content-Transfer-Encoding: Binary\r\n\r\n1\r\n" END,
         "[a=1]"},
        {"--xYz\r\nContent-Disposition: form-data; name=a\r\n"
         "Content-Transfer-Encoding: base64\r\n\r\nMQ==\r\n" END,
         "not supported"},
        {"--xYz\r\n\r\nnameless\r\n" END, "malformed"},
        {"--xYz\r\nContent-Type: text/plain\r\n\r\nnameless\r\n" END, "malformed"},
        {"--xYz\r\nContent-Disposition\r\n\r\nno colon\r\n" END, "malformed"},
        {"--xYz\r\nContent-Disposition : form-data; name=a\r\n\r\n1\r\n" END, "malformed"},
        {"--xYz\r\nContent-Disposition: form-data;\r\n name=a\r\n\r\n1\r\n" END, "malformed"},
        {"--xYz\r\nContent-Disposition: form-data; name=a", "malformed"},
        {"--xYz\r\nContent-Disposition: form-data; name=a\r\n--xYz--", "malformed"},
        {"--xYz\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n" END, "malformed"},
        {"--xYz\r\nContent-Disposition: form-data; name=a\r\n"
         "Content-Disposition: form-data; name=b\r\n\r\n1\r\n" END,
         "malformed"},
        {"--xYz\r\nContent-Disposition: form-data; name=a\r\nX: a\nb\r\n\r\n1\r\n" END,
         "malformed"},
    };
    CHECK_SAMPLES(samples);
}

static void test_names(void **unused)
{
    static const struct sample samples[] = {
        {PART("name=a", "1") END, "[a=1]"},
        {PART("name=\"\"", "1") END, "[=1]"},
        {FIELD("a;b=c", "1") END, "[a;b=c=1]"},
        {FIELD("\xc3\xa9\xf0\x9f\x98\x80", "1") END, "[\xc3\xa9\xf0\x9f\x98\x80=1]"},
        {FIELD("%22a%22%0D%0A", "1") END, "[\"a\"\r\n=1]"},
        {FIELD("100%25 %41 %2", "1") END, "[100%25 %41 %2=1]"},
        {PART("name=a%22", "1") END, "[a%22=1]"},
        {FIELD("\\\"a\\\" \\\\ \\b", "1") END, "[\"a\" \\ \\b=1]"},
        {PART("name=\"a\\\\\"; filename=f", "1") END, "[a\\<f|>=1]"},
        {FIELD("a?b", "1") END, "[a?b=1]"},
        {PART("name=f; filename=\"\"", "") END, "[f<|>=]"},
        {PART("name=f; filename=\"../../etc/passwd\"", "") END, "[f<../../etc/passwd|>=]"},
        {PART("name=f; filename=\"C:\\a.txt\"", "") END, "[f<C:\\a.txt|>=]"},
        {PART("name=f; filename=\"a\\\"", "") END, "[f<a\\|>=]"},
        {PART("name=f; filename=\"a\\\\\"", "") END, "[f<a\\|>=]"},
        {PART("name=f; filename*=UTF-8''na%C3%AFve%20%22", "") END, "[f<na\xc3\xafve \"|>=]"},
        {PART("name=f; filename=a; filename*=utf-8'de'b", "") END, "[f<b|>=]"},
        {PART("name=f; filename*=utf-8''b; filename=a", "") END, "[f<b|>=]"},
        {PART("name=f; filename*=ISO-8859-1''%e9%FFz", "") END, "[f<\xc3\xa9\xc3\xbfz|>=]"},
        {PART("name=f; filename*=koi8-r''%d0; filename=a", "") END, "[f<a|>=]"},
        {PART("name=f; filename*=koi8-r''%d0", "") END, "[f<|>=]"},
        {PART("name=f; filename=a; other=b;", "") END, "[f<a|>=]"},
    };
    CHECK_SAMPLES(samples);
}

static void test_malformed_names(void **unused)
{
    static const char *const parameters[] = {
        "filename=a",
        "name",
        "name=",
        "name =a",
        "name= a",
        "name=\"a",
        "name=\"a\"b",
        "name=a b",
        "name=a\x7f",
        "name=a\"b\"",
        "name=a; name=b",
        "name=a; filename=b; filename=c",
        "name=a; filename*=utf-8''b; filename*=utf-8''c",
        "name=a; filename*=b",
        "name=a; filename*=utf-8'b",
        "name=a; filename*=utf-8''%4",
        "name=a; filename*=utf-8''%zz",
        "name=a; filename*=utf-8''%ff",
        "name=a; filename*=utf-8''\xc3\xa9",
        "name=a; (x)=b",
        "name=a; =b",
        "name=a; b",
    };
    for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
        struct buf body = BUF_INIT;
        buf_printf(&body, "--xYz\r\nContent-Disposition: form-data; %s\r\n\r\n1\r\n" END,
                   parameters[i]);
        check(TYPE, buf_slice(&body), "malformed");
        buf_dispose(&body);
    }
}

#define TEN "0123456789"
#define SEVENTY TEN TEN TEN TEN TEN TEN TEN

static void test_boundaries(void **unused)
{
    static const struct {
        const char *type, *body, *read;
    } cases[] = {
        {"multipart/form-data; charset=utf-8; Boundary=\"xYz\"", END, ""},
        {"multipart/form-data;boundary=xYz ", END, ""},
        {"multipart/form-data; boundary=\"a '()+_,-./:=?b\"", "--a '()+_,-./:=?b--", ""},
        {"multipart/form-data; boundary=" SEVENTY, "--" SEVENTY "--", ""},
        {"multipart/form-data; boundary=" SEVENTY "0", "--" SEVENTY "0--", "malformed"},
        {"multipart/form-data", END, "malformed"},
        {"multipart/form-data; boundary", END, "malformed"},
        {"multipart/form-data; boundary=", "----", "malformed"},
        {"multipart/form-data; boundary=\"\"", "----", "malformed"},
        {"multipart/form-data; boundary=\"a \"", "--a --", "malformed"},
        {"multipart/form-data; boundary=\"a%\"", "--a%--", "malformed"},
        {"multipart/form-data; boundary=\"a{\"", "--a{--", "malformed"},
        {"multipart/form-data; boundary=\"a`\"", "--a`--", "malformed"},
        {"multipart/form-data; boundary=azAZ", "--azAZ--", ""},
        {"multipart/form-data; boundary=\"xYz", END, "malformed"},
        {"multipart/form-data; boundary=xYz; boundary=b", END, "malformed"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check(cases[i].type, slice_str(cases[i].body), cases[i].read);
}

static void test_every_cut_is_malformed(void **unused)
{
    static const char whole[] =
        FIELD("a", "1") PART("name=f; filename=\"x\"", "\r\n--xYzzy\r\n") "--xYz--";
    for (size_t len = 0; len < sizeof(whole) - 1; len++) {
        struct buf read = BUF_INIT;
        read_all(SLICE(TYPE), slice_make(whole, len), &read);
        struct slice end = buf_slice(&read);
        assert_true(end.len >= 9 && !memcmp(end.ptr + end.len - 9, "malformed", 9));
        buf_dispose(&read);
    }
}

static enum err count_parts(size_t wanted, size_t *out_count)
{
    struct multipart_reader r;
    struct multipart_part part;
    struct buf body = BUF_INIT;
    for (size_t i = 0; i < wanted; i++)
        buf_append_str(&body, FIELD("a", "1"));
    buf_append_str(&body, END);
    multipart_reader_init(&r, SLICE(TYPE), buf_slice(&body));
    for (*out_count = 0; multipart_next(&r, &part); ++*out_count)
        ;
    buf_dispose(&body);
    return r.error;
}

static void test_limit_of_parts(void **unused)
{
    size_t count;
    assert_int_equal(count_parts(MULTIPART_PARTS_MAX, &count), ERR_OK);
    assert_int_equal(count, MULTIPART_PARTS_MAX);
    assert_int_equal(count_parts(MULTIPART_PARTS_MAX + 1, &count), ERR_RANGE);
    assert_int_equal(count, MULTIPART_PARTS_MAX);
}

/* `len` bytes of headers, a file name nearly all of them. */
static enum err read_long_headers(size_t len, size_t *out_filename_len)
{
    static const char before[] = "Content-Disposition: form-data; name=f; filename=\"";
    struct multipart_reader r;
    struct multipart_part part = {0};
    struct buf body = BUF_INIT;
    buf_append_str(&body, "--xYz\r\nX: 1\r\n");
    buf_append_str(&body, before);
    for (size_t i = 6 + sizeof(before) - 1 + 3; i < len; i++)
        buf_append_char(&body, 'n');
    buf_append_str(&body, "\"\r\n\r\ncontent\r\n" END);
    multipart_reader_init(&r, SLICE(TYPE), buf_slice(&body));
    bool is_part = multipart_next(&r, &part);
    assert_int_equal(is_part, !r.error);
    *out_filename_len = part.filename.len;
    buf_dispose(&body);
    return r.error;
}

static void test_limit_of_headers(void **unused)
{
    size_t len;
    assert_int_equal(read_long_headers(MULTIPART_HEADERS_MAX, &len), ERR_OK);
    assert_int_equal(len, MULTIPART_HEADERS_MAX - 59);
    assert_int_equal(read_long_headers(MULTIPART_HEADERS_MAX + 1, &len), ERR_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_malformed_frames),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_malformed_names),
        cmocka_unit_test(test_boundaries),
        cmocka_unit_test(test_every_cut_is_malformed),
        cmocka_unit_test(test_limit_of_parts),
        cmocka_unit_test(test_limit_of_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
