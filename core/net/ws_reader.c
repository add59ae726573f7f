/* Reads WebSocket frames.
 * The header is collected byte by byte, as a frame may start anywhere; the payload moves in runs.
 * It sends nothing: whoever calls it answers pings and errors. */
#include "core/net/ws_reader.h"
#include "core/codec/utf8.h"

#define MESSAGE_KEEP 4096 /* bytes of joining memory that a quiet connection may hold */
#define CONTROL_MAX 125

enum { OP_CONTINUATION = 0, OP_TEXT = 1, OP_BINARY = 2, OP_CLOSE = 8, OP_PING = 9, OP_PONG = 10 };

void ws_reader_init(struct ws_reader *r, size_t limit, bool allow_compressed)
{
    *r = (struct ws_reader){._limit = limit, ._allow_compressed = allow_compressed};
}

void ws_reader_dispose(struct ws_reader *r)
{
    buf_dispose(&r->_message);
    buf_dispose(&r->_control);
}

static enum ws_event fail(struct ws_reader *r, uint16_t code, const char *error)
{
    r->code = code;
    r->error = error;
    return WS_ERROR;
}

/* Eight bytes at a time; `phase` is how far into the payload the run starts. */
static void unmask(char *bytes, size_t len, const uint8_t mask[4], uint64_t phase)
{
    uint8_t turned[8];
    uint64_t wide;
    for (size_t i = 0; i < 8; i++)
        turned[i] = mask[(phase + i) & 3];
    memcpy(&wide, turned, 8);
    size_t at = 0;
    for (; at + 8 <= len; at += 8) {
        uint64_t word;
        memcpy(&word, bytes + at, 8);
        word ^= wide;
        memcpy(bytes + at, &word, 8);
    }
    for (; at < len; at++)
        bytes[at] = (char)((uint8_t)bytes[at] ^ turned[at & 7]);
}

static size_t head_needed(const struct ws_reader *r)
{
    if (r->_head_len < 2)
        return 2;
    uint8_t len = r->_head[1] & 0x7f;
    size_t mask = r->_head[1] & 0x80 ? 4 : 0; /* without one, it fails as soon as it is read */
    return 2 + (len == 126 ? 2 : len == 127 ? 8 : 0) + mask;
}

static uint64_t head_length(const struct ws_reader *r)
{
    uint8_t len = r->_head[1] & 0x7f;
    if (len < 126)
        return len;
    uint64_t value = 0;
    size_t bytes = len == 126 ? 2 : 8;
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | r->_head[2 + i];
    return value;
}

static const char *wrong_sequence(const struct ws_reader *r)
{
    switch (r->_opcode) {
    case OP_CONTINUATION:
        return r->_in_message ? NULL : "a continuation of no message";
    case OP_TEXT:
    case OP_BINARY:
        return r->_in_message ? "a message within a message" : NULL;
    case OP_CLOSE:
    case OP_PING:
    case OP_PONG:
        return r->_fin ? NULL : "a control frame in pieces";
    default:
        return "an unknown opcode";
    }
}

static enum ws_event begin_message_frame(struct ws_reader *r, bool compressed)
{
    if (r->_opcode != OP_CONTINUATION) {
        r->binary = r->_opcode == OP_BINARY;
        r->compressed = compressed;
        r->_in_message = true;
    }
    if (r->_left > r->_limit - r->_message.len)
        return fail(r, WS_CODE_TOO_BIG, "a message over the size limit");
    return WS_MORE;
}

/* The header is complete. WS_MORE: go on with the payload. */
static enum ws_event begin_frame(struct ws_reader *r)
{
    bool compressed = r->_head[0] & 0x40;
    r->_fin = r->_head[0] & 0x80;
    r->_opcode = r->_head[0] & 0x0f;
    r->_left = head_length(r);
    r->_at = 0;
    if (!(r->_head[1] & 0x80))
        return fail(r, WS_CODE_PROTOCOL, "an unmasked frame");
    memcpy(r->_mask, r->_head + head_needed(r) - 4, 4);
    bool starts = r->_opcode == OP_TEXT || r->_opcode == OP_BINARY;
    if ((r->_head[0] & 0x30) || (compressed && (!r->_allow_compressed || !starts)))
        return fail(r, WS_CODE_PROTOCOL, "a reserved bit is set");
    const char *wrong = wrong_sequence(r);
    if (wrong)
        return fail(r, WS_CODE_PROTOCOL, wrong);
    if (r->_opcode < OP_CLOSE)
        return begin_message_frame(r, compressed);
    if (r->_left > CONTROL_MAX)
        return fail(r, WS_CODE_PROTOCOL, "a control frame over 125 bytes");
    return WS_MORE;
}

