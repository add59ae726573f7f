/* One libuv loop that runs turns: everything that happened since it last slept is one turn, which
 * ends before it sleeps again, or before what is due at a deadline runs: that is a turn of its own.
 * Deadlines are absolute, on a timerfd, as libuv's own timers have millisecond grain and would make
 * every tick late; a uv_timer stands in where there is no timerfd. It does not know what a turn
 * does: that is struct loop_turn. */
#ifndef MW_NET_LOOP_H
#define MW_NET_LOOP_H

#include "core/base/clock.h"

#include <stdbool.h>
#include <uv.h>

/* What a turn does. */
struct loop_turn {
    void *ud;
    /* A deadline has come; right after an `end`. */
    void (*run)(void *ud, int64_t now_ns);
    /* The turn ends: whatever it does (a write that blocks, a timer that moves) is seen before the
     * loop sleeps. */
    void (*end)(void *ud, int64_t now_ns);
    /* The next deadline, ns; INT64_MAX: none. Asked after `end`. */
    int64_t (*next)(void *ud);
};

struct loop {
    uv_loop_t uv;
    struct loop_turn _turn;
    uv_prepare_t _before_sleep;
    int _timer_fd; /* -1: there is none, and the uv_timer is used */
    uv_poll_t _timer_poll;
    uv_timer_t _timer;
    int64_t _armed_ns; /* INT64_MAX: not armed */
    bool _due;         /* the deadline has come in this round */
};

/* Aborts where libuv cannot start at all (no epoll). */
void loop_init(struct loop *l, const struct loop_turn *turn);
/* Runs the loop until every handle is closed; the caller has closed its own. */
void loop_dispose(struct loop *l);

/* Runs turns until loop_stop. Outside of it the loop may be run to close handles; no turn ends
 * then. */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);

#endif
