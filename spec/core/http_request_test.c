/* Requests: a copy of everything, headers found in any case, freed by the last reference. */
#include "core/server/http_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static const struct http_header headers[] = {
    {SLICE("Host"), SLICE("example.com")},
    {SLICE("X-Empty"), SLICE("")},
    {SLICE("accept"), SLICE("text/html")},
    {SLICE("Accept"), SLICE("second")},
};

static const struct http_request parts = {
    .is_secure = true,
    .method = SLICE("GET"),
    .path = SLICE("/user/ann"),
    .query = SLICE("a=1&b=2"),
    .remote_addr = SLICE("127.0.0.1"),
    .header_count = 4,
    .headers = headers,
};

static void expect_slice(struct slice got, const char *wanted)
{
    if (!slice_equal(got, slice_str(wanted)))
        fail_msg("got \"%.*s\", not \"%s\"", SLICE_ARG(got), wanted);
}

static void test_copies_everything(void **state)
{
    char method[] = "GET", path[] = "/user/ann", query[] = "a=1&b=2", addr[] = "127.0.0.1";
    char name[] = "Host", value[] = "example.com";
    struct http_header own = {slice_str(name), slice_str(value)};
    struct http_request from = parts;
    from.method = slice_str(method);
    from.path = slice_str(path);
    from.query = slice_str(query);
    from.remote_addr = slice_str(addr);
    from.headers = &own;
    from.header_count = 1;

    struct http_request *r = http_request_try_create(&from);
    assert_non_null(r);
    memset(method, 'x', sizeof(method));
    memset(path, 'x', sizeof(path));
    memset(query, 'x', sizeof(query));
    memset(addr, 'x', sizeof(addr));
    memset(name, 'x', sizeof(name));
    memset(value, 'x', sizeof(value));
    memset(&own, 0, sizeof(own));
    assert_true(r->is_secure);
    expect_slice(r->method, "GET");
    expect_slice(r->path, "/user/ann");
    expect_slice(r->query, "a=1&b=2");
    expect_slice(r->remote_addr, "127.0.0.1");
    assert_int_equal(r->header_count, 1);
    expect_slice(r->headers[0].name, "Host");
    expect_slice(r->headers[0].value, "example.com");
    http_request_unref(r);
}

static void test_headers_in_any_case(void **state)
{
    struct http_request *r = http_request_try_create(&parts);
    assert_non_null(r);
    expect_slice(http_request_header(r, "host"), "example.com");
    expect_slice(http_request_header(r, "HOST"), "example.com");
    expect_slice(http_request_header(r, "Accept"), "text/html"); /* the first of two */
    assert_non_null(http_request_header(r, "x-empty").ptr);
    assert_int_equal(http_request_header(r, "x-empty").len, 0);
    assert_null(http_request_header(r, "Hos").ptr);
    assert_null(http_request_header(r, "Hosts").ptr);
    assert_null(http_request_header(r, "").ptr);
    http_request_unref(r);
}

static void expect_agent(const char *agent, bool okhttp)
{
    const struct http_header header = {SLICE("User-Agent"), slice_str(agent)};
    const struct http_request r = {.headers = &header, .header_count = 1};
    assert_int_equal(http_request_agent_is(&r, "okhttp"), okhttp);
}

static void test_agent(void **state)
{
    const struct http_request none = {0};
    expect_agent("okhttp/4.12.0", true);
    expect_agent("OkHttp/3.0 (Android)", true);
    expect_agent("okhttp", true);
    expect_agent("okhttps/1", false);
    expect_agent("okh/1", false);
    expect_agent("Mozilla/5.0 okhttp/4.12.0", false);
    expect_agent("/", false);
    expect_agent("", false);
    assert_false(http_request_agent_is(&none, "okhttp"));
}

static void test_nothing_to_copy(void **state)
{
    const struct http_request empty = {0};
    struct http_request *r = http_request_try_create(&empty);
    assert_non_null(r);
    assert_int_equal(r->path.len, 0);
    assert_null(http_request_header(r, "Host").ptr);
    http_request_unref(r);
}

static void test_lives_until_the_last_reference(void **state)
{
    struct http_request *r = http_request_try_create(&parts);
    assert_non_null(r);
    assert_ptr_equal(http_request_ref(r), r);
    http_request_unref(r);
    expect_slice(r->path, "/user/ann"); /* ASan would tell */
    http_request_unref(r);
}

static void test_short_memory(void **state)
{
    mem_test_fail_nth(1);
    assert_null(http_request_try_create(&parts));
    mem_test_fail_nth(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copies_everything),
        cmocka_unit_test(test_headers_in_any_case),
        cmocka_unit_test(test_agent),
        cmocka_unit_test(test_nothing_to_copy),
        cmocka_unit_test(test_lives_until_the_last_reference),
        cmocka_unit_test(test_short_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
