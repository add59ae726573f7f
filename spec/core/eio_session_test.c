/* Engine.IO sessions on loopback transports: handshake, polling, upgrade and queue. */
#include "support/rig.h"
#include <stdio.h>

static void test_handshake(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, NULL);
    struct loopback *l = rig_connect(&r);
    rig_expect(l, "0{\"sid\":\"%\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,"
                  "\"maxPayload\":1000000}");
    rig_expect(l, "");
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

static void test_handshake_refusals(void **state)
{
    static const struct {
        const char *method, *query;
        unsigned status;
        const char *body;
    } cases[] = {
        {"GET", "EIO=4", 400, "{\"code\":0,\"message\":\"Transport unknown\"}"},
        {"GET", "EIO=4&transport=abc", 400, "{\"code\":0,\"message\":\"Transport unknown\"}"},
        {"GET", "EIO=4&transport=polling&sid=nobody", 400,
         "{\"code\":1,\"message\":\"Session ID unknown\"}"},
        {"POST", "EIO=4&transport=polling", 400,
         "{\"code\":2,\"message\":\"Bad handshake method\"}"},
        {"GET", "EIO=4&transport=websocket", 400, "{\"code\":3,\"message\":\"Bad request\"}"},
        {"GET", "EIO=5&transport=polling", 400,
         "{\"code\":5,\"message\":\"Unsupported protocol version\"}"},
    };
    struct rig r;
    (void)state;
    rig_init(&r, "allow_eio3=false");
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct loopback_http h;
        rig_http(&r, &h, cases[i].method, "/socket.io/", cases[i].query, "");
        rig_http_expect(&h, cases[i].status, slice_str(cases[i].body));
        rig_logged(&r, "refused");
    }
    rig_dispose(&r);
}

static void test_malformed_closes(void **state)
{
    static const char *const cases[] = {"",
                                        "abc",
                                        "9",
                                        "2",
                                        "4",
                                        "4abc",
                                        "47",
                                        "42",
                                        "42{}",
                                        "42[",
                                        "42[]",
                                        "4251-[\"a\"]",
                                        "43[]",
                                        "40[]",
                                        "42[\"connect\"]",
                                        "44{}",
                                        "42/chat,[\"a\"]"};
    struct rig r;
    (void)state;
    rig_init(&r, NULL);
    struct loopback *other = rig_join(&r);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct loopback *l = rig_join(&r);
        buf_reset(&r.logged, 0);
        rig_text(&r, l, cases[i]);
        if (loopback_up(l, NULL))
            fail_msg("%s did not close the session", cases[i]);
        rig_logged(&r, "closed");
        loopback_destroy(l, r.now_ns);
        rig_text(&r, other, "42[\"echo\"]");
        rig_expect(other, "42[\"echo\"]");
    }
    loopback_destroy(other, r.now_ns);
    rig_dispose(&r);
}

static void test_polling(void **state)
{
    struct rig r;
    struct loopback_http open, poll, post;
    (void)state;
    rig_init(&r, NULL);
    rig_http(&r, &open, "GET", "/socket.io/", "EIO=4&transport=polling", "");
    struct slice sid = rig_sid(&open);
    assert_non_null(strstr(open.body.ptr, "\"upgrades\":[\"websocket\"]"));
    rig_http(&r, &post, "POST", "/socket.io/", rig_session_query(sid), "40");
    rig_http_expect(&post, 200, SLICE("ok"));
    rig_http(&r, &poll, "GET", "/socket.io/", rig_session_query(sid), "");
    assert_true(slice_starts_with(buf_slice(&poll.body), SLICE("40{\"sid\":")));
    loopback_http_dispose(&poll);

    rig_http(&r, &poll, "GET", "/socket.io/", rig_session_query(sid), "");
    assert_false(poll.done);
    rig_http(
        &r, &post, "POST", "/socket.io/", rig_session_query(sid),
        "42[\"echo\",1]\x1e"
        "452-[\"echo\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]\x1e"
        "bAQID\x1e"
        "bBA==");
    rig_http_expect(&post, 200, SLICE("ok"));
    rig_http_expect(
        &poll, 200,
        SLICE("42[\"echo\",1]\x1e"
              "452-[\"echo\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]"
              "\x1e"
              "bAQID\x1e"
              "bBA=="));
    loopback_http_dispose(&open);
    rig_dispose(&r);
}

