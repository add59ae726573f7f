/* What each shape of text is made of, character by character.
 * Strict where browsers are: an origin with a path in it would never match anything. Resolves no
 * host and opens no file. */
#include "core/server/config_shape.h"

#include "core/codec/ip.h"

#include <ctype.h>

static bool is_plain(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7f)
            return false;
    return text.len > 0;
}

/* Is every byte a letter, a digit or one of `others`? Not for empty texts. */
static bool is_made_of(struct slice text, const char *others)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == 0 || (!(c < 0x80 && isalnum(c)) && !strchr(others, c)))
            return false;
    }
    return text.len > 0;
}

bool config_shape_text(struct slice text, struct buf *out)
{
    if (!is_plain(text))
        return false;
    buf_append_slice(out, text);
    return true;
}

bool config_shape_path(struct slice text, struct buf *out)
{
    while (text.len && text.ptr[text.len - 1] == '/')
        text.len--;
    if (!is_plain(text) || text.ptr[0] != '/' || text.ptr[1] == '/')
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (strchr("?#% \\", text.ptr[i]))
            return false;
    buf_append_slice(out, text);
    return true;
}

/* host, host:port or [address]:port */
static bool is_authority(struct slice text)
{
    size_t colon = text.len;
    while (colon && isdigit((unsigned char)text.ptr[colon - 1]))
        colon--;
    if (colon && colon < text.len && text.ptr[colon - 1] == ':')
        text.len = colon - 1;
    if (text.len > 2 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']')
        return is_made_of(slice_make(text.ptr + 1, text.len - 2), ":.");
    return is_made_of(text, ".-_");
}

bool config_shape_origin(struct slice text, struct buf *out)
{
    if (slice_equal(text, SLICE("*"))) {
        buf_append_slice(out, text);
        return true;
    }
    size_t colon = slice_index(text, ':');
    struct slice rest = slice_skip(text, colon);
    if (!is_made_of(slice_make(text.ptr, colon), "+-.") || !slice_starts_with(rest, SLICE("://")))
        return false;
    if (!is_authority(slice_skip(rest, 3)))
        return false;
    for (size_t i = 0; i < text.len; i++)
        buf_append_char(out, (char)tolower((unsigned char)text.ptr[i]));
    return true;
}

bool config_shape_addresses(struct slice text, struct buf *out)
{
    struct ip_range range;
    if (!ip_range_parse(text, &range))
        return false;
    buf_append_slice(out, text);
    return true;
}

bool config_shape_transport(struct slice text, struct buf *out)
{
    if (!slice_equal(text, SLICE("polling")) && !slice_equal(text, SLICE("websocket")))
        return false;
    buf_append_slice(out, text);
    return true;
}

bool config_shape_parser(struct slice text, struct buf *out)
{
    if (!slice_equal(text, SLICE("json")) && !slice_equal(text, SLICE("msgpack")))
        return false;
    buf_append_slice(out, text);
    return true;
}

bool config_shape_token(struct slice text, struct buf *out)
{
    if (!is_made_of(text, "!#$%&'*+-.^_`|~"))
        return false;
    buf_append_slice(out, text);
    return true;
}
