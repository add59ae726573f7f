/* JSON for the debug page, of texts that nobody checked: what a script says of itself may be any
 * bytes. */
#ifndef MW_BINDINGS_DEBUG_JSON_H
#define MW_BINDINGS_DEBUG_JSON_H

#include "core/base/buf.h"

/* Appends a string; what is not UTF-8 becomes U+FFFD, and what is over `most` bytes is cut off. */
void debug_json_put(struct buf *out, struct slice text, size_t most);
/* `"key":` before such a string, and a comma behind it. */
void debug_json_put_field(struct buf *out, const char *key, struct slice text, size_t most);

#endif
