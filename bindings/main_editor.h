/* Lines typed at a terminal, with history and completion: libedit, behind the few calls that the
 * console needs. It knows no Lua and no server. */
#ifndef MW_BINDINGS_MAIN_EDITOR_H
#define MW_BINDINGS_MAIN_EDITOR_H

#include "core/base/buf.h"

struct editor;

/* Appends how many bytes before the cursor are completed, and the candidates, in lines. */
typedef void editor_complete_fn(void *ud, struct slice line, struct buf *out);

enum editor_outcome {
    EDITOR_LINE,
    EDITOR_INTERRUPTED, /* Ctrl-C: the line is given up */
    EDITOR_END          /* Ctrl-D on an empty line, or the terminal is gone */
};

/* On standard input and output, which are a terminal. */
struct editor *editor_create(editor_complete_fn *complete, void *ud);
void editor_destroy(struct editor *e);

/* The line, without its newline, is valid until the next call. */
enum editor_outcome editor_read(struct editor *e, const char *prompt, struct slice *out_line);

#endif
