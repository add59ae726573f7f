/* The heartbeat of Engine.IO 4: pings and pongs, and what else says that a client lives. */
#include "support/rig.h"
#include <stdio.h>

/* A reload may change the configuration: a client goes by what it was told. */
static void test_heartbeat_as_told(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, "ping_interval=10\nping_timeout=5");
    struct loopback *l = rig_join(&r);
    r.server->config.ping_interval = 600;
    r.server->config.ping_timeout = 0.1;
    rig_advance(&r, 10);
    rig_expect(l, "2");
    rig_advance(&r, 4.9);
    rig_text(&r, l, "3");
    rig_advance(&r, 10);
    rig_expect(l, "2");
    struct loopback *later = rig_connect(&r);
    rig_expect(later,
               "0{\"sid\":\"%\",\"upgrades\":[],\"pingInterval\":600000,\"pingTimeout\":100,*");
    loopback_destroy(later, r.now_ns);
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

static void test_heartbeat(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, "ping_interval=10\nping_timeout=5");
    struct loopback *l = rig_join(&r);
    rig_advance(&r, 9.9);
    rig_expect(l, "");
    rig_advance(&r, 0.2);
    rig_expect(l, "2");
    rig_text(&r, l, "3");
    rig_advance(&r, 10.1); /* the pong came at 10.1 s */
    rig_expect(l, "2");
    rig_advance(&r, 4.8);
    assert_true(loopback_up(l, NULL));
    rig_advance(&r, 0.2);
    assert_false(loopback_up(l, NULL));
    rig_told(&r, "connect / % \ndisconnect / % ping timeout rooms=0\n");
    rig_logged(&r, "no pong in time");
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

/* Any packet says that the client lives: its pong may stand behind many others. Until that comes it
 * is asked again, as its own patience counts from the latest ping. */
static void test_heard_without_pong(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, "ping_interval=10\nping_timeout=5");
    struct loopback *l = rig_join(&r);
    rig_advance(&r, 10);
    rig_expect(l, "2");
    for (int i = 0; i < 10; i++) {
        rig_advance(&r, 4);
        rig_expect(l, i ? "2" : "");
        rig_text(&r, l, "42[\"echo\"]");
        rig_expect(l, "42[\"echo\"]");
    }
    rig_advance(&r, 4.9);
    rig_expect(l, "2");
    rig_expect(l, "");
    assert_true(loopback_up(l, NULL));
    rig_advance(&r, 0.2);
    assert_false(loopback_up(l, NULL));
    rig_logged(&r, "no pong in time");
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

/* A packet from before the ping is no answer to it. */
static void test_heard_before_ping(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, "ping_interval=10\nping_timeout=5");
    struct loopback *l = rig_join(&r);
    rig_advance(&r, 9);
    rig_text(&r, l, "42[\"echo\"]");
    rig_expect(l, "42[\"echo\"]");
    rig_advance(&r, 5.9);
    rig_expect(l, "2");
    assert_true(loopback_up(l, NULL));
    rig_advance(&r, 0.2);
    assert_false(loopback_up(l, NULL));
    rig_expect(l, "");
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

/* One handler took all the time that a pong has: what came meanwhile is read before the verdict. */
static void test_pong_behind_slow_event(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, "ping_interval=10\nping_timeout=5");
    struct loopback *l = rig_join(&r), *silent = rig_join(&r);
    for (int i = 0; i < 2; i++) {
        rig_advance(&r, 10);
        rig_expect(l, "2");
        rig_expect(silent, i ? "" : "2");
        r.event_ns = 6 * NS_PER_S;
        rig_text(&r, l, "42[\"slow\"]");
        r.event_ns = 0;
        server_run(r.server, r.now_ns);
        rig_turn(&r);
        assert_true(loopback_up(l, NULL));
        assert_true(loopback_up(silent, NULL) == !i);
        rig_text(&r, l, "3");
        rig_advance(&r, 0.1);
        assert_true(loopback_up(l, NULL));
        assert_false(loopback_up(silent, NULL));
    }
    loopback_destroy(l, r.now_ns);
    loopback_destroy(silent, r.now_ns);
    rig_dispose(&r);
}

static void open_by_polling(struct rig *r, char query[64])
{
    struct loopback_http open;
    rig_poll(r, &open, "GET", "EIO=4&transport=polling", NULL, SLICE(""));
    snprintf(query, 64, "EIO=4&transport=polling&sid=%.20s",
             open.body.ptr + strlen("0{\"sid\":\""));
    loopback_http_dispose(&open);
}

static void expect_unknown(struct rig *r, const char *method, const char *query)
{
    struct loopback_http h;
    rig_poll(r, &h, method, query, NULL, slice_str(*method == 'P' ? "3" : ""));
    assert_int_equal(h.status, 400);
    loopback_http_dispose(&h);
    rig_logged(r, "no pong in time");
}

/* In the turn in which its time is up, neither a poll nor a POST revives a client. */
static void test_request_when_time_is_up(void **state)
{
    struct rig r;
    char query[2][64];
    (void)state;
    rig_init(&r, "ping_interval=10\nping_timeout=5");
    for (int i = 0; i < 2; i++)
        open_by_polling(&r, query[i]);
    rig_advance(&r, 10);
    r.now_ns += 5 * NS_PER_S + 100 * NS_PER_MS;
    expect_unknown(&r, "POST", query[0]);
    assert_int_equal(r.server->sessions.count, 1);
    expect_unknown(&r, "GET", query[1]);
    assert_int_equal(r.server->sessions.count, 0);
    rig_dispose(&r);
}

/* The POST with the pong may have waited while the server stood still; a poll says nothing. */
static void test_request_after_standing_still(void **state)
{
    struct rig r;
    struct loopback_http h;
    char query[2][64];
    (void)state;
    rig_init(&r, "ping_interval=10\nping_timeout=5");
    for (int i = 0; i < 2; i++)
        open_by_polling(&r, query[i]);
    rig_advance(&r, 10);
    r.now_ns += 5 * NS_PER_S + 101 * NS_PER_MS;
    rig_poll(&r, &h, "POST", query[1], NULL, SLICE("3"));
    rig_http_expect(&h, 200, SLICE("ok"));
    rig_poll(&r, &h, "GET", query[1], NULL, SLICE(""));
    rig_http_expect(&h, 200, SLICE("2"));
    expect_unknown(&r, "GET", query[0]);
    assert_int_equal(r.server->sessions.count, 1);
    rig_dispose(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heartbeat_as_told),
        cmocka_unit_test(test_heartbeat),
        cmocka_unit_test(test_heard_without_pong),
        cmocka_unit_test(test_heard_before_ping),
        cmocka_unit_test(test_pong_behind_slow_event),
        cmocka_unit_test(test_request_when_time_is_up),
        cmocka_unit_test(test_request_after_standing_still),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
