/* The JSON writer.
 * Appends values; commas, colons and brackets are the caller's, who knows the shape. Does not
 * indent. */
#include "core/codec/json.h"

#include "core/codec/json_scan.h"
#include "core/codec/utf8.h"

static void json_put_control(struct buf *out, unsigned char c)
{
    static const char hex[] = "0123456789abcdef", names[] = "\bb\ff\nn\rr\tt\"\"\\\\";
    for (const char *name = names; *name; name += 2) {
        if (c != (unsigned char)name[0])
            continue;
        buf_append(out, (char[2]){'\\', name[1]}, 2);
        return;
    }
    buf_append(out, (char[6]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6);
}

/* U+2028 and U+2029 end a line of JavaScript, not one of JSON. */
static bool is_line_separator(const char *at, size_t len)
{
    return len == 3 && at[0] == '\xe2' && at[1] == '\x80' && (at[2] & '\xfe') == '\xa8';
}

/* Writes the special character at `at`; where it ends, or NULL if it is not UTF-8. */
static const char *json_put_special(struct buf *out, const char *at, const char *end)
{
    if ((unsigned char)*at < 0x80) {
        json_put_control(out, (unsigned char)*at);
        return at + 1;
    }
    size_t len = utf8_char_length(slice_make(at, (size_t)(end - at)));
    if (!len)
        return NULL;
    if (is_line_separator(at, len))
        buf_append_str(out, at[2] == '\xa8' ? "\\u2028" : "\\u2029");
    else
        buf_append(out, at, len);
    return at + len;
}

bool json_put_string(struct buf *out, struct slice text)
{
    size_t before = out->len;
    const char *at = text.ptr ? text.ptr : "", *end = at + text.len;
    buf_reserve(out, text.len + 2);
    buf_append_char(out, '"');
    for (;;) {
        const char *stop = json_scan_plain(at, end);
        buf_append(out, at, (size_t)(stop - at));
        if (stop == end)
            break;
        at = json_put_special(out, stop, end);
        if (!at) {
            out->len = before;
            return false;
        }
    }
    buf_append_char(out, '"');
    return true;
}

void json_put_int(struct buf *out, int64_t value)
{
    out->len += number_put_int(buf_reserve(out, NUMBER_TEXT_MAX), value);
}

void json_put_double(struct buf *out, double value)
{
    out->len += number_put_double(buf_reserve(out, NUMBER_TEXT_MAX), value);
}
