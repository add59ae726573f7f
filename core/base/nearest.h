/* The nearest known name to a misspelt one: every "unknown option" answers with what was probably
 * meant. */
#ifndef MW_BASE_NEAREST_H
#define MW_BASE_NEAREST_H

#include "core/base/slice.h"

/* The entry of `names` (ended by NULL) with the least edit distance (insert, delete, replace, swap
 * of neighbours), or NULL when none is within a third of the word's length, at least 1. Letters
 * compare without case; `-` and `_` are one. */
const char *nearest_find(struct slice word, const char *const *names);

#endif
