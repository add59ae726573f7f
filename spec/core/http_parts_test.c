/* The pure parts of HTTP at the edge: request heads, bodies, response heads, dates, ranges and
 * media types. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/net/http_body.h"
#include "core/net/http_date.h"
#include "core/net/http_range.h"
#include "core/net/http_reply.h"
#include "core/net/mime.h"

#include <stdio.h>

#define assert_slice(s, text)                                                                      \
    do {                                                                                           \
        if (!slice_equal((s), slice_str(text)))                                                    \
            fail_msg("got \"%.*s\", not \"%s\"", SLICE_ARG(s), (text));                            \
    } while (0)

/* --- heads --- */

static enum http_head_result parse(const char *text, struct http_head *out)
{
    struct slice head = slice_str(text);
    size_t len = http_head_length(head, 0);
    assert_int_equal(len, head.len);
    return http_head_parse(head, out);
}

static void test_head(void **state)
{
    struct http_head h;
    (void)state;
    assert_int_equal(parse("POST /a%20b?x=%31&y HTTP/1.1\r\nHost: h\r\nX-Odd:  two words \r\n"
                           "Content-Length: 12\r\n\r\n",
                           &h),
                     HTTP_HEAD_OK);
    assert_slice(h.method, "POST");
    assert_slice(h.raw_path, "/a%20b");
    assert_slice(h.query, "x=%31&y");
    assert_int_equal(h.header_count, 3);
    assert_slice(h.headers[1].name, "X-Odd");
    assert_slice(h.headers[1].value, "two words");
    assert_int_equal(h.framing, HTTP_BODY_LENGTH);
    assert_int_equal(h.content_length, 12);
    assert_true(h.keep_alive);
    assert_false(h.http_1_0);
}

static void test_head_results(void **state)
{
    static const struct {
        const char *text;
        enum http_head_result result;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", HTTP_HEAD_OK},
        {"\r\n\nGET / HTTP/1.1\nHost: h\n\n", HTTP_HEAD_OK},
        {"GET / HTTP/1.0\r\n\r\n", HTTP_HEAD_OK},
        {"GET http://h:1/x?y HTTP/1.1\r\nHost: h\r\n\r\n", HTTP_HEAD_OK},
        {"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", HTTP_HEAD_OK},
        {"GET / HTTP/1.1\r\n\r\n", HTTP_HEAD_BAD},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", HTTP_HEAD_BAD},
        {"GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", HTTP_HEAD_OK},
        {"GET / HTTP/1.1\r\nHost: an_inner-host.%31:80\r\n\r\n", HTTP_HEAD_OK},
        {"GET / HTTP/1.1\r\nHost:\r\n\r\n", HTTP_HEAD_OK},
        {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", HTTP_HEAD_BAD},
        {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", HTTP_HEAD_BAD},
        {"GET / HTTP/1.1\r\nHost: u@h\r\n\r\n", HTTP_HEAD_BAD},
        {"GET / HTTP/1.1\r\nHost: \"><b\r\n\r\n", HTTP_HEAD_BAD},
        {"GET * HTTP/1.1\r\nHost: h\r\n\r\n", HTTP_HEAD_BAD},
        {"GET x HTTP/1.1\r\nHost: h\r\n\r\n", HTTP_HEAD_BAD},
        {"GET  / HTTP/1.1\r\nHost: h\r\n\r\n", HTTP_HEAD_BAD},
        {"GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n", HTTP_HEAD_BAD},
        {"GET /\x7f HTTP/1.1\r\nHost: h\r\n\r\n", HTTP_HEAD_BAD},
        {"G@T / HTTP/1.1\r\nHost: h\r\n\r\n", HTTP_HEAD_BAD},
        {"GET / HTTP/1.10\r\nHost: h\r\n\r\n", HTTP_HEAD_BAD},
        {"GET / HTTP/1.\r\nHost: h\r\n\r\n", HTTP_HEAD_BAD},
        {"GET / HTTP/1,1\r\nHost: h\r\n\r\n", HTTP_HEAD_BAD},
        {"GET / HTTP/x.1\r\nHost: h\r\n\r\n", HTTP_HEAD_BAD},
        {"GET / HTTP/1.x\r\nHost: h\r\n\r\n", HTTP_HEAD_BAD},
        {"GET / http/1.1\r\nHost: h\r\n\r\n", HTTP_HEAD_BAD},
        {"GET /\r\n\r\n", HTTP_HEAD_BAD},
        {"\x16\x03\x01\r\n\r\n", HTTP_HEAD_BAD},
        {"PRI * HTTP/2.0\r\n\r\n", HTTP_HEAD_VERSION},
        {"GET / HTTP/1.1\r\nHost: h\r\n folded: x\r\n\r\n", HTTP_HEAD_BAD},
        {"GET / HTTP/1.1\r\nHost: h\r\nName : x\r\n\r\n", HTTP_HEAD_BAD},
        {"GET / HTTP/1.1\r\nHost: h\r\nNo colon\r\n\r\n", HTTP_HEAD_BAD},
        {"GET / HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n", HTTP_HEAD_BAD},
        {"GET / HTTP/1.1\r\nHost: h\r\nExpect: tea\r\n\r\n", HTTP_HEAD_EXPECTATION},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
         HTTP_HEAD_BAD},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\n", HTTP_HEAD_BAD},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n",
         HTTP_HEAD_BAD},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
         HTTP_HEAD_BAD},
        {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP_HEAD_BAD},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", HTTP_HEAD_CODING},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n", HTTP_HEAD_OK},
    };
    struct http_head h;
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        enum http_head_result result = parse(cases[i].text, &h);
        if (result != cases[i].result)
            fail_msg("%s: %d, not %d", cases[i].text, result, cases[i].result);
    }
}

