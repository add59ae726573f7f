/* What a saved file means: new code, a template to be compiled anew, a page to be looked at again.
 * The same for whoever notices the save: the edge's watch, a test, the console. */
#ifndef MW_BINDINGS_RELOAD_FILES_H
#define MW_BINDINGS_RELOAD_FILES_H

#include "bindings/reload.h"

/* The folders of templates and static files. */
struct reload_folders {
    struct buf templates, static_; /* with a NUL behind; empty: none */
    struct paths missing;          /* where one would be, if it came to be */
};

/* As they are now. Into zeroed memory. */
void reload_folders_find(struct reload_folders *f, const struct engine *e);
void reload_folders_dispose(struct reload_folders *f);

enum reload_saved {
    RELOAD_SAVED_NOTHING, /* of none of the files is the server made */
    RELOAD_SAVED_GOOD,
    RELOAD_SAVED_BAD /* `out_error` says why */
};

/* Files changed, came or went: loads what is made of them. From the top of a turn. */
enum reload_saved reload_saved(struct engine *e, const char *const *paths, size_t count,
                               struct buf *out_error);

#endif
