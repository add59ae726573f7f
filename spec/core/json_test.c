/* The JSON reader token by token, its errors and their places, and the writer. */
#include "core/codec/json.h"
#include "core/codec/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

/* One token as text: strings in quotes, keys with a colon, doubles with a tilde. */
static void put_token(struct buf *out, const struct json_reader *r, enum json_token token)
{
    switch (token) {
    case JSON_ERROR:
        buf_append_str(out, "error");
        break;
    case JSON_END:
        buf_append_str(out, "end");
        break;
    case JSON_NULL:
        buf_append_str(out, "null ");
        break;
    case JSON_TRUE:
        buf_append_str(out, "true ");
        break;
    case JSON_FALSE:
        buf_append_str(out, "false ");
        break;
    case JSON_INT:
        buf_printf(out, "%lld ", (long long)r->number.i);
        break;
    case JSON_DOUBLE:
        buf_printf(out, "~%.17g ", r->number.d);
        break;
    case JSON_STRING:
        buf_printf(out, "'%.*s' ", SLICE_ARG(r->text));
        break;
    case JSON_KEY:
        buf_printf(out, "%.*s: ", SLICE_ARG(r->text));
        break;
    case JSON_ARRAY:
        buf_append_str(out, "[ ");
        break;
    case JSON_ARRAY_END:
        buf_append_str(out, "] ");
        break;
    case JSON_OBJECT:
        buf_append_str(out, "{ ");
        break;
    case JSON_OBJECT_END:
        buf_append_str(out, "} ");
        break;
    }
}

static void read_tokens(struct json_reader *r, struct buf *out)
{
    enum json_token token;
    do {
        token = json_next(r);
        put_token(out, r, token);
    } while (token > JSON_END);
    assert_int_equal(json_next(r), token);
    assert_int_equal(json_next(r), token);
}

static const struct {
    const char *text, *tokens;
} good[] = {
    {"null", "null end"},
    {"true", "true end"},
    {"false", "false end"},
    {"0", "0 end"},
    {"-0", "~-0 end"},
    {"-12", "-12 end"},
    {"1.5", "~1.5 end"},
    {"1e2", "~100 end"},
    {"9223372036854775807", "9223372036854775807 end"},
    {"9223372036854775808", "~9.2233720368547758e+18 end"},
    {"\"\"", "'' end"},
    {"\"a\"", "'a' end"},
    {"[]", "[ ] end"},
    {"{}", "{ } end"},
    {"[[],{}]", "[ [ ] { } ] end"},
    {"[1,2]", "[ 1 2 ] end"},
    {"{\"a\":1,\"b\":[null]}", "{ a: 1 b: [ null ] } end"},
    {"{\"a\":{\"b\":{}},\"a\":2}", "{ a: { b: { } } a: 2 } end"},
    {" \t\r\n{ \"a\" : [ 1 , 2 ] } \n", "{ a: [ 1 2 ] } end"},
    {"{\"\":0}", "{ : 0 } end"},
    {"[\"my event\",{\"data\":\"x\"}]", "[ 'my event' { data: 'x' } ] end"},
    {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "'\"\\/\b\f\n\r\t' end"},
    {"\"\\u0041\\u00e9\\u20aC\"", "'A\xc3\xa9\xe2\x82\xac' end"},
    {"\"\\ud83d\\ude00\"", "'\xf0\x9f\x98\x80' end"},
    {"\"\\uD83D\\uDE00!\"", "'\xf0\x9f\x98\x80!' end"},
    {"\"\\ud800\"", "'\xef\xbf\xbd' end"},
    {"\"\\udc00\"", "'\xef\xbf\xbd' end"},
    {"\"\\ud800x\"", "'\xef\xbf\xbdx' end"},
    {"\"\\ud800\\n\"", "'\xef\xbf\xbd\n' end"},
    {"\"\\ud800\\u0041\"", "'\xef\xbf\xbd"
                           "A' end"},
    {"\"\\ud800\\ud83d\\ude00\"", "'\xef\xbf\xbd\xf0\x9f\x98\x80' end"},
    {"\"\\ud83dxude00\"", "'\xef\xbf\xbdxude00' end"},
    {"\"\\ude00\\ud83d\"", "'\xef\xbf\xbd\xef\xbf\xbd' end"},
    {"\"\xc3\xa9\xf0\x9f\x98\x80 \xe2\x80\xa8\"", "'\xc3\xa9\xf0\x9f\x98\x80 \xe2\x80\xa8' end"},
    {"\"\x7f\"", "'\x7f' end"},
    {"{\"a\\nb\\\"\":\"\\u0063\"}", "{ a\nb\": 'c' } end"},
    {"\"plain then \\t escape, then plain\"", "'plain then \t escape, then plain' end"},
};

