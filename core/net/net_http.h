/* HTTP/1.1 on one wire: requests in, responses out, one after the other (RFC 9112).
 * Each request becomes a struct http_exchange for core/server, which may answer at once, later, or
 * after the client left. A WebSocket handshake under the Socket.IO path turns the wire over to
 * net_ws. No HTTP/2. */
#ifndef MW_NET_NET_HTTP_H
#define MW_NET_NET_HTTP_H

#include "core/net/net_shared.h"

/* A request must be complete within this time, or at least this many bytes of its body must come in
 * it; a client that takes nothing of its response, or asks nothing more, is let go. */
#define NET_HTTP_REQUEST_NS (20 * NS_PER_S)
#define NET_HTTP_BODY_PROGRESS 65536
#define NET_HTTP_STALL_NS (60 * NS_PER_S)
#define NET_HTTP_IDLE_NS (65 * NS_PER_S)

/* Holds the wire from now on. */
void net_http_start(struct net_shared *shared, struct wire *wire, int64_t now_ns);

/* Of every wire that speaks HTTP: for wires_each. */
extern const struct wire_ops net_http_ops;
/* The server ends: an idle client is let go, another after its response. */
void net_http_stop(void *holder, void *unused);

#endif