static void test_two_polls_at_once(void **state)
{
    struct rig r;
    struct loopback_http open, first, second, third;
    (void)state;
    rig_init(&r, NULL);
    rig_http(&r, &open, "GET", "/socket.io/", "EIO=4&transport=polling", "");
    struct slice sid = rig_sid(&open);
    rig_http(&r, &first, "GET", "/socket.io/", rig_session_query(sid), "");
    rig_http(&r, &second, "GET", "/socket.io/", rig_session_query(sid), "");
    rig_http_expect(&first, 200, SLICE("1"));
    assert_int_equal(second.status, 400);
    rig_logged(&r, "two polls at once");
    rig_http(&r, &third, "GET", "/socket.io/", rig_session_query(sid), "");
    assert_int_equal(third.status, 400);
    loopback_http_dispose(&second);
    loopback_http_dispose(&third);
    loopback_http_dispose(&open);
    rig_dispose(&r);
}

static void test_cancelled_poll(void **state)
{
    struct rig r;
    struct loopback_http open, poll, post;
    (void)state;
    rig_init(&r, NULL);
    rig_http(&r, &open, "GET", "/socket.io/", "EIO=4&transport=polling", "");
    struct slice sid = rig_sid(&open);
    rig_http(&r, &post, "POST", "/socket.io/", rig_session_query(sid), "40");
    rig_http_expect(&post, 200, SLICE("ok"));
    rig_http(&r, &poll, "GET", "/socket.io/", rig_session_query(sid), "");
    loopback_http_dispose(&poll);
    rig_http(&r, &poll, "GET", "/socket.io/", rig_session_query(sid), "");
    loopback_http_dispose(&poll);
    rig_turn(&r);
    rig_told(&r, "connect / % \ndisconnect / % transport error rooms=0\n");
    loopback_http_dispose(&open);
    rig_dispose(&r);
}

static void test_client_close_over_polling(void **state)
{
    struct rig r;
    struct loopback_http open, poll, post;
    (void)state;
    rig_init(&r, NULL);
    rig_http(&r, &open, "GET", "/socket.io/", "EIO=4&transport=polling", "");
    struct slice sid = rig_sid(&open);
    rig_http(&r, &poll, "GET", "/socket.io/", rig_session_query(sid), "");
    rig_http(&r, &post, "POST", "/socket.io/", rig_session_query(sid), "1");
    rig_http_expect(&post, 200, SLICE("ok"));
    rig_http_expect(&poll, 200, SLICE("6"));
    loopback_http_dispose(&open);
    rig_dispose(&r);
}

static void test_body_too_large(void **state)
{
    struct rig r;
    struct loopback_http open, poll, post;
    char body[202];
    (void)state;
    memset(body, 'a', sizeof(body) - 1);
    body[sizeof(body) - 1] = 0;
    rig_init(&r, "max_http_buffer_size=200");
    rig_http(&r, &open, "GET", "/socket.io/", "EIO=4&transport=polling", "");
    struct slice sid = rig_sid(&open);
    rig_http(&r, &poll, "GET", "/socket.io/", rig_session_query(sid), "");
    rig_http(&r, &post, "POST", "/socket.io/", rig_session_query(sid), body);
    rig_http_expect(&post, 413, SLICE(""));
    rig_http_expect(&poll, 200, SLICE("6")); /* not the end: the client is to hear of the 413 */
    rig_logged(&r, "over max_http_buffer_size");
    assert_int_equal(r.server->sessions.count, 0);
    loopback_http_dispose(&open);
    rig_dispose(&r);
}

static struct loopback *upgrade(struct rig *r, struct slice sid)
{
    char query[96];
    snprintf(query, sizeof(query), "EIO=4&transport=websocket&sid=%.*s", SLICE_ARG(sid));
    return loopback_connect(r->server, slice_str(query), NULL, 0, r->now_ns, NULL);
}

