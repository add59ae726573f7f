/* A long-polling GET as a transport: one send, one response. */
#include "core/server/eio_polling.h"
#include "core/server/cors.h"

struct eio_polling {
    struct transport transport; /* first: a transport of ours is its eio_polling */
    struct http_exchange *exchange;
    struct eio_table *table;
};

static void polling_free(struct eio_polling *p)
{
    p->exchange->on_gone = NULL;
    http_exchange_unref(p->exchange);
    mem_free(p);
}

static void polling_respond(struct eio_polling *p, struct slice payload)
{
    struct http_header headers[2 + CORS_HEADERS_MAX] = {
        {SLICE("Content-Type"), SLICE("text/plain; charset=UTF-8")},
        {SLICE("Cache-Control"), SLICE("no-store")},
    };
    size_t count = 2 + cors_headers(p->table->config->cors_allowed_origins, p->exchange->request,
                                    false, headers + 2);
    http_exchange_respond(p->exchange, &(struct http_response){.status = 200,
                                                               .headers = headers,
                                                               .header_count = count,
                                                               .body = payload});
}

static size_t polling_send(struct transport *t, struct frame *const *frames, size_t count)
{
    struct eio_polling *p = (struct eio_polling *)t;
    struct buf payload = BUF_INIT;

    for (size_t i = 0; i < count; i++)
        eio_payload_append(&payload, frames[i]);
    polling_respond(p, buf_slice(&payload));
    buf_dispose(&payload);
    polling_free(p);
    return count;
}

/* A poll that nothing was sent on: the client is let go with a noop, which it takes for an empty
 * answer. */
static void polling_close(struct transport *t, enum transport_end how)
{
    struct eio_polling *p = (struct eio_polling *)t;
    (void)how;
    polling_respond(p, SLICE("6"));
    polling_free(p);
}

static void polling_gone(void *ud)
{
    struct eio_polling *p = ud;
    if (p->transport.session)
        eio_session_transport_gone(p->transport.session, &p->transport, p->table->timers->now_ns);
    polling_free(p);
}

static const struct transport_ops polling_ops = {.send = polling_send, .close = polling_close};

struct transport *eio_polling_create(struct http_exchange *x, struct eio_table *table)
{
    struct eio_polling *p = mem_alloc(sizeof(*p));
    *p = (struct eio_polling){.transport = {.ops = &polling_ops, .kind = TRANSPORT_POLLING},
                              .exchange = x,
                              .table = table};
    http_exchange_ref(x);
    x->on_gone = polling_gone;
    x->on_gone_ud = p;
    return &p->transport;
}

void eio_polling_destroy(struct transport *t)
{
    polling_free((struct eio_polling *)t);
}
