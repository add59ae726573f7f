/* Holds a binary packet's text until its attachments have come.
 * The text and the attachments are copies, bounded by SIO_ATTACHMENTS_MAX and by the size limit of
 * the session; one assembler is one Engine.IO session's. It does not look into the JSON: whoever
 * reads it meets {"_placeholder":true,"num":n}. */
#ifndef MW_CODEC_SIO_ASSEMBLER_H
#define MW_CODEC_SIO_ASSEMBLER_H

#include "core/codec/sio_packet.h"

struct sio_assembler {
    struct sio_packet packet; /* views of _text; valid while complete */
    struct slice attachments[SIO_ATTACHMENTS_MAX];
    unsigned received;
    bool _active;
    char *_text;
    char *_bytes[SIO_ATTACHMENTS_MAX];
    size_t _total;
};

/* Zeroed memory is a valid, idle assembler. Reset frees what is held. */
void sio_assembler_reset(struct sio_assembler *a);
static inline bool sio_assembler_waiting(const struct sio_assembler *a)
{
    return a->_active;
}

/* Starts with a decoded packet whose attachments > 0; copies its text. ERR_NOMEM. Must be idle. */
enum err sio_assembler_start(struct sio_assembler *a, const struct sio_packet *packet);
/* Adds the next attachment. `*out_complete`: all are there, packet and attachments are valid until
 * sio_assembler_reset. ERR_STATE: none was expected. ERR_RANGE: text and attachments together
 * exceed `limit` bytes. ERR_NOMEM. */
enum err sio_assembler_add(struct sio_assembler *a, struct slice bytes, size_t limit,
                           bool *out_complete);

#endif
