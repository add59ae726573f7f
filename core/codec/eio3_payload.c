/* The two forms of an Engine.IO 3 payload, and the packets that differ from protocol 4. */
#include "core/codec/eio3_payload.h"

#include "core/codec/base64.h"
#include "core/codec/utf8.h"
#include <stdio.h>

#define SCRATCH_KEEP 65536
#define BINARY_TYPE '\x04' /* of a message */
#define LENGTH_END '\xff'
#define LENGTH_DIGITS_MAX 10

void eio3_payload_reader_init(struct eio3_payload_reader *r, struct slice payload, bool binary)
{
    *r = (struct eio3_payload_reader){._rest = payload, ._binary = binary};
}

void eio3_payload_reader_dispose(struct eio3_payload_reader *r)
{
    buf_dispose(&r->_scratch);
}

/* --- packets --- */

enum err eio3_packet_decode_binary(struct slice bytes, struct eio_packet *out)
{
    if (!bytes.len || bytes.ptr[0] != BINARY_TYPE)
        return ERR_SYNTAX;
    eio_packet_decode_binary(slice_skip(bytes, 1), out);
    return ERR_OK;
}

enum err eio3_packet_decode_text(struct slice text, struct buf *scratch, struct eio_packet *out)
{
    if (!slice_starts_with(text, SLICE("b4")))
        return eio_packet_decode_text(text, out);
    buf_reset(scratch, SCRATCH_KEEP);
    if (!buf_try_reserve(scratch, text.len))
        return ERR_NOMEM;
    if (!base64_decode(slice_skip(text, 2), scratch))
        return ERR_SYNTAX;
    eio_packet_decode_binary(buf_slice(scratch), out);
    return ERR_OK;
}

struct frame *eio3_binary_frame(const struct frame *message, bool base64)
{
    if (!base64)
        return frame_create_2(true, SLICE("\x04"), frame_body(message));
    struct buf text = BUF_INIT;
    base64_encode(frame_body(message), &text);
    struct frame *f = frame_create_2(false, SLICE("b4"), buf_slice(&text));
    buf_dispose(&text);
    return f;
}

/* --- reading --- */

/* The bytes that hold `units` UTF-16 code units; SIZE_MAX if there are not so many, or the last
 * character is cut. */
static size_t bytes_of_units(struct slice text, size_t units)
{
    size_t at = 0;
    while (units && at < text.len) {
        size_t size = utf8_char_length(slice_skip(text, at));
        size_t width = size == 4 ? 2 : 1;
        if (size == 0 || width > units)
            return SIZE_MAX;
        at += size;
        units -= width;
    }
    return units ? SIZE_MAX : at;
}

static bool is_ascii(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] >= 0x80)
            return false;
    }
    return true;
}

/* Text (of whole characters) whose characters are all below U+0100 and, as bytes, are UTF-8: if it
 * is not all ASCII, it was encoded twice. Decodes it once into `out`, which has room for it. */
static bool decode_twice(struct slice text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c >= 0x80) {
            if (c != 0xc2 && c != 0xc3)
                return false;
            c = (unsigned char)((c << 6) | ((unsigned char)text.ptr[++i] & 0x3f));
        }
        buf_append_char(out, (char)c);
    }
    return utf8_valid(buf_slice(out));
}

static enum err decode_string(struct eio3_payload_reader *r, struct slice text,
                              struct eio_packet *out)
{
    if (r->once || is_ascii(text))
        return eio3_packet_decode_text(text, &r->_scratch, out);
    buf_reset(&r->_scratch, SCRATCH_KEEP);
    if (!buf_try_reserve(&r->_scratch, text.len))
        return ERR_NOMEM;
    if (decode_twice(text, &r->_scratch))
        return eio_packet_decode_text(buf_slice(&r->_scratch), out);
    r->once = true;
    return eio3_packet_decode_text(text, &r->_scratch, out);
}

static bool next_text(struct eio3_payload_reader *r, struct eio_packet *out, enum err *out_err)
{
    size_t digits = slice_index(r->_rest, ':'), units = 0;

    *out_err = ERR_SYNTAX;
    if (digits == 0 || digits > LENGTH_DIGITS_MAX || digits == r->_rest.len)
        return false;
    for (size_t i = 0; i < digits; i++) {
        if (r->_rest.ptr[i] < '0' || r->_rest.ptr[i] > '9')
            return false;
        units = units * 10 + (size_t)(r->_rest.ptr[i] - '0');
    }
    r->_rest = slice_skip(r->_rest, digits + 1);
    size_t len = bytes_of_units(r->_rest, units);
    if (len == SIZE_MAX)
        return false;
    struct slice packet = slice_make(r->_rest.ptr, len);
    r->_rest = slice_skip(r->_rest, len);
    if (len == 0) { /* `0:` is the empty payload */
        *out_err = r->_rest.len ? ERR_SYNTAX : ERR_OK;
        return false;
    }
    *out_err = decode_string(r, packet, out);
    return *out_err == ERR_OK;
}

