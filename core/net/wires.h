/* All wires, and the libwebsockets context that carries them.
 * Sits on a libuv loop as on a foreign one, with its own settings for memory and load; accepts
 * nothing by itself: net_listener does, and hands sockets over. */
#ifndef MW_NET_WIRES_H
#define MW_NET_WIRES_H

#include "core/net/loop.h"
#include "core/net/wire.h"

/* A wire was accepted; hold it (wire_hold) before this returns. */
typedef void wires_accepted_fn(void *ud, struct wire *w, int64_t now_ns);

struct wires_params {
    struct loop *loop;
    struct log *log;
    const char *tls_cert, *tls_key; /* PEM files, or both NULL */
    wires_accepted_fn *on_accepted;
    void *ud;
};

struct wires {
    struct loop *_loop;
    struct log *_log;
    wires_accepted_fn *_on_accepted;
    void *_ud;
    void *_context, *_vhost; /* of libwebsockets */
    struct timers _timers;
    struct wire *_list;   /* utlist */
    struct wire *_doomed; /* to be cut by the next sweep */
    struct wire *_adopting;
    size_t count;
    bool secure;
    bool _told; /* a holder was told that its wire is gone, since the last sweep */
};

/* NULL: out_error says which file is wrong and why. */
MUST_CHECK struct wires *wires_create(const struct wires_params *params, struct buf *out_error);
/* Cuts every wire, tells its holder, and runs the loop until libwebsockets has let go of it. */
void wires_destroy(struct wires *all);

/* Takes over a connected, non-blocking socket. `remote` is its client's address. */
void wires_adopt(struct wires *all, int fd, const char *remote, int64_t now_ns);

/* Calls fn for each wire whose holder has these ops. fn may let go of its wire. */
void wires_each(struct wires *all, const struct wire_ops *ops, void (*fn)(void *holder, void *ud),
                void *ud);

/* Their timers: for the loop. */
void wires_run(struct wires *all, int64_t now_ns);
int64_t wires_next_ns(const struct wires *all);
/* Ends what is to be cut. True: a holder was told something, and may have more to do. */
bool wires_sweep(struct wires *all, int64_t now_ns);

#endif
