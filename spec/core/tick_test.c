/* Ticks on a virtual clock: an absolute schedule, catching up, skipping, stopping, and what is
 * measured. */
#include "core/server/tick.h"

#include "core/base/clock.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

struct game {
    struct timers timers;
    struct tick tick;
    int64_t now_ns;  /* of the loop */
    int64_t busy_ns; /* that each step takes, by the clock */
    int64_t clock_ns;
    uint64_t steps, last_n;
    double dt;
    uint64_t stop_at, restart_at; /* the step that does it; 0: none */
    uint64_t rest_at;
    int64_t rest_until_ns;
};

static int64_t game_clock(void *ud)
{
    return ((struct game *)ud)->clock_ns;
}

static void on_step(void *ud, double dt, uint64_t n)
{
    struct game *g = ud;
    assert_int_equal(n, g->last_n + 1);
    g->last_n = n;
    g->steps++;
    g->dt = dt;
    g->clock_ns += g->busy_ns;
    if (n == g->stop_at)
        tick_stop(&g->tick);
    if (n == g->rest_at)
        tick_rest(&g->tick, g->rest_until_ns);
    if (g->steps == g->restart_at) {
        tick_stop(&g->tick);
        tick_start(&g->tick, &g->timers, 10, 5, on_step, g, game_clock, g, g->now_ns);
        g->last_n = 0;
    }
}

static void start(struct game *g, double rate, unsigned max_catch_up)
{
    g->last_n = 0;
    tick_start(&g->tick, &g->timers, rate, max_catch_up, on_step, g, game_clock, g, g->now_ns);
}

/* Runs once at this time; how many steps that made. */
static uint64_t run_at(struct game *g, int64_t now_ns)
{
    uint64_t before = g->steps;
    g->now_ns = now_ns;
    timers_run(&g->timers, now_ns);
    return g->steps - before;
}

static int setup(void **state)
{
    *state = calloc(1, sizeof(struct game));
    return 0;
}

static int teardown(void **state)
{
    struct game *g = *state;
    tick_stop(&g->tick);
    tick_stop(&g->tick); /* twice is fine */
    assert_true(timers_next(&g->timers) == TIMERS_NEVER);
    timers_dispose(&g->timers);
    free(g);
    return 0;
}

static void test_first_step_after_one_period(void **state)
{
    struct game *g = *state;
    g->now_ns = 5000;
    start(g, 10, 5);
    assert_int_equal(tick_next_ns(&g->tick), 5000 + NS_PER_S / 10);
    assert_int_equal(timers_next(&g->timers), 5000 + NS_PER_S / 10);
    assert_int_equal(run_at(g, 5000 + NS_PER_S / 10 - 1), 0);
    assert_int_equal(run_at(g, 5000 + NS_PER_S / 10), 1);
    assert_true(g->dt == 0.1);
    assert_int_equal(g->tick.ticks, 1);
}

static void test_delays_do_not_add_up(void **state)
{
    struct game *g = *state;
    start(g, 30, 5);
    for (int i = 1; i <= 3000; i++) {
        /* each step up to 30 ms late, which is less than a period */
        int64_t late = (int64_t)(i * 7919 % 30) * NS_PER_MS;
        assert_int_equal(run_at(g, timers_next(&g->timers) + late), 1);
    }
    assert_int_equal(tick_next_ns(&g->tick), 100 * NS_PER_S + 33333333);
    assert_int_equal(g->tick.skipped, 0);
}

static void test_each_deadline_is_exact(void **state)
{
    static const double rates[] = {0.001, 0.3, 1, 7, 29.97, 30, 59.94, 60, 144, 999.9, 1000};
    struct game *g = *state;
    for (size_t i = 0; i < sizeof(rates) / sizeof(*rates); i++) {
        g->now_ns = 123456789;
        start(g, rates[i], 5);
        for (int n = 1; n <= 1000; n++) {
            double exact = 123456789 + n * 1e9 / rates[i];
            int64_t next = timers_next(&g->timers);
            assert_true(fabs((double)next - exact) <= 1.0);
            assert_int_equal(run_at(g, next), 1); /* due at its deadline, not a nanosecond later */
        }
        assert_int_equal(g->tick.skipped, 0);
        tick_stop(&g->tick);
    }
}

/* Ten years on, a thirtieth of a second is still one: the integer quotient is the judge. */
static void test_exact_after_years(void **state)
{
    struct game *g = *state;
    start(g, 30, 1);
    int64_t years_ns = INT64_C(10) * 365 * 86400 * NS_PER_S;
    run_at(g, years_ns);
    for (uint64_t i = 1; i <= 100; i++) {
        uint64_t n = (uint64_t)10 * 365 * 86400 * 30 + i;
        int64_t exact = (int64_t)(((unsigned __int128)n * NS_PER_S + 15) / 30);
        assert_int_equal(tick_next_ns(&g->tick), exact);
        run_at(g, exact);
    }
    assert_int_equal(g->steps, 101);
}

static void test_catches_up(void **state)
{
    struct game *g = *state;
    start(g, 10, 5);
    assert_int_equal(run_at(g, NS_PER_S / 10 * 3 + 1), 3);
    assert_int_equal(g->tick.skipped, 0);
    assert_int_equal(tick_next_ns(&g->tick), NS_PER_S / 10 * 4);
    assert_int_equal(run_at(g, NS_PER_S / 10 * 8), 5); /* five more, just the limit */
    assert_int_equal(run_at(g, NS_PER_S / 10 * 9), 1);
    assert_int_equal(g->tick.skipped, 0);
}