static bool close_code_valid(uint16_t code)
{
    if (code < 1000 || code > 4999)
        return false;
    return code >= 3000 || (code <= 1014 && code != 1004 && code != 1005 && code != 1006);
}

static enum ws_event end_close(struct ws_reader *r)
{
    r->code = WS_CODE_NONE;
    if (!r->payload.len)
        return WS_CLOSE;
    if (r->payload.len == 1)
        return fail(r, WS_CODE_PROTOCOL, "a close frame of one byte");
    uint16_t code = (uint16_t)((uint8_t)r->payload.ptr[0] << 8 | (uint8_t)r->payload.ptr[1]);
    r->payload = slice_skip(r->payload, 2);
    if (!close_code_valid(code))
        return fail(r, WS_CODE_PROTOCOL, "a reserved close code");
    if (!utf8_valid(r->payload))
        return fail(r, WS_CODE_INVALID, "a close reason that is not UTF-8");
    r->code = code;
    return WS_CLOSE;
}

/* The frame's payload is complete: `last` is the run that ended it, behind what `joined` holds. */
static enum ws_event end_frame(struct ws_reader *r, struct buf *joined, struct slice last)
{
    r->_head_len = 0;
    if (joined->len && !buf_try_append(joined, last.ptr, last.len))
        return fail(r, WS_CODE_INTERNAL, "out of memory");
    r->payload = joined->len ? buf_slice(joined) : last;
    r->_spent = true;
    switch (r->_opcode) {
    case OP_PING:
        return WS_PING;
    case OP_PONG:
        return WS_PONG;
    case OP_CLOSE:
        return end_close(r);
    default:
        r->_in_message = false;
        return WS_MESSAGE;
    }
}

static enum ws_event read_payload(struct ws_reader *r, char **at, char *end)
{
    size_t have = (size_t)(end - *at);
    size_t n = have < r->_left ? have : (size_t)r->_left;
    struct buf *joined = r->_opcode >= OP_CLOSE ? &r->_control : &r->_message;
    struct slice run = slice_make(*at, n);
    unmask(*at, n, r->_mask, r->_at);
    *at += n;
    r->_at += n;
    r->_left -= n;
    if (!r->_left && r->_fin)
        return end_frame(r, joined, run);
    if (!buf_try_append(joined, run.ptr, run.len))
        return fail(r, WS_CODE_INTERNAL, "out of memory");
    if (!r->_left)
        r->_head_len = 0;
    return WS_MORE;
}

static bool read_head(struct ws_reader *r, char **at, char *end)
{
    while (r->_head_len < head_needed(r) && *at < end)
        r->_head[r->_head_len++] = (uint8_t) * (*at)++;
    return r->_head_len >= 2 && r->_head_len == head_needed(r);
}

/* What the last event handed out is used by now. */
static void drop_spent(struct ws_reader *r)
{
    if (!r->_spent)
        return;
    r->_spent = false;
    buf_reset(r->_opcode >= OP_CLOSE ? &r->_control : &r->_message, MESSAGE_KEEP);
}

enum ws_event ws_reader_next(struct ws_reader *r, char **at, char *end)
{
    enum ws_event event = WS_MORE;
    drop_spent(r);
    while (event == WS_MORE) {
        bool within = r->_head_len && r->_head_len == head_needed(r);
        if (!within) {
            if (!read_head(r, at, end))
                return WS_MORE;
            event = begin_frame(r);
        }
        if (event == WS_MORE && (r->_left == 0 || *at < end))
            event = read_payload(r, at, end);
        else if (event == WS_MORE)
            return WS_MORE;
    }
    return event;
}
