/* Rooms: joining, leaving and closing, both ways; and a random walk against a plain matrix. */
#include "core/server/rooms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

struct hall {
    struct rooms rooms;
    struct rooms_member a, b, c;
};

static int setup(void **state)
{
    *state = calloc(1, sizeof(struct hall));
    return 0;
}

static int teardown(void **state)
{
    struct hall *h = *state;
    rooms_leave_all(&h->rooms, &h->a);
    rooms_leave_all(&h->rooms, &h->b);
    rooms_leave_all(&h->rooms, &h->c);
    assert_int_equal(rooms_count(&h->rooms), 0);
    rooms_dispose(&h->rooms);
    free(h);
    return 0;
}

static bool join(struct hall *h, struct rooms_member *member, const char *name)
{
    bool joined = rooms_join(&h->rooms, member, slice_str(name));
    assert_true(rooms_has(&h->rooms, member, slice_str(name)));
    assert_true(rooms_validate(&h->rooms));
    return joined;
}

static bool leave(struct hall *h, struct rooms_member *member, const char *name)
{
    bool left = rooms_leave(&h->rooms, member, slice_str(name));
    assert_false(rooms_has(&h->rooms, member, slice_str(name)));
    assert_true(rooms_validate(&h->rooms));
    return left;
}

static uint32_t size_of(struct hall *h, const char *name)
{
    const struct room *room = rooms_find(&h->rooms, slice_str(name));
    return room ? room->count : 0;
}

static void test_join_and_leave(void **state)
{
    struct hall *h = *state;
    assert_true(join(h, &h->a, "red"));
    assert_true(join(h, &h->b, "red"));
    assert_true(join(h, &h->a, "blue"));
    assert_int_equal(size_of(h, "red"), 2);
    assert_int_equal(h->a.count, 2);
    assert_true(leave(h, &h->a, "red"));
    assert_int_equal(size_of(h, "red"), 1);
    assert_ptr_equal(rooms_find(&h->rooms, SLICE("red"))->seats[0].member, &h->b);
    assert_int_equal(h->a.count, 1);
    assert_string_equal(h->a.links[0].room->name, "blue");
}

static void test_joining_twice_is_once(void **state)
{
    struct hall *h = *state;
    assert_true(join(h, &h->a, "red"));
    assert_false(join(h, &h->a, "red"));
    assert_int_equal(size_of(h, "red"), 1);
    assert_true(leave(h, &h->a, "red"));
    assert_false(leave(h, &h->a, "red"));
}

static void test_leaving_what_one_is_not_in(void **state)
{
    struct hall *h = *state;
    join(h, &h->b, "red");
    assert_false(leave(h, &h->a, "red"));
    assert_false(leave(h, &h->a, "nowhere"));
    assert_int_equal(size_of(h, "red"), 1);
}

static void test_an_empty_room_vanishes(void **state)
{
    struct hall *h = *state;
    join(h, &h->a, "red");
    assert_int_equal(rooms_count(&h->rooms), 1);
    leave(h, &h->a, "red");
    assert_int_equal(rooms_count(&h->rooms), 0);
    assert_null(rooms_find(&h->rooms, SLICE("red")));
}

static void test_names_are_bytes(void **state)
{
    struct hall *h = *state;
    const struct slice names[] = {SLICE(""),     SLICE("a"), SLICE("a\0b"), SLICE("a\0c"),
                                  SLICE("\xff"), SLICE("A"), {NULL, 0}};
    for (size_t i = 0; i < 6; i++)
        assert_true(rooms_join(&h->rooms, &h->a, names[i]));
    assert_int_equal(rooms_count(&h->rooms), 6);
    assert_false(rooms_join(&h->rooms, &h->a, names[6])); /* the empty name once more */
    assert_true(rooms_find(&h->rooms, names[6]) == rooms_find(&h->rooms, names[0]));
    assert_true(rooms_leave(&h->rooms, &h->a, names[2]));
    assert_true(rooms_has(&h->rooms, &h->a, names[3]));
    const struct room *room = rooms_find(&h->rooms, SLICE("\xff"));
    assert_int_equal(room->name_len, 1);
    assert_int_equal(room->name[1], 0);
}