static bool next_binary(struct eio3_payload_reader *r, struct eio_packet *out, enum err *out_err)
{
    char kind = r->_rest.ptr[0];
    size_t end = slice_index(r->_rest, LENGTH_END), len = 0;

    *out_err = ERR_SYNTAX;
    if (kind > 1 || kind < 0 || end < 2 || end > LENGTH_DIGITS_MAX || end == r->_rest.len)
        return false;
    for (size_t i = 1; i < end; i++) {
        if ((unsigned char)r->_rest.ptr[i] > 9)
            return false;
        len = len * 10 + (unsigned char)r->_rest.ptr[i];
    }
    r->_rest = slice_skip(r->_rest, end + 1);
    if (len > r->_rest.len)
        return false;
    struct slice packet = slice_make(r->_rest.ptr, len);
    r->_rest = slice_skip(r->_rest, len);
    if (kind == 1)
        *out_err = eio3_packet_decode_binary(packet, out);
    else if (utf8_valid(packet))
        *out_err = eio_packet_decode_text(packet, out);
    return *out_err == ERR_OK;
}

bool eio3_payload_next(struct eio3_payload_reader *r, struct eio_packet *out, enum err *out_err)
{
    *out_err = ERR_OK;
    if (r->_rest.len == 0)
        return false;
    return r->_binary ? next_binary(r, out, out_err) : next_text(r, out, out_err);
}

/* --- writing --- */

static uint32_t code_point(struct slice character)
{
    const unsigned char *c = (const unsigned char *)character.ptr;
    switch (character.len) {
    case 2:
        return (uint32_t)(c[0] & 0x1f) << 6 | (c[1] & 0x3f);
    case 3:
        return (uint32_t)(c[0] & 0x0f) << 12 | (uint32_t)(c[1] & 0x3f) << 6 | (c[2] & 0x3f);
    default:
        return (uint32_t)(c[0] & 0x07) << 18 | (uint32_t)(c[1] & 0x3f) << 12 |
               (uint32_t)(c[2] & 0x3f) << 6 | (c[3] & 0x3f);
    }
}

static void put_escape(struct buf *out, uint32_t code)
{
    if (code < 0x10000) {
        buf_printf(out, "\\u%04x", code);
        return;
    }
    code -= 0x10000;
    buf_printf(out, "\\u%04x\\u%04x", 0xd800 + (code >> 10), 0xdc00 + (code & 0x3ff));
}

/* A packet's text with what is beyond ASCII escaped, once its JSON has begun: before that (in a
 * namespace) an escape means nothing. */
static void put_escaped(struct buf *out, struct slice text)
{
    bool json = false;
    for (size_t i = 0; i < text.len;) {
        size_t size = utf8_char_length(slice_skip(text, i));
        json = json || text.ptr[i] == '[' || text.ptr[i] == '{' || text.ptr[i] == '"';
        if (size > 1 && json)
            put_escape(out, code_point(slice_make(text.ptr + i, size)));
        else
            buf_append(out, text.ptr + i, size ? size : 1);
        i += size ? size : 1;
    }
}

static void put_text_packet(struct buf *out, struct buf *packet, const struct frame *f)
{
    buf_reset(packet, SCRATCH_KEEP);
    if (f->binary) {
        buf_append_str(packet, "b4");
        base64_encode(frame_body(f), packet);
    } else {
        put_escaped(packet, frame_body(f));
    }
    buf_printf(out, "%zu:", utf8_utf16_length(buf_slice(packet)));
    buf_append_slice(out, buf_slice(packet));
}

static void put_binary_packet(struct buf *out, struct buf *packet, const struct frame *f)
{
    char digits[24];
    buf_reset(packet, SCRATCH_KEEP);
    if (f->binary) {
        buf_append_char(packet, BINARY_TYPE);
        buf_append_slice(packet, frame_body(f));
    } else {
        put_escaped(packet, frame_body(f));
    }
    buf_append_char(out, f->binary ? 1 : 0);
    int count = snprintf(digits, sizeof(digits), "%zu", packet->len);
    for (int i = 0; i < count; i++)
        buf_append_char(out, (char)(digits[i] - '0'));
    buf_append_char(out, LENGTH_END);
    buf_append_slice(out, buf_slice(packet));
}

bool eio3_payload_put(struct buf *out, struct frame *const *frames, size_t count, bool base64)
{
    struct buf packet = BUF_INIT;
    bool binary = false;

    for (size_t i = 0; i < count && !base64; i++)
        binary = binary || frames[i]->binary;
    for (size_t i = 0; i < count; i++) {
        if (binary)
            put_binary_packet(out, &packet, frames[i]);
        else
            put_text_packet(out, &packet, frames[i]);
    }
    if (count == 0)
        buf_append_str(out, "0:");
    buf_dispose(&packet);
    return binary;
}
