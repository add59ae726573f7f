/* The door of Engine.IO: versions, statuses, content types, CORS and cookies on both transports, as
 * the reference server answers them. What a session does behind the door is eio_session_test's and
 * eio3_session_test's. */
#include "support/rig.h"
#include <stdio.h>

#define POLLING_4 "EIO=4&transport=polling"

static struct loopback_http ask(struct rig *r, const char *method, const char *query,
                                const char *header, const char *body)
{
    struct loopback_http h;
    rig_poll(r, &h, method, query, header, slice_str(body));
    return h;
}

static void expect_header(struct loopback_http *h, const char *name, const char *value)
{
    struct slice got = loopback_http_header(h, name);
    if (value ? !slice_equal(got, slice_str(value)) : got.ptr != NULL)
        fail_msg("%s is %.*s, not %s", name, SLICE_ARG(got), value ? value : "absent");
}

/* Opens a session; `query` gets what its further requests carry. */
static void open_session(struct rig *r, const char *first, char query[128])
{
    struct loopback_http h = ask(r, "GET", first, NULL, "");
    assert_int_equal(h.status, 200);
    buf_append_char(&h.body, '\0');
    const char *sid = strstr(h.body.ptr, "sid") + 3;
    sid += strspn(sid, "\\\":");
    snprintf(query, 128, "%s&sid=%.20s", first, sid);
    loopback_http_dispose(&h);
}

static void test_statuses(void **state)
{
    static const struct {
        const char *method, *query;
        unsigned status;
        const char *body;
    } cases[] = {
        {"GET", "EIO=4", 400, "{\"code\":0,\"message\":\"Transport unknown\"}"},
        {"GET", "EIO=4&transport=webtransport", 400,
         "{\"code\":0,\"message\":\"Transport unknown\"}"},
        {"GET", POLLING_4 "&sid=__proto__", 400, "{\"code\":1,\"message\":\"Session ID unknown\"}"},
        {"PUT", POLLING_4, 400, "{\"code\":2,\"message\":\"Bad handshake method\"}"},
        {"GET", "EIO=4&transport=websocket", 400, "{\"code\":3,\"message\":\"Bad request\"}"},
        {"GET", POLLING_4 "&transport=websocket", 400, "{\"code\":3,\"message\":\"Bad request\"}"},
    };
    struct rig r;
    (void)state;
    rig_init(&r, NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct loopback_http h = ask(&r, cases[i].method, cases[i].query, NULL, "");
        expect_header(&h, "content-type", "application/json");
        expect_header(&h, "cache-control", "no-store");
        rig_http_expect(&h, cases[i].status, slice_str(cases[i].body));
    }
    rig_dispose(&r);
}

static void test_transports_change(void **state)
{
    static const char unknown[] = "{\"code\":0,\"message\":\"Transport unknown\"}";
    struct config_value only = {.type = CONFIG_STRING, .text = SLICE("websocket")};
    struct buf error = BUF_INIT;
    struct rig r;
    char query[128];
    (void)state;
    rig_init(&r, NULL);
    open_session(&r, POLLING_4, query);
    assert_true(config_set(&r.server->config, SLICE("transports"), &only, &error));
    struct loopback_http h = ask(&r, "POST", query, NULL, "40");
    rig_http_expect(&h, 200, SLICE("ok")); /* who is there stays */
    h = ask(&r, "GET", POLLING_4, NULL, "");
    rig_http_expect(&h, 400, SLICE(unknown));
    h = ask(&r, "GET", POLLING_4 "&sid=nobody", NULL, "");
    rig_http_expect(&h, 400, SLICE(unknown));
    rig_dispose(&r);
}

