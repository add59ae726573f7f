/* See debug_channel.h. Answers leave from a timer: never while a script's error is being dealt
 * with. */
#include "bindings/debug_channel.h"

#include "core/base/clock.h"
#include <utlist.h>

struct debug_waiter {
    struct debug_channel *channel;
    struct http_exchange *exchange; /* referenced */
    uint64_t seen;
    struct timer timer; /* the end of its patience */
    struct debug_waiter *next, *prev;
};

void debug_channel_respond(struct http_exchange *x, unsigned status, struct slice json)
{
    static const struct http_header headers[] = {
        {SLICE("Content-Type"), SLICE("application/json")},
        {SLICE("Cache-Control"), SLICE("no-store")},
        {SLICE("X-Content-Type-Options"), SLICE("nosniff")},
        {SLICE("Cross-Origin-Resource-Policy"), SLICE("same-origin")}};
    struct http_response response = {.status = status,
                                     .headers = headers,
                                     .header_count = sizeof(headers) / sizeof(*headers),
                                     .body = json};
    http_exchange_respond(x, &response);
}

void debug_channel_answer(struct debug_channel *c, struct http_exchange *x, uint64_t seen)
{
    struct buf json = BUF_INIT;
    c->put_news(c->ud, seen, &json);
    debug_channel_respond(x, 200, buf_slice(&json));
    buf_dispose(&json);
}

static void forget(struct debug_waiter *w)
{
    DL_DELETE(w->channel->waiters, w);
    timers_disarm(w->channel->timers, &w->timer);
    w->exchange->on_gone = NULL;
    http_exchange_unref(w->exchange);
    mem_free(w);
}

static void answer(struct debug_waiter *w)
{
    debug_channel_answer(w->channel, w->exchange, w->seen);
    forget(w);
}

static void on_gone(void *ud)
{
    forget((struct debug_waiter *)ud);
}

static void on_patience_end(void *ud, int64_t now_ns)
{
    answer((struct debug_waiter *)ud);
}

static void answer_all(struct debug_channel *c)
{
    struct debug_waiter *w, *next;
    DL_FOREACH_SAFE(c->waiters, w, next)
    answer(w);
}

static void on_tell(void *ud, int64_t now_ns)
{
    struct debug_channel *c = (struct debug_channel *)ud;
    c->told_ns = now_ns;
    answer_all(c);
}

void debug_channel_init(struct debug_channel *c, struct timers *timers,
                        debug_channel_news_fn *put_news, void *ud)
{
    *c = (struct debug_channel){.timers = timers, .put_news = put_news, .ud = ud};
    timer_init(&c->_tell, on_tell, c);
}

void debug_channel_close(struct debug_channel *c)
{
    if (!c->timers)
        return;
    c->closed = true;
    timers_disarm(c->timers, &c->_tell);
    answer_all(c);
}

void debug_channel_wait(struct debug_channel *c, struct http_exchange *x, uint64_t seen)
{
    struct debug_waiter *w = (struct debug_waiter *)mem_zalloc(sizeof(*w));
    http_exchange_ref(x);
    *w = (struct debug_waiter){.channel = c, .exchange = x, .seen = seen};
    x->on_gone = on_gone;
    x->on_gone_ud = w;
    timer_init(&w->timer, on_patience_end, w);
    timers_arm(c->timers, &w->timer, c->timers->now_ns + DEBUG_CHANNEL_HOLD_NS);
    DL_APPEND(c->waiters, w);
}

void debug_channel_tell(struct debug_channel *c)
{
    int64_t at_ns = c->told_ns + DEBUG_CHANNEL_PAUSE_NS;
    if (c->closed || !c->waiters || timer_armed(&c->_tell))
        return;
    timers_arm(c->timers, &c->_tell, at_ns > c->timers->now_ns ? at_ns : c->timers->now_ns);
}
