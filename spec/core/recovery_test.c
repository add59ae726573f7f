/* Connection state recovery on loopback clients: who gets back what, for how long, and that its
 * bounds hold. */
#include "support/rig.h"
#include <stdio.h>

#define ON "connection_state_recovery=10"

struct client {
    struct loopback *l;
    char sid[IDENT_LEN + 1], pid[IDENT_LEN + 1];
    bool recovered;
};

/* Connects and joins `/` with this auth; reads sid and pid from the answer. */
static struct client join(struct rig *r, const char *auth)
{
    struct client c = {.l = rig_connect(r)};
    char text[128];
    snprintf(text, sizeof(text), "40%s", auth);
    rig_text(r, c.l, text);
    rig_expect(c.l, "0{*");
    struct frame *f = loopback_take(c.l);
    assert_non_null(f);
    struct slice body = frame_body(f);
    if (body.len != 2 + 8 + IDENT_LEN + 9 + IDENT_LEN + 2)
        fail_msg("CONNECT is %.*s", SLICE_ARG(body));
    memcpy(c.sid, body.ptr + 2 + 8, IDENT_LEN);
    memcpy(c.pid, body.ptr + 2 + 8 + IDENT_LEN + 9, IDENT_LEN);
    frame_unref(f);
    return c;
}

static struct client come_back(struct rig *r, const struct client *old, const char *offset)
{
    char auth[96];
    snprintf(auth, sizeof(auth), offset ? "{\"pid\":\"%s\",\"offset\":\"%s\"}" : "{\"pid\":\"%s\"}",
             old->pid, offset);
    struct client c = join(r, auth);
    c.recovered = strcmp(c.pid, old->pid) == 0;
    if (c.recovered)
        assert_string_equal(c.sid, old->sid);
    return c;
}

static void leave(struct rig *r, struct client *c)
{
    loopback_destroy(c->l, r->now_ns);
    c->l = NULL;
    rig_turn(r);
}

static void emit(struct rig *r, const char *room, const char *json)
{
    struct slice name = slice_str(room);
    struct emit_target target = {
        .namespace_ = SLICE("/"), .rooms = &name, .room_count = room ? 1 : 0};
    struct emit_body body = {.json = slice_str(json)};
    server_emit(r->server, &target, &body, NULL);
    rig_turn(r);
}

/* As a handler does for its own client, which may be gone by then: `sid` is all that it knows. */
static size_t answer(struct rig *r, slot_id peer, const char *sid, const char *json)
{
    struct emit_target target = {.namespace_ = SLICE("/"), .peer = peer, .sid = slice_str(sid)};
    struct emit_body body = {.json = slice_str(json)};
    size_t met = server_emit(r->server, &target, &body, NULL);
    rig_turn(r);
    return met;
}

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

static void test_missed_events(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, ON);
    struct client a = join(&r, ""), other = join(&r, "");
    rig_text(&r, a.l, "42[\"join\",\"red\"]");
    rig_text(&r, a.l, "42[\"all\"]");
    rig_expect(a.l, "42[\"hi\",\"1\"]");
    buf_reset(&r.told, 0);
    leave(&r, &a);
    rig_told(&r, "disconnect / % transport close rooms=1\n");
    emit(&r, NULL, "[\"two\"]");
    emit(&r, "red", "[\"three\"]");
    emit(&r, "blue", "[\"four\"]");
    emit(&r, a.sid, "[\"five\"]");
    rig_text(&r, other.l, "42[\"echo\",\"six\"]");

    struct client b = come_back(&r, &a, "1");
    assert_true(b.recovered);
    rig_expect(b.l, "42[\"two\",\"2\"]");
    rig_expect(b.l, "42[\"three\",\"3\"]");
    rig_expect(b.l, "42[\"five\",\"5\"]");
    rig_expect(b.l, "");
    emit(&r, "red", "[\"seven\"]");
    rig_expect(b.l, "42[\"seven\",\"7\"]"); /* the room came back */
    leave(&r, &b);
    b = come_back(&r, &a, "3"); /* and again, from before the events that it was sent */
    assert_true(b.recovered);
    rig_expect(b.l, "42[\"five\",\"5\"]");
    rig_expect(b.l, "42[\"seven\",\"7\"]");
    leave(&r, &b);
    leave(&r, &other);
    rig_dispose(&r);
}

static void test_without_an_event(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, ON);
    struct client before = join(&r, "");
    emit(&r, NULL, "[\"old\"]");
    struct client a = join(&r, "");
    leave(&r, &a);
    emit(&r, NULL, "[\"new\"]");
    struct client b = come_back(&r, &a, NULL);
    assert_true(b.recovered);
    rig_expect(b.l, "42[\"new\",\"2\"]");
    rig_expect(b.l, "");
    leave(&r, &b);
    b = come_back(&r, &a, NULL); /* it still has seen none */
    assert_true(b.recovered);
    rig_expect(b.l, "42[\"new\",\"2\"]");
    leave(&r, &b);
    leave(&r, &before);
    rig_dispose(&r);
}

