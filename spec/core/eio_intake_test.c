/* Payloads of many packets, which are taken in turns. */
#include "support/rig.h"
#include "core/server/eio_intake.h"
#include <stdio.h>

#define PACKETS 700
#define A_TURN 7 /* packets, when each takes so much of it */

/* A session in the main namespace; `query` is that of its requests. */
static void open_polling(struct rig *r, char query[128])
{
    struct loopback_http h;
    rig_poll(r, &h, "GET", "EIO=4&transport=polling", NULL, SLICE(""));
    snprintf(query, 128, "EIO=4&transport=polling&sid=%.20s", h.body.ptr + strlen("0{\"sid\":\""));
    loopback_http_dispose(&h);
    rig_poll(r, &h, "POST", query, NULL, SLICE("40"));
    loopback_http_dispose(&h);
    rig_poll(r, &h, "GET", query, NULL, SLICE(""));
    loopback_http_dispose(&h);
    buf_reset(&r->told, 0);
}

static void open_slow(struct rig *r, char query[128])
{
    open_polling(r, query);
    r->event_ns = CONFIG_CLIENT_TURN_NS / A_TURN + 1;
}

/* POSTs that many events, and what comes behind them. */
static void post_many(struct rig *r, const char *query, struct loopback_http *h, const char *last)
{
    struct buf payload = BUF_INIT;
    for (int i = 0; i < PACKETS; i++)
        buf_printf(&payload, "42[\"n\",%d]\x1e", i);
    buf_append_str(&payload, last);
    rig_poll(r, h, "POST", query, NULL, buf_slice(&payload));
    buf_dispose(&payload);
}

static size_t lines(const struct buf *text)
{
    size_t count = 0;
    for (size_t i = 0; i < text->len; i++)
        count += text->ptr[i] == '\n';
    return count;
}

static void test_others_come_between(void **state)
{
    struct rig r;
    struct loopback_http h;
    char query[128];
    (void)state;
    rig_init(&r, NULL);
    struct loopback *other = rig_join(&r);
    open_slow(&r, query);
    post_many(&r, query, &h, "42[\"last\"]");
    assert_false(h.done);
    assert_int_equal(lines(&r.told), A_TURN);
    rig_text(&r, other, "42[\"echo\"]");
    rig_expect(other, "42[\"echo\"]");
    server_run(r.server, r.now_ns);
    assert_int_equal(lines(&r.told), 2 * A_TURN + 1);
    rig_advance(&r, 1);
    rig_http_expect(&h, 200, SLICE("ok"));
    assert_int_equal(lines(&r.told), PACKETS + 2);
    loopback_destroy(other, r.now_ns);
    rig_dispose(&r);
}

/* One that takes longer than a turn is the only one of it. */
static void test_slow_ones_come_alone(void **state)
{
    struct rig r;
    struct loopback_http h;
    char query[128];
    (void)state;
    rig_init(&r, NULL);
    open_polling(&r, query);
    r.event_ns = 10 * CONFIG_CLIENT_TURN_NS;
    post_many(&r, query, &h, "42[\"last\"]");
    for (size_t turns = 1; turns < 10; turns++) {
        assert_int_equal(lines(&r.told), turns);
        server_run(r.server, r.now_ns);
        rig_turn(&r);
    }
    loopback_http_dispose(&h);
    rig_dispose(&r);
}

/* Each has a turn of its own, although the loop's serves both. */
static void test_two_clients_share_a_turn(void **state)
{
    struct rig r;
    struct loopback_http first, second;
    char queries[2][128];
    (void)state;
    rig_init(&r, NULL);
    open_polling(&r, queries[0]);
    open_slow(&r, queries[1]);
    post_many(&r, queries[0], &first, "42[\"last\"]");
    post_many(&r, queries[1], &second, "42[\"last\"]");
    assert_int_equal(lines(&r.told), 2 * A_TURN); /* the second POST is none for the first */
    server_run(r.server, r.now_ns);
    assert_int_equal(lines(&r.told), 4 * A_TURN);
    loopback_http_dispose(&first);
    loopback_http_dispose(&second);
    rig_dispose(&r);
}

