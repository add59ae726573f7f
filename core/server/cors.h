/* Which origins may talk to the server from a browser (WHATWG Fetch, CORS protocol), for both
 * transports. The default is the page's own origin: a WebSocket handshake is not subject to CORS in
 * browsers, so the server has to refuse. */
#ifndef MW_SERVER_CORS_H
#define MW_SERVER_CORS_H

#include "core/server/http_request.h"

/* The most headers that cors_headers writes. */
#define CORS_HEADERS_MAX 6

/* May this request's origin connect? `allowed` as in struct config: NULL, "*", or origins by line.
 * Without an Origin, or with one that no page of a site can have: yes. */
bool cors_allows(const char *allowed, const struct http_request *request);
/* The headers of a response to an allowed cross-origin request; `preflight` adds methods, headers
 * and max age. Returns how many; 0 without an Origin header. Views of the request and of literals.
 */
size_t cors_headers(const char *allowed, const struct http_request *request, bool preflight,
                    struct http_header out[CORS_HEADERS_MAX]);

#endif
