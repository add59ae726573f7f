/* The memory adapter: this process is all there is. */
#include "core/server/adapter.h"
#include "core/server/server.h"
#include "core/server/sio_join.h"
#include "core/server/sio_router.h"

static size_t memory_emit(void *ud, const struct emit_target *target, const struct emit_body *body,
                          const struct emit_ack *ack, int64_t now_ns)
{
    struct sio_namespace *n = server_namespace(ud, target->namespace_);
    return n ? broadcast_emit(n, target, body, ack, now_ns) : 0;
}

/* What a room change does to one peer. */
struct room_change {
    struct sio_namespace *namespace_;
    struct slice room;
};

static void join_one(void *ud, struct sio_peer *p)
{
    struct room_change *change = ud;
    rooms_join(&change->namespace_->rooms, &p->member, change->room);
}

static void leave_one(void *ud, struct sio_peer *p)
{
    struct room_change *change = ud;
    rooms_leave(&change->namespace_->rooms, &p->member, change->room);
}

/* The peers are gathered first: a walk over a room must not change it (join a's room to b, leave a
 * room by its own name). */
struct gathered {
    struct sio_peer **peers;
    size_t count, cap;
};

static void gather_one(void *ud, struct sio_peer *p)
{
    struct gathered *g = ud;
    if (g->count == g->cap) {
        g->cap = g->cap ? g->cap * 2 : 16;
        g->peers = mem_realloc(g->peers, g->cap * sizeof(*g->peers));
    }
    g->peers[g->count++] = p;
}

static void each_gathered(struct sio_namespace *n, const struct emit_target *who,
                          void (*fn)(void *ud, struct sio_peer *p), void *ud)
{
    struct gathered g = {0};
    broadcast_each(n, who, gather_one, &g);
    for (size_t i = 0; i < g.count; i++)
        fn(ud, g.peers[i]);
    mem_free(g.peers);
}

static void change_room(struct server *s, const struct emit_target *who, struct slice room,
                        void (*fn)(void *ud, struct sio_peer *p))
{
    struct room_change change = {server_namespace(s, who->namespace_), room};
    if (change.namespace_)
        each_gathered(change.namespace_, who, fn, &change);
}

static void memory_join(void *ud, const struct emit_target *who, struct slice room)
{
    change_room(ud, who, room, join_one);
}

static void memory_leave(void *ud, const struct emit_target *who, struct slice room)
{
    change_room(ud, who, room, leave_one);
}

static void memory_close_room(void *ud, struct slice namespace_, struct slice room)
{
    struct sio_namespace *n = server_namespace(ud, namespace_);
    if (n)
        rooms_close(&n->rooms, room);
}

static void disconnect_one(void *ud, struct sio_peer *p)
{
    bool *close_session = ud;
    struct slice name = sio_namespace_name(p->namespace_);

    if (p->state == SIO_PEER_CONNECTED)
        sio_router_send(p->session, SIO_DISCONNECT, name, SLICE(""));
    else
        sio_join_refused(p->session, name,
                         SLICE("{\"message\":\"Connection rejected by server\"}"));
    server_leave_later(p->namespace_->server, p, DISPATCH_SERVER_DISCONNECT, *close_session);
}

static void memory_disconnect(void *ud, const struct emit_target *who, bool close_session)
{
    struct sio_namespace *n = server_namespace(ud, who->namespace_);
    if (n)
        each_gathered(n, who, disconnect_one, &close_session);
}

void adapter_memory(struct adapter *out, struct server *server)
{
    *out = (struct adapter){.ud = server,
                            .emit = memory_emit,
                            .join = memory_join,
                            .leave = memory_leave,
                            .close_room = memory_close_room,
                            .disconnect = memory_disconnect};
}