static void test_leave_all(void **state)
{
    struct hall *h = *state;
    for (int i = 0; i < 20; i++) {
        char name[8];
        snprintf(name, sizeof(name), "r%d", i);
        join(h, &h->a, name);
        if (i % 2)
            join(h, &h->b, name);
    }
    rooms_leave_all(&h->rooms, &h->a);
    assert_true(rooms_validate(&h->rooms));
    assert_int_equal(h->a.count, 0);
    assert_null(h->a.links);
    assert_int_equal(rooms_count(&h->rooms), 10);
    assert_int_equal(h->b.count, 10);
    rooms_leave_all(&h->rooms, &h->a);
}

static void test_close(void **state)
{
    struct hall *h = *state;
    join(h, &h->a, "red");
    join(h, &h->b, "blue");
    join(h, &h->b, "red");
    join(h, &h->c, "red");
    join(h, &h->c, "blue");
    assert_true(rooms_close(&h->rooms, SLICE("red")));
    assert_true(rooms_validate(&h->rooms));
    assert_int_equal(h->a.count, 0);
    assert_int_equal(h->b.count, 1);
    assert_int_equal(size_of(h, "red"), 0);
    assert_int_equal(size_of(h, "blue"), 2);
    assert_false(rooms_close(&h->rooms, SLICE("red")));
}

static void count_members(void *ud, const struct room *room)
{
    *(size_t *)ud += room->count;
}

static void test_each(void **state)
{
    struct hall *h = *state;
    size_t members = 0;
    rooms_each(&h->rooms, count_members, &members);
    assert_int_equal(members, 0);
    join(h, &h->a, "red");
    join(h, &h->b, "red");
    join(h, &h->a, "blue");
    rooms_each(&h->rooms, count_members, &members);
    assert_int_equal(members, 3);
}

/* A member that wanders through many rooms holds no memory for those that it left. */
static void test_a_wanderer(void **state)
{
    enum { MANY = 1000 };
    struct hall *h = *state;
    char name[16];
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "room %d", i);
        join(h, &h->a, name);
    }
    for (int i = 1; i < MANY; i++) {
        snprintf(name, sizeof(name), "room %d", i);
        rooms_leave(&h->rooms, &h->a, slice_str(name));
    }
    assert_int_equal(h->a.count, 1);
    assert_true(h->a._cap <= 8);
    assert_true(rooms_validate(&h->rooms));
}

static void test_a_crowd_comes_and_goes(void **state)
{
    enum { CROWD = 5000 };
    struct hall *h = *state;
    struct rooms_member *crowd = calloc(CROWD, sizeof(*crowd));
    for (int i = 0; i < CROWD; i++)
        assert_true(rooms_join(&h->rooms, &crowd[i], SLICE("square")));
    assert_int_equal(size_of(h, "square"), CROWD);
    assert_true(rooms_validate(&h->rooms));
    for (int i = 0; i < CROWD - 1; i++)
        assert_true(rooms_leave(&h->rooms, &crowd[(i * 7) % CROWD], SLICE("square")));
    assert_int_equal(size_of(h, "square"), 1);
    assert_true(rooms_find(&h->rooms, SLICE("square"))->_cap <= 8); /* the memory went with them */
    for (int i = 0; i < CROWD; i++)
        rooms_leave_all(&h->rooms, &crowd[i]);
    free(crowd);
}

