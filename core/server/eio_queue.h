/* The frames that wait for a session's transport: first in, first out, contiguous, so that a
 * transport takes them in one write. An idle queue keeps a few slots, a queue that was long gives
 * its memory back. */
#ifndef MW_SERVER_EIO_QUEUE_H
#define MW_SERVER_EIO_QUEUE_H

#include "core/base/frame.h"

struct eio_queue {
    struct frame **_frames;
    uint32_t _at, _cap;
    uint32_t len;
    size_t bytes; /* of the bodies */
};

/* Zeroed memory is an empty queue. Dispose drops what waits. */
void eio_queue_dispose(struct eio_queue *q);
/* Room for `more` frames; false when memory is short. */
MUST_CHECK bool eio_queue_try_reserve(struct eio_queue *q, size_t more);
/* Takes the reference over; room must have been reserved. */
void eio_queue_push(struct eio_queue *q, struct frame *f);
/* Drops the first `count`. */
void eio_queue_pop(struct eio_queue *q, size_t count);

/* The waiting frames, first to last. */
static inline struct frame **eio_queue_frames(const struct eio_queue *q)
{
    return q->_frames + q->_at;
}

/* Puts another frame in the place of the i-th; takes the reference over. */
void eio_queue_replace(struct eio_queue *q, uint32_t i, struct frame *f);

#endif
