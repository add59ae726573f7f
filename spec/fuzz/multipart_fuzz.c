/* Parts of a form are views of the body, one behind the other, and hold no delimiter. */
#include "spec/fuzz/fuzz.h"

#include "core/codec/multipart.h"

/* The first line is the Content-Type. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice input = slice_make(data, size);
    struct slice type = slice_make(input.ptr, slice_index(input, '\n'));
    struct slice body = slice_skip(input, type.len + (type.len < size));
    struct multipart_reader r;
    struct multipart_part part;
    if (!multipart_reader_init(&r, type, body))
        return 0;
    for (const char *at = body.ptr; multipart_next(&r, &part);) {
        const char *end = part.content.ptr + part.content.len;
        require(part.name.len, "a part has a name");
        require(part.content.ptr >= at && end <= body.ptr + body.len, "parts follow each other");
        require(!part.content.len ||
                    !memmem(part.content.ptr, part.content.len, r._delimiter, r._delimiter_len),
                "a part ends at the delimiter");
        at = end;
    }
    return 0;
}
