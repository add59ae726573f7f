/* The type digit, the separator, and `b`: all there is to an Engine.IO 4 packet.
 * Does not look behind the type: who handles a type checks its body. */
#include "core/codec/eio_packet.h"

#include "core/codec/base64.h"
#include "core/codec/utf8.h"

#define PAYLOAD_SEPARATOR '\x1e'
/* A decoded message over this size gives its memory back at the next packet. */
#define SCRATCH_KEEP 65536

enum err eio_packet_decode_text(struct slice bytes, struct eio_packet *out)
{
    if (!bytes.len || bytes.ptr[0] < '0' || bytes.ptr[0] > '0' + EIO_NOOP)
        return ERR_SYNTAX;
    *out = (struct eio_packet){(enum eio_type)(bytes.ptr[0] - '0'), false, slice_skip(bytes, 1)};
    return ERR_OK;
}

void eio_packet_decode_binary(struct slice bytes, struct eio_packet *out)
{
    *out = (struct eio_packet){EIO_MESSAGE, true, bytes};
}

/* Room is made first, so that a decode that fails afterwards is the text's fault. */
enum err eio_packet_decode_coded(struct slice bytes, struct buf *scratch, struct eio_packet *out)
{
    if (!slice_starts_with(bytes, SLICE("b")))
        return eio_packet_decode_text(bytes, out);
    buf_reset(scratch, SCRATCH_KEEP);
    if (!buf_try_reserve(scratch, bytes.len))
        return ERR_NOMEM;
    if (!base64_decode(slice_skip(bytes, 1), scratch))
        return ERR_SYNTAX;
    eio_packet_decode_binary(buf_slice(scratch), out);
    return ERR_OK;
}

void eio_payload_reader_init(struct eio_payload_reader *r, struct slice payload)
{
    *r = (struct eio_payload_reader){payload, false, BUF_INIT};
}

void eio_payload_reader_dispose(struct eio_payload_reader *r)
{
    buf_dispose(&r->_scratch);
}

bool eio_payload_next(struct eio_payload_reader *r, struct eio_packet *out, enum err *out_err)
{
    *out_err = ERR_OK;
    if (r->_done)
        return false;
    struct slice part = slice_make(r->_rest.ptr, slice_index(r->_rest, PAYLOAD_SEPARATOR));
    r->_done = part.len == r->_rest.len;
    if (!r->_done)
        r->_rest = slice_skip(r->_rest, part.len + 1);
    *out_err = ERR_SYNTAX; /* a WebSocket's text is UTF-8, and so is a POST's */
    if (utf8_valid(part))
        *out_err = eio_packet_decode_coded(part, &r->_scratch, out);
    r->_done |= *out_err != ERR_OK;
    return *out_err == ERR_OK;
}

void eio_payload_append(struct buf *out, const struct frame *frame)
{
    if (out->len)
        buf_append_char(out, PAYLOAD_SEPARATOR);
    if (!frame->binary) {
        buf_append_slice(out, frame_body(frame));
        return;
    }
    buf_append_char(out, 'b');
    base64_encode(frame_body(frame), out);
}

struct frame *eio_packet_frame(enum eio_type type, struct slice body)
{
    char digit = (char)('0' + type);
    return frame_create_2(false, slice_make(&digit, 1), body);
}

struct frame *eio_packet_coded_frame(const struct frame *message)
{
    struct buf text = BUF_INIT;
    base64_encode(frame_body(message), &text);
    struct frame *f = frame_create_2(false, SLICE("b"), buf_slice(&text));
    buf_dispose(&text);
    return f;
}
