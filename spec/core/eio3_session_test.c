/* Old clients (Engine.IO 3, Socket.IO 1 and 2) on loopback transports, beside new ones: WIRE
 * checklist, and JSONP of both versions. */
#include "support/rig.h"
#include <stdio.h>

static struct loopback *connect_3(struct rig *r, const char *query)
{
    struct loopback *l = loopback_connect(r->server, slice_str(query), NULL, 0, r->now_ns, NULL);
    assert_non_null(l);
    rig_turn(r);
    return l;
}

#define WEBSOCKET_3 "EIO=3&transport=websocket"

static struct loopback *join_3(struct rig *r)
{
    struct loopback *l = connect_3(r, WEBSOCKET_3);
    rig_expect(l, "0{\"sid\":*");
    rig_expect(l, "40");
    return l;
}

static void test_implicit_root(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, NULL);
    struct loopback *l = connect_3(&r, "transport=websocket"); /* a missing EIO means 3 */
    struct frame *open = loopback_take(l);
    char sid[IDENT_LEN + 1] = {0}, line[64];
    memcpy(sid, frame_body(open).ptr + 9, IDENT_LEN);
    frame_unref(open);
    rig_expect(l, "40");
    snprintf(line, sizeof(line), "connect / %s \n", sid); /* the sid is the session's */
    rig_told(&r, line);
    rig_text(&r, l, "40");
    rig_expect(l, ""); /* harmless */
    rig_text(&r, l, "42[\"echo\",1]");
    rig_expect(l, "42[\"echo\",1]");
    rig_text(&r, l, "425[\"quiet\"]");
    rig_expect(l, "435[\"ok\"]");
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

/* The open packet is protocol 4's; over polling the CONNECT of `/` comes along with it. */
static void test_handshake(void **state)
{
    struct rig r;
    struct loopback_http h;
    (void)state;
    rig_init(&r, NULL);
    rig_poll(&r, &h, "GET", "EIO=3&transport=polling&t=abc", NULL, SLICE(""));
    buf_append_char(&h.body, '\0');
    assert_true(slice_starts_with(buf_slice(&h.body), SLICE("118:0{\"sid\":\"")));
    assert_string_equal(h.body.ptr + 13 + IDENT_LEN,
                        "\",\"upgrades\":[\"websocket\"],\"pingInterval\":25000,"
                        "\"pingTimeout\":20000,\"maxPayload\":1000000}2:40");
    loopback_http_dispose(&h);
    rig_dispose(&r);
}

