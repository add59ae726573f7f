/* A client without a network: a transport and exchanges that live in memory, for tests, fuzzers and
 * moonwire.test_server. What a session would write is collected here; what a test sends goes in as
 * if it had come from a socket. */
#ifndef MW_SERVER_LOOPBACK_H
#define MW_SERVER_LOOPBACK_H

#include "core/server/server.h"

struct loopback;

/* Connects by WebSocket to the Socket.IO path with this raw query ("EIO=4&transport=websocket&a=1")
 * and these headers. NULL: refused;
 * `*out_status` (may be NULL) is the HTTP status. The loopback stays valid after its session
 * closed, until loopback_destroy. */
struct loopback *loopback_connect(struct server *s, struct slice query,
                                  const struct http_header *headers, size_t header_count,
                                  int64_t now_ns, unsigned *out_status);
/* Ends the transport as a lost network would, if it is still up. */
void loopback_destroy(struct loopback *l, int64_t now_ns);

void loopback_send_text(struct loopback *l, struct slice text, int64_t now_ns);
void loopback_send_binary(struct loopback *l, struct slice bytes, int64_t now_ns);

/* The oldest frame that was written and not yet taken; the caller's reference. NULL if there is
 * none. Call server_turn_end first. */
struct frame *loopback_take(struct loopback *l);
/* How many writes (transport.send calls that took something) there were: a turn makes at most one.
 */
size_t loopback_writes(const struct loopback *l);
/* Is the transport up? When not: how it was ended. */
bool loopback_up(const struct loopback *l, enum transport_end *out_how);
/* Makes the transport take at most `frames` more, as a slow network would; SIZE_MAX: all. Raising
 * it from 0 reports writable. */
void loopback_throttle(struct loopback *l, size_t frames);

/* One HTTP request; the response is filled in when it comes, maybe turns later (a poll). */
struct loopback_http {
    bool done;
    unsigned status;
    struct buf headers; /* "name: value\n" lines */
    struct buf body;
    struct http_exchange *_exchange;
};
void loopback_http_start(struct loopback_http *h, struct server *s,
                         const struct http_request *request, struct slice body, int64_t now_ns);
/* The value of a response header, or an empty slice with ptr NULL. */
struct slice loopback_http_header(const struct loopback_http *h, const char *name);
/* Leaves, if the response has not come; frees. */
void loopback_http_dispose(struct loopback_http *h);

#endif