static void test_who_is_not_taken_back(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, ON);
    struct client a = join(&r, ""), b;
    rig_text(&r, a.l, "41"); /* it said goodbye */
    leave(&r, &a);
    b = come_back(&r, &a, NULL);
    assert_false(b.recovered);

    struct client thief = come_back(&r, &b, NULL); /* b is still here */
    assert_false(thief.recovered);
    leave(&r, &thief);
    leave(&r, &b);
    thief = come_back(&r, &b, "99"); /* an offset that was not given yet */
    assert_false(thief.recovered);
    leave(&r, &thief);
    thief = come_back(&r, &b, "1x");
    assert_false(thief.recovered);
    leave(&r, &thief);
    rig_advance(&r, 12);
    b = come_back(&r, &b, NULL); /* too late */
    assert_false(b.recovered);
    leave(&r, &b);
    rig_dispose(&r);
}

/* What a handler sends to its client while that is away is for whoever comes back as that client,
 * not for all the others that come back, nor for who sits in a room of the name. */
static void test_sent_to_one_that_left(void **state)
{
    struct rig r;
    char text[64];
    (void)state;
    rig_init(&r, ON);
    struct client a = join(&r, "");
    slot_id gone = r.last;
    struct client b = join(&r, ""), follower = join(&r, "");
    snprintf(text, sizeof(text), "42[\"join\",\"%s\"]", a.sid);
    rig_text(&r, follower.l, text);
    leave(&r, &a);
    leave(&r, &b);
    leave(&r, &follower);
    assert_int_equal(answer(&r, gone, a.sid, "[\"only you\"]"), 0);
    assert_int_equal(answer(&r, gone, "", "[\"nobody\"]"), 0);

    b = come_back(&r, &b, NULL);
    follower = come_back(&r, &follower, NULL);
    assert_true(b.recovered && follower.recovered);
    rig_expect(b.l, "");
    rig_expect(follower.l, "");
    a = come_back(&r, &a, NULL);
    assert_true(a.recovered);
    rig_expect(a.l, "42[\"only you\",\"1\"]");
    rig_expect(a.l, "");
    leave(&r, &a);
    leave(&r, &b);
    leave(&r, &follower);
    rig_dispose(&r);
}

/* A handler that slept from before the loss until after the return answers its client. */
static void test_sent_to_one_that_came_back(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, ON);
    struct client a = join(&r, ""), other = join(&r, "");
    slot_id gone = server_peer_by_sid(r.server, SLICE("/"), slice_str(a.sid))->id;
    r.hold_release = true;
    leave(&r, &a);
    a = come_back(&r, &a, NULL);
    assert_int_equal(answer(&r, gone, a.sid, "[\"leaving\"]"), 1);
    server_release(r.server, gone);
    rig_turn(&r);
    assert_int_equal(answer(&r, gone, a.sid, "[\"gone\"]"), 1);
    assert_int_equal(answer(&r, gone, "", "[\"nobody\"]"), 0);
    rig_expect(a.l, "42[\"leaving\",\"1\"]");
    rig_expect(a.l, "42[\"gone\",\"2\"]");
    rig_expect(a.l, "");
    rig_expect(other.l, "");
    r.hold_release = false;
    leave(&r, &a);
    leave(&r, &other);
    rig_dispose(&r);
}

/* A room's events are for who was in it when it left, and who is excepted gets none of them. */
static void test_sent_to_rooms_of_who_left(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, ON);
    struct client in = join(&r, ""), out = join(&r, ""), spared = join(&r, "");
    rig_text(&r, in.l, "42[\"join\",\"red\"]");
    rig_text(&r, spared.l, "42[\"join\",\"red\"]");
    rig_text(&r, spared.l, "42[\"join\",\"deaf\"]");
    leave(&r, &in);
    leave(&r, &out);
    leave(&r, &spared);
    struct slice red = SLICE("red"), except[] = {SLICE("deaf"), slice_str(out.sid)};
    struct emit_target target = {.namespace_ = SLICE("/"),
                                 .rooms = &red,
                                 .room_count = 1,
                                 .except = except,
                                 .except_count = 2};
    struct emit_body body = {.json = SLICE("[\"room\"]")};
    server_emit(r.server, &target, &body, NULL);
    target.room_count = 0;
    body.json = SLICE("[\"all\"]");
    server_emit(r.server, &target, &body, NULL);
    in = come_back(&r, &in, NULL);
    rig_expect(in.l, "42[\"room\",\"1\"]");
    rig_expect(in.l, "42[\"all\",\"2\"]");
    rig_expect(in.l, "");
    out = come_back(&r, &out, NULL);
    rig_expect(out.l, "");
    spared = come_back(&r, &spared, NULL);
    rig_expect(spared.l, "");
    assert_true(in.recovered && out.recovered && spared.recovered);
    leave(&r, &in);
    leave(&r, &out);
    leave(&r, &spared);
    rig_dispose(&r);
}

