/* One libuv loop that runs turns.
 * The prepare hook is the end of a turn: libuv calls it after every callback of a round and right
 * before it computes how long to sleep. What is due runs there, too, and not when its deadline is
 * noticed: it may take long, and whatever else came in the round is answered first. It reads the
 * clock, so that nothing above it has to. */
#include "core/net/loop.h"

#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

static void arm_timerfd(struct loop *l, int64_t at_ns)
{
    struct itimerspec when = {0};
    if (at_ns != INT64_MAX) {
        /* Zero would disarm it; a deadline in the past fires at once. */
        int64_t at = at_ns > 0 ? at_ns : 1;
        when.it_value.tv_sec = at / NS_PER_S;
        when.it_value.tv_nsec = at % NS_PER_S;
    }
    timerfd_settime(l->_timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void on_timerfd(uv_poll_t *poll, int status, int events)
{
    struct loop *l = poll->data;
    uint64_t expirations;
    if (read(l->_timer_fd, &expirations, sizeof(expirations)) == sizeof(expirations))
        l->_due = true;
}

static void on_timer(uv_timer_t *timer)
{
    struct loop *l = timer->data;
    l->_due = true;
}

static void arm_timer(struct loop *l, int64_t at_ns, int64_t now_ns)
{
    if (at_ns == INT64_MAX) {
        uv_timer_stop(&l->_timer);
        return;
    }
    int64_t wait_ns = at_ns > now_ns ? at_ns - now_ns : 0;
    uv_update_time(&l->uv);
    uv_timer_start(&l->_timer, on_timer, (uint64_t)((wait_ns + NS_PER_MS - 1) / NS_PER_MS), 0);
}

static void run_due(struct loop *l)
{
    l->_due = false;
    l->_armed_ns = INT64_MAX;
    l->_turn.run(l->_turn.ud, clock_now_ns());
    l->_turn.end(l->_turn.ud, clock_now_ns());
}

static void on_before_sleep(uv_prepare_t *prepare)
{
    struct loop *l = prepare->data;
    l->_turn.end(l->_turn.ud, clock_now_ns());
    if (l->_due)
        run_due(l);
    int64_t now_ns = clock_now_ns();
    int64_t next_ns = l->_turn.next(l->_turn.ud);
    if (next_ns == l->_armed_ns)
        return;
    l->_armed_ns = next_ns;
    if (l->_timer_fd >= 0)
        arm_timerfd(l, next_ns);
    else
        arm_timer(l, next_ns, now_ns);
}

void loop_init(struct loop *l, const struct loop_turn *turn)
{
    *l = (struct loop){._turn = *turn, ._armed_ns = INT64_MAX};
    if (uv_loop_init(&l->uv) != 0)
        abort();
    uv_prepare_init(&l->uv, &l->_before_sleep);
    l->_before_sleep.data = l;
    uv_timer_init(&l->uv, &l->_timer);
    l->_timer.data = l;
    l->_timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (l->_timer_fd < 0)
        return;
    uv_poll_init(&l->uv, &l->_timer_poll, l->_timer_fd);
    l->_timer_poll.data = l;
}

void loop_dispose(struct loop *l)
{
    uv_close((uv_handle_t *)&l->_before_sleep, NULL);
    uv_close((uv_handle_t *)&l->_timer, NULL);
    if (l->_timer_fd >= 0)
        uv_close((uv_handle_t *)&l->_timer_poll, NULL);
    uv_run(&l->uv, UV_RUN_DEFAULT);
    uv_loop_close(&l->uv);
    if (l->_timer_fd >= 0)
        close(l->_timer_fd);
}

void loop_run(struct loop *l)
{
    uv_prepare_start(&l->_before_sleep, on_before_sleep);
    if (l->_timer_fd >= 0)
        uv_poll_start(&l->_timer_poll, UV_READABLE, on_timerfd);
    uv_run(&l->uv, UV_RUN_DEFAULT);
    uv_prepare_stop(&l->_before_sleep);
    uv_timer_stop(&l->_timer);
    if (l->_timer_fd >= 0)
        uv_poll_stop(&l->_timer_poll);
}

void loop_stop(struct loop *l)
{
    uv_stop(&l->uv);
}
