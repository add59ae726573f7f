/* What a session needs of the thing that carries its bytes: a WebSocket, or one long-polling
 * exchange. The seam between core/server and core/net: net (or the loopback) embeds a struct
 * transport and fills the ops. A transport belongs to whoever made it; a session only borrows it
 * between attach and detach. */
#ifndef MW_SERVER_TRANSPORT_H
#define MW_SERVER_TRANSPORT_H

#include "core/base/frame.h"

struct eio_session;
struct transport;

enum transport_kind { TRANSPORT_POLLING, TRANSPORT_WEBSOCKET };

/* How a transport is told to end, and how its client learns of it. */
enum transport_end {
    TRANSPORT_END_NORMAL,  /* done: a clean WebSocket close (1000), or the poll answered */
    TRANSPORT_END_GOING,   /* the server ends (1001) */
    TRANSPORT_END_BAD,     /* malformed bytes (1002), or 400 */
    TRANSPORT_END_TOO_BIG, /* over the size limit (1009), or 413 */
    TRANSPORT_END_DROP     /* no use talking: cut it */
};

struct transport_ops {
    /* Takes frames from the front of `frames`, in one write, and returns how many it took. It
     * references what it keeps beyond the call. Fewer than `count` means blocked: it will call
     * eio_session_writable once it can take more. */
    size_t (*send)(struct transport *t, struct frame *const *frames, size_t count);
    /* Ends the transport. The session has let go of it already: nothing more is reported to the
     * session. Bytes taken before are still sent, but for TRANSPORT_END_DROP. */
    void (*close)(struct transport *t, enum transport_end how);
};

struct transport {
    const struct transport_ops *ops;
    struct eio_session *session; /* set and cleared by the session; NULL: not attached */
    enum transport_kind kind;
};

/* "polling", "websocket" */
static inline const char *transport_kind_name(enum transport_kind kind)
{
    return kind == TRANSPORT_WEBSOCKET ? "websocket" : "polling";
}

#endif
