/* The root: what happens in a turn, and how it ends. */
#include "core/server/server.h"
#include "core/server/recovery.h"
#include "core/server/sio_join.h"
#include "core/server/sio_router.h"
#include <assert.h>

struct server *server_create(struct config *config, const struct server_params *params)
{
    struct server *s = mem_zalloc(sizeof(*s));

    s->config = *config;
    *config = (struct config){0};
    s->log = params->log;
    s->dispatch = params->dispatch;
    s->files = params->files;
    s->client_folder = params->client_folder;
    s->clock = params->clock;
    s->clock_ud = params->clock_ud;
    sio_router_listener(&s->_listener, s);
    eio_table_init(&s->sessions, &s->config, &s->timers, s->log,
                   params->listener ? params->listener : &s->_listener, s->clock, s->clock_ud);
    adapter_memory(&s->adapter, s);
    return s;
}

static void forget_peer(struct server *s, struct sio_peer *p)
{
    struct sio_namespace *n = p->namespace_;
    sio_namespace_remove(n, p);
    server_check_namespace(s, n);
}

void server_check_namespace(struct server *s, struct sio_namespace *n)
{
    if (!sio_namespace_empty(n))
        return;
    HASH_DELETE(_hash, s->_namespaces, n);
    sio_namespace_destroy(n);
}

static void forget_namespaces(struct server *s)
{
    struct sio_namespace *n, *next;
    HASH_ITER(_hash, s->_namespaces, n, next)
    {
        assert(n->count == 0); /* the engine released every peer that it was told of */
        HASH_DELETE(_hash, s->_namespaces, n);
        sio_namespace_destroy(n);
    }
}

static void free_released(struct server *s)
{
    while (s->_released) {
        struct sio_peer *p = s->_released;
        s->_released = p->_next_leaving;
        forget_peer(s, p);
    }
}

static void forget_leaving(struct server *s)
{
    while (s->_leaving) {
        struct sio_peer *p = s->_leaving;
        void *cookie;
        s->_leaving = p->_next_leaving;
        while (acks_take_any(&p->acks, &cookie))
            ;
        slots_remove(&s->_peers, p->id);
        forget_peer(s, p);
    }
}

void server_destroy(struct server *s)
{
    eio_table_dispose(&s->sessions);
    free_released(s);
    forget_leaving(s);
    forget_namespaces(s);
    slots_dispose(&s->_peers);
    timers_dispose(&s->timers);
    buf_dispose(&s->_name);
    config_dispose(&s->config);
    mem_free(s);
}

/* --- turns --- */

void server_run(struct server *s, int64_t now_ns)
{
    s->timers.now_ns = now_ns;
    timers_run(&s->timers, now_ns);
}

int64_t server_next_ns(const struct server *s)
{
    return timers_next(&s->timers);
}

/* Did the connection break, so that the client may come back for what it had? Also when its engine
 * said goodbye for it (a close packet over polling, where a WebSocket just closes), and not the
 * client itself in this namespace. */
static bool may_return(const struct sio_peer *p, bool session_ended)
{
    bool broke = p->reason == DISPATCH_TRANSPORT_CLOSE || p->reason == DISPATCH_TRANSPORT_ERROR ||
                 p->reason == DISPATCH_PING_TIMEOUT ||
                 (p->reason == DISPATCH_CLIENT_DISCONNECT && session_ended);
    return p->was_connected && p->pid[0] && broke;
}

static void tell(struct server *s, struct sio_peer *p)
{
    const struct dispatch *d = s->dispatch;
    struct eio_session *session = p->session;
    void *cookie;

    if (p->router)
        sio_router_remove(p->router, p);
    if (p->close_session && session)
        eio_session_close(session, EIO_CLOSE_BY_SERVER, TRANSPORT_END_NORMAL);
    while (acks_take_any(&p->acks, &cookie))
        d->on_ack_lost(d->ud, cookie, p->id, DISPATCH_ACK_DISCONNECTED);
    p->_told = true;
    p->kept = may_return(p, !session);
    if (p->kept)
        sio_namespace_remember(p->namespace_, p);
    if (p->was_connected)
        d->on_disconnect(d->ud, p->id, (enum dispatch_reason)p->reason);
    else
        server_release(s, p->id);
}

void server_settle(struct server *s)
{
    while (s->_leaving) {
        struct sio_peer *p = s->_leaving;
        s->_leaving = p->_next_leaving;
        tell(s, p);
    }
}

void server_turn_end(struct server *s, int64_t now_ns)
{
    s->timers.now_ns = now_ns;
    do {
        server_settle(s);
        eio_table_flush(&s->sessions);
        eio_table_sweep(&s->sessions);
        free_released(s);
    } while (s->_leaving || eio_table_has_pending(&s->sessions));
}

