/* Clients that do not take what they are sent: what waits for one is bounded by send_queue_limit,
 * whatever it consists of. */
#include "support/rig.h"
#include <stdio.h>

/* A session in the main namespace; `query` is that of its requests. */
static void open_polling(struct rig *r, int version, char query[128])
{
    struct loopback_http h;
    char first[64];
    snprintf(first, sizeof(first), "EIO=%d&transport=polling", version);
    rig_poll(r, &h, "GET", first, NULL, SLICE(""));
    buf_append_char(&h.body, '\0');
    snprintf(query, 128, "%s&sid=%.20s", first, strstr(h.body.ptr, "sid") + strlen("sid\":\""));
    loopback_http_dispose(&h);
    if (version == 3)
        return;
    rig_poll(r, &h, "POST", query, NULL, SLICE("40"));
    loopback_http_dispose(&h);
}

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

/* Who polls can ask without ever fetching the answers, which cost more than their few bytes. */
static void test_answers_that_nobody_fetches(void **state)
{
    struct rig r;
    struct loopback_http h;
    char query[128];
    (void)state;
    rig_init(&r, "send_queue_limit=1000");
    open_polling(&r, 4, query);
    for (int i = 0; i < 20 && r.server->sessions.count; i++) {
        rig_poll(&r, &h, "POST", query, NULL, SLICE("420[\"x\"]"));
        loopback_http_dispose(&h);
    }
    assert_int_equal(r.server->sessions.count, 0);
    rig_logged(&r, "over send_queue_limit");
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
    open_polling(&r, 3, query);
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
        cmocka_unit_test(test_answers_that_nobody_fetches),
        cmocka_unit_test(test_pongs_that_nobody_fetches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
