/* Which bytes of a file a request wants, and whether it wants any (RFC 9110 sections 13 and 14).
 * Pure: request headers and what the file is in, a decision out. Several ranges at once are
 * answered with the whole, as a server may. */
#ifndef MW_NET_HTTP_RANGE_H
#define MW_NET_HTTP_RANGE_H

#include "core/server/http_request.h"

struct http_range_file {
    uint64_t size;
    int64_t modified_s;
    struct slice etag; /* strong, quotes included */
};

enum http_range_answer {
    HTTP_RANGE_WHOLE,        /* 200 */
    HTTP_RANGE_PART,         /* 206 */
    HTTP_RANGE_NOT_MODIFIED, /* 304 */
    HTTP_RANGE_IMPOSSIBLE    /* 416 */
};

/* *out_from and *out_len are the bytes to send: of HTTP_RANGE_WHOLE all, of PART the range. */
enum http_range_answer http_range_decide(const struct http_request *request,
                                         const struct http_range_file *file, uint64_t *out_from,
                                         uint64_t *out_len);

#endif
