/* Reads `name=value; name=value`.
 * A part without `=`, or without a name, is passed over, as browsers never mean one. Does not
 * percent-decode: cookies have no such rule. */
#include "core/codec/cookie.h"

void cookie_reader_init(struct cookie_reader *r, struct slice header)
{
    r->_rest = header;
}

static struct slice cookie_unquoted(struct slice value)
{
    if (value.len < 2 || value.ptr[0] != '"' || value.ptr[value.len - 1] != '"')
        return value;
    return slice_make(value.ptr + 1, value.len - 2);
}

bool cookie_next(struct cookie_reader *r, struct slice *out_name, struct slice *out_value)
{
    while (r->_rest.len) {
        struct slice part = slice_make(r->_rest.ptr, slice_index(r->_rest, ';'));
        size_t past = part.len + (part.len < r->_rest.len);
        r->_rest = slice_skip(r->_rest, past);
        size_t equals = slice_index(part, '=');
        struct slice name = slice_trim(slice_make(part.ptr, equals));
        if (equals == part.len || !name.len)
            continue;
        *out_name = name;
        *out_value = cookie_unquoted(slice_trim(slice_skip(part, equals + 1)));
        return true;
    }
    return false;
}
