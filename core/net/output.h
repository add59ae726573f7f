/* Standard output or standard error, written without ever waiting for whoever reads it.
 * A terminal that is paused, a pager or a full pipe would stop the one thread, and with it every
 * client. What the reader does not take at once waits here, OUTPUT_PENDING_BYTES at most; lines
 * beyond are lost, and counted. It does not format: that is log.h. */
#ifndef MW_NET_OUTPUT_H
#define MW_NET_OUTPUT_H

#include "core/base/buf.h"
#include "core/net/loop.h"

#define OUTPUT_PENDING_BYTES (1 << 20)
/* How often a reader that fell behind is asked whether it goes on. */
#define OUTPUT_RETRY_MS 50
/* How long output_dispose waits for it. */
#define OUTPUT_DRAIN_MS 1000

/* The reader is back, and `lines` of what was written meanwhile are lost. */
typedef void output_lost_fn(void *ud, size_t lines);

struct output {
    int _fd; /* -1: nobody will ever read it */
    struct buf _pending;
    size_t _lost;
    output_lost_fn *_on_lost;
    void *_ud;
    struct loop *_loop; /* NULL: not attached */
    uv_timer_t _retry;
};

/* `fd` stays the caller's. */
void output_init(struct output *o, int fd, output_lost_fn *on_lost, void *ud);
/* Detached. Waits for the reader to take the rest, for OUTPUT_DRAIN_MS; without a rest not at all.
 */
void output_dispose(struct output *o);

/* While attached, a reader that comes back is noticed by itself, and otherwise at the next line.
 * The loop must run once more after the detach. */
void output_attach(struct output *o, struct loop *loop);
void output_detach(struct output *o);

/* `line`: whole lines, each with its newline. */
void output_write(struct output *o, struct slice line);

#endif
