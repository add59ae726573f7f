/* Base64 with the standard alphabet and padding (RFC 4648 section 4): binary packets over
 * long-polling. */
#ifndef MW_CODEC_BASE64_H
#define MW_CODEC_BASE64_H

#include "core/base/buf.h"

void base64_encode(struct slice bytes, struct buf *out);
/* Appends the decoded bytes. False, with nothing appended, unless `text` is wholly base64; missing
 * padding is accepted, as Node's and Python's clients differ. Line ends may stand anywhere: the
 * Java client breaks its lines (RFC 2045 section 6.8). Other whitespace may not. Takes room for all
 * of `text`; also false when memory is short. */
MUST_CHECK bool base64_decode(struct slice text, struct buf *out);

#endif
