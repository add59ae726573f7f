/* One stream of bytes to a client.
 * Everything here runs under libwebsockets' rule that a connection may not be freed beneath it: to
 * cut a wire means to put it on a list, which wires_sweep walks at the end of the turn. */
#include "core/net/wire.h"
#include "core/net/wires.h"

#include <libwebsockets.h>
#include <sys/socket.h>

#define FLUSH_NS (5 * NS_PER_S)         /* for the last bytes to leave */
#define LINGER_NS (2 * NS_PER_S)        /* for the client to end its half */
#define LINGER_SECURE_NS (NS_PER_S / 2) /* TLS has no half to end */

void wire_hold(struct wire *w, const struct wire_ops *ops, void *holder)
{
    w->_ops = ops;
    w->_holder = holder;
}

static void wire_doom(struct wire *w)
{
    if (w->_doomed)
        return;
    w->_doomed = true;
    w->_blocked = true;
    w->_next_doomed = w->_all->_doomed;
    w->_all->_doomed = w;
}

static void apply_flow(struct wire *w)
{
    bool read = !w->_blocked && (w->_ending || !w->_paused);
    lws_rx_flow_control(w->_lws, read);
}

void wire_write(struct wire *w, const void *bytes, size_t len)
{
    if (w->_doomed || !len)
        return;
    if (lws_write(w->_lws, (unsigned char *)bytes, len, LWS_WRITE_RAW) < 0) {
        wire_doom(w);
        return;
    }
    if (w->_blocked || !lws_partial_buffered(w->_lws))
        return;
    w->_blocked = true;
    apply_flow(w);
}

void wire_pause(struct wire *w, bool paused)
{
    if (w->_paused == paused || w->_doomed)
        return;
    w->_paused = paused;
    apply_flow(w);
}

void wire_arm(struct wire *w, timer_fn *fn, int64_t deadline_ns)
{
    timers_disarm(&w->_all->_timers, &w->_timer);
    if (deadline_ns == TIMERS_NEVER)
        return;
    timer_init(&w->_timer, fn, w->_ops ? w->_holder : w);
    timers_arm(&w->_all->_timers, &w->_timer, deadline_ns);
}

static void on_end_timeout(void *ud, int64_t now_ns)
{
    wire_doom(ud);
}

/* All bytes have left: end our half, and wait a moment for the client to end its own. */
static void wire_linger(struct wire *w, int64_t now_ns)
{
    if (!w->_all->secure)
        shutdown(lws_get_socket_fd(w->_lws), SHUT_WR);
    wire_arm(w, on_end_timeout, now_ns + (w->_all->secure ? LINGER_SECURE_NS : LINGER_NS));
}

static void wire_let_go(struct wire *w)
{
    wire_arm(w, NULL, TIMERS_NEVER);
    w->_ops = NULL;
    w->_holder = NULL;
    w->_ending = true;
}

void wire_close(struct wire *w, int64_t now_ns)
{
    wire_let_go(w);
    if (w->_doomed)
        return;
    apply_flow(w);
    if (w->_blocked)
        wire_arm(w, on_end_timeout, now_ns + FLUSH_NS);
    else
        wire_linger(w, now_ns);
}

void wire_cut(struct wire *w)
{
    wire_let_go(w);
    wire_doom(w);
}

bool wire_is_secure(const struct wire *w)
{
    return w->_all->secure;
}

/* --- told by wires.c, which hears it from libwebsockets --- */

void wire_received(struct wire *w, char *bytes, size_t len, int64_t now_ns)
{
    if (w->_ops && !w->_doomed)
        w->_ops->on_bytes(w->_holder, bytes, len, now_ns);
}

void wire_drained(struct wire *w, int64_t now_ns)
{
    if (w->_doomed || !w->_blocked || lws_partial_buffered(w->_lws))
        return;
    w->_blocked = false;
    apply_flow(w);
    if (w->_ending)
        wire_linger(w, now_ns);
    else if (w->_ops)
        w->_ops->on_writable(w->_holder, now_ns);
}
