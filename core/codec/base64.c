/* Base64 by two tables, three bytes or four characters a step.
 * Browsers that poll send every binary message so. Does not know base64url: see ident.h. */
#include "core/codec/base64.h"

#include <stdint.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Values of the characters from '+' to 'z', plus one: 0 is no base64. */
static const uint8_t values['z' - '+' + 1] = {
    63, 0,  0,  0,  64, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 0,  0,  0,  0,  0,
    0,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18,
    19, 20, 21, 22, 23, 24, 25, 26, 0,  0,  0,  0,  0,  0,  27, 28, 29, 30, 31, 32,
    33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52};

/* Above 63 for what is no base64. */
static inline uint32_t value_of(unsigned char c)
{
    unsigned index = (unsigned)c - '+';
    return index < sizeof(values) ? (uint32_t)values[index] - 1 : UINT32_MAX;
}

void base64_encode(struct slice bytes, struct buf *out)
{
    const unsigned char *in = (const unsigned char *)bytes.ptr;
    char *to = buf_reserve(out, (bytes.len + 2) / 3 * 4);
    size_t i = 0;
    for (; i + 3 <= bytes.len; i += 3) {
        uint32_t triple = (uint32_t)in[i] << 16 | (uint32_t)in[i + 1] << 8 | in[i + 2];
        *to++ = digits[triple >> 18];
        *to++ = digits[triple >> 12 & 63];
        *to++ = digits[triple >> 6 & 63];
        *to++ = digits[triple & 63];
    }
    if (i < bytes.len) {
        bool two = i + 1 < bytes.len;
        uint32_t triple = (uint32_t)in[i] << 16 | (two ? (uint32_t)in[i + 1] << 8 : 0);
        *to++ = digits[triple >> 18];
        *to++ = digits[triple >> 12 & 63];
        *to++ = two ? digits[triple >> 6 & 63] : '=';
        *to++ = '=';
    }
    out->len = (size_t)(to - out->ptr);
}

/* The characters before the padding; SIZE_MAX if the padding does not complete a group of four. */
static size_t base64_unpadded_len(struct slice text)
{
    size_t len = text.len;
    while (len && text.len - len < 2 && text.ptr[len - 1] == '=')
        len--;
    if (len != text.len && text.len % 4 != 0)
        return SIZE_MAX;
    return len % 4 == 1 ? SIZE_MAX : len;
}

/* The last 2 or 3 characters, which hold 1 or 2 bytes. Unused low bits are not looked at: encoders
 * that leave them set are read by Node and by browsers. */
static bool base64_decode_tail(const unsigned char *in, size_t len, char **to)
{
    uint32_t a = value_of(in[0]), b = value_of(in[1]), c = len == 3 ? value_of(in[2]) : 0;
    if ((a | b | c) > 63)
        return false;
    *(*to)++ = (char)(a << 2 | b >> 4);
    if (len == 3)
        *(*to)++ = (char)(b << 4 | c >> 2);
    return true;
}

/* One line, which may be what already lies at `to`: three bytes are written after four characters
 * were read. Returns the end of what was written, NULL if it is not base64. */
static char *base64_decode_line(struct slice line, char *to)
{
    size_t len = base64_unpadded_len(line), i = 0;
    if (len == SIZE_MAX)
        return NULL;
    const unsigned char *in = (const unsigned char *)line.ptr;
    for (; i + 4 <= len; i += 4) {
        uint32_t a = value_of(in[i]), b = value_of(in[i + 1]);
        uint32_t c = value_of(in[i + 2]), d = value_of(in[i + 3]);
        if ((a | b | c | d) > 63)
            return NULL;
        uint32_t triple = a << 18 | b << 12 | c << 6 | d;
        *to++ = (char)(triple >> 16);
        *to++ = (char)(triple >> 8);
        *to++ = (char)triple;
    }
    if (i < len && !base64_decode_tail(in + i, len - i, &to))
        return NULL;
    return to;
}

/* Copies `text` to `to`, without its line ends. */
static struct slice join_lines(struct slice text, char *to)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] != '\r' && text.ptr[i] != '\n')
            to[len++] = text.ptr[i];
    return slice_make(to, len);
}

/* Nearly everyone sends one line, so that looking for line ends first is cheaper than in each step;
 * the room is the text's whole length for those who send many. */
bool base64_decode(struct slice text, struct buf *out)
{
    char *room = buf_try_reserve(out, text.len);
    if (!room)
        return false;
    if (slice_index(text, '\n') < text.len || slice_index(text, '\r') < text.len)
        text = join_lines(text, room);
    char *end = base64_decode_line(text, room);
    if (!end)
        return false;
    out->len = (size_t)(end - out->ptr);
    return true;
}
