/* A list of paths, each once: what a script was made of, what changed.
 * They are texts as they were given; that two of them may lead to one file is not known here. */
#ifndef MW_BINDINGS_PATHS_H
#define MW_BINDINGS_PATHS_H

#include "core/base/slice.h"

struct paths {
    char **at;
    size_t count;
    size_t _cap;
};

/* Zeroed memory is an empty list. */
void paths_dispose(struct paths *p);

/* Adds a copy, unless it is there. */
void paths_add(struct paths *p, const char *path);
bool paths_has(const struct paths *p, const char *path);
void paths_add_all(struct paths *p, const struct paths *from);
/* `to` gets what `from` has in place of what it had; `from` is empty then. */
void paths_move(struct paths *from, struct paths *to);

#endif
