/* The opening handshake of a WebSocket, the server's side (RFC 6455 section 4.2, RFC 7692 for
 * compression). Pure: reads a request, writes the 101 response. Whether this client may connect is
 * eio_gate's word. */
#ifndef MW_NET_WS_HANDSHAKE_H
#define MW_NET_WS_HANDSHAKE_H

#include "core/server/http_request.h"

/* Does the request ask for a WebSocket at all? */
bool ws_handshake_wanted(const struct http_request *request);
/* 0: well formed. Else the status that refuses it (400, 426), and why in words. */
unsigned ws_handshake_check(const struct http_request *request, const char **out_why);
/* Does the client offer permessage-deflate in a form that we take: the window is 15 bits, and no
 * message refers to an earlier one? */
bool ws_handshake_offers_deflate(const struct http_request *request);
/* Appends the whole head of the 101 response, with `headers`: lines, "Name: value\r\n" each. The
 * request must have passed the check. */
void ws_handshake_accept(const struct http_request *request, bool deflate, struct slice headers,
                         struct buf *out);

#endif
