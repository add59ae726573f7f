/* The door of Engine.IO: every HTTP request under the Socket.IO path, and every WebSocket handshake
 * there. Decides as the reference server does, to the status code and the JSON of the refusal
 * ({"code":n,"message":s}). */
#ifndef MW_SERVER_EIO_GATE_H
#define MW_SERVER_EIO_GATE_H

#include "core/server/eio_table.h"
#include "core/server/http_exchange.h"

/* The codes of the reference (engine.io Server.errors). */
enum eio_refusal {
    EIO_REFUSAL_NONE = -1,
    EIO_REFUSAL_TRANSPORT = 0, /* Transport unknown */
    EIO_REFUSAL_SID = 1,       /* Session ID unknown */
    EIO_REFUSAL_METHOD = 2,    /* Bad handshake method */
    EIO_REFUSAL_REQUEST = 3,   /* Bad request */
    EIO_REFUSAL_FORBIDDEN = 4, /* Forbidden */
    EIO_REFUSAL_VERSION = 5    /* Unsupported protocol version */
};

/* Handshake (GET without sid), poll (GET), payload (POST), preflight (OPTIONS). Answers the
 * exchange, now or when there is something to send. */
void eio_gate_http(struct eio_table *t, struct http_exchange *x, int64_t now_ns);

/* May this WebSocket handshake go on? EIO_REFUSAL_NONE, or the reason: `*out_status` and `out_body`
 * are the HTTP answer. Changes nothing. */
enum eio_refusal eio_gate_admit(struct eio_table *t, const struct http_request *request,
                                unsigned *out_status, struct buf *out_body);
/* For the 101 answer of an admitted one: lines of further headers, "Name: value\r\n" each. */
void eio_gate_headers(struct eio_table *t, const struct http_request *request, struct buf *out);
/* The WebSocket is up: opens a session on it, or attaches it to the one that its query names, as a
 * probe. False: that cannot be any more, close it. */
MUST_CHECK bool eio_gate_open(struct eio_table *t, struct http_request *request,
                              struct transport *transport, int64_t now_ns);

#endif