static void test_statuses_of_a_session(void **state)
{
    static const char refused[] = "{\"code\":3,\"message\":\"Bad request\"}";
    struct rig r;
    char query[128];
    (void)state;
    rig_init(&r, NULL);
    open_session(&r, POLLING_4, query);
    struct loopback_http h = ask(&r, "DELETE", query, NULL, "");
    rig_http_expect(&h, 400, SLICE(refused));
    h = ask(&r, "POST", query, NULL, "40");
    expect_header(&h, "content-type", "text/html");
    expect_header(&h, "cache-control", "no-store");
    rig_http_expect(&h, 200, SLICE("ok"));
    h = ask(&r, "GET", query, NULL, "");
    expect_header(&h, "content-type", "text/plain; charset=UTF-8");
    expect_header(&h, "cache-control", "no-store");
    assert_int_equal(h.status, 200);
    loopback_http_dispose(&h);
    h = ask(&r, "POST", query, "Content-Type: application/octet-stream", "40");
    rig_http_expect(&h, 400, SLICE(refused)); /* protocol 4 has no binary payload */
    rig_logged(&r, "a binary POST, which protocol 4 does not have");
    assert_int_equal(r.server->sessions.count, 0);
    rig_dispose(&r);
}

static void test_websocket_statuses(void **state)
{
    static const char *const cases[] = {"EIO=4", "EIO=4&transport=webtransport", POLLING_4,
                                        "EIO=4&transport=websocket&sid=nobody"};
    struct rig r;
    unsigned status;
    (void)state;
    rig_init(&r, NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_null(loopback_connect(r.server, slice_str(cases[i]), NULL, 0, r.now_ns, &status));
        assert_int_equal(status, 400);
    }
    rig_dispose(&r);
}

/* What is not 4 is 3, and a session stays what it was when it was opened. */
static void test_version_is_the_sessions(void **state)
{
    static const char *const versions[] = {"transport=polling", "EIO=3&transport=polling",
                                           "EIO=2&transport=polling", "EIO=&transport=polling",
                                           "EIO=44&transport=polling"};
    struct rig r;
    char query[128], other[128];
    (void)state;
    rig_init(&r, NULL);
    for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++) {
        open_session(&r, versions[i], query);
        snprintf(other, sizeof(other), POLLING_4 "&sid=%s", strstr(query, "sid=") + 4);
        struct loopback_http h = ask(&r, "POST", other, NULL, "1:2");
        rig_http_expect(&h, 200, SLICE("ok"));
        h = ask(&r, "GET", other, NULL, "");
        rig_http_expect(&h, 200, SLICE("1:3"));
    }
    open_session(&r, POLLING_4, query);
    snprintf(other, sizeof(other), "EIO=3&transport=polling&sid=%s", strstr(query, "sid=") + 4);
    struct loopback_http h = ask(&r, "POST", other, NULL, "40");
    rig_http_expect(&h, 200, SLICE("ok"));
    rig_dispose(&r);
}

/* As a WebSocket's: events, namespaces and all. */
static void test_payloads_that_are_no_text(void **state)
{
    static const struct {
        const char *query, *body;
    } cases[] = {
        {POLLING_4, "42[\"echo\",\"\xff\"]"},
        {POLLING_4, "40/\xc3,"},
        {POLLING_4 "&j=1", "d=40%2F%C3%2C"},
        {"EIO=3&transport=polling", "6:40/\xff\xff,"},
    };
    struct rig r;
    char query[128];
    (void)state;
    rig_init(&r, NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        open_session(&r, cases[i].query, query);
        struct loopback_http h = ask(&r, "POST", query, NULL, cases[i].body);
        rig_http_expect(&h, 400, SLICE("{\"code\":3,\"message\":\"Bad request\"}"));
        rig_logged(&r, "malformed Engine.IO packet");
        assert_int_equal(r.server->sessions.count, 0);
    }
    rig_dispose(&r);
}

