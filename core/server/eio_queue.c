/* A run of pointers in a block: pushed at the end, popped at the front, moved down when the end is
 * reached. */
#include "core/server/eio_queue.h"

#define KEEP 8 /* slots that an idle queue keeps */

void eio_queue_dispose(struct eio_queue *q)
{
    for (uint32_t i = 0; i < q->len; i++)
        frame_unref(q->_frames[q->_at + i]);
    mem_free(q->_frames);
    *q = (struct eio_queue){0};
}

bool eio_queue_try_reserve(struct eio_queue *q, size_t more)
{
    if (q->_at + q->len + more <= q->_cap)
        return true;
    if (q->_at) {
        memmove(q->_frames, q->_frames + q->_at, q->len * sizeof(*q->_frames));
        q->_at = 0;
    }
    if (q->len + more <= q->_cap)
        return true;
    size_t cap = q->_cap ? q->_cap : KEEP;
    while (cap < q->len + more)
        cap *= 2;
    struct frame **grown = mem_try_realloc(q->_frames, cap * sizeof(*grown));
    if (!grown)
        return false;
    q->_frames = grown;
    q->_cap = (uint32_t)cap;
    return true;
}

void eio_queue_push(struct eio_queue *q, struct frame *f)
{
    q->_frames[q->_at + q->len++] = f;
    q->bytes += frame_body(f).len;
}

void eio_queue_pop(struct eio_queue *q, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct frame *f = q->_frames[q->_at++];
        q->bytes -= frame_body(f).len;
        frame_unref(f);
    }
    q->len -= (uint32_t)count;
    if (q->len > 0)
        return;
    q->_at = 0;
    if (q->_cap > KEEP)
        eio_queue_dispose(q);
}

void eio_queue_replace(struct eio_queue *q, uint32_t i, struct frame *f)
{
    struct frame **slot = &q->_frames[q->_at + i];
    q->bytes += frame_body(f).len - frame_body(*slot).len;
    frame_unref(*slot);
    *slot = f;
}
