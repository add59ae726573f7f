/* The body of an HTTP/1.1 request, by length or in chunks (RFC 9112 sections 6 and 7).
 * It grows as bytes come, so that a client reserves no memory by promising much. Pure. Trailers are
 * passed over. */
#ifndef MW_NET_HTTP_BODY_H
#define MW_NET_HTTP_BODY_H

#include "core/net/http_head.h"

enum http_body_state {
    HTTP_BODY_READING,
    HTTP_BODY_DONE,
    HTTP_BODY_TOO_LARGE, /* over the limit; what was read is freed */
    HTTP_BODY_BAD,       /* broken chunks */
    HTTP_BODY_NOMEM
};

struct http_body {
    struct buf bytes;
    enum http_body_state state;
    uint64_t _left;  /* of the length, or of this chunk */
    size_t _limit;   /* of the whole body, bytes */
    size_t _framing; /* bytes of chunk lines and trailers so far */
    uint8_t _where;
    bool _chunk_digits, _line_empty, _after_cr;
};

/* Sets the state at once where nothing is to be read, or more is announced than the limit. */
void http_body_init(struct http_body *b, const struct http_head *head, size_t limit);
/* Takes what belongs to the body and returns how many bytes that were. */
size_t http_body_read(struct http_body *b, struct slice bytes);
/* Frees the bytes. */
void http_body_dispose(struct http_body *b);

#endif
