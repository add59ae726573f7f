/* Where an error happened, and the lines around it.
 * Lua says the place in words ("scripts/game.lua:12: …"), and words may come from anyone who sends
 * a message: only files of the script and of the template folder are ever looked into. */
#ifndef MW_BINDINGS_EXCERPT_H
#define MW_BINDINGS_EXCERPT_H

#include "bindings/engine.h"

#define EXCERPT_AROUND 6  /* lines before and after the one */
#define EXCERPT_WIDTH 400 /* bytes of a line that are shown */

/* Zeroed: no place is known. */
struct excerpt {
    struct buf file;  /* as the error has it */
    size_t line;      /* 0: unknown */
    size_t first;     /* the number of the first of `lines` */
    struct buf lines; /* each ended by a newline; empty: the file cannot be read */
};

void excerpt_dispose(struct excerpt *x);

/* The first place that the message names, else the traceback. `set`: the code that ran, whose lines
 * are shown; NULL: those on disk. */
void excerpt_find(struct excerpt *out, const struct engine *e, const struct handlers *set,
                  struct slice message, struct slice traceback);

#endif
