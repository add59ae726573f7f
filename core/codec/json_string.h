/* Reads a JSON string to its closing quote. Private to the codec.
 * Pure: the reader decides what an error means for it. */
#ifndef MW_CODEC_JSON_STRING_H
#define MW_CODEC_JSON_STRING_H

#include "core/base/buf.h"

struct json_string {
    struct slice text; /* a view of the input, or of the scratch buffer if there are escapes */
    const char *stop;  /* the closing quote; after an error, where it is */
    const char *error; /* after an error: what is wrong */
};

/* Reads the string that starts behind its opening quote at `from`; the bytes up to `plain_end`
 * (json_scan_plain) are known to need no look. False on an error. */
bool json_string_read(const char *from, const char *plain_end, const char *end, struct buf *scratch,
                      struct json_string *out);

#endif
