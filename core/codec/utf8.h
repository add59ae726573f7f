/* UTF-8: is it valid, and how long is it to JavaScript.
 * Text from the network is checked once at the edge (RFC 3629: no overlong forms, no surrogates, at
 * most U+10FFFF). */
#ifndef MW_CODEC_UTF8_H
#define MW_CODEC_UTF8_H

#include "core/base/slice.h"
#include <stdint.h>

bool utf8_valid(struct slice text);
/* Bytes of the longest valid prefix: where the error is. */
size_t utf8_valid_prefix(struct slice text);
/* Bytes of the character that `text` starts with; 0 if it is empty or starts with none. */
size_t utf8_char_length(struct slice text);
/* Bytes of the characters beyond ASCII that `text` starts with: up to an ASCII one, or to an error.
 */
size_t utf8_multibyte_prefix(struct slice text);
/* UTF-16 code units, as Engine.IO 3 counts lengths. `text` must be valid. */
size_t utf8_utf16_length(struct slice text);
/* Writes 1 to 4 bytes; `code` must be a scalar value. */
size_t utf8_put(char out[4], uint32_t code);

#endif
