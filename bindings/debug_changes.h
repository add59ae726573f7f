/* What changed, numbered: a page that has seen change 7 is told of 8 and 9.
 * An error that comes or goes takes a number too, and says nothing else. Numbers count from the
 * server's start, which the epoch names, so that a page of an earlier run is not taken for one of
 * this. */
#ifndef MW_BINDINGS_DEBUG_CHANGES_H
#define MW_BINDINGS_DEBUG_CHANGES_H

#include "core/base/buf.h"
#include "core/base/ident.h"

#define DEBUG_CHANGES_MAX 64 /* that are known by name; a page that missed more is to refresh */

enum debug_change_kind {
    DEBUG_CHANGE_TEMPLATE, /* for the pages that are made of it */
    DEBUG_CHANGE_PIECE,    /* a template for every page */
    DEBUG_CHANGE_FILE,     /* a static one: `path` is its URL's */
    DEBUG_CHANGE_SCRIPT
};

struct debug_change {
    uint64_t number;
    enum debug_change_kind kind;
    char *path;
};

struct debug_changes {
    char epoch[IDENT_LEN + 1];
    uint64_t last;
    struct debug_change _ring[DEBUG_CHANGES_MAX];
    size_t _count;  /* ever */
    uint64_t _lost; /* the last that left the ring */
};

void debug_changes_init(struct debug_changes *c);
void debug_changes_dispose(struct debug_changes *c);

void debug_changes_add(struct debug_changes *c, enum debug_change_kind kind, const char *path);
/* Something else that pages are told of. */
static inline void debug_changes_count(struct debug_changes *c)
{
    c->last++;
}

/* "EPOCH.7": what a page has seen that was made now. */
void debug_changes_put_seen(const struct debug_changes *c, struct buf *out);
/* The number in such a text; false if it is not of this epoch. */
bool debug_changes_read_seen(const struct debug_changes *c, struct slice text, uint64_t *out);
/* A JSON array of {kind, path} since then, or null if not all of them are known. */
void debug_changes_put_json(const struct debug_changes *c, uint64_t seen, struct buf *out);

#endif
