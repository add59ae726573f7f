/* Engine.IO 4 packets, and payloads of them (engine.io-protocol v4, "Packet encoding").
 * Pure: bytes in, a view or an error out. Does not know sessions, and not the older payload
 * (eio3_payload). */
#ifndef MW_CODEC_EIO_PACKET_H
#define MW_CODEC_EIO_PACKET_H

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/frame.h"

enum eio_type { EIO_OPEN, EIO_CLOSE, EIO_PING, EIO_PONG, EIO_MESSAGE, EIO_UPGRADE, EIO_NOOP };

struct eio_packet {
    enum eio_type type;
    bool binary;       /* a message of raw bytes */
    struct slice body; /* a view of the input, but for base64: then of the decoder's buffer */
};

/* One packet of text. ERR_SYNTAX: empty or unknown type. */
enum err eio_packet_decode_text(struct slice bytes, struct eio_packet *out);
/* The same, and `b<base64>`, which a client that takes no binary sends for it (also over a
 * WebSocket); that is decoded into `scratch`, which is reset. ERR_NOMEM. */
enum err eio_packet_decode_coded(struct slice bytes, struct buf *scratch, struct eio_packet *out);
/* One WebSocket binary message: always a message. */
void eio_packet_decode_binary(struct slice bytes, struct eio_packet *out);

/* Walks the packets of a long-polling payload, which are separated by 0x1e. `scratch` holds decoded
 * base64 and is reset by each call. */
struct eio_payload_reader {
    struct slice _rest;
    bool _done;
    struct buf _scratch;
};
void eio_payload_reader_init(struct eio_payload_reader *r, struct slice payload);
/* False at the end or on an error; *out_err tells which (ERR_OK at the end). ERR_SYNTAX: a
 * malformed packet or base64, what is not UTF-8, or an empty payload. ERR_NOMEM. */
bool eio_payload_next(struct eio_payload_reader *r, struct eio_packet *out, enum err *out_err);
void eio_payload_reader_dispose(struct eio_payload_reader *r);

/* Appends one frame to a payload under construction; `out` empty means it is the first. */
void eio_payload_append(struct buf *out, const struct frame *frame);

/* Text frames of one packet. */
struct frame *eio_packet_frame(enum eio_type type, struct slice body);
/* The frame that carries a binary one to a client that takes none: `b<base64>`. */
struct frame *eio_packet_coded_frame(const struct frame *message);

#endif
