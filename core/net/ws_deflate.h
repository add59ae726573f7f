/* permessage-deflate (RFC 7692) without context takeover: each message stands alone, so one pair of
 * zlib streams serves every client instead of 300 KB each. Off unless the configuration asks for
 * it. Not thread-safe. */
#ifndef MW_NET_WS_DEFLATE_H
#define MW_NET_WS_DEFLATE_H

#include "core/base/frame.h"
#include "core/base/buf.h"

#define WS_DEFLATE_LEAST 1024 /* bytes below which a message goes out as it is */

struct ws_deflate;

struct ws_deflate *ws_deflate_create(void);
void ws_deflate_destroy(struct ws_deflate *d);

/* Appends the frame as a compressed WebSocket frame, header included. The last result is kept, so
 * that a broadcast is compressed once for all its receivers in a row. */
void ws_deflate_frame(struct ws_deflate *d, struct frame *frame, struct buf *out);
/* The message as it was before compression; valid until the next call. False: `*out_too_big`, or
 * malformed. */
MUST_CHECK bool ws_deflate_inflate(struct ws_deflate *d, struct slice bytes, size_t limit,
                                   struct slice *out, bool *out_too_big);

#endif
