/* Resolving a target to peers, and one message to all of them. */
#include "core/server/broadcast.h"
#include "core/codec/sio_packet.h"
#include "core/server/eio_table.h"
#include "core/server/server.h"

typedef void peer_fn(void *ud, struct sio_peer *p);

/* Peers that were met already, or must not be, carry the mark of this broadcast. */
struct walk {
    uint64_t mark;
    peer_fn *fn; /* NULL: only marks */
    void *ud;
    size_t met;
};

static void walk_peer(struct walk *w, struct sio_peer *p)
{
    if (p->member.mark == w->mark)
        return;
    p->member.mark = w->mark;
    if (!w->fn || p->state == SIO_PEER_LEAVING || p->state == SIO_PEER_GONE)
        return;
    w->met++;
    w->fn(w->ud, p);
}

/* A room's name, or a sid, which is a room of one; somebody else may have joined the room of that
 * name, too. */
static void walk_room(struct walk *w, const struct sio_namespace *n, struct slice name)
{
    struct sio_peer *self = sio_namespace_find(n, name);
    struct room *room = rooms_find(&n->rooms, name);

    if (self)
        walk_peer(w, self);
    for (uint32_t i = 0; room && i < room->count; i++)
        walk_peer(w, (struct sio_peer *)room->seats[i].member);
}

size_t broadcast_each(struct sio_namespace *n, const struct emit_target *target, peer_fn *fn,
                      void *ud)
{
    struct walk w = {.mark = ++n->server->broadcast_mark};

    for (size_t i = 0; i < target->except_count; i++)
        walk_room(&w, n, target->except[i]);
    w.fn = fn;
    w.ud = ud;
    if (target->peer) {
        struct sio_peer *p = server_peer(n->server, target->peer);
        if (p && p->namespace_ == n)
            walk_peer(&w, p);
        return w.met;
    }
    for (size_t i = 0; i < target->room_count; i++)
        walk_room(&w, n, target->rooms[i]);
    for (uint32_t i = 0; target->room_count == 0 && i < n->count; i++)
        walk_peer(&w, n->peers[i]);
    return w.met;
}

/* --- one message --- */

struct message {
    const struct emit_target *target;
    const struct emit_body *body;
    const struct emit_ack *ack;
    int64_t deadline_ns;
    struct frame *
        *frames; /* the text, then the attachments; frames[0] NULL until somebody gets it */
    size_t count;
};

static struct frame *encode(const struct message *m, const uint64_t *id)
{
    struct buf text = BUF_INIT;
    enum sio_type type = m->body->attachment_count ? SIO_BINARY_EVENT : SIO_EVENT;

    sio_packet_put_head(&text, type, (unsigned)m->body->attachment_count, m->target->namespace_,
                        id);
    struct frame *f = frame_create_2(false, buf_slice(&text), m->body->json);
    buf_dispose(&text);
    return f;
}

static void encode_attachments(struct message *m)
{
    for (size_t i = 1; i < m->count; i++)
        m->frames[i] = frame_create(true, m->body->attachments[i - 1]);
}

static void send_shared(void *ud, struct sio_peer *p)
{
    struct message *m = ud;
    if (!m->frames[0]) {
        m->frames[0] = encode(m, NULL);
        encode_attachments(m);
    }
    sio_peer_send(p, m->frames, m->count, m->target->is_volatile);
}

/* Every receiver has an id of its own, so its text is its own; the attachments are shared. */
static void send_with_id(void *ud, struct sio_peer *p)
{
    struct message *m = ud;
    uint64_t id = acks_add(&p->acks, m->ack->cookie, m->deadline_ns);

    if (m->count > 1 && !m->frames[1])
        encode_attachments(m);
    m->frames[0] = encode(m, &id);
    sio_peer_send(p, m->frames, m->count, m->target->is_volatile);
    frame_unref(m->frames[0]);
    m->frames[0] = NULL;
}

size_t broadcast_emit(struct sio_namespace *n, const struct emit_target *target,
                      const struct emit_body *body, const struct emit_ack *ack, int64_t now_ns)
{
    struct frame *frames[1 + SIO_ATTACHMENTS_MAX] = {NULL};
    struct message m = {
        .target = target,
        .body = body,
        .ack = ack,
        .deadline_ns = ack && ack->timeout_ns ? now_ns + ack->timeout_ns : TIMERS_NEVER,
        .frames = frames,
        .count = 1 + body->attachment_count,
    };
    size_t met = broadcast_each(n, target, ack ? send_with_id : send_shared, &m);
    for (size_t i = 0; i < m.count; i++) {
        if (frames[i])
            frame_unref(frames[i]);
    }
    return met;
}
