/* Reads and writes percent-escapes.
 * Names and values that need no decoding are views of the text. Does not check UTF-8: whoever shows
 * the text does. */
#include "core/codec/query.h"

static int hex_value(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int query_escape_value(struct slice text, size_t at)
{
    if (text.ptr[at] != '%' || text.len - at < 3)
        return -1;
    int high = hex_value((unsigned char)text.ptr[at + 1]);
    int low = hex_value((unsigned char)text.ptr[at + 2]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* Into `to`, which has room for text.len bytes: decoding never lengthens. */
static size_t query_decode_into(struct slice text, bool plus, char *to)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        int byte = query_escape_value(text, i);
        if (byte >= 0) {
            to[len++] = (char)byte;
            i += 2;
        } else {
            to[len++] = plus && text.ptr[i] == '+' ? ' ' : text.ptr[i];
        }
    }
    return len;
}

void query_decode(struct slice text, bool plus, struct buf *out)
{
    out->len += query_decode_into(text, plus, buf_reserve(out, text.len));
}

static bool query_is_unreserved(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void query_encode(struct slice text, bool keep_slash, struct buf *out)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (query_is_unreserved(c) || (keep_slash && c == '/'))
            buf_append_char(out, (char)c);
        else
            buf_append(out, (char[3]){'%', hex[c >> 4], hex[c & 15]}, 3);
    }
}

void query_reader_init(struct query_reader *r, struct slice text)
{
    *r = (struct query_reader){text, BUF_INIT};
}

void query_reader_dispose(struct query_reader *r)
{
    buf_dispose(&r->_scratch);
}

/* Cuts off the next part that is not empty, into its raw name and value. */
static bool query_next_raw(struct slice *rest, struct query_pair *out)
{
    while (rest->len) {
        struct slice part = slice_make(rest->ptr, slice_index(*rest, '&'));
        size_t past = part.len + (part.len < rest->len);
        *rest = slice_skip(*rest, past);
        if (!part.len)
            continue;
        size_t equals = slice_index(part, '=');
        out->name = slice_make(part.ptr, equals);
        out->value = slice_skip(part, equals < part.len ? equals + 1 : equals);
        return true;
    }
    return false;
}

static bool query_is_plain(struct slice text)
{
    return slice_index(text, '%') == text.len && slice_index(text, '+') == text.len;
}

/* The decoded text: itself, or what was written at `room`, which moves on. */
static struct slice query_plain_or_decoded(struct slice text, char **room)
{
    if (query_is_plain(text))
        return text;
    struct slice decoded = slice_make(*room, query_decode_into(text, true, *room));
    *room += decoded.len;
    return decoded;
}

bool query_next(struct query_reader *r, struct query_pair *out)
{
    struct query_pair raw;
    if (!query_next_raw(&r->_rest, &raw))
        return false;
    r->_scratch.len = 0;
    char *room = buf_reserve(&r->_scratch, raw.name.len + raw.value.len);
    out->name = query_plain_or_decoded(raw.name, &room);
    out->value = query_plain_or_decoded(raw.value, &room);
    return true;
}

bool query_find(struct slice text, const char *name, struct buf *out)
{
    struct query_reader r;
    struct query_pair pair;
    struct slice wanted = slice_str(name);
    bool found = false;
    query_reader_init(&r, text);
    while (!found && query_next(&r, &pair))
        found = slice_equal(pair.name, wanted);
    if (found)
        buf_append_slice(out, pair.value);
    query_reader_dispose(&r);
    return found;
}
