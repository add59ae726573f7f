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

/* U+2028 and U+2029 (e2 80 a8 and e2 80 a9) end a line of JavaScript, not one of JSON. Where the
 * first stands, or text.len; `text` is valid. */
static size_t line_separator_index(struct slice text)
{
    size_t at = slice_index(text, '\xe2');
    while (at < text.len && (text.ptr[at + 1] != '\x80' || (text.ptr[at + 2] & '\xfe') != '\xa8'))
        at += 1 + slice_index(slice_skip(text, at + 1), '\xe2');
    return at;
}

/* Writes the characters beyond ASCII that `at` starts with. Where the rest starts, or NULL if they
 * are not UTF-8. */
static const char *json_put_multibyte(struct buf *out, const char *at, const char *end)
{
    struct slice run = slice_make(at, (size_t)(end - at));
    run.len = utf8_multibyte_prefix(run);
    const char *rest = run.len ? at + run.len : NULL;
    while (run.len) {
        size_t plain = line_separator_index(run);
        buf_append(out, run.ptr, plain);
        run = slice_skip(run, plain);
        if (!run.len)
            break;
        buf_append_str(out, run.ptr[2] == '\xa8' ? "\\u2028" : "\\u2029");
        run = slice_skip(run, 3);
    }
    return rest;
}

/* Writes what starts with the special byte at `at`; where the rest starts, or NULL. */
static const char *json_put_special(struct buf *out, const char *at, const char *end)
{
    if (*at & '\x80')
        return json_put_multibyte(out, at, end);
    json_put_control(out, (unsigned char)*at);
    return at + 1;
}

bool json_put_part(struct buf *out, struct slice text)
{
    const char *at = text.ptr ? text.ptr : "", *end = at + text.len;
    for (;;) {
        const char *stop = json_scan_plain(at, end);
        buf_append(out, at, (size_t)(stop - at));
        if (stop == end)
            return true;
        at = json_put_special(out, stop, end);
        if (!at)
            return false;
    }
}

bool json_put_string(struct buf *out, struct slice text)
{
    size_t before = out->len;
    buf_reserve(out, text.len + 2);
    buf_append_char(out, '"');
    if (!json_put_part(out, text)) {
        out->len = before;
        return false;
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