/* What is sent to the sid that the client makes for itself reaches it. */
static void test_a_sid_is_a_room(void **state)
{
    struct rig r;
    char sid[2 * IDENT_LEN];
    (void)state;
    rig_init(&r, NULL);
    struct loopback *l = connect_3(&r, WEBSOCKET_3);
    struct frame *open = loopback_take(l);
    rig_expect(l, "40");
    rig_text(&r, l, "40/chat,");
    rig_expect(l, "40/chat,");
    for (size_t i = 0; i < 2; i++) {
        snprintf(sid, sizeof(sid), "%s%.20s", i ? "/chat#" : "", frame_body(open).ptr + 9);
        struct slice room = slice_str(sid);
        struct emit_target to = {
            .namespace_ = slice_str(i ? "/chat" : "/"), .rooms = &room, .room_count = 1};
        assert_int_equal(
            server_emit(r.server, &to, &(struct emit_body){.json = SLICE("[\"hi\"]")}, NULL), 1);
        rig_turn(&r);
        rig_expect(l, i ? "42/chat,[\"hi\"]" : "42[\"hi\"]");
    }
    frame_unref(open);
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

static void test_namespaces(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, NULL);
    struct loopback *l = join_3(&r);
    buf_reset(&r.told, 0);
    rig_text(&r, l, "40/chat?token=a%20b&x=1,");
    rig_expect(l, "40/chat,");
    rig_told(&r, "connect /chat /chat#% {\"token\":\"a b\",\"x\":\"1\"}\n");
    rig_text(&r, l, "42/chat,[\"echo\"]");
    rig_expect(l, "42/chat,[\"echo\"]");
    rig_text(&r, l, "40/nowhere,");
    rig_expect(l, "44/nowhere,\"Invalid namespace\"");
    rig_text(&r, l, "41/chat,");
    buf_reset(&r.told, 0);
    rig_text(&r, l, "42/chat,[\"echo\"]"); /* what protocol 5 closes for, servers of 2.x ignored */
    rig_text(&r, l, "42/nowhere,[\"echo\"]");
    rig_text(&r, l, "44\"an error\"");
    rig_told(&r, "");
    rig_text(&r, l, "41");
    assert_true(loopback_up(l, NULL));
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

static void test_errors(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, NULL);
    r.refuse = "{\"message\":\"no\"}";
    struct loopback *l = connect_3(&r, WEBSOCKET_3);
    rig_expect(l, "0{*");
    rig_expect(l, "44\"no\"");
    r.refuse = "{\"message\":\"no\",\"data\":{\"why\":[1]}}";
    rig_text(&r, l, "40/chat,");
    rig_expect(l, "44/chat,{\"why\":[1]}");
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

static void test_namespaces_wait_for_the_root(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, NULL);
    r.hold_connect = true;
    struct loopback *l = connect_3(&r, WEBSOCKET_3);
    rig_expect(l, "0{*");
    slot_id root = r.last;
    rig_text(&r, l, "40/chat,");
    rig_expect(l, "");
    r.hold_connect = false;
    server_accept(r.server, root);
    rig_advance(&r, 0.001);
    rig_expect(l, "40");
    rig_expect(l, "40/chat,");
    rig_told(&r, "connect / % \nconnect /chat /chat#% \n");
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

/* Namespaces wait in memory, so not without end; and they may wait in vain. */
static void test_namespaces_that_wait_are_bounded(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, NULL);
    r.hold_connect = true;
    struct loopback *l = connect_3(&r, WEBSOCKET_3), *left = connect_3(&r, WEBSOCKET_3);
    rig_text(&r, left, "40/chat,");
    loopback_destroy(left, r.now_ns);
    char text[4 + 1025] = "40/", *name = text + 3;
    memset(name, 'x', 1022);
    name[1022] = ','; /* 1,023 bytes with the slash, and a line's end: four fill the 4,096 */
    for (int i = 0; i < 4; i++)
        rig_text(&r, l, text);
    assert_true(loopback_up(l, NULL));
    rig_text(&r, l, "40/x,");
    assert_false(loopback_up(l, NULL));
    rig_logged(&r, "too many namespaces asked for while it connects");
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

static void test_heartbeat_is_the_clients(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, "ping_interval=10\nping_timeout=5");
    struct loopback *l = join_3(&r);
    rig_advance(&r, 14);
    rig_expect(l, "");
    rig_text(&r, l, "2");
    rig_expect(l, "3");
    rig_advance(&r, 14);
    rig_text(&r, l, "42[\"quiet\"]"); /* any packet is a sign of life */
    rig_advance(&r, 14.9);
    assert_true(loopback_up(l, NULL));
    rig_advance(&r, 0.2);
    assert_false(loopback_up(l, NULL));
    rig_logged(&r, "no ping in time");
    struct loopback *pong = join_3(&r);
    rig_text(&r, pong, "3");
    assert_false(loopback_up(pong, NULL));
    rig_logged(&r, "a pong from a client of protocol 3");
    loopback_destroy(l, r.now_ns);
    loopback_destroy(pong, r.now_ns);
    rig_dispose(&r);
}

static void test_binary_over_websocket(void **state)
{
    static const char text[] = "451-[\"echo\",{\"_placeholder\":true,\"num\":0}]";
    struct rig r;
    (void)state;
    rig_init(&r, NULL);
    struct loopback *l = join_3(&r), *coded = connect_3(&r, WEBSOCKET_3 "&b64=1");
    rig_text(&r, l, text);
    rig_binary(&r, l, "\x04\x01\x02", 3);
    rig_expect(l, text);
    rig_expect_binary(l, "\x04\x01\x02", 3);
    rig_expect(coded, "0{*");
    rig_expect(coded, "40");
    rig_text(&r, coded, text);
    rig_text(&r, coded, "b4AQI=");
    rig_expect(coded, text);
    rig_expect(coded, "b4AQI=");
    rig_text(&r, l, text);
    rig_binary(&r, l, "\x01\x02", 2);
    assert_false(loopback_up(l, NULL));
    loopback_destroy(l, r.now_ns);
    loopback_destroy(coded, r.now_ns);
    rig_dispose(&r);
}

static void test_both_generations_in_one_room(void **state)
{
    static const char text[] = "451-[\"pic\",{\"_placeholder\":true,\"num\":0}]";
    struct slice picture = SLICE("\x09\x08"), room = SLICE("r");
    struct emit_target to = {.namespace_ = SLICE("/"), .rooms = &room, .room_count = 1};
    struct emit_body body = {slice_make(text + 4, sizeof(text) - 5), &picture, 1};
    struct rig r;
    (void)state;
    rig_init(&r, NULL);
    struct loopback *old = join_3(&r), *new = rig_join(&r);
    rig_text(&r, old, "42[\"join\",\"r\"]");
    rig_text(&r, new, "42[\"join\",\"r\"]");
    assert_int_equal(server_emit(r.server, &to, &body, NULL), 2);
    rig_turn(&r);
    rig_expect(old, text);
    rig_expect_binary(old, "\x04\x09\x08", 3);
    rig_expect(new, text);
    rig_expect_binary(new, "\x09\x08", 2);
    loopback_destroy(old, r.now_ns);
    loopback_destroy(new, r.now_ns);
    rig_dispose(&r);
}

