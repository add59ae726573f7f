/* An encoded Engine.IO packet: immutable, counted, with its WebSocket header already in front of
 * it. A broadcast is encoded once and every receiver queues a reference; a WebSocket sends header
 * and body as they lie (RFC 6455 section 5.2, server to client, unmasked, FIN set), long-polling
 * takes the body alone. Single-threaded: the count is plain. */
#ifndef MW_BASE_FRAME_H
#define MW_BASE_FRAME_H

#include "core/base/mem.h"
#include "core/base/slice.h"
#include <stdint.h>

#define FRAME_WS_HEADER_MAX 10

struct frame {
    uint32_t _refs;
    bool binary;     /* a binary WebSocket message; `b` and base64 over long-polling */
    uint8_t _header; /* bytes of WebSocket header that end where the body starts */
    size_t _len;     /* of the body */
    char _bytes[];   /* FRAME_WS_HEADER_MAX, then the body */
};

/* One reference, the caller's. frame_create copies `body`; frame_create_2 joins two parts (a type
 * digit and what follows). The try variant is for bodies whose size the network chose. */
struct frame *frame_create(bool binary, struct slice body);
struct frame *frame_create_2(bool binary, struct slice head, struct slice tail);
MUST_CHECK struct frame *frame_try_create(bool binary, struct slice body);

static inline struct frame *frame_ref(struct frame *f)
{
    f->_refs++;
    return f;
}
void frame_unref(struct frame *f);

/* The packet without its WebSocket header. */
static inline struct slice frame_body(const struct frame *f)
{
    return slice_make(f->_bytes + FRAME_WS_HEADER_MAX, f->_len);
}

/* The packet as one WebSocket frame. */
static inline struct slice frame_websocket(const struct frame *f)
{
    return slice_make(f->_bytes + FRAME_WS_HEADER_MAX - f->_header, f->_len + f->_header);
}

/* Bytes that a frame costs beside its body, roughly: its head, and its place in a queue. */
#define FRAME_COST 64

/* Frames alive in the process: tests end with none. */
size_t frame_test_alive(void);

#endif
