/* A request as it came, in one block of memory, counted.
 * Net builds it once; a long-polling exchange, a WebSocket handshake and, for as long as it lives,
 * the session that it opened share it: that is what scripts read as `request`. Names compare
 * without case. Holds no body. */
#ifndef MW_SERVER_HTTP_REQUEST_H
#define MW_SERVER_HTTP_REQUEST_H

#include "core/base/buf.h"

struct http_header {
    struct slice name, value;
};

struct http_request {
    uint32_t _refs;
    bool is_secure;           /* TLS */
    struct slice method;      /* "GET" */
    struct slice path;        /* percent-decoded, "/user/ann" */
    struct slice query;       /* raw, without "?" */
    struct slice remote_addr; /* "127.0.0.1" */
    size_t header_count;
    const struct http_header *headers;
};

/* Copies everything `parts` names (its _refs is not read). One reference, the caller's. NULL when
 * memory is short. */
MUST_CHECK struct http_request *http_request_try_create(const struct http_request *parts);
struct http_request *http_request_ref(struct http_request *r);
void http_request_unref(struct http_request *r);

/* The first header of that name, or an empty slice with ptr NULL. */
struct slice http_request_header(const struct http_request *r, const char *name);
/* Is the client written in Python? Both HTTP libraries of python-engineio's say so in their
 * User-Agent. */
bool http_request_is_python(const struct http_request *r);
/* Does its User-Agent begin with this product, as in "okhttp/4.12.0"? */
bool http_request_agent_is(const struct http_request *r, const char *product);

#endif