static void test_head_of_many_headers(void **state)
{
    struct buf text = BUF_INIT;
    struct http_head h;
    (void)state;
    buf_append_str(&text, "GET / HTTP/1.1\r\nHost: h\r\n");
    for (int i = 1; i < HTTP_HEAD_HEADERS_MAX; i++)
        buf_printf(&text, "X-%d: v\r\n", i);
    size_t most = text.len;
    buf_append_str(&text, "\r\n");
    assert_int_equal(http_head_parse(buf_slice(&text), &h), HTTP_HEAD_OK);
    assert_int_equal(h.header_count, HTTP_HEAD_HEADERS_MAX);
    text.len = most;
    buf_append_str(&text, "One-More: v\r\n\r\n");
    assert_int_equal(http_head_parse(buf_slice(&text), &h), HTTP_HEAD_TOO_LARGE);
    buf_dispose(&text);
}

static void test_head_keep_alive(void **state)
{
    static const struct {
        const char *version, *connection;
        bool keep;
    } cases[] = {{"1.1", "", true},
                 {"1.1", "Connection: close\r\n", false},
                 {"1.1", "Connection: x, Close\r\n", false},
                 {"1.0", "", false},
                 {"1.0", "Connection: Keep-Alive\r\n", true}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char text[128];
        struct http_head h;
        snprintf(text, sizeof(text), "GET / HTTP/%s\r\nHost: h\r\n%s\r\n", cases[i].version,
                 cases[i].connection);
        assert_int_equal(parse(text, &h), HTTP_HEAD_OK);
        assert_int_equal(h.keep_alive, cases[i].keep);
    }
}

/* However it is cut, the end is found at the same byte. */
static void test_head_length_in_pieces(void **state)
{
    static const char *const heads[] = {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", "\r\nG\n\n",
                                        "\n\r\nG\r\nH\n\r\n", "G\n\r\n"};
    (void)state;
    for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
        size_t whole = strlen(heads[i]), from = 0;
        for (size_t len = 0; len < whole; from = len++)
            assert_int_equal(http_head_length(slice_make(heads[i], len), from), 0);
        assert_int_equal(http_head_length(slice_make(heads[i], whole), from), whole);
    }
}

