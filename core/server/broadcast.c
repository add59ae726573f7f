/* Resolving a target to peers, and one message to all of them. */
#include "core/server/broadcast.h"
#include "core/server/eio_table.h"
#include "core/server/recovery.h"
#include "core/server/server.h"
#include "core/server/sio_encode.h"

typedef void peer_fn(void *ud, struct sio_peer *p);

/* Peers that were met already, or must not be, carry the mark of this broadcast. */
struct walk {
    uint64_t mark;
    peer_fn *fn; /* NULL: only marks */
    void *ud;
    size_t met;
};

static bool is_here(const struct sio_peer *p)
{
    return p && p->state != SIO_PEER_LEAVING && p->state != SIO_PEER_GONE;
}

static void walk_peer(struct walk *w, struct sio_peer *p)
{
    if (p->member.mark == w->mark)
        return;
    p->member.mark = w->mark;
    if (!w->fn || !is_here(p))
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

/* The peer that a target names, or who came back as it. NULL: neither is here. */
static struct sio_peer *find_one(const struct sio_namespace *n, const struct emit_target *target)
{
    struct sio_peer *p = server_peer(n->server, target->peer);
    if (is_here(p))
        return p->namespace_ == n ? p : NULL;
    p = n->recovery && target->sid.len ? sio_namespace_find(n, target->sid) : NULL;
    return is_here(p) ? p : NULL;
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
        struct sio_peer *p = find_one(n, target);
        if (p)
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

struct fan_out {
    struct server *server;
    struct sio_message message;
    const struct emit_ack *ack;
    bool is_volatile;
    int64_t deadline_ns;
    struct frame *frames[SIO_FRAMES_MAX]; /* the packet, then what all receivers share */
    size_t count;                         /* 0 until somebody gets it */
    uint64_t offset;                      /* with connection state recovery */
    struct slice plain_json;              /* without the offset */
    struct frame *plain; /* the packet of plain_json; NULL until somebody gets it */
};

static void encode_shared(struct fan_out *f)
{
    f->count = 1 + sio_encode_attachments(f->server, &f->message, f->frames + 1);
}

static void send_shared(void *ud, struct sio_peer *p)
{
    struct fan_out *f = ud;
    if (f->count == 0) {
        f->frames[0] = sio_encode_packet(f->server, &f->message);
        encode_shared(f);
    }
    sio_peer_send(p, f->frames, f->count, f->is_volatile);
}

/* Every receiver has an id of its own, so its packet is its own. */
static void send_with_id(void *ud, struct sio_peer *p)
{
    struct fan_out *f = ud;
    uint64_t id = acks_add(&p->acks, f->ack->cookie, f->deadline_ns);

    if (f->count == 0)
        encode_shared(f);
    f->message.id = &id;
    f->frames[0] = sio_encode_packet(f->server, &f->message);
    sio_peer_send(p, f->frames, f->count, f->is_volatile);
    frame_unref(f->frames[0]);
    f->frames[0] = NULL;
}

/* With connection state recovery an event carries its offset as its last argument: `["name",…]`
 * becomes `["name",…,"17"]`. */
static void append_offset(struct fan_out *f, const char *offset, struct buf *out)
{
    buf_append(out, f->message.json.ptr, f->message.json.len - 1);
    buf_printf(out, ",\"%s\"]", offset);
    f->message.json = buf_slice(out);
}

/* May who is away come back for it? `out_sid` is then the sid of the one peer that it is for;
 * empty: it is for rooms, or for everyone. */
static bool is_kept(const struct sio_namespace *n, const struct emit_target *target,
                    struct slice *out_sid)
{
    *out_sid = SLICE("");
    if (!n->recovery || target->is_volatile)
        return false;
    if (!target->peer)
        return true;
    const struct sio_peer *p = server_peer(n->server, target->peer);
    *out_sid = p ? sio_peer_sid(p) : target->sid;
    return out_sid->len > 0 && !(p && !p->pid[0]);
}

static struct frame *plain_packet(struct fan_out *f)
{
    struct sio_message plain = f->message;
    plain.json = f->plain_json;
    if (!f->plain)
        f->plain = sio_encode_packet(f->server, &plain);
    return f->plain;
}

/* A peer that cannot come back, of an old client, has no use for the offset. */
static void send_kept(void *ud, struct sio_peer *p)
{
    struct fan_out *f = ud;
    struct frame *with_offset = f->frames[0];

    if (p->pid[0])
        p->recovery_sent = f->offset;
    else
        f->frames[0] = plain_packet(f);
    sio_peer_send(p, f->frames, f->count, false);
    f->frames[0] = with_offset;
}

static size_t emit_kept(struct sio_namespace *n, const struct emit_target *target, struct slice sid,
                        struct fan_out *f)
{
    char text[RECOVERY_OFFSET_MAX];
    struct buf json = BUF_INIT;

    f->offset = recovery_offset(n->recovery, text);
    f->plain_json = f->message.json;
    append_offset(f, text, &json);
    f->frames[0] = sio_encode_packet(f->server, &f->message);
    encode_shared(f);
    size_t met = broadcast_each(n, target, send_kept, f);
    recovery_keep(n->recovery, f->offset, target, sid, f->frames, f->count);
    if (f->plain)
        frame_unref(f->plain);
    buf_dispose(&json);
    return met;
}

size_t broadcast_emit(struct sio_namespace *n, const struct emit_target *target,
                      const struct emit_body *body, const struct emit_ack *ack, int64_t now_ns)
{
    struct fan_out f = {
        .server = n->server,
        .message = {.type = SIO_EVENT,
                    .namespace_ = target->namespace_,
                    .json = body->json,
                    .attachments = body->attachments,
                    .attachment_count = body->attachment_count},
        .ack = ack,
        .is_volatile = target->is_volatile,
        .deadline_ns = ack && ack->timeout_ns ? now_ns + ack->timeout_ns : TIMERS_NEVER,
    };
    struct slice sid;
    size_t met = !ack && is_kept(n, target, &sid)
                     ? emit_kept(n, target, sid, &f)
                     : broadcast_each(n, target, ack ? send_with_id : send_shared, &f);
    for (size_t i = 0; i < f.count; i++) {
        if (f.frames[i])
            frame_unref(f.frames[i]);
    }
    return met;
}
