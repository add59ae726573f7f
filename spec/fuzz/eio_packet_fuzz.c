/* Engine.IO payloads: what is read, written again and read again is the same packets. */
#include "spec/fuzz/fuzz.h"

#include "core/codec/eio_packet.h"

/* Each packet into `out`, in a form that tells any two lists apart, and as part of a payload. */
static enum err read_payload(struct slice payload, struct buf *out, struct buf *anew)
{
    struct eio_payload_reader r;
    struct eio_packet packet;
    enum err err;
    eio_payload_reader_init(&r, payload);
    while (eio_payload_next(&r, &packet, &err)) {
        struct slice home = packet.binary ? buf_slice(&r._scratch) : payload;
        require(is_inside(packet.body, home), "a body is a view");
        require(packet.type <= EIO_NOOP, "a type is known");
        require(!packet.binary || packet.type == EIO_MESSAGE, "only messages are binary");
        buf_printf(out, "%d%d %zu:", packet.type, packet.binary, packet.body.len);
        buf_append_slice(out, packet.body);
        struct frame *f = packet.binary ? frame_create(true, packet.body)
                                        : eio_packet_frame(packet.type, packet.body);
        eio_payload_append(anew, f);
        frame_unref(f);
    }
    eio_payload_reader_dispose(&r);
    return err;
}

static void check_payload(struct slice payload)
{
    struct buf packets = BUF_INIT, anew = BUF_INIT, again = BUF_INIT, unused = BUF_INIT;
    enum err err = read_payload(payload, &packets, &anew);
    require(err == ERR_OK || err == ERR_SYNTAX, "a payload is read or malformed");
    require(err != ERR_OK || anew.len, "a payload has a packet");
    if (anew.len) {
        require(read_payload(buf_slice(&anew), &again, &unused) == ERR_OK,
                "what was written reads");
        require(slice_equal(buf_slice(&packets), buf_slice(&again)), "as the same packets");
    }
    buf_dispose(&packets);
    buf_dispose(&anew);
    buf_dispose(&again);
    buf_dispose(&unused);
}

static void check_messages(struct slice bytes)
{
    struct eio_packet packet;
    eio_packet_decode_binary(bytes, &packet);
    require(slice_equal(packet.body, bytes), "a binary message is its bytes");
    if (eio_packet_decode_text(bytes, &packet) != ERR_OK)
        return;
    require(!packet.binary && packet.body.len + 1 == bytes.len, "a text message is type and body");
    require(is_inside(packet.body, bytes), "a body is a view of its message");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice input = slice_make(data, size);
    check_payload(input);
    check_messages(input);
    mem_test_fail_nth(1);
    struct buf packets = BUF_INIT, anew = BUF_INIT;
    enum err err = read_payload(input, &packets, &anew);
    require(err != ERR_NOMEM || mem_test_count() >= 1, "memory is short only when it is");
    mem_test_fail_nth(0);
    buf_dispose(&packets);
    buf_dispose(&anew);
    require(frame_test_alive() == 0, "no frame is left");
    return 0;
}
