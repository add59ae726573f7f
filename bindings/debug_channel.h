/* The pages that wait for news: each has one request open, which is answered when there is some, or
 * after a while.
 * A long poll and no stream, because that is what an exchange can do; of a browser's pages one asks
 * (debug/debug.js), or six of them would take every connection that it opens to one server. What
 * the news is, the channel's owner knows. */
#ifndef MW_BINDINGS_DEBUG_CHANNEL_H
#define MW_BINDINGS_DEBUG_CHANNEL_H

#include "core/server/http_exchange.h"
#include "core/server/timers.h"

#define DEBUG_CHANNEL_HOLD_NS (25 * NS_PER_S) /* so long nothing comes, and the page asks again */
#define DEBUG_CHANNEL_PAUSE_NS (250 * NS_PER_MS) /* between two answers to everyone */

struct debug_waiter;

/* Appends the news for a page that has seen so much. */
typedef void debug_channel_news_fn(void *ud, uint64_t seen, struct buf *out);

struct debug_channel {
    struct timers *timers;
    debug_channel_news_fn *put_news;
    void *ud;
    struct debug_waiter *waiters; /* utlist */
    int64_t told_ns;
    bool closed;
    struct timer _tell;
};

void debug_channel_init(struct debug_channel *c, struct timers *timers,
                        debug_channel_news_fn *put_news, void *ud);
/* Answers everyone who waits; who asks from now on is answered 503. Twice is fine. */
void debug_channel_close(struct debug_channel *c);

/* Answers with what there is now. */
void debug_channel_answer(struct debug_channel *c, struct http_exchange *x, uint64_t seen);
/* Answers once there is news. */
void debug_channel_wait(struct debug_channel *c, struct http_exchange *x, uint64_t seen);
/* There is news. May be called from wherever an error ends. */
void debug_channel_tell(struct debug_channel *c);

/* A JSON answer that no other site may read and no cache keeps. */
void debug_channel_respond(struct http_exchange *x, unsigned status, struct slice json);

#endif
