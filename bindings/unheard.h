/* Events that no handler takes, though one of nearly that name is there: a page says "message", the
 * script registered "mesage". The author is told once for each handler, with its line, and only of
 * the first few, so that clients cannot fill the log or spend the server's time. Answers nobody. */
#ifndef MW_BINDINGS_UNHEARD_H
#define MW_BINDINGS_UNHEARD_H

#include "bindings/handlers.h"

/* An event of the namespace found no handler in the set. */
void unheard_tell(struct handlers *set, struct slice namespace_, struct slice event);

#endif
