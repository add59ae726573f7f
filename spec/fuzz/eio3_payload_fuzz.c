/* Engine.IO 3 payloads: what is read is a view, and what is written of it reads as the same packets
 * and is written the same again.
 * Input: a byte of flags (1: binary form, 2: the client encodes once, 4: the answer is base64), and
 * the payload. */
#include "spec/fuzz/fuzz.h"

#include "core/codec/eio3_payload.h"

#define PACKETS_MAX 64

enum { BINARY = 1, ONCE = 2, BASE64 = 4 };

/* The frames of what a payload says; their number, at most PACKETS_MAX. */
static size_t read_payload(struct slice payload, bool binary, bool once, struct frame **out,
                           enum err *out_err)
{
    struct eio3_payload_reader r;
    struct eio_packet p;
    size_t count = 0;

    eio3_payload_reader_init(&r, payload, binary);
    r.once = once;
    while (count < PACKETS_MAX && eio3_payload_next(&r, &p, out_err)) {
        require(is_inside(p.body, payload) || is_inside(p.body, buf_slice(&r._scratch)),
                "a body is a view");
        require(p.type <= EIO_NOOP, "a type is known");
        require(!p.binary || p.type == EIO_MESSAGE, "only messages are binary");
        require(!once || r.once, "a client does not change");
        out[count++] = p.binary ? frame_create(true, p.body) : eio_packet_frame(p.type, p.body);
    }
    eio3_payload_reader_dispose(&r);
    return count;
}

static void drop(struct frame **frames, size_t count)
{
    for (size_t i = 0; i < count; i++)
        frame_unref(frames[i]);
}

/* The second writing is the first, as the text beyond ASCII is escaped by then. */
static void check_written(struct frame **frames, size_t count, bool base64)
{
    struct frame *again[PACKETS_MAX];
    struct buf first = BUF_INIT, second = BUF_INIT;
    enum err err = ERR_OK;

    bool binary = eio3_payload_put(&first, frames, count, base64);
    require(!binary || !base64, "base64 has no binary form");
    size_t read = read_payload(buf_slice(&first), binary, true, again, &err);
    require(err == ERR_OK && read == count, "what was written reads");
    require(eio3_payload_put(&second, again, read, base64) == binary, "in the same form");
    require(slice_equal(buf_slice(&first), buf_slice(&second)), "as the same packets");
    drop(again, read);
    buf_dispose(&first);
    buf_dispose(&second);
}

static void check_messages(struct slice bytes)
{
    struct buf scratch = BUF_INIT;
    struct eio_packet p;
    if (eio3_packet_decode_binary(bytes, &p) == ERR_OK) {
        struct frame *raw = frame_create(true, p.body);
        struct frame *typed = eio3_binary_frame(raw, false);
        require(slice_equal(frame_body(typed), bytes), "a binary message is written as it came");
        frame_unref(raw);
        frame_unref(typed);
    }
    if (eio3_packet_decode_text(bytes, &scratch, &p) == ERR_OK)
        require(is_inside(p.body, bytes) || is_inside(p.body, buf_slice(&scratch)),
                "a body is a view");
    buf_dispose(&scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frame *frames[PACKETS_MAX];
    uint8_t flags = size ? data[0] : 0;
    struct slice payload = slice_make(data + (size > 0), size - (size > 0));
    enum err err = ERR_OK;

    check_messages(payload);
    size_t count = read_payload(payload, flags & BINARY, flags & ONCE, frames, &err);
    require(err == ERR_OK || err == ERR_SYNTAX, "a payload is read or malformed");
    if (count)
        check_written(frames, count, flags & BASE64);
    drop(frames, count);
    mem_test_fail_nth(1);
    count = read_payload(payload, flags & BINARY, flags & ONCE, frames, &err);
    mem_test_fail_nth(0);
    drop(frames, count);
    require(frame_test_alive() == 0, "no frame is left");
    return 0;
}
