/* A WebSocket stream means the same however it was cut, and no message is over the limit. */
#include "spec/fuzz/fuzz.h"

#include "core/net/ws_deflate.h"
#include "core/net/ws_reader.h"

#define LIMIT 300 /* bytes of one message */

static void describe(const struct ws_reader *r, enum ws_event event, struct buf *out)
{
    buf_printf(out, "%d %d %d %d ", (int)event, event == WS_MESSAGE && r->binary,
               event == WS_MESSAGE && r->compressed,
               event == WS_CLOSE || event == WS_ERROR ? r->code : 0);
    if (event == WS_ERROR)
        return;
    require(r->payload.len <= LIMIT, "no payload is over the limit");
    buf_append_slice(out, r->payload);
}

static void read_by(const uint8_t *data, size_t size, size_t piece, struct buf *out)
{
    struct ws_reader r;
    enum ws_event event = WS_MORE;
    char *copy = mem_dup(data, size), *at = copy, *end = copy + size;
    ws_reader_init(&r, LIMIT, true);
    while (at < end && event == WS_MORE) {
        char *stop = (size_t)(end - at) < piece ? end : at + piece;
        do {
            event = ws_reader_next(&r, &at, stop);
            require(at <= stop, "it reads no further than it may");
            if (event != WS_MORE)
                describe(&r, event, out);
        } while (event != WS_MORE && event != WS_ERROR && event != WS_CLOSE);
        require(event != WS_MORE || at == stop, "asking for more, it has used what there was");
    }
    ws_reader_dispose(&r);
    mem_free(copy);
}

static void check_inflate(const uint8_t *data, size_t size)
{
    struct ws_deflate *d = ws_deflate_create();
    struct slice plain;
    bool too_big;
    if (ws_deflate_inflate(d, slice_make(data, size), LIMIT, &plain, &too_big))
        require(plain.len <= LIMIT, "no message unpacks to more than the limit");
    ws_deflate_destroy(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf whole = BUF_INIT;
    read_by(data, size, size ? size : 1, &whole);
    for (size_t piece = 1; piece < 10; piece += 2) {
        struct buf cut = BUF_INIT;
        read_by(data, size, piece, &cut);
        require(slice_equal(buf_slice(&whole), buf_slice(&cut)), "cut or not, it means the same");
        buf_dispose(&cut);
    }
    buf_dispose(&whole);
    check_inflate(data, size);
    return 0;
}
