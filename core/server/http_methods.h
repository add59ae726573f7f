/* The methods of a route, and the Allow header made of those of several (RFC 9110 section 10.2.1).
 * A list is upper-case names separated by newlines. GET stands for HEAD too, and OPTIONS is
 * answered for every route. */
#ifndef MW_SERVER_HTTP_METHODS_H
#define MW_SERVER_HTTP_METHODS_H

#include "core/base/buf.h"

/* Is `method` in the list? HEAD is where GET is. */
bool http_methods_take(const char *list, struct slice method);

/* Adds the methods of the list to the header's value, which begins at `start` in `out`: each once,
 * HEAD behind GET, and without OPTIONS, which the caller adds as the last. */
void http_methods_allow(const char *list, struct buf *out, size_t start);
void http_methods_allow_one(struct slice method, struct buf *out, size_t start);

#endif
