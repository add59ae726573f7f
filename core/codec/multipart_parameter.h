/* The parameters behind the value of a header: `form-data; name="a"; filename="b.txt"`.
 * Content-Type and Content-Disposition of forms have them (RFC 7578 section 4.2, RFC 6266). Views
 * of the header, which has no control characters but tabs. Knows no parameter by name. */
#ifndef MW_CODEC_MULTIPART_PARAMETER_H
#define MW_CODEC_MULTIPART_PARAMETER_H

#include "core/base/err.h"
#include "core/base/slice.h"

struct multipart_parameter {
    struct slice name;
    struct slice value; /* as it stands in the header, without the quotes around it */
    bool is_quoted;
};

/* RFC 9110 section 5.6.2: at least one byte, no separators. */
bool multipart_parameter_is_token(struct slice text);

/* Cuts the value in front of the parameters off `rest`. */
struct slice multipart_parameter_skip_value(struct slice *rest);
/* Cuts off the next one. False at the end, where `rest` is empty, and at something malformed, where
 * it is not. */
bool multipart_parameter_next(struct slice *rest, struct multipart_parameter *out);

/* Writes what the value stands for to `to`, which has room for value.len bytes. */
size_t multipart_parameter_decode(const struct multipart_parameter *p, char *to);
/* The same for a value as RFC 8187 has it (`UTF-8''na%C3%AFve`), as UTF-8. ERR_UNSUPPORTED: in a
 * character set other than UTF-8 and ISO-8859-1. */
enum err multipart_parameter_decode_extended(const struct multipart_parameter *p, char *to,
                                             size_t *out_len);

#endif
