/* What net_http.c (requests) and net_http_out.c (responses) share: the state of one wire that
 * speaks HTTP. Private to the two. */
#ifndef MW_NET_NET_HTTP_LINE_H
#define MW_NET_NET_HTTP_LINE_H

#include "core/net/http_body.h"
#include "core/net/net_http.h"

struct net_exchange {
    struct http_exchange exchange; /* first: an exchange of ours is its net_exchange */
    struct net_http *line;         /* NULL once it was answered or the client left */
    struct buf body;
};

enum net_http_state { NET_HTTP_HEAD, NET_HTTP_BODY, NET_HTTP_ANSWERING };

struct net_http {
    struct net_shared *shared;
    struct wire *wire; /* NULL once it was let go of or turned over */
    enum net_http_state state;
    bool busy;       /* http_process is at work: it frees h, and goes on to the next request */
    bool over;       /* to be freed */
    bool waits;      /* the next request is here, and begins in the next turn */
    int64_t turn_ns; /* while busy: when that began */
    bool keep_alive, http_1_0, is_head; /* of this request */
    /* Coming in. */
    struct buf in;      /* what came and was not used yet */
    struct slice input; /* while busy: the bytes at hand */
    size_t looked;      /* how far a head was looked for */
    size_t progress;    /* bytes of body since the time limit was last moved */
    struct http_body body;
    struct http_request *request; /* until it is dispatched */
    struct net_exchange *exchange;
    /* Going out. */
    struct buf out;
    size_t out_at;
    struct http_source source;
    uint64_t source_left;
    bool has_source;
};

/* Takes a response, writes as far as the wire takes it. May free h, unless it is busy. */
void net_http_respond(struct net_http *h, const struct http_response *response);
/* Goes on writing; the same. */
void net_http_pump(struct net_http *h);
void net_http_out_dispose(struct net_http *h);

/* A response of the line's own, without the server; the connection ends after it. */
void net_http_refuse(struct net_http *h, unsigned status, struct slice body);
/* The response is through: to the next request. If that is here already, it waits for the next
 * turn, as this one may have lasted long enough, and the response may have been given from deep
 * within the server. */
void net_http_next(struct net_http *h, int64_t now_ns);
/* The wire is gone, or was let go of: ends h. */
void net_http_left(struct net_http *h);
void net_http_drop_exchange(struct net_http *h);
/* The time limit that is running; TIMERS_NEVER: none. */
void net_http_arm(struct net_http *h, int64_t at_ns);

#endif
