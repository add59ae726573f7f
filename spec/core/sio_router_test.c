/* Socket.IO packets of loopback clients to their peers: namespaces, events, acks, attachments,
 * disconnects. */
#include "core/server/sio_join.h"
#include "support/rig.h"
#include <stdio.h>

static void test_connect_with_auth(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, NULL);
    struct loopback *l = rig_connect(&r);
    rig_expect(l, "0*");
    rig_text(&r, l, "40{\"token\":\"abc\"}");
    rig_expect(l, "40{\"sid\":\"%\"}");
    rig_told(&r, "connect / % {\"token\":\"abc\"}\n");
    rig_text(&r, l, "40/chat,");
    rig_expect(l, "40/chat,{\"sid\":\"%\"}");
    rig_text(&r, l, "40/nowhere,");
    rig_expect(l, "44/nowhere,{\"message\":\"Invalid namespace\"}");
    rig_logged(&r, "/nowhere has no handler");
    struct loopback *bad = rig_connect(&r);
    rig_text(&r, bad, "40{\"token\":"); /* the engine finds it malformed */
    assert_false(loopback_up(bad, NULL));
    rig_logged(&r, "malformed auth payload");
    loopback_destroy(bad, r.now_ns);
    assert_true(loopback_up(l, NULL));
    rig_text(&r, l, "40");
    assert_false(loopback_up(l, NULL));
    rig_logged(&r, "joined already");
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

static void test_refusal(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, NULL);
    r.refuse = "{\"message\":\"no\",\"data\":[1]}";
    struct loopback *l = rig_connect(&r);
    rig_expect(l, "0*");
    rig_text(&r, l, "40");
    rig_expect(l, "44{\"message\":\"no\",\"data\":[1]}");
    assert_null(server_namespace(r.server, SLICE("/")));
    r.refuse = NULL;
    rig_text(&r, l, "40");
    rig_expect(l, "40{\"sid\":\"%\"}");
    rig_told(&r, "connect / % \nconnect / % \n"); /* and no disconnect */
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

static void join_many(struct rig *r, struct loopback *l, int count)
{
    char text[32];
    for (int i = 1; i <= count; i++) {
        snprintf(text, sizeof(text), "40/n%d,", i);
        rig_text(r, l, text);
        snprintf(text, sizeof(text), "40/n%d,*", i);
        rig_expect(l, text);
    }
}

static size_t count_logged(struct rig *r, const char *text)
{
    size_t count = 0;
    buf_append_char(&r->logged, '\0');
    for (const char *at = r->logged.ptr; (at = strstr(at, text)); at++)
        count++;
    r->logged.len--;
    return count;
}

/* One client cannot make namespaces without end where the script has a handler for any: the one
 * beyond is refused, which is told once; the session goes on, and may join again where it left. */
static void test_at_most_so_many_namespaces(void **state)
{
    static const char refusal[] = "44/more,{\"message\":\"Too many namespaces: a client can be in "
                                  "1000 at once\"}";
    struct rig r;
    (void)state;
    rig_init(&r, NULL);
    r.any_namespace = true;
    struct loopback *l = rig_connect(&r), *other = rig_join(&r);
    rig_expect(l, "0*");
    join_many(&r, l, SIO_NAMESPACES_MAX);
    rig_text(&r, l, "40/more,");
    rig_expect(l, refusal);
    assert_int_equal(count_logged(&r, "/more: refused, it is in 1000 namespaces already"), 1);
    rig_text(&r, l, "40/more,");
    rig_expect(l, refusal);
    assert_int_equal(count_logged(&r, "/more: refused"), 1);
    rig_text(&r, l, "42/n1000,[\"echo\"]");
    rig_expect(l, "42/n1000,[\"echo\"]");
    rig_text(&r, l, "41/n7,");
    rig_text(&r, l, "40/more,");
    rig_expect(l, "40/more,*");
    rig_text(&r, l, "40/another,");
    rig_expect(l, "44/another,*");
    rig_text(&r, other, "40/more,"); /* each client by itself */
    rig_expect(other, "40/more,*");
    loopback_destroy(l, r.now_ns);
    loopback_destroy(other, r.now_ns);
    rig_dispose(&r);
}