/* --- long-polling --- */

/* A polling session of protocol 3 that joined `/`; `query` gets what its further requests carry. */
static void open_polling(struct rig *r, const char *more, char query[128])
{
    struct loopback_http h;
    char first[64];

    snprintf(first, sizeof(first), "EIO=3&transport=polling%s", more);
    rig_poll(r, &h, "GET", first, NULL, SLICE(""));
    assert_int_equal(h.status, 200);
    buf_append_char(&h.body, '\0');
    const char *sid = strstr(h.body.ptr, "sid") + 3;
    sid += strspn(sid, "\\\":"); /* JSONP has its quotes escaped */
    snprintf(query, 128, "%s&sid=%.20s", first, sid);
    loopback_http_dispose(&h);
}

#define EVENT(name) "42[\"" name "\"]"
static const char binary_event[] = "451-[\"echo\",{\"_placeholder\":true,\"num\":0}]"; /* 42 long */

static void test_polling_text(void **state)
{
    struct rig r;
    struct loopback_http h;
    char query[128];
    (void)state;
    rig_init(&r, NULL);
    open_polling(&r, "", query);
    rig_poll(&r, &h, "POST", query, "Content-Type: text/plain;charset=UTF-8",
             SLICE("15:42[\"echo\",\"Ã©\"]15:42[\"echo\",\"é€\"]"));
    rig_http_expect(&h, 200, SLICE("ok"));
    rig_poll(&r, &h, "GET", query, NULL, SLICE(""));
    rig_http_expect(&h, 200,
                    SLICE("19:42[\"echo\",\"\\u00e9\"]25:42[\"echo\",\"\\u00e9\\u20ac\"]"));
    rig_poll(&r, &h, "POST", query, NULL, SLICE("15:42[\"echo\",\"Ã©\"]")); /* it encodes once */
    rig_http_expect(&h, 200, SLICE("ok"));
    rig_poll(&r, &h, "GET", query, NULL, SLICE(""));
    rig_http_expect(&h, 200, SLICE("25:42[\"echo\",\"\\u00c3\\u00a9\"]"));
    rig_poll(&r, &h, "POST", query, NULL, SLICE("nonsense"));
    assert_int_equal(h.status, 400);
    loopback_http_dispose(&h);
    assert_int_equal(r.server->sessions.count, 0);
    rig_dispose(&r);
}

static void test_polling_binary(void **state)
{
    struct rig r;
    struct loopback_http h;
    char query[128], body[128];
    struct buf expected = BUF_INIT;
    (void)state;
    rig_init(&r, NULL);
    open_polling(&r, "", query);
    size_t len = (size_t)snprintf(body, sizeof(body),
                                  "%c%c%c\xff%s%c%c\xff\x04"
                                  "AB",
                                  0, 4, 2, binary_event, 1, 3);
    rig_poll(&r, &h, "POST", query, "Content-Type: application/octet-stream",
             slice_make(body, len));
    rig_http_expect(&h, 200, SLICE("ok"));
    rig_poll(&r, &h, "GET", query, NULL, SLICE(""));
    assert_true(
        slice_equal(loopback_http_header(&h, "content-type"), SLICE("application/octet-stream")));
    rig_http_expect(&h, 200, slice_make(body, len));

    open_polling(&r, "&b64=1", query);
    buf_printf(&expected, "42:%s6:b4QUI=", binary_event);
    rig_poll(&r, &h, "POST", query, NULL, buf_slice(&expected));
    rig_http_expect(&h, 200, SLICE("ok"));
    rig_poll(&r, &h, "GET", query, NULL, SLICE(""));
    rig_http_expect(&h, 200, buf_slice(&expected));
    buf_dispose(&expected);
    rig_dispose(&r);
}