static void test_good(void **unused)
{
    struct json_reader r;
    json_reader_init(&r, SLICE(""));
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct buf out = BUF_INIT;
        json_reader_restart(&r, slice_str(good[i].text));
        read_tokens(&r, &out);
        if (!slice_equal(buf_slice(&out), slice_str(good[i].tokens)))
            fail_msg("%s was read as %.*s", good[i].text, SLICE_ARG(buf_slice(&out)));
        assert_true(json_valid(slice_str(good[i].text)));
        buf_dispose(&out);
    }
    json_reader_dispose(&r);
}

/* What two units in a row mean: a pair, or each what it is alone. */
static size_t put_units(char *out, uint32_t first, uint32_t second)
{
    bool high = first >= 0xd800 && first < 0xdc00, low = second >= 0xdc00 && second < 0xe000;
    if (high && low)
        return utf8_put(out, 0x10000 + (first - 0xd800) * 0x400 + (second - 0xdc00));
    size_t len = utf8_put(out, first >= 0xd800 && first < 0xe000 ? 0xfffd : first);
    return len + utf8_put(out + len, second >= 0xd800 && second < 0xe000 ? 0xfffd : second);
}

static void test_surrogates(void **unused)
{
    static const uint32_t units[] = {0x41,   0xd7ff, 0xd800, 0xd801, 0xdbfe, 0xdbff,
                                     0xdc00, 0xdc01, 0xdffe, 0xdfff, 0xe000, 0xffff};
    for (size_t i = 0; i < 12 * 12; i++) {
        char text[32], expected[8];
        struct json_reader r;
        snprintf(text, sizeof(text), "\"\\u%04x\\u%04X\"", units[i / 12], units[i % 12]);
        json_reader_init(&r, slice_str(text));
        assert_int_equal(json_next(&r), JSON_STRING);
        size_t len = put_units(expected, units[i / 12], units[i % 12]);
        if (!slice_equal(r.text, slice_make(expected, len)))
            fail_msg("%s was misread", text);
        json_reader_dispose(&r);
    }
}

