/* The listening socket: resolves the host, binds, accepts in batches.
 * Ours and not libwebsockets', so that a failure can name the address and the remedy, port 0 can be
 * asked for, and running out of file descriptors does not spin the loop. Sockets that it hands out
 * are non-blocking, closed on exec, and send without Nagle's delay. */
#ifndef MW_NET_LISTENER_H
#define MW_NET_LISTENER_H

#include "core/base/buf.h"
#include "core/base/log.h"
#include "core/net/loop.h"

/* A client connected; fd is the receiver's now. */
typedef void listener_accepted_fn(void *ud, int fd, const char *remote, int64_t now_ns);

struct listener {
    int port;      /* the real one */
    int _fd;       /* -1: closed */
    int _spare_fd; /* given up to accept, and so to refuse, a client when descriptors run out */
    bool _told_full;
    uv_poll_t _poll;
    struct log *_log;
    listener_accepted_fn *_on_accepted;
    void *_ud;
};

/* False: out_error says why, where and what to do; nothing is left open. */
MUST_CHECK bool listener_init(struct listener *l, struct loop *loop, struct log *log,
                              const char *host, int64_t port, listener_accepted_fn *on_accepted,
                              void *ud, struct buf *out_error);
/* Accepts no more. Twice is fine. The loop must run once more before the memory goes. */
void listener_close(struct listener *l);

#endif
