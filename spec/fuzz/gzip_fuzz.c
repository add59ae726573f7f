/* A body comes back from either coding; and a header chooses what it names, whatever else it says.
 */
#include "spec/fuzz/fuzz.h"

#include "core/codec/gzip.h"
#include <zlib.h>

#define ANY_WRAPPER 32 /* added to the window bits: inflate looks which it is (zlib.h) */

static void check_inflated(const struct buf *coded, struct slice body)
{
    struct buf plain = BUF_INIT;
    char *to = buf_reserve(&plain, body.len + 1);
    z_stream z = {.next_in = (unsigned char *)coded->ptr,
                  .avail_in = (unsigned)coded->len,
                  .next_out = (unsigned char *)to,
                  .avail_out = (unsigned)body.len + 1};
    require(inflateInit2(&z, 15 + ANY_WRAPPER) == Z_OK, "zlib begins");
    require(inflate(&z, Z_FINISH) == Z_STREAM_END, "it is one whole stream");
    require(z.avail_in == 0, "and nothing more");
    require(slice_equal(slice_make(to, z.total_out), body), "of the same body");
    inflateEnd(&z);
    buf_dispose(&plain);
}

static void check_coding(enum gzip_coding coding, struct slice body)
{
    struct buf coded = BUF_INIT;
    buf_append_str(&coded, "before");
    require(gzip_encode(coding, body, &coded), "a body is encoded");
    require(memcmp(coded.ptr, "before", 6) == 0, "behind what was there");
    memmove(coded.ptr, coded.ptr + 6, coded.len - 6);
    coded.len -= 6;
    check_inflated(&coded, body);
    buf_dispose(&coded);
}

static void check_choice(struct slice header)
{
    struct buf more = BUF_INIT;
    enum gzip_coding coding = gzip_choose(header);
    buf_append_slice(&more, header);
    buf_append_str(&more, ",gzip");
    require(gzip_choose(buf_slice(&more)) == GZIP_GZIP, "gzip is taken where it is named");
    require(coding == GZIP_NONE || header.len >= gzip_name(coding).len, "what is chosen was named");
    buf_dispose(&more);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice input = slice_make(data, size);
    check_coding(GZIP_GZIP, input);
    check_coding(GZIP_DEFLATE, input);
    check_choice(input);
    return 0;
}
