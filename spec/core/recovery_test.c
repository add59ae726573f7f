/* Connection state recovery on loopback clients: who is taken back, for how long, and that its
 * bounds hold. */
#include "support/returner.h"
#include <stdio.h>

#define ON "connection_state_recovery=10"

static void test_off(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, NULL);
    struct loopback *l = rig_connect(&r);
    rig_expect(l, "0{*");
    rig_text(&r, l, "40{\"pid\":\"x\",\"offset\":\"1\"}");
    rig_expect(l, "40{\"sid\":\"%\"}");
    rig_text(&r, l, "42[\"all\"]");
    rig_expect(l, "42[\"hi\"]");
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

static void test_who_is_not_taken_back(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, ON);
    struct returner a = returner_join(&r, ""), b;
    rig_text(&r, a.l, "41"); /* it said goodbye */
    returner_leave(&r, &a);
    b = returner_back(&r, &a, NULL);
    assert_false(b.recovered);

    struct returner thief = returner_back(&r, &b, NULL); /* b is still here */
    assert_false(thief.recovered);
    returner_leave(&r, &thief);
    returner_leave(&r, &b);
    thief = returner_back(&r, &b, "99"); /* an offset that was not given yet */
    assert_false(thief.recovered);
    returner_leave(&r, &thief);
    rig_emit(&r, NULL, "[\"x\"]");
    thief = returner_back(&r, &b, "18446744073709551617"); /* one that is 1 if it wraps around */
    assert_false(thief.recovered);
    returner_leave(&r, &thief);
    thief = returner_back(&r, &b, "1x");
    assert_false(thief.recovered);
    returner_leave(&r, &thief);
    rig_advance(&r, 12);
    b = returner_back(&r, &b, NULL); /* too late */
    assert_false(b.recovered);
    returner_leave(&r, &b);
    rig_dispose(&r);
}

/* An offset is digits and nothing else, whatever arithmetic makes of the rest. */
static void test_offsets_are_numbers(void **state)
{
    static const char *const wrong[] = {"1/", "1:", "1x", "-1", " 1", "21"};
    struct rig r;
    (void)state;
    rig_init(&r, ON);
    struct returner a = returner_join(&r, ""), b;
    for (int i = 0; i < 20; i++)
        rig_emit(&r, NULL, "[\"x\"]");
    returner_leave(&r, &a);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        b = returner_back(&r, &a, wrong[i]);
        if (b.recovered)
            fail_msg("recovered by \"%s\"", wrong[i]);
        returner_leave(&r, &b);
    }
    a = returner_back(&r, &a, "19");
    assert_true(a.recovered);
    rig_expect(a.l, "42[\"x\",\"20\"]");
    returner_leave(&r, &a);
    rig_dispose(&r);
}

/* Neither a pid within something else nor one of another type is a claim. */
static void test_claims_are_texts(void **state)
{
    static const char *const wrong[] = {"{\"offset\":{\"pid\":\"%s\"}}", "{\"pid\":[\"%s\"]}",
                                        "{\"pid\":\"%s\",\"offset\":0}", "{\"pid\":\"%sx\"}",
                                        "{\"other\":{\"pid\":\"%s\"}}"};
    struct rig r;
    char auth[96];
    (void)state;
    rig_init(&r, ON);
    struct returner a = returner_join(&r, ""), b;
    returner_leave(&r, &a);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        snprintf(auth, sizeof(auth), wrong[i], a.pid);
        b = returner_join(&r, auth);
        if (strcmp(b.sid, a.sid) == 0)
            fail_msg("recovered by %s", auth);
        returner_leave(&r, &b);
    }
    snprintf(auth, sizeof(auth), "{\"\\u0061\":[1,{}],\"pid\":\"%s\",\"token\":null}", a.pid);
    b = returner_join(&r, auth); /* beside what the page has for the script */
    assert_string_equal(b.sid, a.sid);
    returner_leave(&r, &b);
    rig_dispose(&r);
}

