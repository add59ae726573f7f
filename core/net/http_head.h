/* The head of an HTTP/1.1 request: request line and headers, read from bytes (RFC 9112).
 * Our own, because libwebsockets 4.1.6 cannot list headers that it does not know, decodes queries
 * and paths as it stores them, and takes no chunked body. Pure: the fields are views of the input.
 * Strict where leniency lets two servers disagree about where a request ends. */
#ifndef MW_NET_HTTP_HEAD_H
#define MW_NET_HTTP_HEAD_H

#include "core/server/http_request.h"

#define HTTP_HEAD_MAX 32768 /* bytes of request line and headers */
#define HTTP_HEAD_HEADERS_MAX 128

enum http_head_result {
    HTTP_HEAD_OK = 0,
    HTTP_HEAD_BAD,         /* 400: not HTTP, or ambiguous */
    HTTP_HEAD_TOO_LARGE,   /* 431 */
    HTTP_HEAD_VERSION,     /* 505 */
    HTTP_HEAD_CODING,      /* 501: a transfer coding other than chunked */
    HTTP_HEAD_EXPECTATION, /* 417 */
};

enum http_head_framing { HTTP_BODY_NONE, HTTP_BODY_LENGTH, HTTP_BODY_CHUNKED };

struct http_head {
    struct slice method, target; /* target as it came */
    struct slice raw_path;       /* undecoded */
    struct slice query;          /* without "?" */
    size_t header_count;
    struct http_header headers[HTTP_HEAD_HEADERS_MAX];
    enum http_head_framing framing;
    uint64_t content_length; /* of HTTP_BODY_LENGTH */
    bool http_1_0;
    bool keep_alive;
    bool expects_continue; /* wants "100 Continue" before it sends the body */
};

/* The bytes of the head, its blank line included, and of empty lines before it; 0 while it is
 * incomplete. `from` is how far an earlier call looked, so that a head that comes byte by byte
 * costs no more than one that does not. */
size_t http_head_length(struct slice bytes, size_t from);
/* Can an incomplete head still become one? False as soon as its first byte is none that a method
 * has: zeroes, TLS, a stray WebSocket frame. Whoever waited for more would wait until the timeout.
 */
bool http_head_begins(struct slice bytes);

/* Parses a complete head, http_head_length bytes. */
enum http_head_result http_head_parse(struct slice head, struct http_head *out);

/* The status that answers a head that failed. */
unsigned http_head_status(enum http_head_result result);

/* The first header of that name; ptr NULL if there is none. */
struct slice http_head_find(const struct http_head *h, const char *name);
/* RFC 9110 section 5.6.2: what methods and header names are made of. */
bool http_head_is_token(struct slice text);
/* Is `token` in the comma-separated list of any header of that name? */
bool http_head_lists(const struct http_header *headers, size_t count, const char *name,
                     struct slice token);

#endif