static void test_other_protocols(void **state)
{
    const char *can[] = {"", "\r\n", "G", "\r\nGET /", "!odd"};
    const char *cannot[] = {"\x16\x03\x01", "\x81\x82", " GET", "\r\n\x7f", "(", "\xc3\xa9"};
    (void)state;
    for (size_t i = 0; i < sizeof(can) / sizeof(can[0]); i++)
        assert_true(http_head_begins(slice_str(can[i])));
    for (size_t i = 0; i < sizeof(cannot) / sizeof(cannot[0]); i++)
        assert_false(http_head_begins(slice_str(cannot[i])));
    assert_false(http_head_begins(SLICE("\0\0")));
}

/* --- bodies --- */

/* Feeds `text` in pieces of `piece` bytes and checks what became of it. */
static void body_case(const char *text, size_t piece, size_t limit, enum http_body_state state,
                      const char *bytes, size_t rest)
{
    struct http_head head = {.framing = HTTP_BODY_CHUNKED};
    struct http_body b;
    struct slice left = slice_str(text);
    http_body_init(&b, &head, limit);
    while (left.len && b.state == HTTP_BODY_READING) {
        size_t n = left.len < piece ? left.len : piece;
        left = slice_skip(left, http_body_read(&b, slice_make(left.ptr, n)));
    }
    if (b.state != state || left.len != rest)
        fail_msg("%s by %zu: state %d, %zu left", text, piece, b.state, left.len);
    assert_slice(buf_slice(&b.bytes), bytes);
    http_body_dispose(&b);
}