static void test_upgrade(void **state)
{
    struct rig r;
    struct loopback_http h, poll;
    char query[128], upgrade[128];
    (void)state;
    rig_init(&r, NULL);
    open_polling(&r, "", query);
    rig_poll(&r, &poll, "GET", query, NULL, SLICE(""));
    snprintf(upgrade, sizeof(upgrade), "EIO=3&transport=websocket&sid=%s",
             strstr(query, "sid=") + 4);
    struct loopback *l = connect_3(&r, upgrade);
    rig_text(&r, l, "2probe");
    rig_expect(l, "3probe");
    rig_advance(&r, 0.1);
    rig_http_expect(&poll, 200, SLICE("1:6"));
    rig_poll(&r, &h, "POST", query, NULL,
             SLICE("42:451-[\"echo\",{\"_placeholder\":true,\"num\":0}]6:b4QUI="));
    rig_http_expect(&h, 200, SLICE("ok"));
    rig_text(&r, l, "5");
    rig_expect(l, binary_event); /* queued while polling, in the WebSocket's form now */
    rig_expect_binary(l,
                      "\x04"
                      "AB",
                      3);
    rig_text(&r, l, "2");
    rig_expect(l, "3");
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

static void test_jsonp(void **state)
{
    struct rig r;
    struct loopback_http h;
    char query[128];
    (void)state;
    rig_init(&r, NULL);
    rig_poll(&r, &h, "GET", "EIO=4&transport=polling&j=0(alert)", NULL, SLICE(""));
    assert_true(slice_starts_with(buf_slice(&h.body), SLICE("___eio[0](\"0{\\\"sid\\\":\\\"")));
    assert_true(slice_equal(loopback_http_header(&h, "content-type"),
                            SLICE("text/javascript; charset=UTF-8")));
    loopback_http_dispose(&h);
    rig_poll(&r, &h, "GET", "EIO=4&transport=polling&j=12345678901", NULL, SLICE(""));
    assert_true(slice_starts_with(buf_slice(&h.body), SLICE("___eio[1234567890](")));
    loopback_http_dispose(&h);

    open_polling(&r, "&j=7", query);
    /* the client sends a backslash before an n as two */
    rig_poll(&r, &h, "POST", query, NULL, SLICE("d=17%3A42%5B%22echo%22%2C%22a%5C%5Cnb%22%5D"));
    rig_http_expect(&h, 200, SLICE("ok"));
    rig_poll(&r, &h, "GET", query, NULL, SLICE(""));
    rig_http_expect(&h, 200, SLICE("___eio[7](\"17:42[\\\"echo\\\",\\\"a\\\\nb\\\"]\");"));
    rig_dispose(&r);
}

static void test_compression(void **state)
{
    struct rig r;
    struct loopback_http h;
    char query[128], text[2048];
    (void)state;
    rig_init(&r, NULL);
    open_polling(&r, "", query);
    struct emit_target all = {.namespace_ = SLICE("/")};
    memset(text, 'a', sizeof(text));
    memcpy(text, "[\"", 2);
    memcpy(text + sizeof(text) - 2, "\"]", 2);
    struct emit_body body = {.json = slice_make(text, sizeof(text))};
    server_emit(r.server, &all, &body, NULL);
    rig_poll(&r, &h, "GET", query, "Accept-Encoding: gzip", SLICE(""));
    assert_true(slice_equal(loopback_http_header(&h, "content-encoding"), SLICE("gzip")));
    assert_true(h.body.len < 200);
    loopback_http_dispose(&h);
    server_emit(r.server, &all, &body, NULL);
    rig_poll(&r, &h, "GET", query, NULL, SLICE(""));
    assert_null(loopback_http_header(&h, "content-encoding").ptr);
    loopback_http_dispose(&h);
    rig_dispose(&r);
}

static void test_cookie(void **state)
{
    struct rig r;
    struct loopback_http h;
    (void)state;
    rig_init(&r, "cookie=io");
    rig_poll(&r, &h, "GET", "EIO=4&transport=polling", NULL, SLICE(""));
    struct slice cookie = loopback_http_header(&h, "set-cookie");
    assert_true(slice_starts_with(cookie, SLICE("io=")));
    assert_true(
        slice_equal(slice_skip(cookie, 3 + IDENT_LEN), SLICE("; Path=/; HttpOnly; SameSite=Lax")));
    loopback_http_dispose(&h);
    rig_dispose(&r);
}

static void test_refused_when_off(void **state)
{
    struct rig r;
    struct loopback_http h;
    (void)state;
    rig_init(&r, "allow_eio3=false");
    rig_poll(&r, &h, "GET", "transport=polling", NULL, SLICE(""));
    rig_http_expect(&h, 400, SLICE("{\"code\":5,\"message\":\"Unsupported protocol version\"}"));
    rig_logged(&r, "allow_eio3");
    rig_dispose(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_implicit_root),
        cmocka_unit_test(test_handshake),
        cmocka_unit_test(test_a_sid_is_a_room),
        cmocka_unit_test(test_namespaces),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_namespaces_wait_for_the_root),
        cmocka_unit_test(test_namespaces_that_wait_are_bounded),
        cmocka_unit_test(test_heartbeat_is_the_clients),
        cmocka_unit_test(test_binary_over_websocket),
        cmocka_unit_test(test_both_generations_in_one_room),
        cmocka_unit_test(test_polling_text),
        cmocka_unit_test(test_polling_binary),
        cmocka_unit_test(test_upgrade),
        cmocka_unit_test(test_jsonp),
        cmocka_unit_test(test_compression),
        cmocka_unit_test(test_cookie),
        cmocka_unit_test(test_refused_when_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