static void test_skips_what_is_beyond(void **state)
{
    struct game *g = *state;
    start(g, 10, 5);
    assert_int_equal(run_at(g, NS_PER_S + 1), 5);
    assert_int_equal(g->tick.ticks, 5);
    assert_int_equal(g->tick.skipped, 5);
    assert_int_equal(tick_next_ns(&g->tick), NS_PER_S / 10 * 11); /* on the old schedule */
    assert_int_equal(run_at(g, NS_PER_S / 10 * 11), 1);
    assert_int_equal(g->tick.ticks, 6); /* and n went on without a gap */
}

static void test_at_least_one_step_a_time(void **state)
{
    struct game *g = *state;
    start(g, 1000, 1);
    assert_int_equal(run_at(g, NS_PER_S), 1);
    assert_int_equal(g->tick.skipped, 999);
    assert_int_equal(run_at(g, NS_PER_S), 0);
    assert_int_equal(run_at(g, NS_PER_S + NS_PER_MS), 1);
}

static void test_stops_within_a_step(void **state)
{
    struct game *g = *state;
    g->stop_at = 2;
    start(g, 10, 5);
    assert_int_equal(run_at(g, NS_PER_S), 2);
    assert_true(timers_next(&g->timers) == TIMERS_NEVER);
    assert_int_equal(run_at(g, 2 * NS_PER_S), 0);
}

static void test_starts_anew_within_a_step(void **state)
{
    struct game *g = *state;
    g->restart_at = 2;
    start(g, 100, 5);
    assert_int_equal(run_at(g, NS_PER_S), 2);
    assert_int_equal(timers_next(&g->timers), NS_PER_S + NS_PER_S / 10);
    assert_int_equal(run_at(g, NS_PER_S + NS_PER_S / 10), 1);
    assert_int_equal(g->tick.ticks, 1);
}

static void test_measures(void **state)
{
    struct game *g = *state;
    g->busy_ns = 2 * NS_PER_MS;
    start(g, 10, 5);
    run_at(g, 350 * NS_PER_MS); /* three steps: 250, 150 and 50 ms late */
    assert_int_equal(g->tick.late.count, 3);
    assert_int_equal(g->tick.late.max_ns, 250 * NS_PER_MS);
    int64_t median = histogram_percentile(&g->tick.late, 0.5);
    assert_true(median > 144 * NS_PER_MS && median < 156 * NS_PER_MS);
    assert_int_equal(g->tick.busy.count, 3);
    assert_int_equal(g->tick.busy.max_ns, 2 * NS_PER_MS);
}

static void test_goes_on_after_a_stop(void **state)
{
    struct game *g = *state;
    start(g, 10, 5);
    run_at(g, NS_PER_S / 10);
    tick_stop(&g->tick);
    assert_int_equal(run_at(g, NS_PER_S / 10 * 3), 0);
    tick_resume(&g->tick);
    assert_int_equal(run_at(g, NS_PER_S / 10 * 3), 2);
    assert_int_equal(tick_next_ns(&g->tick), NS_PER_S / 10 * 4);
}

/* As over a reload: another function, the same beats. */
static void test_goes_on_elsewhere(void **state)
{
    struct game *g = *state;
    struct tick other = {0};
    start(g, 30, 5);
    int64_t next = 0;
    for (int i = 0; i < 100; i++) {
        struct tick *from = i % 2 ? &other : &g->tick, *to = i % 2 ? &g->tick : &other;
        tick_continue(to, from, 3, on_step, g);
        assert_true(tick_next_ns(to) > next);
        next = tick_next_ns(to);
        assert_int_equal(timers_next(&g->timers), next);
        assert_int_equal(run_at(g, next), 1); /* on_step saw that n has no gap */
    }
    assert_int_equal(next, 3333333333);
    assert_int_equal(g->tick.max_catch_up, 3);
    assert_int_equal(g->tick.late.count, 100);
}

static void test_repeats_a_step(void **state)
{
    struct game *g = *state;
    g->stop_at = 2;
    start(g, 10, 5);
    assert_int_equal(run_at(g, NS_PER_S / 10 * 2), 2);
    tick_repeat(&g->tick);
    tick_resume(&g->tick);
    g->stop_at = 0;
    g->last_n = 1;
    assert_int_equal(run_at(g, NS_PER_S / 10 * 2), 1);
    assert_int_equal(tick_next_ns(&g->tick), NS_PER_S / 10 * 3);
}

static void test_rests(void **state)
{
    struct game *g = *state;
    g->rest_at = 2;
    g->rest_until_ns = NS_PER_S + 1;
    start(g, 10, 5);
    assert_int_equal(run_at(g, NS_PER_S / 2), 2); /* and catches up with nothing */
    assert_int_equal(g->tick.skipped, 8);
    assert_int_equal(run_at(g, NS_PER_S), 0);
    assert_int_equal(tick_next_ns(&g->tick), NS_PER_S / 10 * 11);
    assert_int_equal(run_at(g, NS_PER_S / 10 * 11), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_first_step_after_one_period),
        TEST(test_delays_do_not_add_up),
        TEST(test_each_deadline_is_exact),
        TEST(test_exact_after_years),
        TEST(test_catches_up),
        TEST(test_skips_what_is_beyond),
        TEST(test_at_least_one_step_a_time),
        TEST(test_stops_within_a_step),
        TEST(test_starts_anew_within_a_step),
        TEST(test_measures),
        TEST(test_goes_on_after_a_stop),
        TEST(test_goes_on_elsewhere),
        TEST(test_repeats_a_step),
        TEST(test_rests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
