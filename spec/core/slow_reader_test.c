/* Clients that do not take what they are sent: what waits for one is bounded by send_queue_limit,
 * whatever it consists of. */
#include "support/rig.h"
#include <stdio.h>

static void test_slow_reader(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, "send_queue_limit=1000");
    struct loopback *l = rig_join(&r);
    loopback_throttle(l, 1);
    rig_text(&r, l, "42[\"echo\",1]");
    rig_text(&r, l, "42[\"echo\",2]");
    rig_text(&r, l, "42[\"echo\",3]");
    rig_expect(l, "42[\"echo\",1]");
    rig_expect(l, "");
    loopback_throttle(l, SIZE_MAX);
    rig_turn(&r);
    rig_expect(l, "42[\"echo\",2]");
    rig_expect(l, "42[\"echo\",3]");
    loopback_throttle(l, 0);
    for (int i = 0; i < 100 && loopback_up(l, NULL); i++)
        rig_text(&r, l, "42[\"echo\",\"twenty characters\"]");
    assert_false(loopback_up(l, NULL));
    rig_logged(&r, "over send_queue_limit");
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

/* A short message costs a queue more than its few bytes. */
static void test_slow_reader_of_short_messages(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, "send_queue_limit=1000");
    struct loopback *l = rig_join(&r);
    loopback_throttle(l, 0);
    for (int i = 0; i < 100; i++)
        rig_text(&r, l, "420[\"x\"]");
    assert_false(loopback_up(l, NULL));
    rig_logged(&r, "over send_queue_limit");
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

/* It may ping as often as it likes, but has to fetch the pongs. */
static void test_pongs_that_nobody_fetches(void **state)
{
    struct rig r;
    struct loopback_http h;
    char query[128];
    (void)state;
    rig_init(&r, "send_queue_limit=1000");
    rig_poll(&r, &h, "GET", "EIO=3&transport=polling", NULL, SLICE(""));
    snprintf(query, sizeof(query), "EIO=3&transport=polling&sid=%.20s", h.body.ptr + 13);
    loopback_http_dispose(&h);
    for (int i = 0; i < 100 && r.server->sessions.count; i++) {
        rig_poll(&r, &h, "POST", query, NULL, SLICE("1:21:21:2"));
        loopback_http_dispose(&h);
    }
    assert_int_equal(r.server->sessions.count, 0);
    rig_logged(&r, "over send_queue_limit");
    rig_dispose(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slow_reader),
        cmocka_unit_test(test_slow_reader_of_short_messages),
        cmocka_unit_test(test_pongs_that_nobody_fetches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
