/* Connection state recovery on loopback clients: which events a client gets that comes back, and
 * who gets none of them. */
#include "support/returner.h"
#include <stdio.h>

#define ON "connection_state_recovery=10"

/* As a handler does for its own client, which may be gone by then: `sid` is all that it knows. */
static size_t answer(struct rig *r, slot_id peer, const char *sid, const char *json)
{
    struct emit_target target = {.namespace_ = SLICE("/"), .peer = peer, .sid = slice_str(sid)};
    struct emit_body body = {.json = slice_str(json)};
    size_t met = server_emit(r->server, &target, &body, NULL);
    rig_turn(r);
    return met;
}

static void read_pid(struct loopback *l, const char *head, char out_pid[IDENT_LEN + 1])
{
    struct frame *f = loopback_take(l);
    assert_non_null(f);
    assert_true(slice_starts_with(frame_body(f), slice_str(head)));
    memcpy(out_pid, frame_body(f).ptr + frame_body(f).len - 2 - IDENT_LEN, IDENT_LEN);
    out_pid[IDENT_LEN] = '\0';
    frame_unref(f);
}

static void test_missed_events(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, ON);
    struct returner a = returner_join(&r, ""), other = returner_join(&r, "");
    rig_text(&r, a.l, "42[\"join\",\"red\"]");
    rig_text(&r, a.l, "42[\"all\"]");
    rig_expect(a.l, "42[\"hi\",\"1\"]");
    buf_reset(&r.told, 0);
    returner_leave(&r, &a);
    rig_told(&r, "disconnect / % transport close rooms=1\n");
    rig_emit(&r, NULL, "[\"two\"]");
    rig_emit(&r, "red", "[\"three\"]");
    rig_emit(&r, "blue", "[\"four\"]");
    rig_emit(&r, a.sid, "[\"five\"]");
    rig_text(&r, other.l, "42[\"echo\",\"six\"]");

    struct returner b = returner_back(&r, &a, "1");
    assert_true(b.recovered);
    rig_expect(b.l, "42[\"two\",\"2\"]");
    rig_expect(b.l, "42[\"three\",\"3\"]");
    rig_expect(b.l, "42[\"five\",\"5\"]");
    rig_expect(b.l, "");
    rig_emit(&r, "red", "[\"seven\"]");
    rig_expect(b.l, "42[\"seven\",\"7\"]"); /* the room came back */
    returner_leave(&r, &b);
    b = returner_back(&r, &a, "3"); /* and again, from before the events that it was sent */
    assert_true(b.recovered);
    rig_expect(b.l, "42[\"five\",\"5\"]");
    rig_expect(b.l, "42[\"seven\",\"7\"]");
    returner_leave(&r, &b);
    returner_leave(&r, &other);
    rig_dispose(&r);
}

static void test_without_an_event(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, ON);
    struct returner before = returner_join(&r, "");
    rig_emit(&r, NULL, "[\"old\"]");
    struct returner a = returner_join(&r, "");
    returner_leave(&r, &a);
    rig_emit(&r, NULL, "[\"new\"]");
    struct returner b = returner_back(&r, &a, "0"); /* it gets nothing from before it came */
    assert_true(b.recovered);
    rig_expect(b.l, "42[\"new\",\"2\"]");
    rig_expect(b.l, "");
    returner_leave(&r, &b);
    b = returner_back(&r, &a, NULL); /* it still has seen none */
    assert_true(b.recovered);
    rig_expect(b.l, "42[\"new\",\"2\"]");
    returner_leave(&r, &b);
    returner_leave(&r, &before);
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
    struct returner a = returner_join(&r, "");
    slot_id gone = r.last;
    struct returner b = returner_join(&r, ""), follower = returner_join(&r, "");
    snprintf(text, sizeof(text), "42[\"join\",\"%s\"]", a.sid);
    rig_text(&r, follower.l, text);
    returner_leave(&r, &a);
    returner_leave(&r, &b);
    returner_leave(&r, &follower);
    assert_int_equal(answer(&r, gone, a.sid, "[\"only you\"]"), 0);
    assert_int_equal(answer(&r, gone, "", "[\"nobody\"]"), 0);

    b = returner_back(&r, &b, NULL);
    follower = returner_back(&r, &follower, NULL);
    assert_true(b.recovered && follower.recovered);
    rig_expect(b.l, "");
    rig_expect(follower.l, "");
    a = returner_back(&r, &a, NULL);
    assert_true(a.recovered);
    rig_expect(a.l, "42[\"only you\",\"1\"]");
    rig_expect(a.l, "");
    returner_leave(&r, &a);
    returner_leave(&r, &b);
    returner_leave(&r, &follower);
    rig_dispose(&r);
}

/* A handler that slept from before the loss until after the return answers its client. */
static void test_sent_to_one_that_came_back(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, ON);
    struct returner a = returner_join(&r, ""), other = returner_join(&r, "");
    slot_id gone = server_peer_by_sid(r.server, SLICE("/"), slice_str(a.sid))->id;
    r.hold_release = true;
    returner_leave(&r, &a);
    a = returner_back(&r, &a, NULL);
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
    returner_leave(&r, &a);
    returner_leave(&r, &other);
    rig_dispose(&r);
}

