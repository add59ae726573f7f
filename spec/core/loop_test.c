/* The turns of a loop: what ends one, and when a deadline's begins. Each test runs twice: on a
 * timerfd, and on the timer that stands in where there is none. */
#include "core/net/loop.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <cmocka.h>

#define ENOUGH 64 /* characters of `told`: a loop that does not stop is stopped */

struct rig {
    struct loop loop;
    int64_t next_ns;   /* the deadline */
    int64_t ran_ns;    /* when it was run last */
    char told[ENOUGH]; /* m: a message came; d: what is due ran; e: a turn ended */
    int pipe[2];
    uv_poll_t poll;
    void (*on_end)(struct rig *r);
};

static bool no_timerfd;

/* In place of the system's: ld --wrap. */
int __real_timerfd_create(int clock, int flags);
int __wrap_timerfd_create(int clock, int flags);

int __wrap_timerfd_create(int clock, int flags)
{
    if (!no_timerfd)
        return __real_timerfd_create(clock, flags);
    errno = EMFILE;
    return -1;
}

static void tell(struct rig *r, const char *what)
{
    strcat(r->told, what);
    if (strlen(r->told) == ENOUGH - 1)
        loop_stop(&r->loop);
}

static void run(void *ud, int64_t now_ns)
{
    struct rig *r = ud;
    tell(r, "d");
    r->ran_ns = now_ns;
    r->next_ns = INT64_MAX;
}

static void end(void *ud, int64_t now_ns)
{
    struct rig *r = ud;
    tell(r, "e");
    if (r->on_end)
        r->on_end(r);
}

static int64_t next(void *ud)
{
    return ((struct rig *)ud)->next_ns;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct rig *r = poll->data;
    char byte;
    assert_int_equal(read(r->pipe[0], &byte, 1), 1);
    tell(r, "m");
}

static void send_message(struct rig *r)
{
    assert_int_equal(write(r->pipe[1], "x", 1), 1);
}

static int set_up(void **state)
{
    static struct rig rig;
    rig = (struct rig){.next_ns = INT64_MAX};
    loop_init(&rig.loop, &(struct loop_turn){.ud = &rig, .run = run, .end = end, .next = next});
    assert_true((rig.loop._timer_fd < 0) == no_timerfd);
    assert_int_equal(pipe(rig.pipe), 0);
    uv_poll_init(&rig.loop.uv, &rig.poll, rig.pipe[0]);
    rig.poll.data = &rig;
    uv_poll_start(&rig.poll, UV_READABLE, on_readable);
    *state = &rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *r = *state;
    uv_close((uv_handle_t *)&r->poll, NULL);
    loop_dispose(&r->loop);
    close(r->pipe[0]);
    close(r->pipe[1]);
    return 0;
}

static void stop_after_message(struct rig *r)
{
    if (strchr(r->told, 'm'))
        loop_stop(&r->loop);
}

static void a_turn_ends_before_the_loop_sleeps(void **state)
{
    struct rig *r = *state;
    r->on_end = stop_after_message;
    send_message(r);
    loop_run(&r->loop);
    assert_string_equal(r->told, "eme");
}

static void stop_after_due(struct rig *r)
{
    if (strchr(r->told, 'd'))
        loop_stop(&r->loop);
}

static void what_is_due_runs_at_its_time_and_not_again(void **state)
{
    struct rig *r = *state;
    int64_t at_ns = clock_now_ns() + 30 * NS_PER_MS;
    r->on_end = stop_after_due;
    r->next_ns = at_ns;
    loop_run(&r->loop);
    assert_string_equal(r->told, "eede");
    assert_true(r->ran_ns >= at_ns);
}

/* A deadline long past is one that has come. */
static void what_was_due_runs_too(void **state)
{
    struct rig *r = *state;
    r->on_end = stop_after_due;
    r->next_ns = -NS_PER_S;
    loop_run(&r->loop);
    assert_string_equal(r->told, "eede");
}

/* What is due may take long: the answer to a message of the same round does not wait for it. */
static void answers_leave_before_what_is_due_runs(void **state)
{
    struct rig *r = *state;
    r->on_end = stop_after_due;
    r->next_ns = 0;
    send_message(r);
    loop_run(&r->loop);
    assert_string_equal(r->told, "emede");
}

static void begin_with_deadline(struct rig *r)
{
    if (strcmp(r->told, "e") == 0) {
        r->next_ns = 0;
        send_message(r);
        uv_poll_start(&r->poll, UV_READABLE, on_readable);
    }
    stop_after_due(r);
}

/* The same where the deadline is noticed before the message: the kernel tells of them in that
 * order. */
static void messages_come_before_what_is_due(void **state)
{
    struct rig *r = *state;
    uv_poll_stop(&r->poll);
    r->on_end = begin_with_deadline;
    loop_run(&r->loop);
    assert_string_equal(r->told, "emede");
}

static void move_deadline(struct rig *r)
{
    if (strcmp(r->told, "e") == 0)
        send_message(r);
    else if (strcmp(r->told, "eme") == 0)
        r->next_ns = 0;
    stop_after_due(r);
}

static void a_turn_may_move_the_deadline(void **state)
{
    struct rig *r = *state;
    r->on_end = move_deadline;
    r->next_ns = clock_now_ns() + 1000 * NS_PER_S;
    loop_run(&r->loop);
    assert_string_equal(r->told, "emeede");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_turn_ends_before_the_loop_sleeps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_due_runs_at_its_time_and_not_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_was_due_runs_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answers_leave_before_what_is_due_runs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(messages_come_before_what_is_due, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_turn_may_move_the_deadline, set_up, tear_down),
    };
    int failed = cmocka_run_group_tests_name("timerfd", tests, NULL, NULL);
    no_timerfd = true;
    return failed + cmocka_run_group_tests_name("uv_timer", tests, NULL, NULL);
}
