/* See debug_json.h. */
#include "bindings/debug_json.h"

#include "core/codec/json.h"
#include "core/codec/utf8.h"

static void put_valid(struct slice text, struct buf *out)
{
    while (text.len) {
        size_t good = utf8_valid_prefix(text);
        buf_append(out, text.ptr, good);
        text = slice_skip(text, good);
        if (!text.len)
            break;
        buf_append_str(out, "\xef\xbf\xbd");
        text = slice_skip(text, 1);
    }
}

void debug_json_put(struct buf *out, struct slice text, size_t most)
{
    struct buf valid = BUF_INIT;
    if (text.len > most)
        text.len = most;
    put_valid(text, &valid);
    if (!json_put_string(out, buf_slice(&valid)))
        buf_append_str(out, "\"\"");
    buf_dispose(&valid);
}

void debug_json_put_field(struct buf *out, const char *key, struct slice text, size_t most)
{
    buf_printf(out, "\"%s\":", key);
    debug_json_put(out, text, most);
    buf_append_char(out, ',');
}