/* An old client is in `/` from the start, and is told by an ERROR packet. */
static void test_at_most_so_many_namespaces_of_an_old_client(void **state)
{
    struct rig r;
    char text[32];
    (void)state;
    rig_init(&r, NULL);
    r.any_namespace = true;
    struct loopback *l =
        loopback_connect(r.server, SLICE("EIO=3&transport=websocket"), NULL, 0, r.now_ns, NULL);
    rig_turn(&r);
    rig_expect(l, "0*");
    rig_expect(l, "40");
    for (int i = 1; i < SIO_NAMESPACES_MAX; i++) {
        snprintf(text, sizeof(text), "40/n%d,", i);
        rig_text(&r, l, text);
        rig_expect(l, text);
    }
    rig_text(&r, l, "40/more");
    rig_expect(l, "44/more,\"Too many namespaces: a client can be in 1000 at once\"");
    rig_text(&r, l, "40/n7"); /* it is there */
    rig_expect(l, "");
    assert_true(loopback_up(l, NULL));
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

static void test_connect_timeout(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, "connect_timeout=7");
    struct loopback *silent = rig_connect(&r), *joined = rig_join(&r), *left = rig_join(&r);
    rig_text(&r, left, "41");
    r.refuse = "{\"message\":\"no\"}"; /* who is refused may try again, for as long */
    struct loopback *refused = rig_connect(&r);
    rig_advance(&r, 5);
    rig_text(&r, refused, "40");
    rig_advance(&r, 2.1);
    assert_false(loopback_up(silent, NULL));
    rig_logged(&r, "connect_timeout");
    rig_advance(&r, 4.8);
    assert_true(loopback_up(refused, NULL));
    rig_advance(&r, 0.2);
    assert_false(loopback_up(refused, NULL));
    assert_true(loopback_up(joined, NULL));
    assert_true(loopback_up(left, NULL));
    loopback_destroy(silent, r.now_ns);
    loopback_destroy(refused, r.now_ns);
    loopback_destroy(joined, r.now_ns);
    loopback_destroy(left, r.now_ns);
    rig_dispose(&r);
}

/* What is sent to a connecting peer leaves behind its CONNECT, and not at all if it is refused. */
static void test_held_while_connecting(void **state)
{
    struct rig r;
    struct emit_target all = {.namespace_ = SLICE("/")};
    struct emit_body hi = {.json = SLICE("[\"hi\"]")};
    (void)state;
    rig_init(&r, NULL);
    r.hold_connect = true;
    struct loopback *l = rig_connect(&r);
    rig_expect(l, "0*");
    rig_text(&r, l, "40");
    assert_int_equal(server_emit(r.server, &all, &hi, NULL), 1);
    rig_turn(&r);
    rig_expect(l, "");
    server_accept(r.server, r.last);
    rig_turn(&r);
    rig_expect(l, "40{\"sid\":\"%\"}");
    rig_expect(l, "42[\"hi\"]");

    struct loopback *second = rig_connect(&r);
    rig_expect(second, "0*");
    rig_text(&r, second, "40");
    server_emit(r.server, &all, &hi, NULL);
    server_refuse(r.server, r.last, SLICE("{\"message\":\"no\"}"));
    rig_turn(&r);
    rig_expect(second, "44{\"message\":\"no\"}");
    rig_expect(second, "");

    rig_text(&r, second, "40"); /* is disconnected before the answer */
    server_disconnect(r.server, &(struct emit_target){.namespace_ = SLICE("/"), .peer = r.last},
                      false);
    rig_turn(&r);
    rig_expect(second, "44{\"message\":\"Connection rejected by server\"}");

    struct loopback *third = rig_connect(&r); /* leaves before the answer */
    rig_text(&r, third, "40");
    slot_id gone = r.last;
    buf_reset(&r.told, 0);
    loopback_destroy(third, r.now_ns);
    rig_turn(&r);
    rig_told(&r, "");
    server_accept(r.server, gone);
    loopback_destroy(l, r.now_ns);
    loopback_destroy(second, r.now_ns);
    rig_dispose(&r);
}

static void test_event_before_the_connect_answer(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, NULL);
    r.hold_connect = true;
    struct loopback *l = rig_connect(&r);
    rig_text(&r, l, "40");
    rig_text(&r, l, "42[\"echo\"]");
    assert_false(loopback_up(l, NULL));
    rig_told(&r, "connect / % \n");
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

static void test_events_and_acks(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, NULL);
    struct loopback *l = rig_join(&r);
    rig_text(&r, l, "42[\"echo\",{\"a\":[]},null]");
    rig_expect(l, "42[\"echo\",{\"a\":[]},null]");
    rig_text(&r, l, "429007199254740991[\"quiet\"]");
    rig_expect(l, "439007199254740991[\"ok\"]");
    rig_text(&r, l, "40/chat,");
    rig_expect(l, "40/chat,*");
    rig_text(&r, l, "42/chat,5[\"echo\",1]");
    rig_expect(l, "42/chat,[\"echo\",1]");
    rig_expect(l, "43/chat,5[\"ok\"]");
    rig_text(&r, l, "42[\"echo\",]x"); /* the engine finds the payload malformed */
    assert_false(loopback_up(l, NULL));
    rig_logged(&r, "malformed event payload");
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

