/* Socket.IO 5 packets, text part (socket.io-protocol v5, "Packet encoding"); protocol 4 (Socket.IO
 * 2) has the same form. Finds type, attachment count, namespace, ack id and the JSON behind them,
 * and checks what the type demands of each. The JSON itself is looked at only for an event's name:
 * whoever uses the arguments reads them, once. */
#ifndef MW_CODEC_SIO_PACKET_H
#define MW_CODEC_SIO_PACKET_H

#include "core/base/buf.h"
#include "core/base/err.h"
#include <stdint.h>

enum sio_type {
    SIO_CONNECT,
    SIO_DISCONNECT,
    SIO_EVENT,
    SIO_ACK,
    SIO_CONNECT_ERROR,
    SIO_BINARY_EVENT,
    SIO_BINARY_ACK
};

#define SIO_ATTACHMENTS_MAX 10 /* as the JS parser since 4.2.5: more is an error */

struct sio_packet {
    enum sio_type type;
    unsigned attachments; /* that follow as binary messages */
    bool has_id;
    uint64_t id;             /* ack id, at most 2^53 - 1 */
    struct slice namespace_; /* "/" when absent; of protocol 4 it may carry "?query" */
    struct slice payload;    /* JSON text, or empty */
};

/* Views of `text`. ERR_SYNTAX: unknown type, attachment count missing or 0 for a binary type, ack
 * id out of range, payload missing where the type needs one or present
 * where it must not be, payload of the wrong shape at its first character (events and acks: array;
 * CONNECT: object or none; CONNECT_ERROR: object or string). ERR_RANGE: more than
 * SIO_ATTACHMENTS_MAX attachments. */
enum err sio_packet_decode(struct slice text, struct sio_packet *out);

/* The name of an event: the first element of its payload, decoded (in `scratch` if it has escapes,
 * else a view). A number for a name is taken as its text, as the JS parser allows it. ERR_SYNTAX if
 * there is no name, or if it is reserved. */
enum err sio_packet_event_name(struct slice payload, struct buf *scratch, struct slice *out_name);
/* connect, connect_error, disconnect, disconnecting, newListener, removeListener (socket.io-parser,
 * RESERVED_EVENTS). */
bool sio_event_reserved(struct slice name);

/* Appends the text of a packet up to its payload, Engine.IO's `4` included: `42/chat,7`. The
 * payload follows. */
void sio_packet_put_head(struct buf *out, enum sio_type type, unsigned attachments,
                         struct slice namespace_, const uint64_t *id);

#endif
