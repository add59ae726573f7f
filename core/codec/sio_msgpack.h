/* Socket.IO packets of the msgpack parser: a map of type, nsp, data and id in one binary message
 * (socket.io-msgpack-parser). */
#ifndef MW_CODEC_SIO_MSGPACK_H
#define MW_CODEC_SIO_MSGPACK_H

#include "core/codec/msgpack.h"
#include "core/codec/sio_packet.h"

/* Fills `out` as sio_packet_decode does: its payload is JSON, written to `payload`; the binary
 * inside is in `attachments`, views of `bytes`. An event with binary stays SIO_EVENT. ERR_SYNTAX:
 * not such a map, or the type and its data do not go together. ERR_RANGE: more than
 * SIO_ATTACHMENTS_MAX attachments. ERR_NOMEM. */
enum err sio_msgpack_decode(struct slice bytes, struct buf *payload,
                            struct msgpack_attachments *attachments, struct sio_packet *out);

#endif