static void test_chunks(void **state)
{
    static const struct {
        const char *text;
        enum http_body_state state;
        const char *bytes;
        size_t rest;
    } cases[] = {
        {"5\r\nhello\r\n0\r\n\r\n", HTTP_BODY_DONE, "hello", 0},
        {"5\r\nhello\r\n0\r\n\r\nGET", HTTP_BODY_DONE, "hello", 3},
        {"2;a=b\r\nhe\r\n003\r\nllo\r\n0\r\nTrailer: x\r\n\r\n", HTTP_BODY_DONE, "hello", 0},
        {"2 \r\nhe\r\n0\t\r\n\r\n", HTTP_BODY_DONE, "he", 0},
        {"2\nhe\r\n0\r\n\r\n", HTTP_BODY_BAD, "", 9},
        {"2;a\nb\r\nhe\r\n0\r\n\r\n", HTTP_BODY_BAD, "", 12},
        {"2\rx\r\nhe\r\n", HTTP_BODY_BAD, "", 6},
        {"2\r\nhe\n0\r\n\r\n", HTTP_BODY_BAD, "", 5},
        {"2\r\nhe\r\r\n0\r\n\r\n", HTTP_BODY_BAD, "", 6},
        {"0\r\n\n", HTTP_BODY_BAD, "", 0},
        {"A\r\n0123456789\r\n0\r\n\r\n", HTTP_BODY_DONE, "0123456789", 0},
        {"0\r\n\r\n", HTTP_BODY_DONE, "", 0},
        {"5\r\nhel", HTTP_BODY_READING, "hel", 0},
        {"b\r\n0123456789", HTTP_BODY_TOO_LARGE, "", 10},
        {"ffffffffffffffffff\r\n", HTTP_BODY_BAD, "", 4},
        {"-1\r\n", HTTP_BODY_BAD, "", 3},
        {"\r\n", HTTP_BODY_BAD, "", 0},
        {"2\r\nhe\r\n\r\n\r\n", HTTP_BODY_BAD, "", 2},
        {"2\r\nheX", HTTP_BODY_BAD, "", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        for (size_t piece = 1; piece < 12; piece++)
            body_case(cases[i].text, piece, 10, cases[i].state, cases[i].bytes, cases[i].rest);
    }
}

static void test_length(void **state)
{
    struct http_head head = {.framing = HTTP_BODY_LENGTH, .content_length = 5};
    struct http_body b;
    (void)state;
    http_body_init(&b, &head, 5);
    assert_int_equal(http_body_read(&b, SLICE("he")), 2);
    assert_int_equal(b.state, HTTP_BODY_READING);
    assert_int_equal(http_body_read(&b, SLICE("lloGET")), 3);
    assert_int_equal(b.state, HTTP_BODY_DONE);
    assert_slice(buf_slice(&b.bytes), "hello");
    http_body_dispose(&b);
    http_body_init(&b, &head, 4);
    assert_int_equal(b.state, HTTP_BODY_TOO_LARGE);
    head.framing = HTTP_BODY_NONE;
    http_body_init(&b, &head, 0);
    assert_int_equal(b.state, HTTP_BODY_DONE);
}

static void test_chunk_framing_is_bounded(void **state)
{
    struct http_head head = {.framing = HTTP_BODY_CHUNKED};
    struct http_body b;
    char line[1024];
    (void)state;
    memset(line, 'x', sizeof(line));
    line[0] = '1';
    line[1] = ';';
    http_body_init(&b, &head, 10);
    for (int i = 0; i < 100 && b.state == HTTP_BODY_READING; i++)
        http_body_read(&b, slice_make(line, sizeof(line)));
    assert_int_equal(b.state, HTTP_BODY_BAD);
    http_body_dispose(&b);
}

static void test_body_out_of_memory(void **state)
{
    struct http_head head = {.framing = HTTP_BODY_LENGTH, .content_length = 5};
    struct http_body b;
    (void)state;
    http_body_init(&b, &head, 5);
    mem_test_fail_nth(1);
    http_body_read(&b, SLICE("hello"));
    mem_test_fail_nth(0);
    assert_int_equal(b.state, HTTP_BODY_NOMEM);
    http_body_dispose(&b);
}

/* --- response heads --- */

static void test_reply(void **state)
{
    struct http_header headers[] = {{SLICE("X-A"), SLICE("1")},
                                    {SLICE("content-LENGTH"), SLICE("7")},
                                    {SLICE("Connection"), SLICE("upgrade")}};
    struct http_response r = {.status = 200, .headers = headers, .header_count = 3};
    struct http_reply_params params = {.body_len = 5, .date = "D", .keep_alive = true};
    struct buf out = BUF_INIT;
    (void)state;
    http_reply_head(&r, &params, &out);
    assert_slice(buf_slice(&out),
                 "HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 5\r\nDate: D\r\n\r\n");
    out.len = 0;
    r.status = 204;
    params.keep_alive = false;
    http_reply_head(&r, &params, &out);
    assert_slice(buf_slice(&out),
                 "HTTP/1.1 204 No Content\r\nX-A: 1\r\nConnection: close\r\nDate: D\r\n\r\n");
    buf_dispose(&out);
}

static bool header_passes(const char *name, const char *value)
{
    struct http_header header = {slice_str(name), slice_str(value)};
    struct http_response r = {.status = 200, .headers = &header, .header_count = 1};
    const char *why;
    struct slice where;
    return http_reply_check(&r, &why, &where);
}

static void test_reply_check(void **state)
{
    const char *why;
    struct slice where;
    (void)state;
    assert_true(header_passes("X-Fine", "two words, \xc3\xa9"));
    assert_false(header_passes("X", "a\r\nSet-Cookie: b"));
    assert_false(header_passes("X", "a\nb"));
    assert_false(header_passes("X", "a\x7f"));
    assert_false(header_passes("X\r\nY", "a"));
    assert_false(header_passes("", "a"));
    assert_false(header_passes("X:", "a"));
    assert_false(http_reply_check(&(struct http_response){.status = 99}, &why, &where));
    assert_false(http_reply_check(&(struct http_response){.status = 600}, &why, &where));
    char *large = mem_alloc(HTTP_REPLY_HEAD_MAX);
    memset(large, 'x', HTTP_REPLY_HEAD_MAX);
    large[HTTP_REPLY_HEAD_MAX - 1] = 0;
    assert_false(header_passes("X", large));
    large[40000] = 0;
    assert_true(header_passes("X", large));
    mem_free(large);
}

/* --- dates --- */

static void test_dates(void **state)
{
    char text[HTTP_DATE_LEN + 1];
    int64_t s = 0;
    (void)state;
    http_date_format(784111777, text);
    assert_string_equal(text, "Sun, 06 Nov 1994 08:49:37 GMT");
    http_date_format(-5, text);
    assert_string_equal(text, "Thu, 01 Jan 1970 00:00:00 GMT");
    assert_true(http_date_parse(SLICE("Sun, 06 Nov 1994 08:49:37 GMT"), &s));
    assert_int_equal(s, 784111777);
    assert_true(http_date_parse(SLICE("Sunday, 06-Nov-94 08:49:37 GMT"), &s));
    assert_int_equal(s, 784111777);
    assert_true(http_date_parse(SLICE("Sun Nov  6 08:49:37 1994"), &s));
    assert_int_equal(s, 784111777);
    assert_false(http_date_parse(SLICE(""), &s));
    assert_false(http_date_parse(SLICE("Sun, 06 Nov 1994 08:49:37"), &s));
    assert_false(http_date_parse(SLICE("Sun, 06 Foo 1994 08:49:37 GMT"), &s));
    assert_true(http_date_parse(SLICE("Thu, 01 Jan 1970 00:00:00 GMT"), &s));
    assert_int_equal(s, 0);
    static const char *const impossible[] = {
        "Sun, 46 Nov 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1969 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 -1:49:37 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:-1:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 1994 08:49:-1 GMT"};
    for (size_t i = 0; i < sizeof(impossible) / sizeof(*impossible); i++)
        assert_false(http_date_parse(slice_str(impossible[i]), &s));
    assert_true(http_date_parse(SLICE("Thu, 31 Dec 1998 23:59:60 GMT"), &s)); /* a leap second */
    assert_false(
        http_date_parse(SLICE("Sun, 06 Nov 1994 08:49:37 GMT, again and again and again"), &s));
}

/* --- ranges --- */

static void range_case(const char *name, const char *value, enum http_range_answer answer,
                       uint64_t from, uint64_t len)
{
    struct http_header headers[] = {{SLICE("Range"), SLICE("bytes=2-4")},
                                    {slice_str(name), slice_str(value)}};
    bool alone = strcmp(name, "Range") == 0 || strncmp(name, "If-None", 7) == 0 ||
                 strncmp(name, "If-Mod", 6) == 0;
    struct http_request request = {.method = SLICE("GET"),
                                   .headers = alone ? headers + 1 : headers,
                                   .header_count = alone ? 1 : 2};
    struct http_range_file file = {.size = 10, .modified_s = 784111777, .etag = SLICE("\"tag\"")};
    uint64_t got_from, got_len;
    enum http_range_answer got = http_range_decide(&request, &file, &got_from, &got_len);
    bool sent = got == HTTP_RANGE_WHOLE || got == HTTP_RANGE_PART;
    if (got != answer || (sent && (got_from != from || got_len != len)))
        fail_msg("%s: %s: %d, %d bytes at %d", name, value, got, (int)got_len, (int)got_from);
}

static void test_ranges(void **state)
{
    (void)state;
    range_case("Range", "bytes=0-3", HTTP_RANGE_PART, 0, 4);
    range_case("Range", "bytes=0-", HTTP_RANGE_PART, 0, 10);
    range_case("Range", "bytes=7-99", HTTP_RANGE_PART, 7, 3);
    range_case("Range", "bytes=-3", HTTP_RANGE_PART, 7, 3);
    range_case("Range", "bytes=-99", HTTP_RANGE_PART, 0, 10);
    range_case("Range", "bytes=9-9", HTTP_RANGE_PART, 9, 1);
    range_case("Range", "bytes=10-", HTTP_RANGE_IMPOSSIBLE, 0, 0);
    range_case("Range", "bytes=-0", HTTP_RANGE_IMPOSSIBLE, 0, 0);
    range_case("Range", "bytes=99999999999999999999999-", HTTP_RANGE_IMPOSSIBLE, 0, 0);
    range_case("Range", "bytes=4-2", HTTP_RANGE_WHOLE, 0, 10);
    range_case("Range", "bytes=0-1,3-4", HTTP_RANGE_WHOLE, 0, 10);
    range_case("Range", "bytes=-", HTTP_RANGE_WHOLE, 0, 10);
    range_case("Range", "lines=0-1", HTTP_RANGE_WHOLE, 0, 10);
    range_case("Range", "bytes=x", HTTP_RANGE_WHOLE, 0, 10);
}

static void test_range_of_a_large_file(void **state)
{
    struct http_header header = {SLICE("Range"), SLICE("bytes=1234567-2345678")};
    struct http_request request = {.method = SLICE("GET"), .headers = &header, .header_count = 1};
    struct http_range_file file = {.size = 9876543210};
    uint64_t from, len;
    (void)state;
    assert_int_equal(http_range_decide(&request, &file, &from, &len), HTTP_RANGE_PART);
    assert_int_equal(from, 1234567);
    assert_int_equal(len, 1111112);
}

static void test_conditions(void **state)
{
    (void)state;
    range_case("If-Range", "\"tag\"", HTTP_RANGE_PART, 2, 3);
    range_case("If-Range", "\"old\"", HTTP_RANGE_WHOLE, 0, 10);
    range_case("If-Range", "W/\"tag\"", HTTP_RANGE_WHOLE, 0, 10);
    range_case("If-Range", "Sun, 06 Nov 1994 08:49:37 GMT", HTTP_RANGE_PART, 2, 3);
    range_case("If-Range", "Sun, 06 Nov 1994 08:49:38 GMT", HTTP_RANGE_WHOLE, 0, 10);
    range_case("If-None-Match", "\"tag\"", HTTP_RANGE_NOT_MODIFIED, 0, 0);
    range_case("If-None-Match", "\"a\", W/\"tag\"", HTTP_RANGE_NOT_MODIFIED, 0, 0);
    range_case("If-None-Match", "*", HTTP_RANGE_NOT_MODIFIED, 0, 0);
    range_case("If-None-Match", "\"old\"", HTTP_RANGE_WHOLE, 0, 10);
    range_case("If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT", HTTP_RANGE_NOT_MODIFIED, 0, 0);
    range_case("If-Modified-Since", "Sun, 06 Nov 1994 08:49:36 GMT", HTTP_RANGE_WHOLE, 0, 10);
    range_case("If-Modified-Since", "yesterday", HTTP_RANGE_WHOLE, 0, 10);
}

static void test_types(void **state)
{
    (void)state;
    assert_string_equal(mime_type(SLICE("a/b.JS")), "text/javascript; charset=utf-8");
    assert_string_equal(mime_type(SLICE("x.min.js.map")), "application/json; charset=utf-8");
    assert_string_equal(mime_type(SLICE("x.wasm")), "application/wasm");
    assert_string_equal(mime_type(SLICE("x.svg")), "image/svg+xml; charset=utf-8");
    assert_string_equal(mime_type(SLICE("x.html")), "text/html; charset=utf-8");
    assert_string_equal(mime_type(SLICE("a.js/b")), "application/octet-stream");
    assert_string_equal(mime_type(SLICE("b")), "application/octet-stream");
    assert_string_equal(mime_type(SLICE("")), "application/octet-stream");
    assert_string_equal(mime_type(SLICE("b.")), "application/octet-stream");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_head_results),
        cmocka_unit_test(test_head_of_many_headers),
        cmocka_unit_test(test_head_keep_alive),
        cmocka_unit_test(test_head_length_in_pieces),
        cmocka_unit_test(test_other_protocols),
        cmocka_unit_test(test_chunks),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_chunk_framing_is_bounded),
        cmocka_unit_test(test_body_out_of_memory),
        cmocka_unit_test(test_reply),
        cmocka_unit_test(test_reply_check),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_range_of_a_large_file),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
