/* The envelope of a msgpack packet. */
#include "core/codec/sio_msgpack.h"
#include "core/codec/utf8.h"

/* What the map had. */
struct envelope {
    uint64_t type;
    bool has_type, has_namespace;
};

static enum err read_field(struct msgpack_reader *r, struct slice key, struct buf *payload,
                           struct msgpack_attachments *attachments, struct envelope *e,
                           struct sio_packet *out)
{
    struct buf ignored = BUF_INIT;
    enum err err;

    if (slice_equal(key, SLICE("type"))) {
        e->has_type = true;
        return msgpack_read_id(r, &e->type);
    }
    if (slice_equal(key, SLICE("nsp"))) {
        e->has_namespace = true;
        err = msgpack_read_string(r, &out->namespace_);
        return err == ERR_OK && !utf8_valid(out->namespace_) ? ERR_SYNTAX : err;
    }
    if (slice_equal(key, SLICE("data"))) {
        payload->len = 0;
        attachments->count = 0;
        return msgpack_read_json(r, payload, attachments);
    }
    if (slice_equal(key, SLICE("id")) && r->rest.len && (unsigned char)r->rest.ptr[0] < 0xd4 &&
        (unsigned char)r->rest.ptr[0] != 0xc0) {
        out->has_id = true;
        return msgpack_read_id(r, &out->id);
    }
    size_t known = attachments->count; /* `options`, and an undefined id */
    err = msgpack_read_json(r, &ignored, attachments);
    attachments->count = known;
    buf_dispose(&ignored);
    return err;
}

/* Does the data fit the type (the parser's `checkPacket`)? */
static bool fits(const struct sio_packet *p)
{
    char first = p->payload.len ? p->payload.ptr[0] : '\0';
    bool none = !p->payload.len || slice_equal(p->payload, SLICE("null"));

    switch (p->type) {
    case SIO_CONNECT:
        return none || first == '{';
    case SIO_DISCONNECT:
        return none;
    case SIO_CONNECT_ERROR:
        return first == '{' || first == '"';
    case SIO_EVENT:
        return first == '[';
    case SIO_ACK:
        return first == '[' && p->has_id;
    case SIO_BINARY_EVENT:
    case SIO_BINARY_ACK:
        break;
    }
    return false;
}

enum err sio_msgpack_decode(struct slice bytes, struct buf *payload,
                            struct msgpack_attachments *attachments, struct sio_packet *out)
{
    struct msgpack_reader r = {.rest = bytes};
    struct envelope e = {0};
    size_t pairs;
    enum err err = msgpack_read_map(&r, &pairs);

    *out = (struct sio_packet){0};
    for (size_t i = 0; i < pairs && err == ERR_OK; i++) {
        struct slice key;
        err = msgpack_read_string(&r, &key);
        if (err == ERR_OK)
            err = read_field(&r, key, payload, attachments, &e, out);
    }
    if (err != ERR_OK)
        return err == ERR_NOMEM ? ERR_NOMEM : ERR_SYNTAX;
    if (r.rest.len || !e.has_type || !e.has_namespace || e.type > SIO_CONNECT_ERROR)
        return ERR_SYNTAX;
    if (attachments->count > SIO_ATTACHMENTS_MAX)
        return ERR_RANGE;
    out->type = (enum sio_type)e.type;
    out->payload = buf_slice(payload);
    out->attachments = (unsigned)attachments->count;
    if (!fits(out))
        return ERR_SYNTAX;
    if (slice_equal(out->payload, SLICE("null")))
        out->payload = (struct slice){0};
    return ERR_OK;
}