/* Without recovery who is gone is gone, though an old client that joins anew has the sid it had. */
static void test_off(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, NULL);
    struct loopback *l =
        loopback_connect(r.server, SLICE("EIO=3&transport=websocket"), NULL, 0, r.now_ns, NULL);
    rig_turn(&r);
    slot_id gone = r.last;
    const char *sid = server_peer(r.server, gone)->sid;
    char same[IDENT_LEN + 1];
    memcpy(same, sid, sizeof(same));
    rig_text(&r, l, "41");
    rig_text(&r, l, "40");
    assert_non_null(server_peer_by_sid(r.server, SLICE("/"), slice_str(same)));
    assert_int_equal(answer(&r, gone, same, "[\"x\"]"), 0);
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

/* A room's events are for who was in it when it left, and who is excepted gets none of them. */
static void test_sent_to_rooms_of_who_left(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, ON);
    struct returner in = returner_join(&r, ""), out = returner_join(&r, ""),
                    spared = returner_join(&r, "");
    rig_text(&r, in.l, "42[\"join\",\"red\"]");
    rig_text(&r, spared.l, "42[\"join\",\"red\"]");
    rig_text(&r, spared.l, "42[\"join\",\"deaf\"]");
    returner_leave(&r, &in);
    returner_leave(&r, &out);
    returner_leave(&r, &spared);
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
    in = returner_back(&r, &in, NULL);
    rig_expect(in.l, "42[\"room\",\"1\"]");
    rig_expect(in.l, "42[\"all\",\"2\"]");
    rig_expect(in.l, "");
    out = returner_back(&r, &out, NULL);
    rig_expect(out.l, "");
    spared = returner_back(&r, &spared, NULL);
    rig_expect(spared.l, "");
    assert_true(in.recovered && out.recovered && spared.recovered);
    returner_leave(&r, &in);
    returner_leave(&r, &out);
    returner_leave(&r, &spared);
    rig_dispose(&r);
}

/* What is sent in the turn in which the connection breaks finds nobody, and is missed. */
static void test_sent_as_it_leaves(void **state)
{
    struct rig r;
    struct emit_target all = {.namespace_ = SLICE("/")};
    struct emit_body body = {.json = SLICE("[\"late\"]")};
    (void)state;
    rig_init(&r, ON);
    struct returner a = returner_join(&r, "");
    rig_emit(&r, NULL, "[\"seen\"]");
    loopback_destroy(a.l, r.now_ns);
    assert_int_equal(server_emit(r.server, &all, &body, NULL), 0);
    rig_turn(&r);
    a = returner_back(&r, &a, "1");
    assert_true(a.recovered);
    rig_expect(a.l, "42[\"late\",\"2\"]");
    returner_leave(&r, &a);
    rig_dispose(&r);
}

/* A client whose events are rare is not the worse for those that others get: it missed nothing, so
 * that they are not kept any more is nothing to it. */
static void test_others_events_are_not_missed(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, ON);
    struct returner other = returner_join(&r, ""), silent = returner_join(&r, ""),
                    told = returner_join(&r, "");
    rig_emit(&r, told.sid, "[\"once\"]");
    rig_expect(told.l, "42[\"once\",\"1\"]");
    for (int i = 0; i < 15; i++) {
        rig_emit(&r, other.sid, "[\"often\"]");
        rig_advance(&r, 1);
    }
    returner_leave(&r, &silent);
    returner_leave(&r, &told);
    for (int i = 0; i < 8; i++) {
        rig_emit(&r, other.sid, "[\"often\"]");
        rig_advance(&r, 1);
    }
    rig_emit(&r, NULL, "[\"all\"]");
    silent = returner_back(&r, &silent, NULL);
    assert_true(silent.recovered);
    rig_expect(silent.l, "42[\"all\",\"25\"]");
    told = returner_back(&r, &told, "1");
    assert_true(told.recovered);
    rig_expect(told.l, "42[\"all\",\"25\"]");
    rig_expect(told.l, "");
    returner_leave(&r, &told);
    told =
        returner_back(&r, &told, "1"); /* it did not get to see what it was sent upon its return */
    assert_true(told.recovered);
    rig_expect(told.l, "42[\"all\",\"25\"]");
    for (int i = 0; i < 12; i++) {
        rig_emit(&r, other.sid, "[\"often\"]");
        rig_advance(&r, 1);
    }
    returner_leave(&r, &told);
    told = returner_back(&r, &told, "1"); /* nor now, but it is too late */
    assert_false(told.recovered);
    returner_leave(&r, &told);
    returner_leave(&r, &silent);
    returner_leave(&r, &other);
    rig_dispose(&r);
}

