/* Origins: who may talk to the server from a browser, and what the answer says about it. */
#include "core/server/cors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

/* A request with these headers; NULL: without that one. */
struct asked {
    struct http_header headers[3];
    struct http_request request;
};

static const struct http_request *ask(struct asked *a, bool is_secure, const char *host,
                                      const char *origin, const char *asked_headers)
{
    const struct http_header all[] = {
        {SLICE("Host"), slice_str(host)},
        {SLICE("Origin"), slice_str(origin)},
        {SLICE("Access-Control-Request-Headers"), slice_str(asked_headers)},
    };
    *a = (struct asked){.request = {.is_secure = is_secure, .headers = a->headers}};
    for (size_t i = 0; i < 3; i++)
        if (all[i].value.ptr)
            a->headers[a->request.header_count++] = all[i];
    return &a->request;
}

static const struct {
    const char *allowed;
    bool is_secure;
    const char *host, *origin;
    bool expected;
} cases[] = {
    /* The page's own origin. */
    {NULL, false, "example.com", NULL, true},
    {NULL, false, NULL, NULL, true},
    {NULL, false, "example.com", "http://example.com", true},
    {NULL, false, "example.com", "HTTP://Example.COM", true},
    {NULL, false, "localhost:5000", "http://localhost:5000", true},
    {NULL, false, "[::1]:5000", "http://[::1]:5000", true},
    {NULL, false, "example.com:80", "http://example.com", true},
    {NULL, true, "example.com:443", "https://example.com", true},
    {NULL, true, "example.com", "https://example.com", true},
    {NULL, true, "example.com:80", "https://example.com", false},
    {NULL, false, "example.com", "https://example.com", false},
    {NULL, true, "example.com", "http://example.com", false},
    {NULL, false, "localhost:5000", "http://localhost", false},
    {NULL, false, "localhost:5000", "http://localhost:5001", false},
    {NULL, false, "localhost:5000", "http://localhost:50000", false},
    {NULL, false, "example.com", "http://evil.example.com", false},
    {NULL, false, "example.com", "http://example.com.evil.org", false},
    {NULL, false, "example.com", "http://evil.org/example.com", false},
    {NULL, false, "example.com", "evil://example.com", false},
    {NULL, false, "example.com", "null", false},
    {NULL, false, "example.com", "", false},
    {NULL, false, NULL, "http://example.com", false},
    {NULL, false, "", "http://", false},
    /* No page of a site has these. */
    {NULL, false, "example.com", "Arduino", true},
    {NULL, false, "example.com", "file://", true},
    {"https://a.org", false, "example.com", "ArduinoSocketIOClient", true},
    {NULL, false, "example.com", "file://x", false},
    {NULL, false, "example.com", "://", false},
    {NULL, false, "example.com", "NULL", true},
    {NULL, false, "example.com:80", "ws://example.com", true}, /* Swift */
    {"https://a.org", true, "example.com", "WSS://example.com", true},
    {NULL, false, "example.com", "ws://anywhere.org", true},
    {NULL, false, "example.com", "ws:/example.com", true}, /* neither has a host */
    {NULL, false, "example.com", "xws://example.com", false},
    {NULL, false, "example.com", "wsx://example.com", false},
    {NULL, false, "example.com", "Ardu\nino", false},
    {NULL, false, "example.com", "Ardu\x7fino", false},
    {NULL, false, "example.com", "Ardu ino?", true},
    /* Any. */
    {"*", false, "example.com", "https://anywhere.org", true},
    {"*", false, "example.com", "null", true},
    {"*", false, "example.com", NULL, true},
    {"*", false, "example.com", "https://a.org\r\nX: 1", false},
    /* A list. The page's own origin is not in it unless it is named. */
    {"https://a.org\nhttps://b.org:8443", true, "c.org", "https://a.org", true},
    {"https://a.org\nhttps://b.org:8443", true, "c.org", "https://B.org:8443", true},
    {"https://a.org\nhttps://b.org:8443", true, "c.org", "https://b.org", false},
    {"https://a.org\nhttps://b.org:8443", true, "c.org", "https://a.or", false},
    {"https://a.org\nhttps://b.org:8443", true, "c.org", "https://a.org\nhttps://b.org:8443",
     false},
    {"https://a.org", true, "c.org", "https://c.org", false},
    {"https://a.org", true, "c.org", "null", false},
    {"https://a.org", true, "c.org", "", false},
    {"https://a.org", true, "c.org", NULL, true},
};

