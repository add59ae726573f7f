/* What is believed of a proxy's headers, and of those that a client made up. */
#include "core/server/forwarded.h"

#include "spec/core/support/rig.h"

#define LOCAL "127.0.0.1\n10.0.0.0/8"

struct seen {
    const char *trusted, *peer;
    const char *addresses[2]; /* X-Forwarded-For, which may come twice */
    const char *scheme;       /* X-Forwarded-Proto */
    bool over_tls;
    const char *expected;
    bool expected_secure;
};

static const struct seen cases[] = {
    /* Nobody is trusted unless the configuration says so. */
    {NULL, "127.0.0.1", {"203.0.113.9"}, "https", false, "127.0.0.1", false},
    {NULL, "127.0.0.1", {"203.0.113.9"}, "http", true, "127.0.0.1", true},
    {"10.0.0.1", "127.0.0.1", {"203.0.113.9"}, "https", false, "127.0.0.1", false},
    /* One proxy. */
    {LOCAL, "127.0.0.1", {"203.0.113.9"}, "https", false, "203.0.113.9", true},
    {LOCAL, "127.0.0.1", {"203.0.113.9"}, "http", true, "203.0.113.9", false},
    {LOCAL, "127.0.0.1", {"203.0.113.9"}, NULL, true, "203.0.113.9", true},
    {LOCAL, "127.0.0.1", {"203.0.113.9"}, NULL, false, "203.0.113.9", false},
    {LOCAL, "127.0.0.1", {NULL}, "https", false, "127.0.0.1", true},
    {LOCAL, "127.0.0.1", {NULL}, "WSS", false, "127.0.0.1", true},
    {LOCAL, "127.0.0.1", {"2001:db8::7"}, "https", false, "2001:db8::7", true},
    {"::1", "::1", {"203.0.113.9"}, "https", false, "203.0.113.9", true},
    {LOCAL, "::ffff:127.0.0.1", {"203.0.113.9"}, "https", false, "203.0.113.9", true},
    /* What the client itself sent stands in front, and is not believed. */
    {LOCAL, "127.0.0.1", {"8.8.8.8, 203.0.113.9"}, "https", false, "203.0.113.9", true},
    {LOCAL, "127.0.0.1", {"10.0.0.1, 203.0.113.9"}, "https", false, "203.0.113.9", true},
    {LOCAL, "127.0.0.1", {"8.8.8.8", "203.0.113.9"}, "https", false, "203.0.113.9", true},
    {LOCAL, "127.0.0.1", {"203.0.113.9"}, "https, http", false, "203.0.113.9", false},
    /* A proxy behind a proxy. */
    {LOCAL, "127.0.0.1", {"203.0.113.9, 10.0.0.7"}, "https", false, "203.0.113.9", true},
    {LOCAL, "127.0.0.1", {"203.0.113.9, 10.0.0.7"}, "https, http", false, "203.0.113.9", true},
    {LOCAL,
     "127.0.0.1",
     {"203.0.113.9", "10.0.0.7"},
     "http, https, http",
     false,
     "203.0.113.9",
     true},
    {LOCAL, "127.0.0.1", {"8.8.8.8, 203.0.113.9 ,10.0.0.7"}, "https", false, "203.0.113.9", true},
    {LOCAL, "127.0.0.1", {"10.0.0.8, 10.0.0.7"}, "https", false, "10.0.0.8", true},
    /* Ports, and what is no address. */
    {LOCAL, "127.0.0.1", {"203.0.113.9:4711"}, "https", false, "203.0.113.9", true},
    {LOCAL, "127.0.0.1", {"[2001:db8::7]:4711"}, "https", false, "2001:db8::7", true},
    {LOCAL, "127.0.0.1", {"[2001:db8::7]"}, "https", false, "2001:db8::7", true},
    {LOCAL, "127.0.0.1", {"unknown"}, "https", false, "127.0.0.1", true},
    {LOCAL, "127.0.0.1", {"203.0.113.9, unknown"}, "https", false, "127.0.0.1", true},
    {LOCAL, "127.0.0.1", {"203.0.113.9,"}, "https", false, "127.0.0.1", true},
    {LOCAL, "127.0.0.1", {""}, "", false, "127.0.0.1", false},
    {LOCAL, "127.0.0.1", {",,,"}, ",", false, "127.0.0.1", false},
    {LOCAL, "127.0.0.1", {"["}, "https", false, "127.0.0.1", true},
};

static void test_who_it_is(void **state)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct http_header all[] = {
            {SLICE("x-forwarded-for"), slice_str(cases[i].addresses[0])},
            {SLICE("X-Forwarded-Proto"), slice_str(cases[i].scheme)},
            {SLICE("X-Forwarded-For"), slice_str(cases[i].addresses[1])},
        };
        struct http_header given[3];
        struct http_request parts = {.headers = given,
                                     .is_secure = cases[i].over_tls,
                                     .remote_addr = slice_str(cases[i].peer)};
        for (size_t k = 0; k < 3; k++)
            if (all[k].value.ptr)
                given[parts.header_count++] = all[k];
        forwarded_apply(cases[i].trusted, &parts);
        if (!slice_equal(parts.remote_addr, slice_str(cases[i].expected)) ||
            parts.is_secure != cases[i].expected_secure)
            fail_msg("case %zu: %.*s %s", i, SLICE_ARG(parts.remote_addr),
                     parts.is_secure ? "secure" : "plain");
    }
}

/* The loopback and net make their requests by server_try_request. */
static void test_the_server_asks(void **state)
{
    struct http_header headers[] = {{SLICE("X-Forwarded-For"), SLICE("203.0.113.9")},
                                    {SLICE("X-Forwarded-Proto"), SLICE("https")}};
    struct http_request parts = {.method = SLICE("GET"),
                                 .path = SLICE("/"),
                                 .remote_addr = SLICE("127.0.0.1"),
                                 .headers = headers,
                                 .header_count = 2};
    struct rig r;

    rig_init(&r, "trusted_proxies=127.0.0.0/8");
    struct http_request *seen = server_try_request(r.server, &parts);
    assert_true(slice_equal(seen->remote_addr, SLICE("203.0.113.9")));
    assert_true(seen->is_secure);
    http_request_unref(seen);
    rig_dispose(&r);

    rig_init(&r, NULL);
    seen = server_try_request(r.server, &parts);
    assert_true(slice_equal(seen->remote_addr, SLICE("127.0.0.1")));
    assert_false(seen->is_secure);
    http_request_unref(seen);
    rig_dispose(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_it_is),
        cmocka_unit_test(test_the_server_asks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
