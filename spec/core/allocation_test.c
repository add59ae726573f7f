/* A conversation in which the n-th allocation that may fail does fail, for each n: nothing breaks
 * but the session that wanted it. What leaks or is used after it went, the sanitizers tell; that a
 * later client is served as if nothing had been, this test does. */
#include "support/rig.h"
#include <stdio.h>

static void drain(struct loopback *l)
{
    struct frame *f;
    while ((f = loopback_take(l)))
        frame_unref(f);
}

/* A client over WebSocket, with text, attachments, rooms and a disconnect. NULL answers are fine.
 */
static void websocket(struct rig *r, const char *query)
{
    struct loopback *l = loopback_connect(r->server, slice_str(query), NULL, 0, r->now_ns, NULL);
    rig_turn(r);
    if (!l)
        return;
    rig_text(r, l, "40");
    rig_text(r, l, "42[\"join\",\"x\"]");
    rig_text(r, l, "42[\"room\",\"x\"]");
    rig_text(r, l, "421[\"echo\",\"\\u00e9\"]");
    rig_text(r, l,
             "452-[\"echo\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]");
    rig_binary(r, l, "\x04\x01", 2);
    rig_binary(r, l, "\x04\x02", 2);
    loopback_throttle(l, 0);
    for (int i = 0; i < 12; i++)
        rig_text(r, l, "42[\"all\"]");
    loopback_throttle(l, SIZE_MAX);
    rig_turn(r);
    drain(l);
    rig_text(r, l, "41");
    loopback_destroy(l, r->now_ns);
    rig_turn(r);
}

static void polling(struct rig *r)
{
    struct loopback_http h, post;
    char query[96] = "EIO=4&transport=polling&sid=";

    rig_poll(r, &h, "GET", "EIO=4&transport=polling", NULL, SLICE(""));
    if (h.done && h.status == 200 && h.body.len > 9 + IDENT_LEN)
        strncat(query, h.body.ptr + 9, IDENT_LEN);
    loopback_http_dispose(&h);
    rig_poll(r, &post, "POST", query, NULL,
             SLICE("40\x1e"
                   "42[\"echo\"]\x1e"
                   "451-[\"echo\"]\x1e"
                   "bAQ=="));
    loopback_http_dispose(&post);
    rig_poll(r, &h, "GET", query, NULL, SLICE(""));
    loopback_http_dispose(&h);
    rig_turn(r);
}

static void scenario(struct rig *r)
{
    websocket(r, "EIO=4&transport=websocket");
    websocket(r, "EIO=3&transport=websocket");
    polling(r);
}

static void test_each_allocation_fails_once(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, NULL);
    mem_test_fail_nth(0);
    scenario(&r);
    uint64_t count = mem_test_count();
    rig_dispose(&r);
    assert_true(count > 10);

    for (uint64_t n = 1; n <= count; n++) {
        rig_init(&r, NULL);
        mem_test_fail_nth(n);
        scenario(&r);
        mem_test_fail_nth(0);
        struct loopback *after = rig_join(&r);
        rig_text(&r, after, "42[\"echo\",1]");
        rig_expect(after, "42[\"echo\",1]");
        loopback_destroy(after, r.now_ns);
        rig_dispose(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_allocation_fails_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