static const struct {
    const char *text;
    size_t offset;
    const char *error;
} bad[] = {
    {"", 0, "unexpected end"},
    {"  ", 2, "unexpected end"},
    {"nul", 0, "unexpected character"},
    {"nulL", 0, "unexpected character"},
    {"True", 0, "unexpected character"},
    {"'a'", 0, "unexpected character"},
    {"NaN", 0, "unexpected character"},
    {"Infinity", 0, "unexpected character"},
    {"+1", 0, "unexpected character"},
    {".5", 0, "unexpected character"},
    {"\xef\xbb\xbf[]", 0, "unexpected character"},
    {"// x\n1", 0, "unexpected character"},
    {"-", 0, "malformed or too large a number"},
    {"[1.]", 1, "malformed or too large a number"},
    {"[1e999]", 1, "malformed or too large a number"},
    {"01", 1, "more text after the value"},
    {"1 2", 2, "more text after the value"},
    {"[]]", 2, "more text after the value"},
    {"{}x", 2, "more text after the value"},
    {"nulll", 4, "more text after the value"},
    {"[", 1, "unexpected end"},
    {"[1", 2, "unexpected end"},
    {"[1,", 3, "unexpected end"},
    {"[1,]", 3, "unexpected character"},
    {"[,1]", 1, "unexpected character"},
    {"[1 2]", 3, "expected ',' or ']'"},
    {"[1}", 2, "expected ',' or ']'"},
    {"{\"a\":1]", 6, "expected ',' or '}'"},
    {"{\"a\":1 \"b\":2}", 7, "expected ',' or '}'"},
    {"{", 1, "unexpected end"},
    {"{a:1}", 1, "expected a key in quotes"},
    {"{1:1}", 1, "expected a key in quotes"},
    {"{\"a\":1,}", 7, "expected a key in quotes"},
    {"{\"a\":1,", 7, "expected a key in quotes"},
    {"{,}", 1, "expected a key in quotes"},
    {"{]", 1, "expected a key in quotes"},
    {"[}", 1, "unexpected character"},
    {"]", 0, "unexpected character"},
    {"}", 0, "unexpected character"},
    {"{\"a\"}", 4, "expected ':'"},
    {"{\"a\"", 4, "expected ':'"},
    {"{\"a\" 1}", 5, "expected ':'"},
    {"{\"a\":}", 5, "unexpected character"},
    {"{\"a\":", 5, "unexpected end"},
    {"\"", 1, "unfinished string"},
    {"\"abc", 4, "unfinished string"},
    {"\"\\n", 3, "unfinished string"},
    {"\"\\u0041", 7, "unfinished string"},
    {"\"\\ud83d\\xde00\"", 7, "malformed escape"},
    {"[\"abc\\", 5, "malformed escape"},
    {"\"\\", 1, "malformed escape"},
    {"\"\\x41\"", 1, "malformed escape"},
    {"\"\\u12\"", 1, "malformed escape"},
    {"\"\\u12g4\"", 1, "malformed escape"},
    {"\"\\u+123\"", 1, "malformed escape"},
    {"\"\\u", 1, "malformed escape"},
    {"\"ab\\ud800\\u12\"", 9, "malformed escape"},
    {"\"a\nb\"", 2, "control character in a string"},
    {"\"a\tb\"", 2, "control character in a string"},
    {"\"\x1f\"", 1, "control character in a string"},
    {"\"abcdefgh\x01\"", 9, "control character in a string"},
    {"\"\\n\x01\"", 3, "control character in a string"},
    {"\"\xff\"", 1, "malformed UTF-8"},
    {"\"\xc3\"", 1, "malformed UTF-8"},
    {"\"a\xc3\xa9\xed\xa0\x80\"", 4, "malformed UTF-8"},
    {"\"\\n\xc0\x80\"", 3, "malformed UTF-8"},
    {"{\"\xff\":1}", 2, "malformed UTF-8"},
};

static void test_bad(void **unused)
{
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct json_reader r;
        struct buf out = BUF_INIT;
        size_t offset;
        json_reader_init(&r, slice_str(bad[i].text));
        read_tokens(&r, &out);
        const char *error = json_reader_error(&r, &offset);
        if (!error || strcmp(error, bad[i].error) != 0 || offset != bad[i].offset)
            fail_msg("%s: %s at %zu", bad[i].text, error ? error : "accepted", offset);
        assert_false(json_valid(slice_str(bad[i].text)));
        json_reader_dispose(&r);
        buf_dispose(&out);
    }
}

/* A NUL is a character like any other: it ends nothing, and is none outside of strings. */
static void test_nul_bytes(void **unused)
{
    assert_false(json_valid(SLICE("1\0")));
    assert_false(json_valid(SLICE("\0")));
    assert_false(json_valid(SLICE("\"\0\"")));
    assert_false(json_valid((struct slice){NULL, 0}));
    struct json_reader r;
    json_reader_init(&r, SLICE("\"a\\u0000b\""));
    assert_int_equal(json_next(&r), JSON_STRING);
    assert_true(slice_equal(r.text, SLICE("a\0b")));
    json_reader_dispose(&r);
}

/* The value ends where the slice does, whatever lies behind it. */
static void test_looks_no_further_than_the_slice(void **unused)
{
    assert_false(json_valid(slice_make("true", 3)));
    assert_false(json_valid(slice_make("\"abcdefghijkl\"", 9)));
    assert_false(json_valid(slice_make("\"\\u0041\"", 6)));
    assert_true(json_valid(slice_make("12345", 2)));
    assert_true(json_valid(slice_make("[]]", 2)));
}

static void test_plain_strings_are_views(void **unused)
{
    const char *text = "[\"plain\",\"\xc3\xa9\",\"esc\\n\"]";
    struct json_reader r;
    json_reader_init(&r, slice_str(text));
    json_next(&r);
    assert_int_equal(json_next(&r), JSON_STRING);
    assert_ptr_equal(r.text.ptr, text + 2);
    assert_int_equal(json_next(&r), JSON_STRING);
    assert_ptr_equal(r.text.ptr, text + 10);
    assert_int_equal(json_next(&r), JSON_STRING);
    assert_true(r.text.ptr < text || r.text.ptr > text + strlen(text));
    json_reader_dispose(&r);
}

