/* The set of sessions, and the three moments of a session's life that need it: opening, flushing,
 * freeing. */
#include "core/server/eio_table.h"
#include "core/codec/json.h"
#include <utlist.h>

#define DL_PREV _prev_pending
#define DL_NEXT _next_pending

void eio_table_init(struct eio_table *t, const struct config *config, struct timers *timers,
                    struct log *log, const struct eio_listener *listener, clock_fn *clock,
                    void *clock_ud)
{
    *t = (struct eio_table){.config = config,
                            .timers = timers,
                            .log = log,
                            .listener = listener,
                            ._clock = clock,
                            ._clock_ud = clock_ud};
}

static void close_one(void *ud, struct eio_session *s)
{
    (void)ud;
    eio_session_close(s, EIO_CLOSE_BY_SERVER, TRANSPORT_END_GOING);
}

void eio_table_dispose(struct eio_table *t)
{
    struct eio_session *s, *next;

    eio_table_each(t, close_one, NULL);
    HASH_ITER(_hash, t->_by_sid, s, next)
    eio_session_abort(s);
    eio_table_sweep(t);
    buf_dispose(&t->_scratch);
}

static bool has_transport(const struct config *config, const char *name)
{
    return strstr(config->transports, name) != NULL;
}

/* The open packet's body: engine.io-protocol v4, "Handshake". */
static void put_handshake(struct eio_session *s, enum transport_kind first)
{
    const struct config *c = s->table->config;
    struct buf json = BUF_INIT;
    bool upgrades =
        first == TRANSPORT_POLLING && c->allow_upgrades && has_transport(c, "websocket");

    buf_printf(&json,
               "{\"sid\":\"%s\",\"upgrades\":[%s],\"pingInterval\":%u,\"pingTimeout\":%u,"
               "\"maxPayload\":%lld}",
               s->sid, upgrades ? "\"websocket\"" : "", s->ping_interval_ms, s->ping_timeout_ms,
               (long long)c->max_http_buffer_size);
    eio_session_put(s, EIO_OPEN, buf_slice(&json));
    buf_dispose(&json);
}

bool eio_table_full(const struct eio_table *t)
{
    if (t->count < (size_t)t->config->max_clients)
        return false;
    log_warning(t->log, "max_clients (%lld) reached, a client was refused",
                (long long)t->config->max_clients);
    return true;
}

struct eio_session *eio_table_open(struct eio_table *t, struct http_request *request,
                                   const struct eio_opening *opening)
{
    if (t->closing)
        return NULL;
    if (eio_table_full(t))
        return NULL;
    struct eio_session *s = mem_try_alloc(sizeof(*s));
    if (!s)
        return NULL;
    eio_session_init(s, t, request, opening);
    ident_make(&t->_ident, s->sid);
    HASH_ADD(_hash, t->_by_sid, sid, IDENT_LEN, s);
    t->count++;
    t->opened++;
    put_handshake(s, opening->first);
    t->listener->on_open(t->listener->ud, s);
    return s;
}

struct eio_session *eio_table_find(struct eio_table *t, struct slice sid)
{
    struct eio_session *s = NULL;
    if (sid.len == IDENT_LEN)
        HASH_FIND(_hash, t->_by_sid, sid.ptr, IDENT_LEN, s);
    return s;
}

void eio_table_mark_pending(struct eio_table *t, struct eio_session *s)
{
    if (s->_pending)
        return;
    s->_pending = true;
    DL_APPEND2(t->_pending, s, DL_PREV, DL_NEXT);
}

static void unmark_pending(struct eio_table *t, struct eio_session *s)
{
    if (!s->_pending)
        return;
    s->_pending = false;
    DL_DELETE2(t->_pending, s, DL_PREV, DL_NEXT);
}

void eio_table_retire(struct eio_table *t, struct eio_session *s)
{
    timers_disarm(t->timers, &s->_heartbeat);
    s->_state = EIO_STATE_CLOSED;
    unmark_pending(t, s);
    HASH_DELETE(_hash, t->_by_sid, s);
    t->count--;
    s->_next_closed = t->_closed;
    t->_closed = s;
}

void eio_table_flush(struct eio_table *t)
{
    while (t->_pending) {
        struct eio_session *s = t->_pending;
        unmark_pending(t, s);
        eio_session_flush(s);
    }
}

void eio_table_sweep(struct eio_table *t)
{
    while (t->_closed) {
        struct eio_session *s = t->_closed;
        t->_closed = s->_next_closed;
        t->listener->on_free(t->listener->ud, s);
        eio_session_dispose(s);
        mem_free(s);
    }
}

bool eio_table_has_pending(const struct eio_table *t)
{
    return t->_pending || t->_closed;
}

void eio_table_each(struct eio_table *t, void (*fn)(void *ud, struct eio_session *s), void *ud)
{
    struct eio_session *s, *next;
    HASH_ITER(_hash, t->_by_sid, s, next)
    {
        if (eio_session_open(s))
            fn(ud, s);
    }
}

static bool list_validate(const struct eio_table *t)
{
    const struct eio_session *s;
    for (s = t->_pending; s; s = s->_next_pending)
        if (!s->_pending || s->_state == EIO_STATE_CLOSED)
            return false;
    for (s = t->_closed; s; s = s->_next_closed)
        if (s->_state != EIO_STATE_CLOSED || !eio_session_validate(s))
            return false;
    return true;
}

bool eio_table_validate(const struct eio_table *t)
{
    size_t count = 0;
    for (struct eio_session *s = t->_by_sid; s; s = s->_hash.next, count++)
        if (s->table != t || s->_state == EIO_STATE_CLOSED || !eio_session_validate(s))
            return false;
    return count == t->count && list_validate(t);
}
