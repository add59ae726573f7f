/* The Cookie request header (RFC 6265 section 4.2, read as leniently as browsers and servers do),
 * and Set-Cookie. */
#ifndef MW_CODEC_COOKIE_H
#define MW_CODEC_COOKIE_H

#include "core/base/buf.h"

struct cookie_reader {
    struct slice _rest;
};

void cookie_reader_init(struct cookie_reader *r, struct slice header);
/* False at the end. Surrounding double quotes of a value are taken off; names and values are views
 * of the header. */
bool cookie_next(struct cookie_reader *r, struct slice *out_name, struct slice *out_value);

#endif
