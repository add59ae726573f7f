/* One stream of bytes to a client, over TCP or TLS: what net_http and net_ws talk through.
 * libwebsockets carries it, as a raw connection: TLS, polling, and the buffer for what the kernel
 * did not take. This is the only file that touches such a connection, so it is also where the rules
 * for that are kept: no write while an earlier one is not through (a slow reader got a corrupt
 * stream), and no input from a client that does not take our output (libwebsockets would not read
 * it, but spin on it).
 *
 * A wire has one holder, who is told through struct wire_ops, and who lets go of it by wire_close
 * or wire_cut; from then on the wire ends by itself and tells nobody. */
#ifndef MW_NET_WIRE_H
#define MW_NET_WIRE_H

#include "core/base/log.h"
#include "core/base/buf.h"
#include "core/server/timers.h"

struct wire;
struct wires;

struct wire_ops {
    /* Bytes came; all are taken. They may be changed in place. */
    void (*on_bytes)(void *holder, char *bytes, size_t len, int64_t now_ns);
    /* It was blocked, and takes bytes again. */
    void (*on_writable)(void *holder, int64_t now_ns);
    /* The client left, or the network failed: the wire is gone. The last call. */
    void (*on_gone)(void *holder, int64_t now_ns);
};

struct wire {
    const struct wire_ops *_ops; /* NULL: nobody holds it, it ends by itself */
    void *_holder;
    void *_lws; /* struct lws; NULL before it is adopted */
    struct wires *_all;
    struct wire *_next, *_prev; /* of all; utlist */
    struct wire *_next_doomed;
    struct timer _timer;
    bool _blocked, _paused, _doomed, _ending;
    char remote[48]; /* the client's address, without port */
};

/* The most bytes that one write should have: what the kernel does not take of it is copied. */
#define WIRE_WRITE_MAX (256 * 1024)

void wire_hold(struct wire *w, const struct wire_ops *ops, void *holder);

/* Can it take bytes now? If not, on_writable follows when it can. */
static inline bool wire_blocked(const struct wire *w)
{
    return w->_blocked;
}
/* Writes all of them; the wire may be blocked afterwards. Must not be blocked before, unless the
 * bytes are few and cannot wait. */
void wire_write(struct wire *w, const void *bytes, size_t len);

/* No on_bytes until resumed; the client's end is then noticed late. */
void wire_pause(struct wire *w, bool paused);

/* One timer for the holder; fn gets the holder. TIMERS_NEVER: none. */
void wire_arm(struct wire *w, timer_fn *fn, int64_t deadline_ns);

/* The holder lets go. What was written is still sent, then the stream is ended and the client given
 * a moment to end it too, so that its unread bytes do not undo what it should have read. */
void wire_close(struct wire *w, int64_t now_ns);
/* The holder lets go, and the wire is cut at the end of the turn. */
void wire_cut(struct wire *w);

bool wire_is_secure(const struct wire *w);

/* For wires.c, which hears these from libwebsockets. */
void wire_received(struct wire *w, char *bytes, size_t len, int64_t now_ns);
void wire_drained(struct wire *w, int64_t now_ns);

#endif