/* What validate is there for: each kind of damage is seen. */
static void test_validate_sees_damage(void **state)
{
    struct hall *h = *state;
    join(h, &h->a, "red");
    join(h, &h->b, "red");
    join(h, &h->b, "blue");
    struct room *red = rooms_find(&h->rooms, SLICE("red"));

    red->seats[1]._at = 1;
    assert_false(rooms_validate(&h->rooms));
    red->seats[1]._at = 0;
    h->b.links[0]._at = 0;
    assert_false(rooms_validate(&h->rooms));
    h->b.links[0]._at = 1;
    struct room *blue = h->b.links[1].room;
    h->b.links[0].room = blue;
    assert_false(rooms_validate(&h->rooms));
    h->b.links[0].room = red;
    red->count = 0;
    assert_false(rooms_validate(&h->rooms));
    red->count = 2;
    red->name[0] = 'R';
    assert_false(rooms_validate(&h->rooms));
    red->name[0] = 'r';
    assert_true(rooms_validate(&h->rooms));
}

/* The random walk. */

#define MEMBERS 30
#define ROOMS 20

struct walk {
    struct rooms rooms;
    struct rooms_member members[MEMBERS];
    bool in[MEMBERS][ROOMS];
    uint64_t seed;
};

static uint32_t next_random(struct walk *w, uint32_t below)
{
    w->seed = w->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(w->seed >> 33) % below;
}

static struct slice room_name(uint32_t r)
{
    static const char names[ROOMS] = "abcdefghijklmnopqrst";
    return slice_make(&names[r], 1);
}

static uint32_t count_in(const struct walk *w, uint32_t r)
{
    uint32_t count = 0;
    for (int m = 0; m < MEMBERS; m++)
        count += w->in[m][r];
    return count;
}

static void step(struct walk *w)
{
    uint32_t what = next_random(w, 100), m = next_random(w, MEMBERS), r = next_random(w, ROOMS);
    struct slice name = room_name(r);
    if (what < 55) {
        assert_int_equal(rooms_join(&w->rooms, &w->members[m], name), !w->in[m][r]);
        w->in[m][r] = true;
    } else if (what < 94) {
        assert_int_equal(rooms_leave(&w->rooms, &w->members[m], name), w->in[m][r]);
        w->in[m][r] = false;
    } else if (what < 97) {
        assert_int_equal(rooms_close(&w->rooms, name), count_in(w, r) > 0);
        for (int i = 0; i < MEMBERS; i++)
            w->in[i][r] = false;
    } else {
        rooms_leave_all(&w->rooms, &w->members[m]);
        memset(w->in[m], 0, sizeof(w->in[m]));
    }
}

static void expect_equal(struct walk *w)
{
    size_t rooms = 0;
    for (uint32_t r = 0; r < ROOMS; r++) {
        const struct room *room = rooms_find(&w->rooms, room_name(r));
        assert_int_equal(room ? room->count : 0, count_in(w, r));
        rooms += room != NULL;
        for (int m = 0; m < MEMBERS; m++)
            assert_int_equal(rooms_has(&w->rooms, &w->members[m], room_name(r)), w->in[m][r]);
    }
    assert_int_equal(rooms_count(&w->rooms), rooms);
    assert_true(rooms_validate(&w->rooms));
}

static void test_random_walk_against_a_matrix(void **state)
{
    struct walk *w = calloc(1, sizeof(*w));
    w->seed = 7;
    for (int i = 0; i < 6000; i++) {
        step(w);
        expect_equal(w);
    }
    for (int m = 0; m < MEMBERS; m++)
        rooms_leave_all(&w->rooms, &w->members[m]);
    rooms_dispose(&w->rooms);
    free(w);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_join_and_leave),
        TEST(test_joining_twice_is_once),
        TEST(test_leaving_what_one_is_not_in),
        TEST(test_an_empty_room_vanishes),
        TEST(test_names_are_bytes),
        TEST(test_leave_all),
        TEST(test_close),
        TEST(test_each),
        TEST(test_a_wanderer),
        TEST(test_a_crowd_comes_and_goes),
        TEST(test_validate_sees_damage),
        cmocka_unit_test(test_random_walk_against_a_matrix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
