/* What `moonwire check` finds by asking the server that runs the same script: what would be gone
 * with the next load, and whom that would disconnect. It asks, and changes nothing. */
#ifndef MW_BINDINGS_MAIN_COMPARE_H
#define MW_BINDINGS_MAIN_COMPARE_H

#include "bindings/engine.h"

/* Appends a part for each server of ours that runs the set's script; nothing if none does. */
void compare_with_server(const struct handlers *set, struct buf *out);

#endif