/* They say nothing to a server, and end nothing. */
static void test_packets_that_are_passed_over(void **state)
{
    struct rig r;
    char query[128];
    (void)state;
    rig_init(&r, NULL);
    open_session(&r, POLLING_4, query);
    struct loopback_http h = ask(&r, "POST", query, NULL,
                                 "6\x1e"
                                 "5\x1e"
                                 "0{}\x1e"
                                 "40");
    rig_http_expect(&h, 200, SLICE("ok"));
    rig_told(&r, "connect / % \n");
    rig_dispose(&r);
}

/* The form's field `d`: `\n` was a newline, `\\n` an escape of JSON. */
static void test_jsonp_payloads(void **state)
{
    struct rig r;
    char query[128];
    (void)state;
    rig_init(&r, NULL);
    open_session(&r, POLLING_4 "&j=3x1", query);
    struct loopback_http h = ask(&r, "POST", query, NULL,
                                 "d=40%1E42%5B%22echo%22%2C%22a%5C%5Cnb\xe2\x80\xa8%22%2C%5Cn1%5D");
    rig_http_expect(&h, 200, SLICE("ok"));
    rig_told(&r, "connect / % \nevent / % echo [\"echo\",\"a\\nb\xe2\x80\xa8\",\n1] 0\n");
    h = ask(&r, "GET", query, NULL, "");
    expect_header(&h, "content-type", "text/javascript; charset=UTF-8");
    assert_true(slice_starts_with(buf_slice(&h.body), SLICE("___eio[31](\"40{")));
    buf_append_char(&h.body, '\0');
    assert_non_null(strstr(h.body.ptr, "\\u2028")); /* it would end a line of script */
    assert_null(strstr(h.body.ptr, "\xe2\x80\xa8"));
    loopback_http_dispose(&h);
    rig_dispose(&r);
}

/* b64 counts for the transport that says it. */
static void test_base64_is_of_the_transport(void **state)
{
    static const char text[] = "451-[\"echo\",{\"_placeholder\":true,\"num\":0}]";
    struct rig r;
    char query[128], upgrade[128];
    (void)state;
    rig_init(&r, NULL);
    open_session(&r, "EIO=3&transport=polling&b64=1", query);
    snprintf(upgrade, sizeof(upgrade), "EIO=3&transport=websocket&sid=%s",
             strstr(query, "sid=") + 4);
    struct loopback *l = loopback_connect(r.server, slice_str(upgrade), NULL, 0, r.now_ns, NULL);
    rig_text(&r, l, "2probe");
    rig_expect(l, "3probe");
    rig_text(&r, l, "5");
    rig_text(&r, l, text);
    rig_text(&r, l, "b4AQI=");
    rig_expect(l, text);
    rig_expect_binary(l, "\x04\x01\x02", 3);
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

/* As Arduino libraries do it, with a poll that is open and without. */
static void test_upgrade_without_probe(void **state)
{
    struct rig r;
    char query[128], upgrade[128];
    (void)state;
    rig_init(&r, NULL);
    for (int polls = 0; polls < 2; polls++) {
        struct loopback_http poll;
        open_session(&r, "EIO=4&transport=polling", query);
        snprintf(upgrade, sizeof(upgrade), "EIO=4&transport=websocket&sid=%s",
                 strstr(query, "sid=") + 4);
        if (polls)
            rig_http(&r, &poll, "GET", "/socket.io/", query, "");
        struct loopback *l =
            loopback_connect(r.server, slice_str(upgrade), NULL, 0, r.now_ns, NULL);
        rig_text(&r, l, "52");
        rig_text(&r, l, "40");
        rig_told(&r, "connect / % \n");
        if (polls) {
            assert_true(poll.done);
            loopback_http_dispose(&poll);
        }
        loopback_destroy(l, r.now_ns);
        rig_turn(&r);
        rig_told(&r, "disconnect / % transport close rooms=0\n");
    }
    rig_dispose(&r);
}

static unsigned websocket_from(struct rig *r, const char *origin)
{
    struct http_header header = {SLICE("Origin"), slice_str(origin)};
    unsigned status;
    struct loopback *l = loopback_connect(r->server, SLICE("EIO=4&transport=websocket"), &header, 1,
                                          r->now_ns, &status);
    if (l)
        loopback_destroy(l, r->now_ns);
    rig_turn(r);
    return status;
}

static void test_origins(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, "cors_allowed_origins=http://good.example,http://other.example");
    struct loopback_http h = ask(&r, "GET", POLLING_4, "Origin: http://good.example", "");
    assert_int_equal(h.status, 200);
    expect_header(&h, "access-control-allow-origin", "http://good.example");
    expect_header(&h, "access-control-allow-credentials", "true");
    expect_header(&h, "vary", "Origin");
    expect_header(&h, "access-control-allow-methods", NULL);
    loopback_http_dispose(&h);
    h = ask(&r, "GET", POLLING_4 "&sid=x", "Origin: http://good.example", "");
    assert_int_equal(h.status, 400); /* the page may read why */
    expect_header(&h, "access-control-allow-origin", "http://good.example");
    loopback_http_dispose(&h);
    h = ask(&r, "OPTIONS", POLLING_4, "Origin: http://good.example", "");
    expect_header(&h, "access-control-allow-origin", "http://good.example");
    expect_header(&h, "access-control-allow-credentials", "true");
    expect_header(&h, "access-control-allow-methods", "OPTIONS, GET, POST");
    rig_http_expect(&h, 204, SLICE(""));
    assert_int_equal(websocket_from(&r, "http://other.example"), 101);

    static const char *const methods[] = {"GET", "OPTIONS"};
    for (size_t i = 0; i < 2; i++) {
        h = ask(&r, methods[i], POLLING_4, "Origin: http://evil.example", "");
        expect_header(&h, "access-control-allow-origin", NULL);
        rig_http_expect(&h, 403, SLICE("{\"code\":4,\"message\":\"Forbidden\"}"));
        rig_logged(&r, "cors_allowed_origins");
    }
    assert_int_equal(websocket_from(&r, "http://evil.example"), 403);
    rig_logged(&r, "http://evil.example");
    rig_dispose(&r);
}

