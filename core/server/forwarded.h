/* Whom a request really comes from when proxies pass it on: X-Forwarded-For and X-Forwarded-Proto.
 * Anyone can write these headers, so they are believed only from the proxies that the configuration
 * names. The host is not among them: a proxy hands on the one that the browser asked for. */
#ifndef MW_SERVER_FORWARDED_H
#define MW_SERVER_FORWARDED_H

#include "core/server/http_request.h"

/* Puts the client's address and whether it came over TLS into `parts`, if its remote_addr is one of
 * `trusted`: ranges by line, as in struct config; NULL: nobody. The address is a view of a header.
 */
void forwarded_apply(const char *trusted, struct http_request *parts);
/* The first value of such a header, whoever wrote it; empty without one. */
struct slice forwarded_claim(const struct http_request *request, const char *name);

#endif