/* Behind a proxy that ends TLS: the page's origin is what the proxy was asked for. */
static void test_behind_a_proxy(void **state)
{
    static const struct {
        const char *proto, *host, *origin;
        bool expected;
    } proxied[] = {
        {"https", NULL, "https://inside", true},
        {"https", "example.com", "https://example.com", true},
        {"https, http", "example.com, inside", "https://example.com", true},
        {NULL, "example.com", "http://example.com", true},
        {"https", "example.com:443", "https://example.com", true},
        {NULL, NULL, "http://inside", true},
        {"https", "example.com", "http://inside", true},
        {"https", "example.com", "https://evil.org", false},
        {"https", NULL, "https://example.com", false},
        {"https", "example.com", "http://example.com", false},
        {"", "", "http://", false},
    };
    for (size_t i = 0; i < sizeof(proxied) / sizeof(*proxied); i++) {
        const struct http_header all[] = {
            {SLICE("Host"), SLICE("inside")},
            {SLICE("Origin"), slice_str(proxied[i].origin)},
            {SLICE("X-Forwarded-Proto"), slice_str(proxied[i].proto)},
            {SLICE("X-Forwarded-Host"), slice_str(proxied[i].host)},
        };
        struct http_header given[4];
        struct http_request request = {.headers = given};
        for (size_t k = 0; k < 4; k++)
            if (all[k].value.ptr)
                given[request.header_count++] = all[k];
        if (cors_allows(NULL, &request) != proxied[i].expected)
            fail_msg("case %zu", i);
    }
}

static void test_who_is_allowed(void **state)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct asked a;
        ask(&a, cases[i].is_secure, cases[i].host, cases[i].origin, NULL);
        if (cors_allows(cases[i].allowed, &a.request) != cases[i].expected)
            fail_msg("case %zu: origin %s, host %s, allowed %s", i, cases[i].origin, cases[i].host,
                     cases[i].allowed);
    }
}

static void expect_header(const struct http_header *headers, size_t count, const char *name,
                          const char *value)
{
    for (size_t i = 0; i < count; i++) {
        if (!slice_equal_nocase(headers[i].name, slice_str(name)))
            continue;
        if (!value || !slice_equal(headers[i].value, slice_str(value)))
            fail_msg("%s: %.*s", name, SLICE_ARG(headers[i].value));
        return;
    }
    if (value)
        fail_msg("%s is missing", name);
}

static void test_headers(void **state)
{
    struct http_header out[CORS_HEADERS_MAX];
    struct asked a;
    ask(&a, true, "b.org", "https://a.org", "X-Token");
    size_t count = cors_headers("*", &a.request, false, out);
    assert_int_equal(count, 3);
    expect_header(out, count, "Access-Control-Allow-Origin", "https://a.org");
    expect_header(out, count, "Access-Control-Allow-Credentials", "true");
    expect_header(out, count, "Vary", "Origin");
}

static void test_preflight(void **state)
{
    struct http_header out[CORS_HEADERS_MAX];
    struct asked a;
    ask(&a, true, "b.org", "https://a.org", "X-Token, Content-Type");
    size_t count = cors_headers("https://a.org", &a.request, true, out);
    assert_int_equal(count, CORS_HEADERS_MAX);
    expect_header(out, count, "Access-Control-Allow-Origin", "https://a.org");
    expect_header(out, count, "Access-Control-Allow-Methods", "OPTIONS, GET, POST");
    expect_header(out, count, "Access-Control-Allow-Headers", "X-Token, Content-Type");
    expect_header(out, count, "Access-Control-Max-Age", "7200");

    ask(&a, true, "b.org", "https://a.org", NULL);
    count = cors_headers("https://a.org", &a.request, true, out);
    expect_header(out, count, "Access-Control-Allow-Headers", NULL);
    ask(&a, true, "b.org", "https://a.org", "X\r\nSet-Cookie: a=1");
    count = cors_headers("https://a.org", &a.request, true, out);
    expect_header(out, count, "Access-Control-Allow-Headers", NULL);
}

static void test_no_headers(void **state)
{
    struct http_header out[CORS_HEADERS_MAX];
    struct asked a;
    ask(&a, true, "b.org", NULL, NULL);
    assert_int_equal(cors_headers("*", &a.request, true, out), 0);
    ask(&a, true, "b.org", "https://evil.org", NULL);
    assert_int_equal(cors_headers("https://a.org", &a.request, true, out), 0);
    assert_int_equal(cors_headers(NULL, &a.request, true, out), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_is_allowed), cmocka_unit_test(test_behind_a_proxy),
        cmocka_unit_test(test_headers),        cmocka_unit_test(test_preflight),
        cmocka_unit_test(test_no_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