static void test_quick_ones_come_at_once(void **state)
{
    struct rig r;
    struct loopback_http h;
    char query[128];
    (void)state;
    rig_init(&r, NULL);
    open_polling(&r, query);
    post_many(&r, query, &h, "42[\"last\"]");
    rig_http_expect(&h, 200, SLICE("ok"));
    assert_int_equal(lines(&r.told), PACKETS + 1);
    rig_dispose(&r);
}

static void test_malformed_at_the_end(void **state)
{
    struct rig r;
    struct loopback_http h;
    char query[128];
    (void)state;
    rig_init(&r, NULL);
    open_slow(&r, query);
    post_many(&r, query, &h, "x");
    rig_advance(&r, 1);
    assert_int_equal(h.status, 400);
    loopback_http_dispose(&h);
    assert_int_equal(r.server->sessions.count, 0);
    rig_dispose(&r);
}

/* The payload takes longer than a client may be silent, and its pong comes last. */
static void test_pong_behind_slow_ones(void **state)
{
    struct rig r;
    struct loopback_http h;
    struct buf payload = BUF_INIT;
    char query[128];
    (void)state;
    rig_init(&r, "ping_interval=10\nping_timeout=5");
    open_polling(&r, query);
    rig_advance(&r, 10);
    for (int i = 0; i < 20; i++)
        buf_append_str(&payload, "42[\"n\"]\x1e");
    buf_append_char(&payload, '3');
    r.event_ns = NS_PER_S;
    rig_poll(&r, &h, "POST", query, NULL, buf_slice(&payload));
    buf_dispose(&payload);
    rig_advance(&r, 19);
    rig_http_expect(&h, 200, SLICE("ok"));
    assert_int_equal(lines(&r.told), 20);
    rig_advance(&r, 14.9);
    assert_int_equal(r.server->sessions.count, 1);
    rig_advance(&r, 0.2);
    assert_int_equal(r.server->sessions.count, 0);
    rig_dispose(&r);
}

/* A client sends one payload at a time. */
static void test_two_at_once(void **state)
{
    struct rig r;
    struct loopback_http first, second;
    char query[128];
    (void)state;
    rig_init(&r, NULL);
    open_slow(&r, query);
    post_many(&r, query, &first, "42[\"last\"]");
    rig_poll(&r, &second, "POST", query, NULL, SLICE("42[\"too\"]"));
    assert_int_equal(second.status, 400);
    loopback_http_dispose(&second);
    rig_turn(&r);
    assert_true(first.done);
    loopback_http_dispose(&first);
    assert_int_equal(r.server->sessions.count, 0);
    rig_dispose(&r);
}

/* The server ends, or the client hangs up, before all of it was taken. */
static void test_ends_in_between(void **state)
{
    struct rig r;
    struct loopback_http h;
    char query[128];
    (void)state;
    rig_init(&r, NULL);
    open_slow(&r, query);
    post_many(&r, query, &h, "42[\"last\"]");
    loopback_http_dispose(&h);
    rig_advance(&r, 1);
    assert_int_equal(lines(&r.told), PACKETS + 1);
    post_many(&r, query, &h, "42[\"last\"]");
    rig_dispose(&r);
    assert_true(h.done);
    loopback_http_dispose(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_others_come_between),
        cmocka_unit_test(test_slow_ones_come_alone),
        cmocka_unit_test(test_two_clients_share_a_turn),
        cmocka_unit_test(test_quick_ones_come_at_once),
        cmocka_unit_test(test_malformed_at_the_end),
        cmocka_unit_test(test_pong_behind_slow_ones),
        cmocka_unit_test(test_two_at_once),
        cmocka_unit_test(test_ends_in_between),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
