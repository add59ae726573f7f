/* Pending acknowledgements: each ends exactly once, by an answer, by its time, or by being taken.
 */
#include "core/server/acks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

struct desk {
    struct timers timers;
    struct acks acks;
    int expired[8]; /* the cookies, in the order in which they expired */
    size_t expired_count;
    size_t left; /* entries, as the last one that expired saw it */
    bool asks_again;
};

static void on_expired(void *ud, void *cookie)
{
    struct desk *d = ud;
    d->expired[d->expired_count++] = *(int *)cookie;
    d->left = acks_count(&d->acks);
    if (d->asks_again) {
        d->asks_again = false;
        acks_add(&d->acks, cookie, 50);
    }
}

static int numbers[] = {0, 1, 2, 3, 4};

static int setup(void **state)
{
    struct desk *d = calloc(1, sizeof(*d));
    acks_init(&d->acks, &d->timers, on_expired, d);
    *state = d;
    return 0;
}

static int teardown(void **state)
{
    struct desk *d = *state;
    void *cookie;
    while (acks_take_any(&d->acks, &cookie))
        continue;
    assert_int_equal(acks_count(&d->acks), 0);
    assert_true(timers_next(&d->timers) == TIMERS_NEVER);
    acks_dispose(&d->acks);
    timers_dispose(&d->timers);
    free(d);
    return 0;
}

/* Adds cookie number n; its id. */
static uint64_t add(struct desk *d, int n, int64_t deadline_ns)
{
    return acks_add(&d->acks, &numbers[n], deadline_ns);
}

/* The number behind an id, or -1. */
static int take(struct desk *d, uint64_t id)
{
    void *cookie = NULL;
    return acks_take(&d->acks, id, &cookie) ? *(int *)cookie : -1;
}

static void test_ids_count_from_one(void **state)
{
    struct desk *d = *state;
    assert_int_equal(add(d, 1, TIMERS_NEVER), 1);
    assert_int_equal(add(d, 2, TIMERS_NEVER), 2);
    assert_int_equal(take(d, 1), 1);
    assert_int_equal(take(d, 2), 2);
    assert_int_equal(add(d, 3, TIMERS_NEVER), 3);
}

static void test_an_answer_counts_once(void **state)
{
    struct desk *d = *state;
    uint64_t id = add(d, 1, 100);
    assert_int_equal(acks_count(&d->acks), 1);
    assert_int_equal(take(d, id), 1);
    assert_int_equal(acks_count(&d->acks), 0);
    assert_int_equal(take(d, id), -1);
    assert_int_equal(timers_run(&d->timers, 1000), 0);
}

static void test_unknown_ids(void **state)
{
    struct desk *d = *state;
    const uint64_t unknown[] = {0, 2, UINT64_MAX, (uint64_t)1 << 32 | 1};
    add(d, 1, TIMERS_NEVER);
    for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++)
        assert_int_equal(take(d, unknown[i]), -1);
    assert_int_equal(acks_count(&d->acks), 1);
}

static void test_expiry(void **state)
{
    struct desk *d = *state;
    uint64_t late = add(d, 1, 200), early = add(d, 2, 100);
    add(d, 3, TIMERS_NEVER);
    timers_run(&d->timers, 99);
    assert_int_equal(d->expired_count, 0);
    timers_run(&d->timers, 100);
    assert_int_equal(d->expired_count, 1);
    assert_int_equal(d->expired[0], 2);
    assert_int_equal(take(d, early), -1); /* a late answer */
    timers_run(&d->timers, INT64_MAX);    /* not even then does the third one expire */
    assert_int_equal(d->expired_count, 2);
    assert_int_equal(d->expired[1], 1);
    assert_int_equal(take(d, late), -1);
    assert_int_equal(acks_count(&d->acks), 1);
}

static void test_who_expired_may_ask_again(void **state)
{
    struct desk *d = *state;
    d->asks_again = true;
    add(d, 1, 100);
    timers_run(&d->timers, 100);
    assert_int_equal(d->left, 0); /* it was out already */
    assert_int_equal(acks_count(&d->acks), 1);
    timers_run(&d->timers, 100);
    assert_int_equal(d->expired_count, 2);
    assert_int_equal(acks_count(&d->acks), 0);
}

static void test_take_any_takes_the_oldest(void **state)
{
    struct desk *d = *state;
    void *cookie;
    assert_false(acks_take_any(&d->acks, &cookie));
    for (int n = 0; n < 5; n++)
        add(d, n, 100 - n);
    assert_int_equal(take(d, 1), 0);
    assert_int_equal(take(d, 3), 2);
    const int expected[] = {1, 3, 4};
    for (int i = 0; i < 3; i++) {
        assert_true(acks_take_any(&d->acks, &cookie));
        assert_int_equal(*(int *)cookie, expected[i]);
    }
    assert_false(acks_take_any(&d->acks, &cookie));
    assert_int_equal(timers_run(&d->timers, 1000), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_ids_count_from_one),
        TEST(test_an_answer_counts_once),
        TEST(test_unknown_ids),
        TEST(test_expiry),
        TEST(test_who_expired_may_ask_again),
        TEST(test_take_any_takes_the_oldest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
