/* What the engine asks of the server for a script: sending, rooms, disconnecting. All of it goes
 * through the adapter. */
#include "core/server/server.h"
#include "core/server/sio_encode.h"

size_t server_emit(struct server *s, const struct emit_target *target, const struct emit_body *body,
                   const struct emit_ack *ack)
{
    return s->adapter.emit(s->adapter.ud, target, body, ack, server_now_ns(s));
}

void server_ack(struct server *s, slot_id peer, uint64_t ack_id, const struct emit_body *body)
{
    struct sio_peer *p = server_peer(s, peer);
    struct frame *frames[SIO_FRAMES_MAX];

    if (!p)
        return;
    struct sio_message m = {.type = SIO_ACK,
                            .namespace_ = sio_namespace_name(p->namespace_),
                            .id = &ack_id,
                            .json = body->json,
                            .attachments = body->attachments,
                            .attachment_count = body->attachment_count};
    frames[0] = sio_encode_packet(s, &m);
    size_t count = 1 + sio_encode_attachments(s, &m, frames + 1);
    sio_peer_send(p, frames, count, false);
    for (size_t i = 0; i < count; i++)
        frame_unref(frames[i]);
}

void server_join(struct server *s, const struct emit_target *who, struct slice room)
{
    s->adapter.join(s->adapter.ud, who, room);
}

void server_leave(struct server *s, const struct emit_target *who, struct slice room)
{
    s->adapter.leave(s->adapter.ud, who, room);
}

void server_close_room(struct server *s, struct slice namespace_, struct slice room)
{
    s->adapter.close_room(s->adapter.ud, namespace_, room);
}

void server_disconnect(struct server *s, const struct emit_target *who, bool close_session)
{
    s->adapter.disconnect(s->adapter.ud, who, close_session);
}
