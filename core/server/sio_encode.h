/* A Socket.IO packet to frames, by the parser that the server is configured with.
 * `json`: the text packet and a binary frame for each attachment (socket.io-protocol v5).
 * `msgpack`: one binary frame, a map of type, nsp, data and id (socket.io-msgpack-parser). */
#ifndef MW_SERVER_SIO_ENCODE_H
#define MW_SERVER_SIO_ENCODE_H

#include "core/base/frame.h"
#include "core/codec/sio_packet.h"

struct server;

#define SIO_FRAMES_MAX (1 + SIO_ATTACHMENTS_MAX)

struct sio_message {
    enum sio_type type; /* never a SIO_BINARY_*: attachments tell */
    struct slice namespace_;
    const uint64_t *id; /* NULL: none */
    struct slice json;  /* empty: none */
    const struct slice *attachments;
    size_t attachment_count; /* at most SIO_ATTACHMENTS_MAX */
};

/* Is the msgpack parser configured? */
bool sio_encode_is_msgpack(const struct server *s);
/* The frame that differs with the id: the text, or all of it with msgpack. The caller's reference.
 */
struct frame *sio_encode_packet(const struct server *s, const struct sio_message *m);
/* The frames that follow it, which receivers share. Returns how many were written to `out`; the
 * caller's references. */
size_t sio_encode_attachments(const struct server *s, const struct sio_message *m,
                              struct frame **out);

#endif