/* Each namespace has its own proof, offsets and events. */
static void test_several_namespaces(void **state)
{
    struct rig r;
    struct emit_target chat = {.namespace_ = SLICE("/chat")};
    struct emit_body body = {.json = SLICE("[\"chat\"]")};
    char pid[IDENT_LEN + 1], again[IDENT_LEN + 1], text[96];
    (void)state;
    rig_init(&r, ON);
    struct returner a = returner_join(&r, "");
    rig_text(&r, a.l, "40/chat,");
    read_pid(a.l, "40/chat,", pid);
    assert_string_not_equal(a.pid, pid);
    returner_leave(&r, &a);
    rig_emit(&r, NULL, "[\"root\"]");
    server_emit(r.server, &chat, &body, NULL);
    server_emit(r.server, &chat, &body, NULL);
    struct returner b = returner_back(&r, &a, NULL);
    assert_true(b.recovered);
    rig_expect(b.l, "42[\"root\",\"1\"]");
    rig_expect(b.l, "");
    snprintf(text, sizeof(text), "40/chat,{\"pid\":\"%s\",\"offset\":\"1\"}", pid);
    rig_text(&r, b.l, text);
    read_pid(b.l, "40/chat,", again);
    assert_string_equal(again, pid);
    rig_expect(b.l, "42/chat,[\"chat\",\"2\"]");
    returner_leave(&r, &b);
    b = returner_back(&r, &b, "1");
    assert_true(b.recovered);
    rig_expect(b.l, "");
    rig_text(&r, b.l, "40/chat,");
    read_pid(b.l, "40/chat,", again);
    assert_string_not_equal(again, pid);
    returner_leave(&r, &b);
    rig_dispose(&r);
}

/* More was missed than may wait for a client: it is closed before its connect handler was asked. */
static void test_more_missed_than_may_wait(void **state)
{
    struct rig r;
    char text[64];
    (void)state;
    rig_init(&r, ON "\nsend_queue_limit=50");
    struct returner a = returner_join(&r, "");
    returner_leave(&r, &a);
    for (int i = 0; i < 4; i++)
        rig_emit(&r, NULL, "[\"filler\",\"filler filler filler filler\"]");
    buf_reset(&r.told, 0);
    struct loopback *l = rig_connect(&r);
    snprintf(text, sizeof(text), "40{\"pid\":\"%s\"}", a.pid);
    rig_text(&r, l, text);
    assert_false(loopback_up(l, NULL));
    rig_logged(&r, "over send_queue_limit");
    rig_told(&r, "forget\n");
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

/* Old clients know nothing of it: their events have no offset, and no query gets them a peer. */
static void test_old_clients(void **state)
{
    struct rig r;
    char text[64];
    (void)state;
    rig_init(&r, ON);
    struct returner a = returner_join(&r, "");
    struct loopback *old =
        loopback_connect(r.server, SLICE("EIO=3&transport=websocket"), NULL, 0, r.now_ns, NULL);
    rig_turn(&r);
    rig_expect(old, "0{*");
    rig_expect(old, "40");
    rig_text(&r, old, "42[\"echo\",\"me\"]");
    rig_expect(old, "42[\"echo\",\"me\"]");
    rig_emit(&r, NULL, "[\"all\"]");
    rig_expect(old, "42[\"all\"]");
    rig_expect(a.l, "42[\"all\",\"1\"]"); /* the first that is kept */
    rig_text(&r, a.l, "40/chat,");
    struct frame *f = loopback_take(a.l);
    snprintf(text, sizeof(text), "40/chat?pid=%.*s", IDENT_LEN,
             frame_body(f).ptr + 8 + 8 + IDENT_LEN + 9);
    frame_unref(f);
    returner_leave(&r, &a);
    rig_text(&r, old, text);
    rig_expect(old, "40/chat,");
    struct sio_namespace *chat = server_namespace(r.server, SLICE("/chat"));
    assert_int_equal(chat->count, 1);
    assert_true(slice_starts_with(sio_peer_sid(chat->peers[0]), SLICE("/chat#")));
    buf_reset(&r.told, 0);
    loopback_destroy(old, r.now_ns);
    rig_turn(&r);
    rig_advance(&r, 12);
    assert_null(server_namespace(r.server, SLICE("/chat")));
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
    struct returner a = returner_join(&r, "");
    server_emit(r.server, &all, &body, &ack);
    all.is_volatile = true;
    server_emit(r.server, &all, &body, NULL);
    rig_turn(&r);
    rig_expect(a.l, "421[\"ask\"]");
    rig_expect(a.l, "42[\"ask\"]");
    assert_int_equal(frame_test_alive(), 0);
    returner_leave(&r, &a);
    rig_dispose(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_missed_events),
        cmocka_unit_test(test_without_an_event),
        cmocka_unit_test(test_sent_to_one_that_left),
        cmocka_unit_test(test_sent_to_one_that_came_back),
        cmocka_unit_test(test_off),
        cmocka_unit_test(test_sent_to_rooms_of_who_left),
        cmocka_unit_test(test_sent_as_it_leaves),
        cmocka_unit_test(test_others_events_are_not_missed),
        cmocka_unit_test(test_several_namespaces),
        cmocka_unit_test(test_more_missed_than_may_wait),
        cmocka_unit_test(test_old_clients),
        cmocka_unit_test(test_what_is_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
