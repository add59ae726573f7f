/* Forms in parts (multipart/form-data, RFC 7578), which FormData in a page sends.
 * Hands out views of the body, part by part. Names stay as they came: browsers escape only quotes
 * and line breaks in them, and Werkzeug leaves those too. It knows nothing of nested multiparts. */
#ifndef MW_CODEC_MULTIPART_H
#define MW_CODEC_MULTIPART_H

#include "core/base/mem.h"
#include "core/base/slice.h"

#define MULTIPART_BOUNDARY_MAX 70 /* RFC 2046 section 5.1.1 */

struct multipart_part {
    struct slice name;
    struct slice content;
    bool is_file; /* it came with a file name */
};

struct multipart_reader {
    struct slice _rest;                          /* from behind the last boundary */
    char _delimiter[4 + MULTIPART_BOUNDARY_MAX]; /* CR LF - - boundary */
    size_t _delimiter_len;
};

/* False: the Content-Type names no usable boundary. */
MUST_CHECK bool multipart_reader_init(struct multipart_reader *r, struct slice content_type,
                                      struct slice body);
/* False at the last boundary, and where the body is malformed: what came before it counts. Parts
 * without a name are passed over. */
bool multipart_next(struct multipart_reader *r, struct multipart_part *out);

#endif
