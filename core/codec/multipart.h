/* Forms in parts (multipart/form-data, RFC 7578; its frame is RFC 2046 section 5.1), which FormData
 * and forms with files send.
 * Hands out the parts as views of the body. Names and file names are decoded: quoted strings, with
 * `\"` and `\\` as older clients have them and %22, %0D, %0A as browsers do (WHATWG HTML,
 * "multipart/form-data encoding algorithm"); filename* (RFC 8187) wins over filename. Their bytes
 * are not checked to be UTF-8: whoever shows the text does. Strict: lines end in CR LF, and a body
 * without its last delimiter is malformed. Knows nothing of multiparts in parts. */
#ifndef MW_CODEC_MULTIPART_H
#define MW_CODEC_MULTIPART_H

#include "core/base/err.h"
#include "core/base/slice.h"

#define MULTIPART_BOUNDARY_MAX 70  /* bytes; RFC 2046 section 5.1.1 */
#define MULTIPART_HEADERS_MAX 8192 /* bytes of headers a part */
#define MULTIPART_PARTS_MAX 1000   /* parts a body */

struct multipart_part {
    struct slice name;         /* may be empty; valid until the next call, as filename is */
    struct slice filename;     /* what the client calls it: no path to write to. A file input that
                                  was left alone sends an empty one */
    struct slice content_type; /* with its parameters; empty if the part has none */
    struct slice content;      /* a view of the body */
    bool is_file;              /* it came with a file name */
};

struct multipart_reader {
    /* Why multipart_next said false: ERR_OK at the end; ERR_SYNTAX; ERR_RANGE, too many parts or
     * headers too long; ERR_UNSUPPORTED, a Content-Transfer-Encoding that changes the bytes. */
    enum err error;
    struct slice _rest; /* from behind the last delimiter */
    bool _is_last;      /* that was the closing one */
    size_t _count;
    size_t _delimiter_len;
    char _delimiter[4 + MULTIPART_BOUNDARY_MAX]; /* CR LF - - boundary */
    char _names[MULTIPART_HEADERS_MAX];          /* decoding never lengthens */
};

/* `content_type` is the request's header, whose parameter `boundary` is needed. Needs no dispose:
 * nothing is allocated. */
void multipart_reader_init(struct multipart_reader *r, struct slice content_type,
                           struct slice body);
/* False at the end, and where the body is malformed or over a limit: see `error`. */
bool multipart_next(struct multipart_reader *r, struct multipart_part *out);

#endif