static void test_cookie_comes_once(void **state)
{
    struct rig r;
    char query[128];
    (void)state;
    rig_init(&r, "cookie=io");
    open_session(&r, POLLING_4, query);
    struct loopback_http h = ask(&r, "POST", query, NULL, "40");
    expect_header(&h, "set-cookie", NULL);
    loopback_http_dispose(&h);
    h = ask(&r, "GET", query, NULL, "");
    assert_int_equal(h.status, 200);
    expect_header(&h, "set-cookie", NULL);
    loopback_http_dispose(&h);
    rig_dispose(&r);
}

static void test_transports(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, "transports=polling");
    struct loopback_http h = ask(&r, "GET", POLLING_4, NULL, "");
    buf_append_char(&h.body, '\0');
    assert_non_null(strstr(h.body.ptr, "\"upgrades\":[]"));
    loopback_http_dispose(&h);
    unsigned status;
    assert_null(
        loopback_connect(r.server, SLICE("EIO=4&transport=websocket"), NULL, 0, r.now_ns, &status));
    assert_int_equal(status, 400);
    rig_dispose(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transports_change),
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_statuses_of_a_session),
        cmocka_unit_test(test_websocket_statuses),
        cmocka_unit_test(test_version_is_the_sessions),
        cmocka_unit_test(test_payloads_that_are_no_text),
        cmocka_unit_test(test_packets_that_are_passed_over),
        cmocka_unit_test(test_jsonp_payloads),
        cmocka_unit_test(test_base64_is_of_the_transport),
        cmocka_unit_test(test_upgrade_without_probe),
        cmocka_unit_test(test_origins),
        cmocka_unit_test(test_cookie_comes_once),
        cmocka_unit_test(test_transports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
