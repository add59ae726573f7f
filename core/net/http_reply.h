/* The head of an HTTP/1.1 response.
 * What a script says (headers, a status) becomes bytes here, so this is also where it is kept from
 * saying a second response with a line break. Pure. */
#ifndef MW_NET_HTTP_REPLY_H
#define MW_NET_HTTP_REPLY_H

#include "core/server/http_exchange.h"

#define HTTP_REPLY_HEAD_MAX 65536

struct http_reply_params {
    uint64_t body_len; /* also of a HEAD request, whose body is not sent */
    const char *date;
    bool keep_alive, http_1_0;
};

/* Can this response be sent? If not, `*out_why` says what is wrong, in words, and `*out_header`
 * (its name may be empty) where. */
MUST_CHECK bool http_reply_check(const struct http_response *r, const char **out_why,
                                 struct slice *out_header);
/* Appends status line, headers and the blank line. Must have passed the check. Content-Length,
 * Connection, Date and Transfer-Encoding are ours; the response's own are passed over. */
void http_reply_head(const struct http_response *r, const struct http_reply_params *params,
                     struct buf *out);
/* Does a response of this status carry a body at all? (RFC 9110 section 6.4.1) */
bool http_reply_has_body(unsigned status);

#endif