static void test_attachments(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, "max_http_buffer_size=100");
    struct loopback *l = rig_join(&r);
    const char *text =
        "452-[\"echo\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]";
    rig_text(&r, l, text);
    rig_expect(l, "");
    rig_binary(&r, l, "\x01\x02", 2);
    rig_binary(&r, l, "", 0);
    rig_expect(l, text);
    rig_expect_binary(l, "\x01\x02", 2);
    rig_expect_binary(l, "", 0);

    static const struct {
        const char *first, *then;
        size_t binary;
        const char *log;
    } cases[] = {
        {"451-[\"echo\"]", "42[\"echo\"]", 0, "text where a binary attachment was due"},
        {"42[\"quiet\"]", NULL, 3, "a binary message that no packet announced"},
        {"451-[\"echo\"]", NULL, 200, "over max_http_buffer_size"},
        {"450-[\"echo\"]", "", 0, "malformed Socket.IO packet"},
        {"45-[\"echo\"]", "", 0, "malformed Socket.IO packet"},
        {"4511-[\"echo\"]", "", 0, "more than 10 attachments"},
    };
    char bytes[200] = {0};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct loopback *bad = rig_join(&r);
        rig_text(&r, bad, cases[i].first);
        if (cases[i].binary)
            rig_binary(&r, bad, bytes, cases[i].binary);
        else
            rig_text(&r, bad, cases[i].then);
        if (loopback_up(bad, NULL))
            fail_msg("case %zu did not close", i);
        rig_logged(&r, cases[i].log);
        loopback_destroy(bad, r.now_ns);
    }
    rig_text(&r, l, "42[\"echo\"]");
    rig_expect(l, "42[\"echo\"]");
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

/* With the msgpack parser a packet is one binary message. */
static void test_msgpack(void **state)
{
    static const char connect[] = "\x82\xa4type\x00\xa3nsp\xa1/";
    struct rig r;
    (void)state;
    rig_init(&r, "parser=msgpack");
    struct loopback *l = rig_connect(&r), *other = rig_connect(&r);
    rig_binary(&r, l, connect, sizeof(connect) - 1);
    rig_told(&r, "connect / % \n");
    rig_expect(l, "0*");
    struct frame *f = loopback_take(l);
    assert_true(f && f->binary);
    frame_unref(f);
    rig_binary(&r, l, "\xc1", 1);
    assert_false(loopback_up(l, NULL));
    rig_logged(&r, "malformed Socket.IO packet");
    rig_text(&r, other, "40");
    assert_false(loopback_up(other, NULL));
    rig_logged(&r, "text, and this server's parser is msgpack");
    loopback_destroy(l, r.now_ns);
    loopback_destroy(other, r.now_ns);
    rig_dispose(&r);
}

/* Acknowledgements carry binary both ways; what carries none is no binary packet: `50-` is one that
 * current parsers wait on forever. */
