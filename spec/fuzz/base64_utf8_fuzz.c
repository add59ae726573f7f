/* Base64 comes back, and UTF-8 is what a plain decoder says it is. */
#include "spec/fuzz/fuzz.h"

#include "core/codec/base64.h"
#include "core/codec/utf8.h"

/* Puts line ends into a text, at places that its length chooses. */
static void check_lines(struct slice text, struct slice bytes)
{
    struct buf lines = BUF_INIT, back = BUF_INIT;
    size_t width = text.len % 79 + 1;
    for (size_t at = 0; at < text.len; at += width) {
        size_t left = text.len - at;
        buf_append_slice(&lines, slice_make(text.ptr + at, left < width ? left : width));
        buf_append_str(&lines, width % 2 ? "\n" : "\r\n");
    }
    require(base64_decode(buf_slice(&lines), &back), "lines of base64 are base64");
    require(slice_equal(buf_slice(&back), bytes), "encoded lines come back");
    buf_dispose(&lines);
    buf_dispose(&back);
}

static void check_encode(struct slice bytes)
{
    struct buf text = BUF_INIT, back = BUF_INIT;
    base64_encode(bytes, &text);
    require(text.len == (bytes.len + 2) / 3 * 4, "base64 has its length");
    require(base64_decode(buf_slice(&text), &back), "what was encoded is base64");
    require(slice_equal(buf_slice(&back), bytes), "encoded bytes come back");
    check_lines(buf_slice(&text), bytes);
    buf_dispose(&text);
    buf_dispose(&back);
}

static void check_decode(struct slice text)
{
    struct buf bytes = BUF_INIT;
    buf_append_str(&bytes, "before");
    bool decoded = base64_decode(text, &bytes);
    require(memcmp(bytes.ptr, "before", 6) == 0, "what was there stays");
    require(decoded || bytes.len == 6, "a refusal appends nothing");
    require(bytes.len - 6 <= text.len / 4 * 3 + 2, "decoding shortens");
    if (decoded)
        check_encode(slice_skip(buf_slice(&bytes), 6));
    buf_dispose(&bytes);
}

/* The length of the character at the start by the definition of RFC 3629, 0 if there is none. */
static size_t reference_length(const unsigned char *s, size_t len, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t need = s[0] < 0x80       ? 1
                  : s[0] >> 5 == 6  ? 2
                  : s[0] >> 4 == 14 ? 3
                  : s[0] >> 3 == 30 ? 4
                                    : 0;
    *code = need == 1 ? s[0] : s[0] & (0x7fu >> need);
    for (size_t i = 1; i < need; i++) {
        if (i >= len || s[i] >> 6 != 2)
            return 0;
        *code = *code << 6 | (s[i] & 0x3f);
    }
    bool scalar = *code <= 0x10ffff && *code >> 11 != 0x1b;
    return need && scalar && *code >= least[need] ? need : 0;
}

static void check_character(struct slice text, size_t at, size_t len, uint32_t code)
{
    char put[4];
    require(utf8_char_length(slice_skip(text, at)) == len, "a character has its length");
    require(!len || utf8_put(put, code) == len, "a character is written with its length");
    require(!len || memcmp(put, text.ptr + at, len) == 0, "a character is written as it was");
}

static void check_utf8(struct slice text)
{
    size_t at = 0, units = 0, step = 1;
    while (at < text.len && step) {
        uint32_t code;
        step = reference_length((const unsigned char *)text.ptr + at, text.len - at, &code);
        check_character(text, at, step, code);
        at += step;
        units += step ? 1 + (code >= 0x10000) : 0;
    }
    require(utf8_valid_prefix(text) == at, "the valid prefix ends at the first error");
    require(utf8_valid(text) == (at == text.len), "valid is all valid");
    require(utf8_utf16_length(slice_make(text.ptr, at)) == units, "UTF-16 units are counted");
    size_t multibyte = utf8_multibyte_prefix(text);
    require(multibyte <= at, "the prefix beyond ASCII is valid");
    for (size_t i = 0; i < multibyte; i++)
        require(text.ptr[i] & 0x80, "the prefix beyond ASCII has none of it");
    require(multibyte == at || !(text.ptr[multibyte] & 0x80), "and is the longest");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice input = slice_make(data, size);
    check_encode(input);
    check_decode(input);
    check_utf8(input);
    return 0;
}
