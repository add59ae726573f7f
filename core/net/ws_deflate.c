/* permessage-deflate on one shared pair of zlib streams.
 * A stream is reset before each message. It does not decide what is worth compressing. */
#include "core/net/ws_deflate.h"

#include <stdlib.h>
#include <zlib.h>

#define WINDOW_BITS (-15) /* raw deflate */
#define MEMORY_LEVEL 8
#define KEEP 65536 /* bytes of working memory kept between messages */
#define STEP 16384

struct ws_deflate {
    z_stream deflate, inflate;
    struct buf plain;
    struct frame *last; /* whose compressed form `packed` is */
    struct buf packed;
};

struct ws_deflate *ws_deflate_create(void)
{
    struct ws_deflate *d = mem_zalloc(sizeof(*d));
    if (deflateInit2(&d->deflate, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK ||
        inflateInit2(&d->inflate, WINDOW_BITS) != Z_OK)
        abort(); /* of a fixed size, at the start: out of memory */
    return d;
}

void ws_deflate_destroy(struct ws_deflate *d)
{
    if (!d)
        return;
    deflateEnd(&d->deflate);
    inflateEnd(&d->inflate);
    buf_dispose(&d->plain);
    buf_dispose(&d->packed);
    if (d->last)
        frame_unref(d->last);
    mem_free(d);
}

static void append_header(struct buf *out, bool binary, size_t len)
{
    buf_append_char(out, (char)(0xc0 | (binary ? 2 : 1))); /* FIN, RSV1 */
    size_t bytes = len < 126 ? 0 : len < 65536 ? 2 : 8;
    buf_append_char(out, (char)(bytes == 0 ? len : bytes == 2 ? 126 : 127));
    for (size_t i = bytes; i-- > 0;)
        buf_append_char(out, (char)(len >> (8 * i)));
}

static void pack(struct ws_deflate *d, struct slice body)
{
    z_stream *z = &d->deflate;
    buf_reset(&d->packed, KEEP);
    deflateReset(z);
    z->next_in = (Bytef *)body.ptr;
    z->avail_in = (uInt)body.len;
    do {
        z->next_out = (Bytef *)buf_reserve(&d->packed, STEP);
        z->avail_out = STEP;
        deflate(z, Z_SYNC_FLUSH);
        d->packed.len += STEP - z->avail_out;
    } while (z->avail_out == 0);
    d->packed.len -= 4; /* 00 00 ff ff, which the receiver puts back (section 7.2.1) */
}

void ws_deflate_frame(struct ws_deflate *d, struct frame *frame, struct buf *out)
{
    if (d->last != frame) {
        pack(d, frame_body(frame));
        if (d->last)
            frame_unref(d->last);
        d->last = frame_ref(frame);
    }
    append_header(out, frame->binary, d->packed.len);
    buf_append_slice(out, buf_slice(&d->packed));
}

/* False: malformed, or memory is short. Stops when the output exceeds the limit. */
static bool unpack(struct ws_deflate *d, struct slice bytes, size_t limit)
{
    z_stream *z = &d->inflate;
    z->next_in = (Bytef *)bytes.ptr;
    z->avail_in = (uInt)bytes.len;
    do {
        char *to = buf_try_reserve(&d->plain, STEP);
        if (!to)
            return false;
        z->next_out = (Bytef *)to;
        z->avail_out = STEP;
        int result = inflate(z, Z_SYNC_FLUSH);
        d->plain.len += STEP - z->avail_out;
        if (result != Z_OK && result != Z_BUF_ERROR && result != Z_STREAM_END)
            return false;
        if (result == Z_STREAM_END || d->plain.len > limit)
            return true;
    } while (z->avail_out == 0 || z->avail_in);
    return true;
}

bool ws_deflate_inflate(struct ws_deflate *d, struct slice bytes, size_t limit, struct slice *out,
                        bool *out_too_big)
{
    *out_too_big = false;
    buf_reset(&d->plain, KEEP);
    inflateReset(&d->inflate);
    if (!unpack(d, bytes, limit))
        return false;
    if (d->plain.len <= limit && !unpack(d, SLICE("\0\0\xff\xff"), limit))
        return false;
    *out_too_big = d->plain.len > limit;
    *out = buf_slice(&d->plain);
    return !*out_too_big;
}
