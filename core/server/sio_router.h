/* The Socket.IO side of one session: decodes its packets and takes each to the peer it is for.
 * Fills struct eio_listener. CONNECT and DISCONNECT are handled here; events and acks go through
 * dispatch. What the protocol forbids closes the session, with a line in the log. Source:
 * socket.io-protocol v5; socket.io's client.ts where that is silent. */
#ifndef MW_SERVER_SIO_ROUTER_H
#define MW_SERVER_SIO_ROUTER_H

#include "core/codec/sio_assembler.h"
#include "core/codec/sio_msgpack.h"
#include "core/server/sio_peer.h"

struct server;

struct sio_router {
    struct server *server;
    struct eio_session *session;
    struct sio_peer *peers; /* utlist, of this session; one for each namespace */
    unsigned peer_count;
    struct timer _connect_timeout; /* until the first CONNECT */
    struct timer _replay; /* protocol 4: joins what waited for `/`, from the top of a turn */
    bool disconnected;   /* a peer that was connected left: packets for it may still be under way */
    bool _told_full;     /* the log has that it asked for too many namespaces */
    struct buf _waiting; /* protocol 4: namespaces to join once `/` is, a line each */
    struct sio_assembler *_assembler; /* NULL until a binary packet comes */
};

/* The listener that makes a session speak Socket.IO; `ud` must be the server. */
void sio_router_listener(struct eio_listener *out, struct server *server);

/* A peer that left, or was refused, is no longer this session's. */
void sio_router_remove(struct sio_router *r, struct sio_peer *p);

/* The peer of this session in a namespace, unless it is leaving; NULL if there is none. */
struct sio_peer *sio_router_find(const struct sio_router *r, struct slice namespace_);
/* The client broke the protocol: a line in the log, and the session is closed. */
void sio_router_broken(struct sio_router *r, const char *what);
/* Sends a packet without attachments to a session: `payload` is JSON text, or empty. */
void sio_router_send(struct eio_session *s, enum sio_type type, struct slice namespace_,
                     struct slice payload);

#endif