static void test_upgrade(void **state)
{
    struct rig r;
    struct loopback_http open, poll, post, late;
    (void)state;
    rig_init(&r, NULL);
    rig_http(&r, &open, "GET", "/socket.io/", "EIO=4&transport=polling", "");
    struct slice sid = rig_sid(&open);
    rig_http(&r, &post, "POST", "/socket.io/", rig_session_query(sid), "40");
    rig_http_expect(&post, 200, SLICE("ok"));
    rig_http(&r, &poll, "GET", "/socket.io/", rig_session_query(sid), "");
    loopback_http_dispose(&poll);
    rig_http(&r, &poll, "GET", "/socket.io/", rig_session_query(sid), "");

    struct loopback *l = upgrade(&r, sid);
    rig_text(&r, l, "2probe");
    rig_expect(l, "3probe");
    assert_false(poll.done);
    rig_advance(&r, 0.1);
    rig_http_expect(&poll, 200, SLICE("6")); /* released, so that the client can go on */
    struct emit_target all = {.namespace_ = SLICE("/")};
    struct emit_body hi = {.json = SLICE("[\"between\"]")};
    server_emit(r.server, &all, &hi, NULL);
    rig_turn(&r);
    rig_expect(l, "");
    rig_text(&r, l, "5");
    rig_expect(l, "42[\"between\"]");
    rig_text(&r, l, "42[\"echo\",2]");
    rig_expect(l, "42[\"echo\",2]");
    rig_http(&r, &late, "GET", "/socket.io/", rig_session_query(sid), "");
    assert_int_equal(late.status, 400);
    loopback_http_dispose(&late);
    struct loopback *second = upgrade(&r, sid);
    assert_false(loopback_up(second, NULL));
    loopback_destroy(second, r.now_ns);
    assert_true(loopback_up(l, NULL));
    loopback_destroy(l, r.now_ns);
    rig_turn(&r);
    rig_told(
        &r,
        "connect / % \nevent / % echo [\"echo\",2] 0\ndisconnect / % transport close rooms=0\n");
    loopback_http_dispose(&open);
    rig_dispose(&r);
}

static void test_upgrade_abandoned_or_late(void **state)
{
    struct rig r;
    struct loopback_http open, post;
    (void)state;
    rig_init(&r, "upgrade_timeout=3");
    rig_http(&r, &open, "GET", "/socket.io/", "EIO=4&transport=polling", "");
    struct slice sid = rig_sid(&open);
    struct loopback *lost = upgrade(&r, sid);
    loopback_destroy(lost, r.now_ns);
    struct loopback *slow = upgrade(&r, sid);
    rig_advance(&r, 3.1);
    assert_false(loopback_up(slow, NULL));
    rig_logged(&r, "stays on polling");
    struct loopback *wrong = upgrade(&r, sid);
    rig_text(&r, wrong, "2prob");
    assert_false(loopback_up(wrong, NULL));
    rig_http(&r, &post, "POST", "/socket.io/", rig_session_query(sid), "40");
    rig_http_expect(&post, 200, SLICE("ok"));
    rig_told(&r, "connect / % \n");
    loopback_destroy(slow, r.now_ns);
    loopback_destroy(wrong, r.now_ns);
    loopback_http_dispose(&open);
    rig_dispose(&r);
}

/* What memory is short for is not called malformed. */
static void test_short_memory(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, NULL);
    struct loopback *l = rig_join(&r);
    mem_test_fail_nth(1);
    rig_text(&r, l, "bAQI=");
    mem_test_fail_nth(0);
    assert_false(loopback_up(l, NULL));
    rig_logged(&r, "out of memory for a packet");
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

/* A client that was told to force base64 does so over a WebSocket, too, and says b64=1. */
static void test_base64_over_websocket(void **state)
{
    static const char text[] = "451-[\"echo\",{\"_placeholder\":true,\"num\":0}]";
    struct rig r;
    (void)state;
    rig_init(&r, NULL);
    struct slice query = SLICE("EIO=4&transport=websocket&b64=1");
    struct loopback *coded = loopback_connect(r.server, query, NULL, 0, r.now_ns, NULL);
    rig_text(&r, coded, "40");
    rig_expect(coded, "0{*");
    rig_expect(coded, "40{*");
    rig_text(&r, coded, text);
    rig_text(&r, coded, "bAQI=");
    rig_expect(coded, text);
    rig_expect(coded, "bAQI=");
    rig_text(&r, coded, text);
    rig_text(&r, coded, "b*");
    assert_false(loopback_up(coded, NULL));

    struct loopback *plain = rig_join(&r);
    rig_text(&r, plain, text);
    rig_text(&r, plain, "bAQI=");
    rig_expect(plain, text);
    rig_expect_binary(plain, "\x01\x02", 2);
    loopback_destroy(coded, r.now_ns);
    loopback_destroy(plain, r.now_ns);
    rig_dispose(&r);
}

