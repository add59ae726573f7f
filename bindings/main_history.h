/* What was typed at consoles, kept in ~/.moonwire_history: a line each, for its owner alone.
 * A line is added when it is entered, so that a console that is cut off loses none, and several at
 * once keep theirs. Without a HOME nothing is kept. */
#ifndef MW_BINDINGS_MAIN_HISTORY_H
#define MW_BINDINGS_MAIN_HISTORY_H

#include "core/base/buf.h"

#define HISTORY_LINES 1000

/* Calls fn for the last HISTORY_LINES, the oldest first. */
void history_each(void (*fn)(void *ud, const char *line), void *ud);
void history_add(const char *line);

#endif
