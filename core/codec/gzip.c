/* One deflate stream a body, at the fastest level: what is compressed here is small and is sent
 * once. */
#include "core/codec/gzip.h"

#include <zlib.h>

#define WINDOW_BITS 15
#define GZIP_WRAPPER 16 /* added to the window bits (zlib.h, deflateInit2) */
#define MEMORY_LEVEL 8

static bool is_zero(struct slice weight)
{
    for (size_t i = 0; i < weight.len; i++) {
        if (weight.ptr[i] >= '1' && weight.ptr[i] <= '9')
            return false;
    }
    return true;
}

/* One element of the list: its name, and whether its weight is not zero. */
static bool coding_accepted(struct slice element, const char *name)
{
    size_t end = slice_index(element, ';');
    if (!slice_equal_nocase(slice_trim(slice_make(element.ptr, end)), slice_str(name)))
        return false;
    if (end == element.len)
        return true;
    struct slice weight = slice_trim(slice_skip(element, end + 1));
    return !slice_starts_with(weight, SLICE("q=")) || !is_zero(slice_skip(weight, 2));
}

static bool list_accepts(struct slice list, const char *name)
{
    while (list.len) {
        size_t end = slice_index(list, ',');
        if (coding_accepted(slice_trim(slice_make(list.ptr, end)), name))
            return true;
        list = slice_skip(list, end < list.len ? end + 1 : end);
    }
    return false;
}

enum gzip_coding gzip_choose(struct slice accept_encoding)
{
    if (list_accepts(accept_encoding, "gzip"))
        return GZIP_GZIP;
    return list_accepts(accept_encoding, "deflate") ? GZIP_DEFLATE : GZIP_NONE;
}

struct slice gzip_name(enum gzip_coding coding)
{
    return coding == GZIP_GZIP ? SLICE("gzip") : SLICE("deflate");
}

bool gzip_encode(enum gzip_coding coding, struct slice body, struct buf *out)
{
    z_stream z = {0};
    int window = coding == GZIP_GZIP ? WINDOW_BITS + GZIP_WRAPPER : WINDOW_BITS;

    if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, window, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) !=
        Z_OK)
        return false;
    size_t bound = deflateBound(&z, body.len);
    z.next_in = (unsigned char *)body.ptr;
    z.avail_in = (unsigned)body.len;
    z.next_out = (unsigned char *)buf_reserve(out, bound);
    z.avail_out = (unsigned)bound;
    bool done = deflate(&z, Z_FINISH) == Z_STREAM_END;
    if (done)
        out->len += bound - z.avail_out;
    deflateEnd(&z);
    return done;
}
