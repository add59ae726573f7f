/* Writes what a descriptor takes now, and keeps the rest.
 * The descriptor is not made non-blocking, as that would be so for every program that shares the
 * terminal; instead it is asked before each write, of which none is longer than what a pipe that
 * says yes takes whole. */
#include "core/net/output.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

void output_init(struct output *o, int fd, output_lost_fn *on_lost, void *ud)
{
    *o = (struct output){._fd = fd, ._on_lost = on_lost, ._ud = ud};
}

static bool is_ready(const struct output *o, int wait_ms)
{
    struct pollfd asked = {.fd = o->_fd, .events = POLLOUT};
    return poll(&asked, 1, wait_ms) > 0;
}

/* Will it take bytes again some day? A disk that is full may. */
static bool is_passing(int code)
{
    return code == EAGAIN || code == ENOSPC || code == EDQUOT;
}

/* How many bytes went; all of them if nobody will ever read them. */
static size_t write_now(struct output *o, struct slice text)
{
    size_t done = 0;
    while (done < text.len && o->_fd >= 0 && is_ready(o, 0)) {
        size_t rest = text.len - done;
        ssize_t n = write(o->_fd, text.ptr + done, rest < PIPE_BUF ? rest : PIPE_BUF);
        if (n < 0 && is_passing(errno))
            break;
        if (n < 0 && errno != EINTR)
            o->_fd = -1;
        done += n > 0 ? (size_t)n : 0;
    }
    return o->_fd >= 0 ? done : text.len;
}

static void tell_lost(struct output *o)
{
    size_t lines = o->_lost;
    o->_lost = 0;
    if (lines)
        o->_on_lost(o->_ud, lines);
}

/* Is nothing left? */
static bool flush_pending(struct output *o)
{
    size_t done = write_now(o, buf_slice(&o->_pending));
    size_t rest = o->_pending.len - done;
    if (rest) {
        memmove(o->_pending.ptr, o->_pending.ptr + done, rest);
        o->_pending.len = rest;
        return false;
    }
    buf_reset(&o->_pending, 4096);
    return true;
}

static void on_retry(uv_timer_t *timer)
{
    struct output *o = (struct output *)timer->data;
    if (!flush_pending(o))
        return;
    uv_timer_stop(timer);
    tell_lost(o);
}

static void keep(struct output *o, struct slice rest)
{
    buf_append_slice(&o->_pending, rest);
    if (o->_loop && !uv_is_active((uv_handle_t *)&o->_retry))
        uv_timer_start(&o->_retry, on_retry, OUTPUT_RETRY_MS, OUTPUT_RETRY_MS);
}

void output_write(struct output *o, struct slice line)
{
    if (o->_pending.len && flush_pending(o))
        tell_lost(o);
    if (!o->_pending.len)
        line = slice_skip(line, write_now(o, line));
    else if (o->_pending.len + line.len > OUTPUT_PENDING_BYTES) {
        o->_lost++;
        return;
    }
    if (line.len)
        keep(o, line);
}

void output_attach(struct output *o, struct loop *loop)
{
    o->_loop = loop;
    uv_timer_init(&loop->uv, &o->_retry);
    o->_retry.data = o;
}

void output_detach(struct output *o)
{
    uv_close((uv_handle_t *)&o->_retry, NULL);
    o->_loop = NULL;
}

void output_dispose(struct output *o)
{
    int64_t until_ns = clock_now_ns() + OUTPUT_DRAIN_MS * NS_PER_MS;
    while (!flush_pending(o) && clock_now_ns() < until_ns) {
        is_ready(o, OUTPUT_RETRY_MS);
        poll(NULL, 0, 1); /* a full disk calls itself ready */
    }
    buf_dispose(&o->_pending);
}
