/* Makes frames: the WebSocket header is written backwards from the body, into room that every frame
 * has for the longest one.
 * So header and body lie in one run whatever the length, and a write needs no gathering. Does not
 * know what the body says. */
#include "core/base/frame.h"

#define WS_FIN 0x80
#define WS_OPCODE_TEXT 0x1
#define WS_OPCODE_BINARY 0x2
#define WS_LEN_16 126
#define WS_LEN_64 127

/* Not to be held against any caller: it answers frame_test_alive, and nothing reads it otherwise.
 */
static size_t frames_alive;

/* RFC 6455 section 5.2: 7 bits of length, or 126 and 16 bits, or 127 and 64 bits, big-endian. */
static uint8_t frame_header_len(size_t body_len)
{
    if (body_len < WS_LEN_16)
        return 2;
    return body_len <= UINT16_MAX ? 4 : 10;
}

static void frame_write_header(struct frame *f)
{
    unsigned char *header = (unsigned char *)f->_bytes + FRAME_WS_HEADER_MAX - f->_header;
    header[0] = WS_FIN | (f->binary ? WS_OPCODE_BINARY : WS_OPCODE_TEXT);
    if (f->_header == 2) {
        header[1] = (unsigned char)f->_len;
        return;
    }
    header[1] = f->_header == 4 ? WS_LEN_16 : WS_LEN_64;
    uint64_t rest = f->_len;
    for (int i = f->_header - 1; i >= 2; i--, rest >>= 8)
        header[i] = (unsigned char)rest;
}

static size_t frame_size(size_t head_len, size_t tail_len)
{
    size_t fixed = sizeof(struct frame) + FRAME_WS_HEADER_MAX;
    if (head_len > SIZE_MAX / 4 || tail_len > SIZE_MAX / 4)
        return SIZE_MAX;
    return fixed + head_len + tail_len;
}

static struct frame *frame_fill(struct frame *f, bool binary, struct slice head, struct slice tail)
{
    f->_refs = 1;
    f->binary = binary;
    f->_len = head.len + tail.len;
    f->_header = frame_header_len(f->_len);
    frame_write_header(f);
    char *body = f->_bytes + FRAME_WS_HEADER_MAX;
    if (head.len)
        memcpy(body, head.ptr, head.len);
    if (tail.len)
        memcpy(body + head.len, tail.ptr, tail.len);
    frames_alive++;
    return f;
}

struct frame *frame_create(bool binary, struct slice body)
{
    return frame_create_2(binary, body, (struct slice){NULL, 0});
}

struct frame *frame_create_2(bool binary, struct slice head, struct slice tail)
{
    return frame_fill(mem_alloc(frame_size(head.len, tail.len)), binary, head, tail);
}

struct frame *frame_try_create(bool binary, struct slice body)
{
    struct frame *f = mem_try_alloc(frame_size(body.len, 0));
    return f ? frame_fill(f, binary, body, (struct slice){NULL, 0}) : NULL;
}

void frame_unref(struct frame *f)
{
    if (!f || --f->_refs)
        return;
    frames_alive--;
    mem_free(f);
}

size_t frame_test_alive(void)
{
    return frames_alive;
}