/* Nested arrays, or objects at the levels of `pattern`: a bit for the odd, a bit for the even ones.
 */
static void put_nested(struct buf *out, unsigned levels, unsigned pattern)
{
    out->len = 0;
    for (unsigned i = 0; i < levels; i++)
        buf_append_str(out, pattern >> (i % 2) & 1 ? "{\"k\":" : "[");
    buf_append_str(out, "0");
    for (unsigned i = levels; i-- > 0;)
        buf_append_char(out, pattern >> (i % 2) & 1 ? '}' : ']');
}

static void test_depth(void **unused)
{
    struct buf text = BUF_INIT;
    struct json_reader r;
    size_t offset;
    for (unsigned pattern = 0; pattern < 4; pattern++)
        for (unsigned levels = 1; levels <= JSON_DEPTH_MAX; levels++) {
            put_nested(&text, levels, pattern);
            assert_true(json_valid(buf_slice(&text)));
        }
    put_nested(&text, JSON_DEPTH_MAX + 1, 0);
    json_reader_init(&r, buf_slice(&text));
    assert_false(json_skip(&r));
    assert_string_equal(json_reader_error(&r, &offset), "nested too deep");
    assert_int_equal(offset, JSON_DEPTH_MAX);
    json_reader_dispose(&r);
    buf_dispose(&text);
}

static void test_skip(void **unused)
{
    struct json_reader r;
    json_reader_init(&r, SLICE("[{\"a\":[1,[2]]},\"x\",{\"k\":[],\"l\":7},3]"));
    assert_int_equal(json_next(&r), JSON_ARRAY);
    assert_true(json_skip(&r));
    assert_true(json_skip(&r));
    assert_int_equal(json_next(&r), JSON_OBJECT);
    assert_int_equal(json_next(&r), JSON_KEY);
    assert_true(json_skip(&r));
    assert_int_equal(json_next(&r), JSON_KEY);
    assert_true(slice_equal(r.text, SLICE("l")));
    assert_true(json_skip(&r));
    assert_int_equal(json_next(&r), JSON_OBJECT_END);
    assert_true(json_skip(&r));
    assert_false(json_skip(&r));
    json_reader_restart(&r, SLICE("[1,[2,}]"));
    assert_false(json_skip(&r));
    json_reader_restart(&r, SLICE(""));
    assert_false(json_skip(&r));
    json_reader_restart(&r, SLICE("8"));
    assert_true(json_skip(&r));
    assert_int_equal(json_next(&r), JSON_END);
    assert_false(json_skip(&r));
    json_reader_dispose(&r);
}

/* Special bytes at every distance from the start and from the end of the eight-byte steps. */
static void test_every_alignment(void **unused)
{
    static const char *const specials[] = {"\\n", "\xc3\xa9", "\\u20ac", "\x7f", "/"};
    static const char *const meanings[] = {"\n", "\xc3\xa9", "\xe2\x82\xac", "\x7f", "/"};
    for (size_t s = 0; s < 5; s++)
        for (size_t before = 0; before < 20; before++)
            for (size_t after = 0; after < 20; after++) {
                char text[64], expected[64];
                snprintf(text, sizeof(text), "\"%.*s%s%.*s\"", (int)before, "abcdefghijklmnopqrst",
                         specials[s], (int)after, "ABCDEFGHIJKLMNOPQRST");
                snprintf(expected, sizeof(expected), "%.*s%s%.*s", (int)before,
                         "abcdefghijklmnopqrst", meanings[s], (int)after, "ABCDEFGHIJKLMNOPQRST");
                struct json_reader r;
                json_reader_init(&r, slice_str(text));
                assert_int_equal(json_next(&r), JSON_STRING);
                assert_true(slice_equal(r.text, slice_str(expected)));
                json_reader_dispose(&r);
            }
}

