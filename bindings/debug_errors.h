/* The errors that the pages show: what stands against the files as they are, and what the live code
 * raised since it took over, each place once with a count. */
#ifndef MW_BINDINGS_DEBUG_ERRORS_H
#define MW_BINDINGS_DEBUG_ERRORS_H

#include "bindings/excerpt.h"
#include "bindings/report.h"

enum debug_error_kind {
    DEBUG_ERROR_RUN,     /* the code that is live raised, or was killed */
    DEBUG_ERROR_LOAD,    /* the saved script did not take over */
    DEBUG_ERROR_TEMPLATE /* saved templates do not compile: the old ones stay in use */
};

#define DEBUG_ERRORS_MAX 8 /* the oldest place makes room */

struct debug_error;

struct debug_errors {
    const struct engine *engine;
    struct debug_error *all; /* utlist, the newest last */
    size_t count;
    unsigned last_id;
};

/* Zeroed memory but for the engine is an empty list. */
void debug_errors_dispose(struct debug_errors *e);

/* What running code raised: each place once, with its latest words. */
void debug_errors_add_run(struct debug_errors *e, const struct report *r);
/* What is wrong with the files as they are, in place of the last of its kind: one message, and the
 * traceback in further lines. */
void debug_errors_add_refused(struct debug_errors *e, enum debug_error_kind kind,
                              struct slice text);
/* The files are good now. With a new script everything but what it raised itself is over, with new
 * templates everything but what is wrong with the script. */
void debug_errors_mend(struct debug_errors *e, enum debug_error_kind kind);

/* A JSON array of {id, kind, what, message, file, line, first, lines, traceback, count}; an id is
 * never used again. */
void debug_errors_put_json(const struct debug_errors *e, struct buf *out);

#endif
