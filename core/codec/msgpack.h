/* MessagePack, as far as socket.io-msgpack-parser sends it (notepack.io), to and from the JSON with
 * attachments that the rest of the server speaks: one packet is one value, binary inside it becomes
 * an attachment and a placeholder. Pure. */
#ifndef MW_CODEC_MSGPACK_H
#define MW_CODEC_MSGPACK_H

#include "core/base/buf.h"
#include "core/base/err.h"

/* The attachments of one message, views of its bytes. Zeroed memory is an empty list. */
struct msgpack_attachments {
    struct slice *items;
    size_t count, _cap;
};
void msgpack_attachments_dispose(struct msgpack_attachments *a);

/* A reader of one value after the other. */
struct msgpack_reader {
    struct slice rest;
    unsigned _depth;
};

/* The pieces that a packet's envelope is made of. ERR_SYNTAX: something else is next, or the bytes
 * end. */
enum err msgpack_read_map(struct msgpack_reader *r, size_t *out_pairs);
enum err msgpack_read_string(struct msgpack_reader *r, struct slice *out);
/* An integer from 0 to 2^53 - 1. */
enum err msgpack_read_id(struct msgpack_reader *r, uint64_t *out);
/* Appends the next value as JSON. Dates leave as ISO 8601 text and undefined as null, as
 * JSON.stringify has them. ERR_SYNTAX, ERR_RANGE (too deep), ERR_UNSUPPORTED (an extension type).
 */
enum err msgpack_read_json(struct msgpack_reader *r, struct buf *out,
                           struct msgpack_attachments *attachments);

/* The same pieces, written. */
void msgpack_put_map(struct buf *out, size_t pairs);
void msgpack_put_string(struct buf *out, struct slice text);
void msgpack_put_int(struct buf *out, int64_t value);
/* Appends valid JSON as MessagePack; a placeholder becomes the attachment that it names.
 * ERR_SYNTAX: it was not valid. */
enum err msgpack_put_json(struct buf *out, struct slice json, const struct slice *attachments,
                          size_t attachment_count);

#endif