static const struct {
    struct slice text;
    const char *json;
} strings[] = {
    {SLICE(""), "\"\""},
    {SLICE("abc"), "\"abc\""},
    {SLICE("a\"b\\c/d"), "\"a\\\"b\\\\c/d\""},
    {SLICE("\b\f\n\r\t\x01\x1f\x7f"), "\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\""},
    {SLICE("\0"), "\"\\u0000\""},
    {SLICE("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
    {SLICE("\xe2\x80\xa8"), "\"\\u2028\""},
    {SLICE("\xe2\x80\xa9\xe2\x80\xa8"), "\"\\u2029\\u2028\""},
    {SLICE("\xe2\x80\xa7\xe2\x80\xaa\xe2\x80\xa6"), "\"\xe2\x80\xa7\xe2\x80\xaa\xe2\x80\xa6\""},
    {SLICE("\xe2\xa8\x80\xc3\xa9\xe2\x80\xa8\xc3\xa9z"),
     "\"\xe2\xa8\x80\xc3\xa9\\u2028\xc3\xa9z\""},
    {SLICE("12345678\n12345678\"123456789"), "\"12345678\\n12345678\\\"123456789\""},
};

static void test_put_string(void **unused)
{
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
        struct buf out = BUF_INIT;
        buf_append_char(&out, '[');
        assert_true(json_put_string(&out, strings[i].text));
        if (!slice_equal(slice_skip(buf_slice(&out), 1), slice_str(strings[i].json)))
            fail_msg("%s was written as %.*s", strings[i].json, SLICE_ARG(buf_slice(&out)));
        struct json_reader r;
        json_reader_init(&r, slice_skip(buf_slice(&out), 1));
        assert_int_equal(json_next(&r), JSON_STRING);
        assert_true(slice_equal(r.text, strings[i].text));
        json_reader_dispose(&r);
        buf_dispose(&out);
    }
}

static void test_put_string_refuses_other_than_utf8(void **unused)
{
    const char *const cases[] = {"\xff", "abc\xc3", "\xed\xa0\x80", "\xc3\xa9\xc3(", "\n\xe2\x80"};
    struct buf out = BUF_INIT;
    buf_append_str(&out, "kept");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_false(json_put_string(&out, slice_str(cases[i])));
        assert_true(slice_equal(buf_slice(&out), SLICE("kept")));
    }
    assert_true(json_put_string(&out, (struct slice){NULL, 0}));
    assert_true(slice_equal(buf_slice(&out), SLICE("kept\"\"")));
    buf_dispose(&out);
}

static void test_put_numbers(void **unused)
{
    struct buf out = BUF_INIT;
    json_put_int(&out, INT64_MIN);
    buf_append_char(&out, ',');
    json_put_double(&out, 0.1);
    buf_append_char(&out, ',');
    json_put_double(&out, -1e300);
    assert_true(slice_equal(buf_slice(&out), SLICE("-9223372036854775808,0.1,-1e+300")));
    buf_dispose(&out);
}

/* A long run of what must be escaped must not take the square of its length. */
static void test_a_million_line_separators(void **unused)
{
    struct buf text = BUF_INIT, out = BUF_INIT;
    for (int i = 0; i < 350000; i++)
        buf_append_str(&text, "\xe2\x80\xa8");
    assert_true(json_put_string(&out, buf_slice(&text)));
    assert_int_equal(out.len, 350000 * 6 + 2);
    assert_true(json_valid(buf_slice(&out)));
    buf_dispose(&text);
    buf_dispose(&out);
}

/* Whichever allocation fails, the reader ends in an error that says so. */
static void test_each_allocation_fails_once(void **unused)
{
    const char *text =
        "[\"\\n0123456789012345678901234567890123456789012345678901234567890123456789\","
        "{\"\\u00e9\":\"\\\"012345678901234567890123456789\"}]";
    for (uint64_t n = 1;; n++) {
        struct json_reader r;
        size_t offset;
        json_reader_init(&r, slice_str(text));
        mem_test_fail_nth(n);
        bool whole = json_next(&r) == JSON_ARRAY;
        while (whole && r._depth)
            whole = json_next(&r) != JSON_ERROR;
        bool failed = mem_test_count() >= n;
        mem_test_fail_nth(0);
        assert_int_equal(whole, !failed);
        if (failed)
            assert_string_equal(json_reader_error(&r, &offset), "out of memory");
        json_reader_dispose(&r);
        if (!failed)
            break;
        assert_true(n < 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_surrogates),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_nul_bytes),
        cmocka_unit_test(test_looks_no_further_than_the_slice),
        cmocka_unit_test(test_plain_strings_are_views),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_skip),
        cmocka_unit_test(test_every_alignment),
        cmocka_unit_test(test_put_string),
        cmocka_unit_test(test_put_string_refuses_other_than_utf8),
        cmocka_unit_test(test_put_numbers),
        cmocka_unit_test(test_a_million_line_separators),
        cmocka_unit_test(test_each_allocation_fails_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
