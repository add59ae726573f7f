/* Who gets a message, that each gets it once, and that it is encoded once. */
#include "support/rig.h"

static struct emit_body hi = {.json = SLICE("[\"hi\"]")};

static void expect_only(struct loopback *const *clients, size_t count, const char *mask)
{
    for (size_t i = 0; i < count; i++) {
        rig_expect(clients[i], mask[i] == 'x' ? "42[\"hi\"]" : "");
        rig_expect(clients[i], "");
    }
}

static size_t emit(struct rig *r, const char *const *rooms, const char *const *except)
{
    struct slice room[4], not_room[4];
    struct emit_target target = {.namespace_ = SLICE("/"), .rooms = room, .except = not_room};
    while (rooms && rooms[target.room_count]) {
        room[target.room_count] = slice_str(rooms[target.room_count]);
        target.room_count++;
    }
    while (except && except[target.except_count]) {
        not_room[target.except_count] = slice_str(except[target.except_count]);
        target.except_count++;
    }
    size_t met = server_emit(r->server, &target, &hi, NULL);
    rig_turn(r);
    return met;
}

static const char *sid_at(struct rig *r, size_t i)
{
    return server_namespace(r->server, SLICE("/"))->peers[i]->sid;
}

static void test_targets(void **state)
{
    struct rig r;
    struct loopback *l[4];
    (void)state;
    rig_init(&r, NULL);
    for (size_t i = 0; i < 4; i++)
        l[i] = rig_join(&r);
    rig_text(&r, l[0], "42[\"join\",\"red\"]");
    rig_text(&r, l[1], "42[\"join\",\"red\"]");
    rig_text(&r, l[1], "42[\"join\",\"blue\"]");
    rig_text(&r, l[2], "42[\"join\",\"blue\"]");

    static const char *const red[] = {"red", NULL}, *const both[] = {"red", "blue", NULL},
                             *const none[] = {"green", NULL};
    assert_int_equal(emit(&r, NULL, NULL), 4);
    expect_only(l, 4, "xxxx");
    assert_int_equal(emit(&r, red, NULL), 2);
    expect_only(l, 4, "xx  ");
    assert_int_equal(emit(&r, both, NULL), 3);
    expect_only(l, 4, "xxx ");
    assert_int_equal(emit(&r, none, NULL), 0);
    expect_only(l, 4, "    ");
    const char *self[] = {sid_at(&r, 3), NULL};
    assert_int_equal(emit(&r, self, NULL), 1);
    expect_only(l, 4, "   x");
    assert_int_equal(emit(&r, NULL, self), 3);
    expect_only(l, 4, "xxx ");
    assert_int_equal(emit(&r, NULL, red), 2);
    expect_only(l, 4, "  xx");
    const char *mixed[] = {"red", sid_at(&r, 0), sid_at(&r, 3), NULL};
    assert_int_equal(emit(&r, mixed, NULL), 3);
    expect_only(l, 4, "xx x");
    for (size_t i = 0; i < 4; i++)
        loopback_destroy(l[i], r.now_ns);
    rig_dispose(&r);
}

static void test_room_changes_by_target(void **state)
{
    struct rig r;
    struct loopback *l[3];
    (void)state;
    rig_init(&r, NULL);
    for (size_t i = 0; i < 3; i++)
        l[i] = rig_join(&r);
    rig_text(&r, l[0], "42[\"join\",\"a\"]");
    rig_text(&r, l[1], "42[\"join\",\"a\"]");
    struct slice a = SLICE("a");
    struct emit_target in_a = {.namespace_ = SLICE("/"), .rooms = &a, .room_count = 1};
    static const char *const rooms_a[] = {"a", NULL}, *const rooms_b[] = {"b", NULL};

    server_join(r.server, &in_a, SLICE("b"));
    assert_int_equal(emit(&r, rooms_b, NULL), 2);
    expect_only(l, 3, "xx ");
    server_leave(r.server, &in_a, SLICE("a")); /* the walk is of the room that changes */
    assert_int_equal(emit(&r, rooms_a, NULL), 0);
    server_close_room(r.server, SLICE("/"), SLICE("b"));
    assert_int_equal(emit(&r, rooms_b, NULL), 0);
    assert_true(rooms_validate(&server_namespace(r.server, SLICE("/"))->rooms));
    struct emit_target all = {.namespace_ = SLICE("/")};
    server_disconnect(r.server, &all, false);
    rig_turn(&r);
    for (size_t i = 0; i < 3; i++) {
        rig_expect(l[i], "41");
        loopback_destroy(l[i], r.now_ns);
    }
    rig_dispose(&r);
}

static void test_encoded_once(void **state)
{
    struct rig r;
    struct loopback *l[1000];
    (void)state;
    rig_init(&r, NULL);
    for (size_t i = 0; i < 1000; i++)
        l[i] = rig_join(&r);
    assert_int_equal(frame_test_alive(), 0);
    struct emit_target all = {.namespace_ = SLICE("/")};
    assert_int_equal(server_emit(r.server, &all, &hi, NULL), 1000);
    assert_int_equal(frame_test_alive(), 1);
    rig_turn(&r);
    for (size_t i = 0; i < 1000; i++)
        rig_expect(l[i], "42[\"hi\"]");
    assert_int_equal(frame_test_alive(), 0);
    for (size_t i = 0; i < 1000; i++)
        loopback_destroy(l[i], r.now_ns);
    rig_dispose(&r);
}

/* One receiver is cut for being too slow in the middle of a fan-out: the others get theirs. */
static void test_closing_inside_a_fan_out(void **state)
{
    struct rig r;
    struct loopback *l[5];
    (void)state;
    rig_init(&r, "send_queue_limit=20");
    for (size_t i = 0; i < 5; i++)
        l[i] = rig_join(&r);
    buf_reset(&r.told, 0);
    loopback_throttle(l[2], 0);
    for (int i = 0; i < 6; i++)
        emit(&r, NULL, NULL);
    assert_false(loopback_up(l[2], NULL));
    for (int i = 0; i < 6; i++)
        rig_expect(l[4], "42[\"hi\"]");
    rig_told(&r, "disconnect / % transport error rooms=0\n");
    for (size_t i = 0; i < 5; i++)
        loopback_destroy(l[i], r.now_ns);
    rig_dispose(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_room_changes_by_target),
        cmocka_unit_test(test_encoded_once),
        cmocka_unit_test(test_closing_inside_a_fan_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
