/* A session that the server closes while its client has not heard all: who is waited for, and how
 * long, and that it is not heard any more. */
#include "support/rig.h"

static void test_close_waits_for_the_poll(void **state)
{
    struct rig r;
    struct loopback_http open, post, poll;
    (void)state;
    rig_init(&r, NULL);
    rig_http(&r, &open, "GET", "/socket.io/", "EIO=4&transport=polling", "");
    struct slice sid = rig_sid(&open);
    rig_http(&r, &post, "POST", "/socket.io/", rig_session_query(sid), "40");
    rig_http_expect(&post, 200, SLICE("ok"));
    struct emit_target all = {.namespace_ = SLICE("/")};
    server_disconnect(r.server, &all, true);
    rig_turn(&r);
    rig_told(&r, "connect / % \ndisconnect / % server disconnect rooms=0\n");
    rig_http(&r, &poll, "GET", "/socket.io/", rig_session_query(sid), "");
    assert_true(poll.done);
    assert_non_null(strstr(poll.body.ptr, "\x1e"
                                          "41\x1e"
                                          "1"));
    assert_int_equal(r.server->sessions.count, 0);
    loopback_http_dispose(&poll);
    loopback_http_dispose(&open);
    rig_dispose(&r);
}

/* Nor is it heard any more, though its transport stays up until it took what waits for it. */
static void test_close_waits_for_a_blocked_websocket(void **state)
{
    struct rig r;
    struct emit_target all = {.namespace_ = SLICE("/")};
    (void)state;
    rig_init(&r, NULL);
    struct loopback *l = rig_join(&r);
    loopback_throttle(l, 0);
    server_disconnect(r.server, &all, true);
    rig_turn(&r);
    rig_told(&r, "connect / % \ndisconnect / % server disconnect rooms=0\n");
    assert_true(loopback_up(l, NULL));
    rig_text(&r, l, "40");
    rig_text(&r, l, "42[\"echo\"]");
    rig_told(&r, "");
    loopback_throttle(l, SIZE_MAX);
    rig_turn(&r);
    rig_expect(l, "41");
    rig_expect(l, "");
    assert_false(loopback_up(l, NULL));
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

static void test_a_lost_client_is_not_waited_for(void **state)
{
    struct rig r;
    struct emit_target all = {.namespace_ = SLICE("/")};
    (void)state;
    rig_init(&r, NULL);
    struct loopback *l = rig_join(&r);
    loopback_throttle(l, 0);
    server_disconnect(r.server, &all, true);
    rig_turn(&r);
    assert_int_equal(r.server->sessions.count, 1);
    loopback_destroy(l, r.now_ns);
    assert_int_equal(r.server->sessions.count, 0);
    rig_dispose(&r);
}

/* Also when nothing is queued: between two polls it has not heard of the end. */
static void test_close_is_told_by_the_next_poll(void **state)
{
    struct rig r;
    struct loopback_http open, poll;
    (void)state;
    rig_init(&r, NULL);
    rig_http(&r, &open, "GET", "/socket.io/", "EIO=4&transport=polling", "");
    struct slice sid = rig_sid(&open);
    server_close(r.server, r.now_ns);
    rig_turn(&r);
    assert_int_equal(r.server->sessions.count, 1);
    rig_http(&r, &poll, "GET", "/socket.io/", rig_session_query(sid), "");
    rig_http_expect(&poll, 200, SLICE("1"));
    assert_int_equal(r.server->sessions.count, 0);
    loopback_http_dispose(&open);
    rig_dispose(&r);
}

static void test_close_waits_for_a_poll_no_longer_than_one_takes(void **state)
{
    struct rig r;
    struct loopback_http open;
    (void)state;
    rig_init(&r, NULL);
    rig_http(&r, &open, "GET", "/socket.io/", "EIO=4&transport=polling", "");
    server_close(r.server, r.now_ns);
    rig_advance(&r, 0.9);
    assert_int_equal(r.server->sessions.count, 1);
    rig_advance(&r, 0.2);
    assert_int_equal(r.server->sessions.count, 0);
    loopback_http_dispose(&open);
    rig_dispose(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_close_waits_for_the_poll),
        cmocka_unit_test(test_close_waits_for_a_blocked_websocket),
        cmocka_unit_test(test_a_lost_client_is_not_waited_for),
        cmocka_unit_test(test_close_is_told_by_the_next_poll),
        cmocka_unit_test(test_close_waits_for_a_poll_no_longer_than_one_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
