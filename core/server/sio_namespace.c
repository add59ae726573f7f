/* The peers of one namespace: an array to walk, a hash to find. */
#include "core/server/sio_namespace.h"
#include "core/server/recovery.h"
#include "core/server/server.h"
#include "core/server/sio_router.h"

static void forget_one(void *ud, slot_id from)
{
    const struct dispatch *d = ((struct server *)ud)->dispatch;
    d->on_forget(d->ud, from);
}

static void expire(void *ud, int64_t now_ns)
{
    struct sio_namespace *n = ud;
    struct server *s = n->server;

    recovery_expire(n->recovery, forget_one, s);
    if (recovery_busy(n->recovery))
        timers_arm(&s->timers, &n->_expire, now_ns + NS_PER_S);
    server_check_namespace(s, n);
}

struct sio_namespace *sio_namespace_create(struct server *server, struct slice name)
{
    struct sio_namespace *n = mem_zalloc(sizeof(*n) + name.len + 1);
    n->server = server;
    n->name_len = (uint32_t)name.len;
    memcpy(n->name, name.ptr, name.len);
    timer_init(&n->_expire, expire, n);
    if (server->config.connection_state_recovery > 0)
        n->recovery = recovery_create(&server->config, &server->timers);
    return n;
}

void sio_namespace_destroy(struct sio_namespace *n)
{
    rooms_dispose(&n->rooms);
    timers_disarm(&n->server->timers, &n->_expire);
    if (n->recovery)
        recovery_destroy(n->recovery);
    mem_free(n->peers);
    mem_free(n);
}

void sio_namespace_remember(struct sio_namespace *n, const struct sio_peer *p)
{
    struct server *s = n->server;
    recovery_remember(n->recovery, p);
    if (recovery_crowded(n->recovery))
        timers_arm(&s->timers, &n->_expire, server_now_ns(s));
    else if (!timer_armed(&n->_expire))
        timers_arm(&s->timers, &n->_expire, server_now_ns(s) + NS_PER_S);
}

bool sio_namespace_empty(const struct sio_namespace *n)
{
    return n->count == 0 && !(n->recovery && recovery_busy(n->recovery));
}

static void peer_ack_expired(void *ud, void *cookie)
{
    struct sio_peer *p = ud;
    const struct dispatch *d = p->namespace_->server->dispatch;
    d->on_ack_lost(d->ud, cookie, p->id, DISPATCH_ACK_TIMEOUT);
}

/* Who comes back (an old client to a namespace that it left, or by recovery) may meet itself: its
 * disconnect handler runs on. The sid means the newcomer from here on. */
static void name_peer(struct sio_namespace *n, struct sio_peer *p)
{
    struct sio_peer *before = sio_namespace_find(n, sio_peer_sid(p));
    if (before) {
        HASH_DELETE(_hash, n->_by_sid, before);
        before->_succeeded = true;
    }
    HASH_ADD_KEYPTR(_hash, n->_by_sid, p->sid, p->sid_len, p);
}

struct sio_peer *sio_namespace_add(struct sio_namespace *n, struct sio_router *router,
                                   struct slice sid)
{
    struct sio_peer *p = mem_zalloc(sizeof(*p) + sid.len + 1);

    p->namespace_ = n;
    p->router = router;
    p->session = router->session;
    p->request = http_request_ref(router->session->request);
    p->sid_len = (uint32_t)sid.len;
    memcpy(p->sid, sid.ptr, sid.len);
    p->joined_ns = server_now_ns(n->server);
    p->id = slots_add(&n->server->_peers, p);
    acks_init(&p->acks, &n->server->timers, peer_ack_expired, p);
    if (n->count == n->_cap) {
        n->_cap = n->_cap ? n->_cap * 2 : 8;
        n->peers = mem_realloc(n->peers, n->_cap * sizeof(*n->peers));
    }
    p->_at = n->count;
    n->peers[n->count++] = p;
    name_peer(n, p);
    return p;
}

void sio_namespace_remove(struct sio_namespace *n, struct sio_peer *p)
{
    rooms_leave_all(&n->rooms, &p->member);
    acks_dispose(&p->acks);
    sio_peer_drop_held(p);
    n->peers[p->_at] = n->peers[--n->count];
    n->peers[p->_at]->_at = p->_at;
    if (!p->_succeeded)
        HASH_DELETE(_hash, n->_by_sid, p);
    http_request_unref(p->request);
    mem_free(p);
}

struct sio_peer *sio_namespace_find(const struct sio_namespace *n, struct slice sid)
{
    struct sio_peer *p;
    HASH_FIND(_hash, n->_by_sid, sid.ptr, sid.len, p);
    return p;
}

static bool is_listed(const struct sio_router *r, const struct sio_peer *p)
{
    for (const struct sio_peer *other = r->peers; other; other = other->next)
        if (other == p)
            return true;
    return false;
}

static bool peer_validate(const struct sio_namespace *n, const struct sio_peer *p)
{
    bool leaves = p->state == SIO_PEER_LEAVING || p->state == SIO_PEER_GONE;
    if (p->namespace_ != n || (p->session != NULL) != (p->router != NULL))
        return false;
    if (p->router && !is_listed(p->router, p))
        return false;
    if ((sio_namespace_find(n, sio_peer_sid(p)) == p) == p->_succeeded)
        return false;
    return leaves || (p->session && !p->_succeeded && slots_find(&n->server->_peers, p->id) == p);
}

bool sio_namespace_validate(const struct sio_namespace *n)
{
    uint32_t named = 0;
    for (uint32_t i = 0; i < n->count; i++) {
        if (n->peers[i]->_at != i || !peer_validate(n, n->peers[i]))
            return false;
        named += !n->peers[i]->_succeeded;
    }
    return HASH_CNT(_hash, n->_by_sid) == named && !sio_namespace_empty(n) &&
           rooms_validate(&n->rooms);
}
