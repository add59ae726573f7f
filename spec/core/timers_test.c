/* Timers: order, what callbacks may do to each other's timers, and a random walk against sorting.
 */
#include "core/server/timers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define BELLS 8

/* A timer with a letter, which it adds to the record when it fires. */
struct bell {
    struct timer timer;
    struct tower *tower;
    char letter;
    void (*act)(struct tower *tower); /* NULL: nothing more */
};

struct tower {
    struct timers timers;
    struct bell bells[BELLS]; /* a, b, c, … */
    char record[64];
    int64_t now_ns; /* as the last callback was told */
};

static void on_bell(void *ud, int64_t now_ns)
{
    struct bell *bell = ud;
    size_t at = strlen(bell->tower->record);
    assert_true(at + 1 < sizeof(bell->tower->record));
    assert_false(timer_armed(&bell->timer));
    bell->tower->record[at] = bell->letter;
    bell->tower->now_ns = now_ns;
    if (bell->act)
        bell->act(bell->tower);
    assert_true(timers_validate(&bell->tower->timers));
}

static int setup(void **state)
{
    struct tower *t = calloc(1, sizeof(*t));
    for (int i = 0; i < BELLS; i++) {
        t->bells[i].tower = t;
        t->bells[i].letter = (char)('a' + i);
        timer_init(&t->bells[i].timer, on_bell, &t->bells[i]);
    }
    *state = t;
    return 0;
}

static int teardown(void **state)
{
    struct tower *t = *state;
    for (int i = 0; i < BELLS; i++)
        timers_disarm(&t->timers, &t->bells[i].timer);
    timers_dispose(&t->timers);
    free(t);
    return 0;
}

static struct timer *timer_of(struct tower *t, char letter)
{
    return &t->bells[letter - 'a'].timer;
}

static void arm(struct tower *t, char letter, int64_t deadline_ns)
{
    timers_arm(&t->timers, timer_of(t, letter), deadline_ns);
    assert_true(timer_armed(timer_of(t, letter)));
    assert_true(timers_validate(&t->timers));
}

static void disarm(struct tower *t, char letter)
{
    timers_disarm(&t->timers, timer_of(t, letter));
    assert_false(timer_armed(timer_of(t, letter)));
    assert_true(timers_validate(&t->timers));
}

/* Runs, and expects these letters. */
static void run(struct tower *t, int64_t now_ns, const char *expected)
{
    t->record[0] = 0;
    memset(t->record, 0, sizeof(t->record));
    assert_int_equal(timers_run(&t->timers, now_ns), strlen(expected));
    assert_string_equal(t->record, expected);
    assert_true(timers_validate(&t->timers));
}

static void test_fires_by_deadline(void **state)
{
    struct tower *t = *state;
    arm(t, 'a', 30);
    arm(t, 'b', 10);
    arm(t, 'c', 20);
    arm(t, 'd', -5);
    run(t, -6, "");
    run(t, 20, "dbc");
    assert_int_equal(t->now_ns, 20);
    run(t, 29, "");
    run(t, 30, "a");
    run(t, 1000, "");
}

static void test_equal_deadlines_fire_as_armed(void **state)
{
    struct tower *t = *state;
    for (const char *c = "hbdfacge"; *c; c++)
        arm(t, *c, 7);
    arm(t, 'd', 7); /* armed again: now the last */
    run(t, 7, "hbfacged");
}

static void test_next_deadline(void **state)
{
    struct tower *t = *state;
    assert_true(timers_next(&t->timers) == TIMERS_NEVER);
    arm(t, 'a', 30);
    arm(t, 'b', 10);
    assert_int_equal(timers_next(&t->timers), 10);
    disarm(t, 'b');
    assert_int_equal(timers_next(&t->timers), 30);
    arm(t, 'a', 40);
    assert_int_equal(timers_next(&t->timers), 40);
    disarm(t, 'a');
    assert_true(timers_next(&t->timers) == TIMERS_NEVER);
    disarm(t, 'a');
}

static void test_moves(void **state)
{
    struct tower *t = *state;
    arm(t, 'a', 10);
    arm(t, 'b', 20);
    arm(t, 'a', 30);
    run(t, 20, "b");
    arm(t, 'a', 15);
    run(t, 20, "a");
}

static void arm_c_in_the_past(struct tower *t)
{
    arm(t, 'd', t->now_ns);
    arm(t, 'c', 1);
    assert_int_equal(timers_next(&t->timers), 1);
}

static void test_armed_in_a_callback_waits_for_the_next_run(void **state)
{
    struct tower *t = *state;
    t->bells[0].act = arm_c_in_the_past;
    arm(t, 'a', 10);
    arm(t, 'b', 10);
    run(t, 10, "ab");
    assert_int_equal(timers_next(&t->timers), 1);
    run(t, 10, "cd");
}

static void rearm_a_now(struct tower *t)
{
    arm(t, 'a', t->now_ns);
    assert_int_equal(timers_next(&t->timers), 10);
}

static void test_a_timer_that_arms_itself_does_not_hold_the_run(void **state)
{
    struct tower *t = *state;
    t->bells[0].act = rearm_a_now;
    arm(t, 'a', 10);
    run(t, 10, "a");
    run(t, 10, "a");
}

static void end_run(struct tower *t)
{
    timers_end_run(&t->timers);
}

static void test_a_callback_may_end_the_run(void **state)
{
    struct tower *t = *state;
    t->bells[1].act = end_run;
    for (const char *c = "abcd"; *c; c++)
        arm(t, *c, 10);
    run(t, 10, "ab");
    assert_int_equal(timers_next(&t->timers), 10);
    run(t, 10, "cd");
}

static void disarm_b_and_c(struct tower *t)
{
    disarm(t, 'b');
    disarm(t, 'c');
}

