/* Names, ids and errors of protocol 4. */
#include "core/server/sio_legacy.h"
#include "core/codec/json.h"
#include "core/codec/query.h"

struct slice sio_legacy_namespace(struct slice text, struct buf *out_auth)
{
    size_t mark = slice_index(text, '?');
    struct query_reader r;
    struct query_pair pair;
    bool first = true;

    if (mark == text.len)
        return text;
    query_reader_init(&r, slice_skip(text, mark + 1));
    buf_append_char(out_auth, '{');
    while (query_next(&r, &pair)) {
        size_t before = out_auth->len;
        if (!first)
            buf_append_char(out_auth, ',');
        bool good = json_put_string(out_auth, pair.name);
        buf_append_char(out_auth, ':');
        if (good && json_put_string(out_auth, pair.value))
            first = false;
        else
            out_auth->len = before; /* a pair that is not UTF-8 is no text */
    }
    buf_append_char(out_auth, '}');
    query_reader_dispose(&r);
    return slice_make(text.ptr, mark);
}

void sio_legacy_sid(struct slice session_sid, struct slice namespace_, struct buf *out)
{
    if (!slice_equal(namespace_, SLICE("/"))) {
        buf_append_slice(out, namespace_);
        buf_append_char(out, '#');
    }
    buf_append_slice(out, session_sid);
}

void sio_legacy_error(struct slice error_json, struct buf *out)
{
    struct json_reader r;
    struct slice message = SLICE("\"\""), data = {0};

    json_reader_init(&r, error_json);
    if (json_next(&r) == JSON_OBJECT) {
        while (json_next(&r) == JSON_KEY) {
            bool is_data = slice_equal(r.text, SLICE("data"));
            bool is_message = slice_equal(r.text, SLICE("message"));
            const char *start = json_reader_at(&r);
            if (!json_skip(&r))
                break;
            struct slice value = slice_make(start, (size_t)(json_reader_at(&r) - start));
            if (is_data)
                data = value;
            else if (is_message)
                message = value;
        }
    }
    json_reader_dispose(&r);
    buf_append_slice(out, data.ptr ? data : message);
}
