/* Long-polling payloads of Engine.IO 3 (engine.io-protocol v3, "Payload"), which JS clients 1.x
 * and 2.x speak. Text form: `<length>:<packet>` repeated, the length in UTF-16 code units. Binary
 * form, when a packet is binary and the client did not ask for base64: a byte 0 (string) or 1
 * (binary), the length in bytes as digits of value 0 to 9, a byte 255, the packet. Pure. */
#ifndef MW_CODEC_EIO3_PAYLOAD_H
#define MW_CODEC_EIO3_PAYLOAD_H

#include "core/codec/eio_packet.h"

struct eio3_payload_reader {
    struct slice _rest;
    bool _binary;
    bool once;           /* in and out: this client was seen to encode its text once */
    struct buf _scratch; /* decoded base64, or text that JS client 1.x encoded twice */
};

/* `binary`: the payload came as application/octet-stream. */
void eio3_payload_reader_init(struct eio3_payload_reader *r, struct slice payload, bool binary);
/* False at the end or on an error; *out_err tells which: ERR_OK at the end, ERR_SYNTAX, or
 * ERR_NOMEM. An empty payload (`0:`) has no packet. JS clients 1.x encode text as UTF-8 twice over
 * polling, and nothing says so: text that reads as such is decoded once more, until the client has
 * sent some that does not. */
bool eio3_payload_next(struct eio3_payload_reader *r, struct eio_packet *out, enum err *out_err);
void eio3_payload_reader_dispose(struct eio3_payload_reader *r);

/* Appends the payload of these frames; true if it is of the binary form. With `base64` it never is.
 * Characters beyond ASCII leave as \u escapes of JSON, which clients 1.x and 2.x read alike. */
bool eio3_payload_put(struct buf *out, struct frame *const *frames, size_t count, bool base64);

/* A binary WebSocket message: its first byte is the packet type. ERR_SYNTAX: empty, or no message.
 */
enum err eio3_packet_decode_binary(struct slice bytes, struct eio_packet *out);
/* One text packet: like eio_packet_decode_text, and `b4<base64>`, which is decoded into `scratch`;
 * ERR_NOMEM when memory is short for that. */
enum err eio3_packet_decode_text(struct slice text, struct buf *scratch, struct eio_packet *out);
/* The frame that carries a message of raw bytes over a WebSocket: with its type byte, or as
 * `b4<base64>`. The caller's reference. */
struct frame *eio3_binary_frame(const struct frame *message, bool base64);

#endif
