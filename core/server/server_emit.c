/* What the engine asks of the server for a script: sending, rooms, disconnecting. All of it goes
 * through the adapter. */
#include "core/codec/sio_packet.h"
#include "core/server/server.h"

size_t server_emit(struct server *s, const struct emit_target *target, const struct emit_body *body,
                   const struct emit_ack *ack)
{
    return s->adapter.emit(s->adapter.ud, target, body, ack, server_now_ns(s));
}

void server_ack(struct server *s, slot_id peer, uint64_t ack_id, const struct emit_body *body)
{
    struct sio_peer *p = server_peer(s, peer);
    struct frame *frames[1 + SIO_ATTACHMENTS_MAX];
    struct buf head = BUF_INIT;

    if (!p)
        return;
    sio_packet_put_head(&head, body->attachment_count ? SIO_BINARY_ACK : SIO_ACK,
                        (unsigned)body->attachment_count, sio_namespace_name(p->namespace_),
                        &ack_id);
    frames[0] = frame_create_2(false, buf_slice(&head), body->json);
    for (size_t i = 0; i < body->attachment_count; i++)
        frames[1 + i] = frame_create(true, body->attachments[i]);
    sio_peer_send(p, frames, 1 + body->attachment_count, false);
    for (size_t i = 0; i <= body->attachment_count; i++)
        frame_unref(frames[i]);
    buf_dispose(&head);
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