/* A proof is good once, and for its own namespace. */
static void test_one_pid_of_two(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, ON);
    struct returner a = returner_join(&r, "");
    returner_leave(&r, &a);
    struct returner first = returner_back(&r, &a, NULL), second = returner_back(&r, &a, NULL);
    assert_true(first.recovered);
    assert_false(second.recovered);
    assert_string_not_equal(first.sid, second.sid);
    rig_emit(&r, a.sid, "[\"you\"]");
    rig_expect(first.l, "42[\"you\",\"1\"]");
    rig_expect(second.l, "");
    returner_leave(&r, &second);
    char text[64];
    snprintf(text, sizeof(text), "40/chat,{\"pid\":\"%s\"}", second.pid);
    rig_text(&r, first.l, text);
    rig_expect(first.l, "40/chat,{*");
    second = returner_back(&r, &second, NULL);
    assert_true(second.recovered);
    returner_leave(&r, &first);
    returner_leave(&r, &second);
    rig_dispose(&r);
}

/* What the server ended is over: by disconnect(), of one namespace or the whole session, even if
 * the connection breaks at once; and at its own end. */
static void test_not_after_the_server_ended_it(void **state)
{
    struct rig r;
    struct emit_target all = {.namespace_ = SLICE("/")}, chat = {.namespace_ = SLICE("/chat")};
    (void)state;
    rig_init(&r, ON);
    struct returner a = returner_join(&r, ""), b;
    rig_text(&r, a.l, "42[\"bye\"]");
    rig_expect(a.l, "41");
    returner_leave(&r, &a);
    b = returner_back(&r, &a, NULL);
    assert_false(b.recovered);
    server_disconnect(r.server, &all, false);
    returner_leave(&r, &b); /* in the same turn */
    a = returner_back(&r, &b, NULL);
    assert_false(a.recovered);
    rig_text(&r, a.l, "40/chat,");
    server_disconnect(r.server, &chat, true);
    rig_turn(&r);
    assert_false(loopback_up(a.l, NULL));
    returner_leave(&r, &a);
    b = returner_back(&r, &a, NULL);
    assert_false(b.recovered);
    returner_leave(&r, &b); /* and is awaited while the server ends */
    rig_emit(&r, b.sid, "[\"in vain\"]");
    rig_dispose(&r);
}

/* A connection that falls silent is one that broke. */
static void test_after_a_ping_timeout(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, ON "\nping_interval=2\nping_timeout=1");
    struct returner a = returner_join(&r, "");
    rig_emit(&r, NULL, "[\"lost\"]");
    rig_advance(&r, 4);
    assert_false(loopback_up(a.l, NULL));
    returner_leave(&r, &a);
    a = returner_back(&r, &a, NULL);
    assert_true(a.recovered);
    rig_expect(a.l, "42[\"lost\",\"1\"]");
    returner_leave(&r, &a);
    rig_dispose(&r);
}

/* A client may be back before the disconnect handler of what it was is done. The sid means the new
 * one, however the table by sid grows meanwhile. */
static void test_back_before_it_is_gone(void **state)
{
    enum { OTHERS = 400 };
    struct rig r;
    struct returner others[OTHERS];
    (void)state;
    rig_init(&r, ON);
    struct returner a = returner_join(&r, "");
    r.hold_release = true;
    slot_id gone = r.last;
    returner_leave(&r, &a);
    struct returner b = returner_back(&r, &a, NULL);
    assert_true(b.recovered);
    for (size_t i = 0; i < OTHERS; i++) {
        others[i] = returner_join(&r, "");
        struct sio_peer *p = server_peer_by_sid(r.server, SLICE("/"), slice_str(b.sid));
        assert_true(p && p->id != gone);
    }
    server_release(r.server, gone);
    rig_turn(&r);
    rig_emit(&r, b.sid, "[\"only you\"]");
    rig_expect(b.l, "42[\"only you\",\"1\"]");
    r.hold_release = false;
    returner_leave(&r, &b);
    for (size_t i = 0; i < OTHERS; i++)
        returner_leave(&r, &others[i]);
    rig_dispose(&r);
}

