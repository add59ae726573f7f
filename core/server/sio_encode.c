/* The two forms of a packet. */
#include "core/server/sio_encode.h"
#include "core/codec/msgpack.h"
#include "core/server/server.h"

bool sio_encode_is_msgpack(const struct server *s)
{
    return strcmp(s->config.parser, "msgpack") == 0;
}

static struct frame *encode_text(const struct sio_message *m)
{
    struct buf head = BUF_INIT;
    enum sio_type type = m->type;

    if (m->attachment_count)
        type = m->type == SIO_EVENT ? SIO_BINARY_EVENT : SIO_BINARY_ACK;
    sio_packet_put_head(&head, type, (unsigned)m->attachment_count, m->namespace_, m->id);
    struct frame *f = frame_create_2(false, buf_slice(&head), m->json);
    buf_dispose(&head);
    return f;
}

static struct frame *encode_msgpack(const struct server *s, const struct sio_message *m)
{
    struct buf out = BUF_INIT;

    msgpack_put_map(&out, 2 + (m->json.len > 0) + (m->id != NULL));
    msgpack_put_string(&out, SLICE("type"));
    msgpack_put_int(&out, m->type);
    msgpack_put_string(&out, SLICE("nsp"));
    msgpack_put_string(&out, m->namespace_);
    if (m->id) {
        msgpack_put_string(&out, SLICE("id"));
        msgpack_put_int(&out, (int64_t)*m->id);
    }
    if (m->json.len) {
        msgpack_put_string(&out, SLICE("data"));
        if (msgpack_put_json(&out, m->json, m->attachments, m->attachment_count) != ERR_OK)
            log_error(s->log, "a packet's JSON is malformed: %.*s", SLICE_ARG(m->json));
    }
    struct frame *f = frame_create(true, buf_slice(&out));
    buf_dispose(&out);
    return f;
}

struct frame *sio_encode_packet(const struct server *s, const struct sio_message *m)
{
    return sio_encode_is_msgpack(s) ? encode_msgpack(s, m) : encode_text(m);
}

size_t sio_encode_attachments(const struct server *s, const struct sio_message *m,
                              struct frame **out)
{
    if (sio_encode_is_msgpack(s))
        return 0;
    for (size_t i = 0; i < m->attachment_count; i++)
        out[i] = frame_create(true, m->attachments[i]);
    return m->attachment_count;
}
