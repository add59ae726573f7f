/* Compiles templates anew whose files changed. One that does not compile leaves the old one in use,
 * and is tried again whenever another is saved, since the other may be what it needs. */
#ifndef MW_BINDINGS_RELOAD_TEMPLATES_H
#define MW_BINDINGS_RELOAD_TEMPLATES_H

#include "bindings/handlers.h"

/* Those of `names` that the set has in use, and those of `wrong`, which gets those that are wrong
 * then. What is wrong with them is appended to `out_error`, a line each; nothing: all is well. From
 * the top of a turn. */
void reload_templates_refresh(struct handlers *set, struct paths *wrong, const struct paths *names,
                              struct buf *out_error);

#endif