/* Over polling a client's engine says goodbye where a WebSocket just closes. */
static void test_engine_close_may_return(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, ON);
    struct returner a = returner_join(&r, "");
    rig_text(&r, a.l, "1");
    assert_false(loopback_up(a.l, NULL));
    rig_told(&r, "connect / % \ndisconnect / % client disconnect rooms=0\n");
    returner_leave(&r, &a);
    struct returner b = returner_back(&r, &a, NULL);
    assert_true(b.recovered);
    returner_leave(&r, &b);
    rig_dispose(&r);
}

static void test_bounded_in_bytes(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, ON "\nrecovery_buffer_size=500");
    struct returner a = returner_join(&r, "");
    returner_leave(&r, &a);
    for (int i = 0; i < 20; i++)
        rig_emit(&r, NULL, "[\"filler\",\"filler filler filler filler\"]");
    assert_true(frame_test_alive() < 5);
    struct returner b = returner_back(&r, &a, NULL);
    assert_false(b.recovered); /* what it missed is not all there: better a new start than a gap */
    returner_leave(&r, &b);
    rig_emit(&r, NULL, "[\"small\"]");
    b = returner_back(&r, &b, NULL);
    assert_true(b.recovered);
    rig_expect(b.l, "42[\"small\",\"21\"]");
    returner_leave(&r, &b);
    struct slice rooms[40];
    struct emit_target many = {.namespace_ = SLICE("/"), .rooms = rooms, .room_count = 40};
    struct emit_body body = {.json = SLICE("[\"x\"]")};
    for (size_t i = 0; i < 40; i++)
        rooms[i] = SLICE("a room with a name");
    server_emit(r.server, &many, &body, NULL); /* names count, too */
    assert_int_equal(frame_test_alive(), 0);
    for (int i = 0; i < 20; i++)
        rig_emit(&r, "x", "[\"x\"]"); /* and what each costs beside its bytes */
    assert_true(frame_test_alive() < 4);
    rig_dispose(&r);
}

static void test_what_is_kept_goes(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, ON);
    struct returner a = returner_join(&r, ""), b = returner_join(&r, "");
    buf_reset(&r.told, 0);
    returner_leave(&r, &a);
    returner_leave(&r, &b);
    rig_told(&r,
             "disconnect / % transport close rooms=0\ndisconnect / % transport close rooms=0\n");
    rig_emit(&r, NULL, "[\"x\"]");
    a = returner_back(&r, &a, NULL);
    assert_true(a.recovered);
    rig_told(&r, "connect / % {*");
    buf_reset(&r.told, 0);
    returner_leave(&r, &a);
    buf_reset(&r.told, 0);
    rig_advance(&r, 13);
    rig_told(&r, "forget\nforget\n");
    assert_null(server_namespace(r.server, SLICE("/")));
    assert_int_equal(frame_test_alive(), 0);
    rig_dispose(&r);
}

/* No more are kept than may be connected: whoever comes and breaks off again and again drives out
 * the first ones. */
static void test_bounded_in_number(void **state)
{
    struct rig r;
    struct returner c[4];
    (void)state;
    rig_init(&r, ON "\nmax_clients=2");
    for (int i = 0; i < 3; i++) {
        c[i] = returner_join(&r, "");
        returner_leave(&r, &c[i]);
    }
    buf_reset(&r.told, 0);
    rig_advance(&r, 0.001);
    rig_told(&r, "forget\n");
    c[3] = returner_back(&r, &c[0], NULL);
    assert_false(c[3].recovered);
    returner_leave(&r, &c[3]);
    rig_advance(&r, 0.001);
    c[2] = returner_back(&r, &c[2], NULL);
    assert_true(c[2].recovered);
    returner_leave(&r, &c[2]);
    rig_dispose(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_off),
        cmocka_unit_test(test_who_is_not_taken_back),
        cmocka_unit_test(test_offsets_are_numbers),
        cmocka_unit_test(test_claims_are_texts),
        cmocka_unit_test(test_one_pid_of_two),
        cmocka_unit_test(test_not_after_the_server_ended_it),
        cmocka_unit_test(test_after_a_ping_timeout),
        cmocka_unit_test(test_back_before_it_is_gone),
        cmocka_unit_test(test_engine_close_may_return),
        cmocka_unit_test(test_bounded_in_bytes),
        cmocka_unit_test(test_bounded_in_number),
        cmocka_unit_test(test_what_is_kept_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
