/* Compression of HTTP bodies (RFC 9110 section 8.4.1), by zlib. */
#ifndef MW_CODEC_GZIP_H
#define MW_CODEC_GZIP_H

#include "core/base/buf.h"

enum gzip_coding { GZIP_NONE, GZIP_GZIP, GZIP_DEFLATE };

/* The coding that an Accept-Encoding header allows and we prefer: gzip, then deflate. A coding with
 * q=0 is refused. */
enum gzip_coding gzip_choose(struct slice accept_encoding);
/* Its name in Content-Encoding. */
struct slice gzip_name(enum gzip_coding coding);
/* Appends the body in that coding. False, nothing appended: zlib had no memory, send it as it is.
 */
MUST_CHECK bool gzip_encode(enum gzip_coding coding, struct slice body, struct buf *out);

#endif