/* A client may be back before the disconnect handler of what it was is done. The sid means the new
 * one, however the table by sid grows meanwhile. */
static void test_back_before_it_is_gone(void **state)
{
    enum { OTHERS = 400 };
    struct rig r;
    struct client others[OTHERS];
    (void)state;
    rig_init(&r, ON);
    struct client a = join(&r, "");
    r.hold_release = true;
    slot_id gone = r.last;
    leave(&r, &a);
    struct client b = come_back(&r, &a, NULL);
    assert_true(b.recovered);
    for (size_t i = 0; i < OTHERS; i++) {
        others[i] = join(&r, "");
        struct sio_peer *p = server_peer_by_sid(r.server, SLICE("/"), slice_str(b.sid));
        assert_true(p && p->id != gone);
    }
    server_release(r.server, gone);
    rig_turn(&r);
    emit(&r, b.sid, "[\"only you\"]");
    rig_expect(b.l, "42[\"only you\",\"1\"]");
    r.hold_release = false;
    leave(&r, &b);
    for (size_t i = 0; i < OTHERS; i++)
        leave(&r, &others[i]);
    rig_dispose(&r);
}

/* Over polling a client's engine says goodbye where a WebSocket just closes. */
static void test_engine_close_may_return(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, ON);
    struct client a = join(&r, "");
    rig_text(&r, a.l, "1");
    assert_false(loopback_up(a.l, NULL));
    rig_told(&r, "connect / % \ndisconnect / % client disconnect rooms=0\n");
    leave(&r, &a);
    struct client b = come_back(&r, &a, NULL);
    assert_true(b.recovered);
    leave(&r, &b);
    rig_dispose(&r);
}

static void test_bounded_in_bytes(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, ON "\nrecovery_buffer_size=500");
    struct client a = join(&r, "");
    leave(&r, &a);
    for (int i = 0; i < 20; i++)
        emit(&r, NULL, "[\"filler\",\"filler filler filler filler\"]");
    struct client b = come_back(&r, &a, NULL);
    assert_false(b.recovered); /* what it missed is not all there: better a new start than a gap */
    leave(&r, &b);
    rig_dispose(&r);
}

static void test_what_is_kept_goes(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, ON);
    struct client a = join(&r, ""), b = join(&r, "");
    buf_reset(&r.told, 0);
    leave(&r, &a);
    leave(&r, &b);
    rig_told(&r,
             "disconnect / % transport close rooms=0\ndisconnect / % transport close rooms=0\n");
    emit(&r, NULL, "[\"x\"]");
    a = come_back(&r, &a, NULL);
    assert_true(a.recovered);
    rig_told(&r, "connect / % {*");
    buf_reset(&r.told, 0);
    leave(&r, &a);
    buf_reset(&r.told, 0);
    rig_advance(&r, 13);
    rig_told(&r, "forget\nforget\n");
    assert_null(server_namespace(r.server, SLICE("/")));
    assert_int_equal(frame_test_alive(), 0);
    rig_dispose(&r);
}

/* Acknowledged and volatile events are not kept, and carry no offset. */
static void test_what_is_not_kept(void **state)
{
    struct rig r;
    struct emit_target all = {.namespace_ = SLICE("/")};
    struct emit_body body = {.json = SLICE("[\"ask\"]")};
    struct emit_ack ack = {.cookie = "c"};
    (void)state;
    rig_init(&r, ON);
    struct client a = join(&r, "");
    server_emit(r.server, &all, &body, &ack);
    all.is_volatile = true;
    server_emit(r.server, &all, &body, NULL);
    rig_turn(&r);
    rig_expect(a.l, "421[\"ask\"]");
    rig_expect(a.l, "42[\"ask\"]");
    assert_int_equal(frame_test_alive(), 0);
    leave(&r, &a);
    rig_dispose(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_off),
        cmocka_unit_test(test_missed_events),
        cmocka_unit_test(test_without_an_event),
        cmocka_unit_test(test_who_is_not_taken_back),
        cmocka_unit_test(test_sent_to_one_that_left),
        cmocka_unit_test(test_sent_to_one_that_came_back),
        cmocka_unit_test(test_sent_to_rooms_of_who_left),
        cmocka_unit_test(test_back_before_it_is_gone),
        cmocka_unit_test(test_engine_close_may_return),
        cmocka_unit_test(test_bounded_in_bytes),
        cmocka_unit_test(test_what_is_kept_goes),
        cmocka_unit_test(test_what_is_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