static void test_disarmed_in_a_callback_does_not_fire(void **state)
{
    struct tower *t = *state;
    t->bells[0].act = disarm_b_and_c;
    for (const char *c = "abcd"; *c; c++)
        arm(t, *c, 10);
    run(t, 10, "ad");
    run(t, 100, "");
}

static void move_b_and_c(struct tower *t)
{
    arm(t, 'b', 50); /* due, and put off */
    arm(t, 'c', 2);  /* due, and moved: it counts as armed now */
    arm(t, 'e', 3);  /* not due, and moved into the past */
}

static void test_moved_in_a_callback_waits(void **state)
{
    struct tower *t = *state;
    t->bells[0].act = move_b_and_c;
    for (const char *c = "abcd"; *c; c++)
        arm(t, *c, 10);
    arm(t, 'e', 60);
    run(t, 10, "ad");
    run(t, 10, "ce");
    run(t, 50, "b");
}

static void arm_three_past(struct tower *t)
{
    arm(t, 'b', 3);
    arm(t, 'c', 2);
    arm(t, 'd', 1);
    disarm(t, 'b');
    arm(t, 'c', 70);
    arm(t, 'e', 2);
    arm(t, 'd', 2); /* again: behind e */
}

static void test_what_waits_can_be_moved_and_disarmed(void **state)
{
    struct tower *t = *state;
    t->bells[0].act = arm_three_past;
    arm(t, 'a', 10);
    run(t, 10, "a");
    run(t, 10, "ed");
    run(t, 70, "c");
}

/* The random walk: a flat list of the same timers is the model. */

#define WALKERS 100
#define WALK_STEPS 30000

struct walker {
    struct timer timer;
    struct walk *walk;
    bool armed;
    bool from_before; /* armed before this run began */
    uint64_t order;
};

struct walk {
    struct timers timers;
    struct walker walkers[WALKERS];
    uint64_t order, seed;
    int64_t now_ns;
    bool in_run;
    size_t fired;
};

static uint32_t next_random(struct walk *w)
{
    w->seed = w->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(w->seed >> 33);
}

/* The one that must fire next, or NULL. */
static struct walker *expected_next(struct walk *w)
{
    struct walker *best = NULL;
    for (int i = 0; i < WALKERS; i++) {
        struct walker *x = &w->walkers[i];
        if (!x->armed || !x->from_before || x->timer.deadline_ns > w->now_ns)
            continue;
        if (!best || x->timer.deadline_ns < best->timer.deadline_ns ||
            (x->timer.deadline_ns == best->timer.deadline_ns && x->order < best->order))
            best = x;
    }
    return best;
}

static void change_one(struct walk *w)
{
    struct walker *x = &w->walkers[next_random(w) % WALKERS];
    if (next_random(w) % 3 == 0) {
        timers_disarm(&w->timers, &x->timer);
        x->armed = false;
        return;
    }
    timers_arm(&w->timers, &x->timer, w->now_ns + (int64_t)(next_random(w) % 40) - 10);
    x->armed = true;
    x->from_before = !w->in_run;
    x->order = ++w->order;
}

static void on_walker(void *ud, int64_t now_ns)
{
    struct walker *x = ud;
    struct walk *w = x->walk;
    assert_ptr_equal(x, expected_next(w));
    assert_int_equal(now_ns, w->now_ns);
    x->armed = false;
    w->fired++;
    for (uint32_t n = next_random(w) % 4; n; n--)
        change_one(w);
    assert_true(timers_validate(&w->timers));
}

static void run_walk(struct walk *w)
{
    w->now_ns += next_random(w) % 10;
    for (int i = 0; i < WALKERS; i++)
        w->walkers[i].from_before = true;
    w->in_run = true;
    size_t before = w->fired;
    size_t count = timers_run(&w->timers, w->now_ns);
    assert_int_equal(count, w->fired - before);
    assert_null(expected_next(w));
    w->in_run = false;
}

static void expect_next(struct walk *w)
{
    int64_t next = TIMERS_NEVER;
    for (int i = 0; i < WALKERS; i++) {
        const struct walker *x = &w->walkers[i];
        assert_int_equal(timer_armed(&x->timer), x->armed);
        if (x->armed && x->timer.deadline_ns < next)
            next = x->timer.deadline_ns;
    }
    assert_true(timers_next(&w->timers) == next);
}

static void test_random_walk_against_sorting(void **state)
{
    struct walk *w = calloc(1, sizeof(*w));
    w->seed = 42;
    for (int i = 0; i < WALKERS; i++) {
        w->walkers[i].walk = w;
        timer_init(&w->walkers[i].timer, on_walker, &w->walkers[i]);
    }
    for (int i = 0; i < WALK_STEPS; i++) {
        change_one(w);
        if (next_random(w) % 8 == 0)
            run_walk(w);
        expect_next(w);
        assert_true(timers_validate(&w->timers));
    }
    assert_true(w->fired > WALK_STEPS / 10);
    for (int i = 0; i < WALKERS; i++)
        timers_disarm(&w->timers, &w->walkers[i].timer);
    timers_dispose(&w->timers);
    free(w);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_fires_by_deadline),
        TEST(test_equal_deadlines_fire_as_armed),
        TEST(test_next_deadline),
        TEST(test_moves),
        TEST(test_armed_in_a_callback_waits_for_the_next_run),
        TEST(test_a_timer_that_arms_itself_does_not_hold_the_run),
        TEST(test_a_callback_may_end_the_run),
        TEST(test_disarmed_in_a_callback_does_not_fire),
        TEST(test_moved_in_a_callback_waits),
        TEST(test_what_waits_can_be_moved_and_disarmed),
        cmocka_unit_test(test_random_walk_against_sorting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
