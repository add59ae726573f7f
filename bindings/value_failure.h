/* Why a value cannot be written: private to value_write.c. The reason first, then the path, from
 * the inside out. All but value_prepend return false, so that a writer can end with them. */
#ifndef MW_BINDINGS_VALUE_FAILURE_H
#define MW_BINDINGS_VALUE_FAILURE_H

#include "bindings/value.h"

/* `is nan`, into c->path. */
bool value_fail(struct value_codec *c, const char *reason);
/* A step of the path in front of the others: the key at `index`, a string or a number; an index. */
bool value_fail_at_key(struct value_codec *c, lua_State *L, int index);
bool value_fail_at_index(struct value_codec *c, lua_Integer at);
void value_prepend(struct buf *b, const char *text, size_t len);

#endif
