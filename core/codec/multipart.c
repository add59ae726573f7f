/* Reads multipart/form-data.
 * The body is searched for its delimiter once from front to back, whatever is in it. Nothing is
 * copied, so nothing has to be bounded but the boundary itself. */
#include "core/codec/multipart.h"

#include <string.h>

/* The bytes before `mark`; all of them, and `*out_rest` empty at the end, where there is none. */
static bool cut_at(struct slice text, struct slice mark, struct slice *out_before,
                   struct slice *out_rest)
{
    const char *found = text.len ? memmem(text.ptr, text.len, mark.ptr, mark.len) : NULL;
    size_t at = found ? (size_t)(found - text.ptr) : text.len;
    *out_before = slice_make(text.ptr, at);
    *out_rest = slice_skip(text, found ? at + mark.len : at);
    return found != NULL;
}

/* Where a `;` ends the parameter that `text` starts with: not inside quotes. */
static size_t parameter_length(struct slice text)
{
    bool quoted = false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"')
            quoted = !quoted;
        else if (text.ptr[i] == ';' && !quoted)
            return i;
    }
    return text.len;
}

static struct slice unquoted(struct slice value)
{
    if (value.len < 2 || value.ptr[0] != '"' || value.ptr[value.len - 1] != '"')
        return value;
    return slice_make(value.ptr + 1, value.len - 2);
}

/* `name="value"` behind the first `;` of a header's value. */
static bool find_parameter(struct slice header, const char *name, struct slice *out)
{
    struct slice rest = slice_skip(header, parameter_length(header));
    while (rest.len) {
        rest = slice_skip(rest, 1);
        struct slice parameter = slice_make(rest.ptr, parameter_length(rest));
        rest = slice_skip(rest, parameter.len);
        size_t equals = slice_index(parameter, '=');
        struct slice key = slice_trim(slice_make(parameter.ptr, equals));
        if (equals == parameter.len || !slice_equal_nocase(key, slice_str(name)))
            continue;
        *out = unquoted(slice_trim(slice_skip(parameter, equals + 1)));
        return true;
    }
    return false;
}

bool multipart_reader_init(struct multipart_reader *r, struct slice content_type, struct slice body)
{
    struct slice boundary, preamble;
    if (!find_parameter(content_type, "boundary", &boundary) || !boundary.len ||
        boundary.len > MULTIPART_BOUNDARY_MAX)
        return false;
    memcpy(r->_delimiter, "\r\n--", 4);
    memcpy(r->_delimiter + 4, boundary.ptr, boundary.len);
    r->_delimiter_len = 4 + boundary.len;
    /* The first one stands at the start, or behind a preamble that nobody reads. */
    struct slice first = slice_make(r->_delimiter + 2, r->_delimiter_len - 2);
    if (slice_starts_with(body, first))
        r->_rest = slice_skip(body, first.len);
    else
        cut_at(body, slice_make(r->_delimiter, r->_delimiter_len), &preamble, &r->_rest);
    return true;
}

static void read_disposition(struct slice value, struct multipart_part *out)
{
    struct slice file_name;
    if (!find_parameter(value, "name", &out->name))
        out->name = SLICE("");
    out->is_file = find_parameter(value, "filename", &file_name) ||
                   find_parameter(value, "filename*", &file_name);
}

static void read_headers(struct slice headers, struct multipart_part *out)
{
    struct slice line;
    *out = (struct multipart_part){.name = SLICE("")};
    while (headers.len) {
        cut_at(headers, SLICE("\r\n"), &line, &headers);
        size_t colon = slice_index(line, ':');
        struct slice key = slice_make(line.ptr, colon);
        if (colon < line.len && slice_equal_nocase(key, SLICE("content-disposition")))
            read_disposition(slice_skip(line, colon + 1), out);
    }
}

/* The part that follows the delimiter just passed. */
static bool read_part(struct multipart_reader *r, struct multipart_part *out)
{
    struct slice delimiter = slice_make(r->_delimiter, r->_delimiter_len);
    struct slice padding, headers, part, content;
    /* Behind the last delimiter stands "--", which is not followed by a line. */
    if (slice_starts_with(r->_rest, SLICE("--")) ||
        !cut_at(r->_rest, SLICE("\r\n"), &padding, &part) || slice_trim(padding).len)
        return false;
    if (slice_starts_with(part, SLICE("\r\n"))) {
        headers = SLICE("");
        part = slice_skip(part, 2);
    } else if (!cut_at(part, SLICE("\r\n\r\n"), &headers, &part)) {
        return false;
    }
    if (!cut_at(part, delimiter, &content, &r->_rest))
        return false;
    read_headers(headers, out);
    out->content = content;
    return true;
}

bool multipart_next(struct multipart_reader *r, struct multipart_part *out)
{
    while (read_part(r, out)) {
        if (out->name.len)
            return true;
    }
    r->_rest = SLICE("");
    return false;
}
