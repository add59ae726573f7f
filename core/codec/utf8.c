/* Checks UTF-8: eight bytes at a time while they are ASCII, else a character at a time.
 * A character is compared as one word, by masks: lead and continuation bits must be right, and the
 * bits that an overlong form leaves 0, or that a surrogate or a code over U+10FFFF sets, must not
 * be so (RFC 3629 section 4). Does not repair: who wants U+FFFD writes it. */
#include "core/codec/utf8.h"

#include <endian.h>

#define ASCII_HIGH_BITS UINT64_C(0x8080808080808080)

/* `word` holds the next four bytes, the first one lowest; what the text does not have is 0. */
static inline size_t utf8_word_length(uint32_t word)
{
    if (!(word & 0x80))
        return 1;
    if ((word & 0xc0f0) == 0x80e0 && (word & 0xc00000) == 0x800000) {
        uint32_t second = word & 0x200f; /* 0: overlong; ED and the bit: a surrogate */
        return second && second != 0x200d ? 3 : 0;
    }
    if ((word & 0xc0e0) == 0x80c0)
        return word & 0x1e ? 2 : 0;
    if ((word & 0xc0c0c0f8) == 0x808080f0) {
        uint32_t top = (word & 7) << 2 | (word >> 12 & 3); /* bits 16 and up of the code */
        return top && top <= 0x10 ? 4 : 0;
    }
    return 0;
}

static inline uint32_t utf8_load(const char *at, size_t len)
{
    uint32_t word = 0;
    memcpy(&word, at, len < 4 ? len : 4);
    return le32toh(word);
}

size_t utf8_char_length(struct slice text)
{
    return text.len ? utf8_word_length(utf8_load(text.ptr, text.len)) : 0;
}

size_t utf8_multibyte_prefix(struct slice text)
{
    size_t at = 0;
    while (at < text.len && (text.ptr[at] & 0x80)) {
        uint32_t word = text.len - at >= 4 ? utf8_load(text.ptr + at, 4)
                                           : utf8_load(text.ptr + at, text.len - at);
        size_t step = utf8_word_length(word);
        if (!step)
            break;
        at += step;
    }
    return at;
}

size_t utf8_valid_prefix(struct slice text)
{
    size_t at = 0;
    while (at < text.len) {
        uint64_t eight;
        if (text.len - at >= sizeof(eight)) {
            memcpy(&eight, text.ptr + at, sizeof(eight));
            if (!(eight & ASCII_HIGH_BITS)) {
                at += sizeof(eight);
                continue;
            }
        }
        struct slice rest = slice_skip(text, at);
        size_t step = text.ptr[at] & 0x80 ? utf8_multibyte_prefix(rest) : 1;
        if (!step)
            break;
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
        units += (size_t)((c & 0xc0) != 0x80) + (size_t)(c >= 0xf0);
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