static void close_session(void *ud, struct eio_session *session)
{
    (void)ud;
    eio_session_close(session, EIO_CLOSE_BY_SERVER, TRANSPORT_END_GOING);
}

void server_close(struct server *s, int64_t now_ns)
{
    s->timers.now_ns = now_ns;
    s->sessions.closing = true;
    eio_table_each(&s->sessions, close_session, NULL);
}

/* --- peers: joining and leaving --- */

void server_accept(struct server *s, slot_id peer)
{
    struct sio_peer *p = server_peer(s, peer);
    if (!p || p->state != SIO_PEER_CONNECTING)
        return;
    p->state = SIO_PEER_CONNECTED;
    p->was_connected = true;
    sio_join_accepted(p);
    sio_peer_send_held(p);
}

static void release(struct server *s, struct sio_peer *p)
{
    p->state = SIO_PEER_GONE;
    rooms_leave_all(&p->namespace_->rooms, &p->member);
    slots_remove(&s->_peers, p->id);
    p->_next_leaving = s->_released;
    s->_released = p;
}

void server_refuse(struct server *s, slot_id peer, struct slice error_json)
{
    struct sio_peer *p = server_peer(s, peer);
    if (!p || p->state != SIO_PEER_CONNECTING)
        return;
    sio_peer_drop_held(p);
    sio_join_refused(p->session, sio_namespace_name(p->namespace_), error_json);
    server_leave_later(s, p, DISPATCH_SERVER_DISCONNECT, false);
}

void server_release(struct server *s, slot_id peer)
{
    struct sio_peer *p = server_peer(s, peer);
    if (p && p->_told)
        release(s, p);
}

void server_leave_later(struct server *s, struct sio_peer *p, enum dispatch_reason reason,
                        bool close_session_too)
{
    if (p->state == SIO_PEER_LEAVING || p->state == SIO_PEER_GONE)
        return;
    p->state = SIO_PEER_LEAVING;
    p->reason = (uint8_t)reason;
    p->close_session = close_session_too;
    if (p->namespace_->recovery)
        p->recovery_last = recovery_last(p->namespace_->recovery);
    p->_next_leaving = NULL;
    if (s->_leaving)
        *s->_leaving_tail = p;
    else
        s->_leaving = p;
    s->_leaving_tail = &p->_next_leaving;
}

struct sio_peer *server_peer(const struct server *s, slot_id peer)
{
    return slots_find(&s->_peers, peer);
}

struct sio_peer *server_peer_by_sid(const struct server *s, struct slice namespace_,
                                    struct slice sid)
{
    struct sio_namespace *n = server_namespace(s, namespace_);
    struct sio_peer *p = n ? sio_namespace_find(n, sid) : NULL;
    return p && p->state != SIO_PEER_LEAVING && p->state != SIO_PEER_GONE ? p : NULL;
}

struct sio_namespace *server_namespace(const struct server *s, struct slice name)
{
    struct sio_namespace *n;
    HASH_FIND(_hash, s->_namespaces, name.ptr, name.len, n);
    return n;
}

struct sio_namespace *server_namespace_make(struct server *s, struct slice name)
{
    struct sio_namespace *n = server_namespace(s, name);
    if (n)
        return n;
    n = sio_namespace_create(s, name);
    HASH_ADD_KEYPTR(_hash, s->_namespaces, n->name, n->name_len, n);
    return n;
}

void server_drop_namespace(struct server *s, struct slice name)
{
    struct emit_target all = {.namespace_ = name};
    s->adapter.disconnect(s->adapter.ud, &all, false);
}

void server_each_namespace(const struct server *s,
                           void (*fn)(void *ud, const struct sio_namespace *n), void *ud)
{
    struct sio_namespace *n, *next;
    HASH_ITER(_hash, s->_namespaces, n, next)
    fn(ud, n);
}

size_t server_drop_strangers(struct server *s, server_dropped_fn *fn, void *ud)
{
    struct sio_namespace *n, *next;
    size_t count = 0;
    HASH_ITER(_hash, s->_namespaces, n, next)
    {
        struct slice name = sio_namespace_name(n);
        if (n->count == 0 || s->dispatch->has_namespace(s->dispatch->ud, name))
            continue;
        fn(ud, name, n->count);
        server_drop_namespace(s, name);
        count++;
    }
    return count;
}

bool server_validate(const struct server *s)
{
    for (struct sio_namespace *n = s->_namespaces; n; n = n->_hash.next)
        if (n->server != s || !sio_namespace_validate(n))
            return false;
    return eio_table_validate(&s->sessions) && timers_validate(&s->timers);
}
