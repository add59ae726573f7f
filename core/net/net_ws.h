/* One WebSocket as a session's transport (RFC 6455).
 * Frames come with their header already in front of them and leave as they lie: many small ones in
 * one write, a large one in slices straight from its own memory, so that a slow client holds a
 * reference and not a copy. Pings are answered here; Engine.IO's own are the session's. */
#ifndef MW_NET_NET_WS_H
#define MW_NET_NET_WS_H

#include "core/net/net_shared.h"

/* Sends the 101 response and holds the wire from now on; `rest` are bytes that came behind the
 * handshake. The request has passed ws_handshake_check and eio_gate_admit. */
void net_ws_start(struct net_shared *shared, struct wire *wire, struct http_request *request,
                  char *rest, size_t rest_len, int64_t now_ns);

#endif
