/* Checks UTF-8, eight bytes at a time while they are ASCII.
 * Most text of games and chats is; the rest goes through the table of RFC 3629 section 4. Does not
 * repair: who wants U+FFFD writes it. */
#include "core/codec/utf8.h"

#define ASCII_HIGH_BITS UINT64_C(0x8080808080808080)

static bool is_continuation(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

/* Length of the character of two or more bytes at `s`, of which `len` are there; 0 if malformed.
 * Only the second byte has a range that depends on the first. */
static size_t utf8_sequence(const unsigned char *s, size_t len)
{
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    size_t need = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    if (need > len || !is_continuation(s[1]))
        return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
        return 0;
    for (size_t i = 2; i < need; i++)
        if (!is_continuation(s[i]))
            return 0;
    return need;
}

size_t utf8_char_length(struct slice text)
{
    const unsigned char *s = (const unsigned char *)text.ptr;
    if (!text.len)
        return 0;
    return s[0] < 0x80 ? 1 : utf8_sequence(s, text.len);
}

size_t utf8_valid_prefix(struct slice text)
{
    const unsigned char *s = (const unsigned char *)text.ptr;
    size_t at = 0;
    while (at < text.len) {
        uint64_t eight;
        if (text.len - at >= sizeof(eight)) {
            memcpy(&eight, s + at, sizeof(eight));
            if (!(eight & ASCII_HIGH_BITS)) {
                at += sizeof(eight);
                continue;
            }
        }
        size_t step = s[at] < 0x80 ? 1 : utf8_sequence(s + at, text.len - at);
        if (!step)
            return at;
        at += step;
    }
    return at;
}

bool utf8_valid(struct slice text)
{
    return utf8_valid_prefix(text) == text.len;
}

/* Every character is one unit, and those of four bytes are two. */
size_t utf8_utf16_length(struct slice text)
{
    size_t units = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        units += (size_t)!is_continuation(c) + (size_t)(c >= 0xf0);
    }
    return units;
}

size_t utf8_put(char out[4], uint32_t code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t len = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = len - 1; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)(leads[len] | code);
    return len;
}
