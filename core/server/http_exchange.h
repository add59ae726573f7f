/* One HTTP request and its one response: the seam through which core/server answers without seeing
 * the network. Net (or the loopback) creates it and gives it to server_http; whoever answers later
 * (a route that sleeps, a long poll) holds a reference. The requester may leave first: the exchange
 * is then gone, and a response to it is dropped without a word. */
#ifndef MW_SERVER_HTTP_EXCHANGE_H
#define MW_SERVER_HTTP_EXCHANGE_H

#include "core/server/http_request.h"

struct http_exchange;

/* A body that is read while it is sent: a file. */
struct http_source {
    void *ud;
    uint64_t len; /* bytes in all */
    /* Fills up to cap bytes and returns how many; 0 before the end means it cannot be read, and the
     * transfer is cut. */
    size_t (*read)(void *ud, char *to, size_t cap);
    void (*close)(void *ud); /* exactly once */
};

struct http_response {
    unsigned status;
    const struct http_header
        *headers; /* without Content-Length, Connection and Date, which the network side adds */
    size_t header_count;
    struct slice body;                /* copied by respond */
    const struct http_source *source; /* instead of body; NULL: none. Taken over by respond, also
                                         when the exchange is gone */
    bool close; /* end the TCP connection afterwards: unread body, refused client */
};

struct http_exchange_ops {
    /* Sends the response; called at most once. Must not call back. A HEAD request's body is dropped
     * here. */
    void (*respond)(struct http_exchange *x, const struct http_response *response);
    void (*destroy)(struct http_exchange *x); /* the last reference went */
};

struct http_exchange {
    const struct http_exchange_ops *ops;
    struct http_request *request; /* the exchange holds a reference; ops->destroy drops it */
    struct slice body;            /* of the request; valid until destroy */
    bool body_too_large;          /* it exceeded server_body_limit; body is empty */
    bool _responded, _gone;
    uint32_t _refs;
    /* Who waits on this exchange is told, once, if the requester leaves before the response. */
    void (*on_gone)(void *ud);
    void *on_gone_ud;
};

/* For the maker: one reference, its own. */
void http_exchange_init(struct http_exchange *x, const struct http_exchange_ops *ops,
                        struct http_request *request);
/* For the maker: the requester left. Calls on_gone if nobody responded. */
void http_exchange_gone(struct http_exchange *x);

void http_exchange_ref(struct http_exchange *x);
void http_exchange_unref(struct http_exchange *x);

/* True until it was responded to or is gone. */
bool http_exchange_open(const struct http_exchange *x);
void http_exchange_respond(struct http_exchange *x, const struct http_response *response);
/* A short text answer; `type` is the Content-Type. */
void http_exchange_respond_text(struct http_exchange *x, unsigned status, const char *type,
                                struct slice body);
/* "Not Found"; "Unknown" for a status that RFC 9110 does not name. */
const char *http_status_text(unsigned status);

#endif
