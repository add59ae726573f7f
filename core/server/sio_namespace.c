/* The peers of one namespace: an array to walk, a hash to find. */
#include "core/server/sio_namespace.h"
#include "core/server/server.h"
#include "core/server/sio_router.h"

struct sio_namespace *sio_namespace_create(struct server *server, struct slice name)
{
    struct sio_namespace *n = mem_zalloc(sizeof(*n) + name.len + 1);
    n->server = server;
    n->name_len = (uint32_t)name.len;
    memcpy(n->name, name.ptr, name.len);
    return n;
}

void sio_namespace_destroy(struct sio_namespace *n)
{
    rooms_dispose(&n->rooms);
    mem_free(n->peers);
    mem_free(n);
}

static void peer_ack_expired(void *ud, void *cookie)
{
    struct sio_peer *p = ud;
    const struct dispatch *d = p->namespace_->server->dispatch;
    d->on_ack_lost(d->ud, cookie, p->id, DISPATCH_ACK_TIMEOUT);
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
    p->id = slots_add(&n->server->_peers, p);
    acks_init(&p->acks, &n->server->timers, peer_ack_expired, p);
    if (n->count == n->_cap) {
        n->_cap = n->_cap ? n->_cap * 2 : 8;
        n->peers = mem_realloc(n->peers, n->_cap * sizeof(*n->peers));
    }
    p->_at = n->count;
    n->peers[n->count++] = p;
    HASH_ADD_KEYPTR(_hash, n->_by_sid, p->sid, p->sid_len, p);
    return p;
}

void sio_namespace_remove(struct sio_namespace *n, struct sio_peer *p)
{
    rooms_leave_all(&n->rooms, &p->member);
    acks_dispose(&p->acks);
    sio_peer_drop_held(p);
    n->peers[p->_at] = n->peers[--n->count];
    n->peers[p->_at]->_at = p->_at;
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
