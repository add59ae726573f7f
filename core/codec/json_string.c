/* Strings with escapes, and with characters beyond ASCII.
 * Text without escapes stays where it is; other text is put together in the scratch buffer, run by
 * run. Control characters must be escaped, and bytes must be UTF-8: nothing behind the reader
 * checks again. */
#include "core/codec/json_string.h"

#include "core/codec/json_scan.h"
#include "core/codec/utf8.h"

/* A decoded string over this size gives its memory back at the next one. */
#define SCRATCH_KEEP 65536

static bool json_string_fail(struct json_string *out, const char *at, const char *why)
{
    out->stop = at;
    out->error = why;
    return false;
}

static int hex_digit(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The value of the four digits of `\uXXXX` at `at`; -1 if it is not whole. */
static int32_t json_unicode_unit(const char *at, const char *end)
{
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
        return -1;
    int32_t unit = 0;
    for (int i = 2; i < 6; i++) {
        int digit = hex_digit((unsigned char)at[i]);
        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

/* Two units of a surrogate pair are one character, and one of them alone is U+FFFD. Returns where
 * the escape ends, or NULL. */
static const char *json_unicode_escape(const char *at, const char *end, char out[4],
                                       size_t *out_len)
{
    int32_t code = json_unicode_unit(at, end);
    if (code < 0)
        return NULL;
    at += 6;
    if (code >= 0xd800 && code <= 0xdfff) {
        int32_t low = code < 0xdc00 ? json_unicode_unit(at, end) : -1;
        bool pair = low >= 0xdc00 && low <= 0xdfff;
        code = pair ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00) : 0xfffd;
        at += pair ? 6 : 0;
    }
    *out_len = utf8_put(out, (uint32_t)code);
    return at;
}

/* The bytes of the escape at `at`, which starts with a backslash; where it ends, or NULL. */
static const char *json_escape(const char *at, const char *end, char out[4], size_t *out_len)
{
    static const char names[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
    if (end - at < 2)
        return NULL;
    if (at[1] == 'u')
        return json_unicode_escape(at, end, out, out_len);
    for (const char *name = names; *name; name += 2) {
        if (at[1] != name[0])
            continue;
        out[0] = name[1];
        *out_len = 1;
        return at + 2;
    }
    return NULL;
}

/* Passes over what needs no decoding, up to a quote or a backslash: out->stop. */
static bool json_scan_text(const char *at, const char *end, struct json_string *out)
{
    for (;;) {
        at = json_scan_plain(at, end);
        if (at == end)
            return json_string_fail(out, at, "unfinished string");
        if (*at == '"' || *at == '\\')
            break;
        size_t len = utf8_multibyte_prefix(slice_make(at, (size_t)(end - at)));
        if (!len)
            return json_string_fail(
                out, at, *at & 0x80 ? "malformed UTF-8" : "control character in a string");
        at += len;
    }
    out->stop = at;
    return true;
}

/* The text from `run` on, whose first backslash is at out->stop. */
static bool json_unescape(const char *run, const char *end, struct buf *scratch,
                          struct json_string *out)
{
    buf_reset(scratch, SCRATCH_KEEP);
    for (;;) {
        const char *stop = out->stop;
        char decoded[4];
        size_t len = 0;
        if (!buf_try_append(scratch, run, (size_t)(stop - run)))
            return json_string_fail(out, stop, "out of memory");
        if (*stop == '"')
            break;
        run = json_escape(stop, end, decoded, &len);
        if (!run)
            return json_string_fail(out, stop, "malformed escape");
        if (!buf_try_append(scratch, decoded, len))
            return json_string_fail(out, stop, "out of memory");
        if (!json_scan_text(run, end, out))
            return false;
    }
    out->text = buf_slice(scratch);
    return true;
}

bool json_string_read(const char *from, const char *plain_end, const char *end, struct buf *scratch,
                      struct json_string *out)
{
    if (!json_scan_text(plain_end, end, out))
        return false;
    if (*out->stop == '\\')
        return json_unescape(from, end, scratch, out);
    out->text = slice_make(from, (size_t)(out->stop - from));
    return true;
}