static void test_one_write_a_turn(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, NULL);
    struct loopback *l = rig_join(&r);
    size_t before = loopback_writes(l);
    for (int i = 0; i < 8; i++)
        loopback_send_text(l, SLICE("42[\"echo\"]"), r.now_ns);
    rig_turn(&r);
    assert_int_equal(loopback_writes(l), before + 1);
    for (int i = 0; i < 8; i++)
        rig_expect(l, "42[\"echo\"]");
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

static void test_volatile_is_dropped_when_behind(void **state)
{
    struct rig r;
    struct emit_target all = {.namespace_ = SLICE("/"), .is_volatile = true};
    struct emit_body hi = {.json = SLICE("[\"v\"]")};
    (void)state;
    rig_init(&r, NULL);
    struct loopback *l = rig_join(&r);
    server_emit(r.server, &all, &hi, NULL);
    server_emit(r.server, &all, &hi, NULL);
    rig_turn(&r);
    rig_expect(l, "42[\"v\"]");
    rig_expect(l, "42[\"v\"]");
    loopback_throttle(l, 0);
    rig_text(&r, l, "42[\"echo\"]"); /* finds the transport blocked */
    server_emit(r.server, &all, &hi, NULL);
    rig_turn(&r);
    loopback_throttle(l, SIZE_MAX);
    rig_turn(&r);
    rig_expect(l, "42[\"echo\"]");
    rig_expect(l, "");
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

static void test_max_clients(void **state)
{
    struct rig r;
    struct loopback_http h;
    (void)state;
    rig_init(&r, "max_clients=1");
    struct loopback *l = rig_connect(&r);
    rig_expect(l, "0*");
    rig_http(&r, &h, "GET", "/socket.io/", "EIO=4&transport=polling", "");
    assert_int_equal(h.status, 503);
    rig_logged(&r, "max_clients");
    unsigned status = 0;
    assert_null(
        loopback_connect(r.server, SLICE("EIO=4&transport=websocket"), NULL, 0, r.now_ns, &status));
    assert_int_equal(status, 503);
    rig_logged(&r, "max_clients");
    loopback_http_dispose(&h);
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

static size_t packets_of(struct loopback_http *h)
{
    size_t count = 1;
    assert_true(h->done);
    assert_int_equal(h->status, 200);
    for (size_t i = 0; i < h->body.len; i++)
        count += h->body.ptr[i] == '\x1e';
    return count;
}

/* python-engineio's client leaves when a payload has more than 16 packets. */
static void test_few_packets_for_python(void **state)
{
    static const size_t expected[] = {16, 16, 10}; /* CONNECT, 40 events and the end */
    struct emit_target all = {.namespace_ = SLICE("/")};
    struct emit_body hi = {.json = SLICE("[\"hi\"]")};
    struct rig r;
    struct loopback_http open, post, poll;
    (void)state;
    rig_init(&r, NULL);
    rig_http(&r, &open, "GET", "/socket.io/", "EIO=4&transport=polling", "");
    struct slice sid = rig_sid(&open);
    rig_http(&r, &post, "POST", "/socket.io/", rig_session_query(sid), "40");
    rig_http_expect(&post, 200, SLICE("ok"));
    for (int i = 0; i < 40; i++)
        server_emit(r.server, &all, &hi, NULL);
    for (int i = 0; i < 3; i++) {
        if (i == 1) /* what is queued leaves before the end */
            server_close(r.server, r.now_ns);
        rig_poll(&r, &poll, "GET", rig_session_query(sid), "User-Agent: Python/3.11 aiohttp/3.8",
                 SLICE(""));
        assert_int_equal(packets_of(&poll), expected[i]);
        loopback_http_dispose(&poll);
    }
    assert_int_equal(r.server->sessions.count, 0);
    loopback_http_dispose(&open);
    rig_dispose(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handshake),
        cmocka_unit_test(test_handshake_refusals),
        cmocka_unit_test(test_malformed_closes),
        cmocka_unit_test(test_polling),
        cmocka_unit_test(test_two_polls_at_once),
        cmocka_unit_test(test_cancelled_poll),
        cmocka_unit_test(test_client_close_over_polling),
        cmocka_unit_test(test_body_too_large),
        cmocka_unit_test(test_upgrade),
        cmocka_unit_test(test_upgrade_abandoned_or_late),
        cmocka_unit_test(test_short_memory),
        cmocka_unit_test(test_base64_over_websocket),
        cmocka_unit_test(test_one_write_a_turn),
        cmocka_unit_test(test_volatile_is_dropped_when_behind),
        cmocka_unit_test(test_max_clients),
        cmocka_unit_test(test_few_packets_for_python),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