static void test_binary_acks(void **state)
{
    static const char ack[] = "461-1[{\"_placeholder\":true,\"num\":0}]";
    struct rig r;
    struct emit_target all = {.namespace_ = SLICE("/")};
    struct emit_body ask = {.json = SLICE("[\"ask\"]")};
    struct slice picture = SLICE("\x01\x02");
    struct emit_body answer = {SLICE("[{\"_placeholder\":true,\"num\":0}]"), &picture, 1};
    (void)state;
    rig_init(&r, NULL);
    struct loopback *l = rig_join(&r);
    server_emit(r.server, &all, &ask, &(struct emit_ack){.cookie = "c1"});
    rig_turn(&r);
    rig_expect(l, "421[\"ask\"]");
    buf_reset(&r.told, 0);
    rig_text(&r, l, ack);
    rig_told(&r, "");
    rig_binary(&r, l, "\x01\x02", 2);
    rig_told(&r, "ack c1 % [{\"_placeholder\":true,\"num\":0}]\n");
    server_ack(r.server, r.last, 1, &answer);
    server_ack(r.server, r.last, 2, &(struct emit_body){.json = SLICE("[]")});
    answer.attachment_count = 0;
    answer.json = SLICE("[\"e\"]");
    server_emit(r.server, &all, &answer, NULL);
    rig_turn(&r);
    rig_expect(l, ack);
    rig_expect_binary(l, "\x01\x02", 2);
    rig_expect(l, "432[]");
    rig_expect(l, "42[\"e\"]");
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

/* The session's id lets in whoever knows it: peers have ids of their own. */
static void test_sids_do_not_tell_the_sessions(void **state)
{
    struct rig r;
    struct emit_target chat = {.namespace_ = SLICE("/chat")};
    (void)state;
    rig_init(&r, NULL);
    struct loopback *l = rig_connect(&r);
    struct frame *open = loopback_take(l);
    rig_text(&r, l, "40");
    rig_text(&r, l, "40/chat,");
    struct frame *first = loopback_take(l), *second = loopback_take(l);
    const char *session = frame_body(open).ptr + 9, *root = frame_body(first).ptr + 10,
               *other = frame_body(second).ptr + 16;
    assert_memory_equal(session - 7, "\"sid\":\"", 7);
    assert_memory_equal(root - 7, "\"sid\":\"", 7);
    assert_memory_equal(other - 7, "\"sid\":\"", 7);
    assert_memory_not_equal(session, root, IDENT_LEN);
    assert_memory_not_equal(session, other, IDENT_LEN);
    assert_memory_not_equal(root, other, IDENT_LEN);
    server_disconnect(r.server, &chat, false);
    rig_turn(&r);
    rig_expect(l, "41/chat,");
    frame_unref(open);
    frame_unref(first);
    frame_unref(second);
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

static void test_ack_of_an_emit(void **state)
{
    struct rig r;
    struct emit_target all = {.namespace_ = SLICE("/")};
    struct emit_body ask = {.json = SLICE("[\"ask\",1]")};
    struct emit_ack ack = {.cookie = "c1", .timeout_ns = 2 * NS_PER_S};
    (void)state;
    rig_init(&r, NULL);
    struct loopback *a = rig_join(&r), *b = rig_join(&r), *c = rig_join(&r);
    rig_told(&r, "connect / % \nconnect / % \nconnect / % \n");
    assert_int_equal(server_emit(r.server, &all, &ask, &ack), 3);
    rig_turn(&r);
    rig_expect(a, "421[\"ask\",1]");
    rig_expect(b, "421[\"ask\",1]");
    rig_text(&r, a, "431[\"yes\",2]");
    rig_text(&r, a, "431[\"again\"]"); /* ignored */
    rig_text(&r, a, "4399[]");
    rig_told(&r, "ack c1 % [\"yes\",2]\n");
    rig_text(&r, b, "41");
    rig_told(&r, "ack lost c1 % disconnected\ndisconnect / % client disconnect rooms=0\n");
    rig_advance(&r, 2.1);
    rig_told(&r, "ack lost c1 % timeout\n");
    assert_true(loopback_up(a, NULL));
    loopback_destroy(a, r.now_ns);
    loopback_destroy(b, r.now_ns);
    loopback_destroy(c, r.now_ns);
    rig_dispose(&r);
}

static void test_disconnects(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, NULL);
    struct loopback *l = rig_join(&r);
    rig_text(&r, l, "40/chat,");
    rig_text(&r, l, "42/chat,[\"join\",\"x\"]");
    buf_reset(&r.told, 0);
    rig_expect(l, "40/chat,*");

    rig_text(&r, l, "41/chat,");
    rig_told(&r, "disconnect /chat % client disconnect rooms=1\n");
    rig_text(&r, l, "42/chat,[\"echo\"]"); /* may have been under way */
    assert_true(loopback_up(l, NULL));
    rig_text(&r, l, "40/chat,"); /* and back */
    rig_expect(l, "40/chat,*");
    buf_reset(&r.told, 0);

    loopback_send_text(l, SLICE("41/chat,"), r.now_ns); /* told before what came behind it */
    rig_text(&r, l, "42[\"quiet\"]");
    rig_told(&r, "disconnect /chat % client disconnect rooms=0\nevent / % quiet [\"quiet\"] 0\n");
    rig_text(&r, l, "40/chat,");
    rig_expect(l, "40/chat,*");
    buf_reset(&r.told, 0);

    rig_text(&r, l, "42[\"bye\"]");
    rig_expect(l, "41");
    rig_told(&r, "event / % bye [\"bye\"] 0\ndisconnect / % server disconnect rooms=0\n");
    rig_text(&r, l, "42[\"echo\"]");
    rig_expect(l, "");
    loopback_destroy(l, r.now_ns);
    rig_turn(&r);
    rig_told(&r, "disconnect /chat % transport close rooms=0\n");
    rig_dispose(&r);
}

/* What came in one piece with the event whose handler disconnected its sender was sent before the
 * client could hear of it: it is passed over, and the session's other namespaces go on. */
static void test_sent_before_it_heard(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, NULL);
    struct loopback *l = rig_join(&r);
    rig_text(&r, l, "40/chat,");
    rig_expect(l, "40/chat,*");
    buf_reset(&r.told, 0);
    loopback_send_text(l, SLICE("42[\"bye\"]"), r.now_ns);
    loopback_send_text(l, SLICE("427[\"echo\"]"), r.now_ns);
    loopback_send_text(l, SLICE("451-[\"echo\",{\"_placeholder\":true,\"num\":0}]"), r.now_ns);
    loopback_send_binary(l, SLICE("\x01"), r.now_ns);
    loopback_send_text(l, SLICE("431[]"), r.now_ns);
    loopback_send_text(l, SLICE("41"), r.now_ns);
    rig_text(&r, l, "42/chat,[\"echo\"]");
    rig_told(&r, "event / % bye [\"bye\"] 0\nevent /chat % echo [\"echo\"] 0\n"
                 "disconnect / % server disconnect rooms=0\n");
    rig_expect(l, "41");
    rig_expect(l, "42/chat,[\"echo\"]");
    rig_expect(l, "");
    rig_text(&r, l, "40"); /* and back */
    rig_expect(l, "40{\"sid\":\"%\"}");
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

/* Who was refused was never in: an event in one piece with its CONNECT breaks the protocol, however
 * fast the answer was. */
static void test_event_behind_a_refused_connect(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, NULL);
    r.refuse = "{\"message\":\"no\"}";
    struct loopback *l = rig_connect(&r);
    loopback_send_text(l, SLICE("40"), r.now_ns);
    rig_text(&r, l, "42[\"echo\"]");
    assert_false(loopback_up(l, NULL));
    rig_told(&r, "connect / % \n");
    rig_logged(&r, "did not join");
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

/* The disconnect handler may take its time; the peer is found until it is released, and gets
 * nothing. */
static void test_release_later(void **state)
{
    struct rig r;
    struct emit_target all = {.namespace_ = SLICE("/")};
    struct emit_body hi = {.json = SLICE("[\"hi\"]")};
    (void)state;
    rig_init(&r, NULL);
    r.hold_release = true;
    struct loopback *l = rig_join(&r);
    rig_text(&r, l, "42[\"join\",\"x\"]");
    loopback_destroy(l, r.now_ns);
    rig_turn(&r);
    slot_id leaving = r.last;
    assert_non_null(server_peer(r.server, leaving));
    assert_int_equal(server_emit(r.server, &all, &hi, NULL), 0);
    server_release(r.server, leaving);
    assert_null(server_peer(r.server, leaving));
    server_release(r.server, leaving);
    rig_turn(&r);
    assert_null(server_namespace(r.server, SLICE("/")));
    l = rig_join(&r); /* its session may go on, and end, meanwhile */
    rig_text(&r, l, "42[\"bye\"]");
    rig_expect(l, "41");
    loopback_destroy(l, r.now_ns);
    rig_turn(&r);
    server_release(r.server, r.last);
    rig_turn(&r);
    assert_null(server_namespace(r.server, SLICE("/")));
    rig_dispose(&r);
}

static void test_shutdown(void **state)
{
    struct rig r;
    enum transport_end how;
    (void)state;
    rig_init(&r, NULL);
    struct loopback *l = rig_join(&r);
    server_close(r.server, r.now_ns);
    rig_turn(&r);
    assert_false(loopback_up(l, &how));
    assert_int_equal(how, TRANSPORT_END_GOING);
    rig_told(&r, "connect / % \ndisconnect / % server disconnect rooms=0\n");
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connect_with_auth),
        cmocka_unit_test(test_refusal),
        cmocka_unit_test(test_at_most_so_many_namespaces),
        cmocka_unit_test(test_at_most_so_many_namespaces_of_an_old_client),
        cmocka_unit_test(test_connect_timeout),
        cmocka_unit_test(test_held_while_connecting),
        cmocka_unit_test(test_event_before_the_connect_answer),
        cmocka_unit_test(test_events_and_acks),
        cmocka_unit_test(test_attachments),
        cmocka_unit_test(test_msgpack),
        cmocka_unit_test(test_binary_acks),
        cmocka_unit_test(test_sids_do_not_tell_the_sessions),
        cmocka_unit_test(test_ack_of_an_emit),
        cmocka_unit_test(test_disconnects),
        cmocka_unit_test(test_sent_before_it_heard),
        cmocka_unit_test(test_event_behind_a_refused_connect),
        cmocka_unit_test(test_release_later),
        cmocka_unit_test(test_shutdown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
