/* Reads multipart/form-data.
 * The body is searched for its delimiter once from front to back, whatever is in it. A part is only
 * believed when its delimiter has come, so a body that was cut off yields no half of a file. Copies
 * nothing but names. */
#include "core/codec/multipart.h"

#include "core/codec/multipart_parameter.h"

#define LINE_END SLICE("\r\n")

/* --- the frame --- */

static bool is_boundary(struct slice text)
{
    static const char more[] = "'()+_,-./:=? ";
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i], lower = (char)(c | 0x20);
        bool is_letter = lower >= 'a' && lower <= 'z';
        if (!is_letter && !(c >= '0' && c <= '9') && !memchr(more, c, sizeof(more) - 1))
            return false;
    }
    return text.len && text.len <= MULTIPART_BOUNDARY_MAX && text.ptr[text.len - 1] != ' ';
}

static bool find_boundary(struct slice content_type, struct slice *out)
{
    struct multipart_parameter p;
    *out = SLICE("");
    multipart_parameter_skip_value(&content_type);
    while (multipart_parameter_next(&content_type, &p)) {
        if (!slice_equal_nocase(p.name, SLICE("boundary")))
            continue;
        if (out->len)
            return false;
        *out = p.value; /* a backslash is no byte of a boundary, so none is escaped */
    }
    return !content_type.len && is_boundary(*out);
}

/* Is `text`, behind a boundary, the rest of a delimiter's line? If so moves behind it. A line that
 * only starts like a delimiter is content: its boundary may be that of another, longer one. */
static bool skip_line_of_delimiter(struct multipart_reader *r, struct slice text)
{
    bool is_last = slice_starts_with(text, SLICE("--"));
    if (is_last)
        text = slice_skip(text, 2);
    while (text.len && (text.ptr[0] == ' ' || text.ptr[0] == '\t'))
        text = slice_skip(text, 1);
    bool is_end = is_last && !text.len;
    if (!is_end && !slice_starts_with(text, LINE_END))
        return false;
    r->_rest = slice_skip(text, is_end ? 0 : 2);
    r->_is_last = is_last;
    return true;
}

/* What stands before the next delimiter; the rest is then behind it. */
static bool cut_at_delimiter(struct multipart_reader *r, struct slice *out)
{
    struct slice text = r->_rest, seek = text;
    while (seek.len) {
        const char *found = memmem(seek.ptr, seek.len, r->_delimiter, r->_delimiter_len);
        if (!found)
            return false;
        *out = slice_make(text.ptr, (size_t)(found - text.ptr));
        seek = slice_skip(text, out->len + r->_delimiter_len);
        if (skip_line_of_delimiter(r, seek))
            return true;
    }
    return false;
}

/* The first delimiter stands at the start, or behind a preamble that nobody reads. */
static bool skip_to_parts(struct multipart_reader *r)
{
    struct slice first = slice_make(r->_delimiter + 2, r->_delimiter_len - 2), preamble;
    if (slice_starts_with(r->_rest, first) &&
        skip_line_of_delimiter(r, slice_skip(r->_rest, first.len)))
        return true;
    return cut_at_delimiter(r, &preamble);
}

void multipart_reader_init(struct multipart_reader *r, struct slice content_type, struct slice body)
{
    struct slice boundary;
    r->error = ERR_SYNTAX;
    r->_rest = body;
    r->_is_last = false;
    r->_count = 0;
    if (!find_boundary(content_type, &boundary))
        return;
    memcpy(r->_delimiter, "\r\n--", 4);
    memcpy(r->_delimiter + 4, boundary.ptr, boundary.len);
    r->_delimiter_len = 4 + boundary.len;
    if (skip_to_parts(r))
        r->error = ERR_OK;
}

/* --- headers --- */

struct names {
    char *room; /* behind what was decoded so far */
    bool has_name, has_filename, has_extended;
};

static struct slice decode(struct names *n, const struct multipart_parameter *p)
{
    struct slice text = slice_make(n->room, multipart_parameter_decode(p, n->room));
    n->room += text.len;
    return text;
}

/* A file name that nobody here can read leaves the plain one. */
static enum err read_extended(struct names *n, const struct multipart_parameter *p,
                              struct multipart_part *out)
{
    size_t len;
    enum err error = multipart_parameter_decode_extended(p, n->room, &len);
    if (error == ERR_OK) {
        out->filename = slice_make(n->room, len);
        n->room += len;
        n->has_extended = true;
    }
    out->is_file = true;
    return error == ERR_UNSUPPORTED ? ERR_OK : error;
}

static enum err read_filename(struct names *n, const struct multipart_parameter *p,
                              struct multipart_part *out)
{
    struct slice text = decode(n, p);
    if (n->has_filename)
        return ERR_SYNTAX;
    if (!n->has_extended)
        out->filename = text;
    n->has_filename = out->is_file = true;
    return ERR_OK;
}

static enum err read_parameter(struct names *n, const struct multipart_parameter *p,
                               struct multipart_part *out)
{
    if (slice_equal_nocase(p->name, SLICE("filename*")))
        return n->has_extended ? ERR_SYNTAX : read_extended(n, p, out);
    if (slice_equal_nocase(p->name, SLICE("filename")))
        return read_filename(n, p, out);
    if (!slice_equal_nocase(p->name, SLICE("name")))
        return ERR_OK;
    if (n->has_name)
        return ERR_SYNTAX;
    out->name = decode(n, p);
    n->has_name = true;
    return ERR_OK;
}

static enum err read_disposition(struct names *n, struct slice value, struct multipart_part *out)
{
    struct multipart_parameter p;
    struct slice kind = multipart_parameter_skip_value(&value);
    if (n->has_name || !slice_equal_nocase(kind, SLICE("form-data")))
        return ERR_SYNTAX;
    while (multipart_parameter_next(&value, &p)) {
        enum err error = read_parameter(n, &p, out);
        if (error)
            return error;
    }
    return n->has_name && !value.len ? ERR_OK : ERR_SYNTAX;
}

/* RFC 7578 section 4.7 takes these back; one that was used all the same must not be overlooked. */
static bool keeps_bytes(struct slice transfer_encoding)
{
    return slice_equal_nocase(transfer_encoding, SLICE("binary")) ||
           slice_equal_nocase(transfer_encoding, SLICE("8bit")) ||
           slice_equal_nocase(transfer_encoding, SLICE("7bit"));
}

static enum err read_header(struct names *n, struct slice line, struct multipart_part *out)
{
    struct slice key = slice_make(line.ptr, slice_index(line, ':'));
    if (key.len == line.len || !multipart_parameter_is_token(key))
        return ERR_SYNTAX;
    struct slice value = slice_trim(slice_skip(line, key.len + 1));
    if (slice_equal_nocase(key, SLICE("content-disposition")))
        return read_disposition(n, value, out);
    if (slice_equal_nocase(key, SLICE("content-type")))
        out->content_type = value;
    if (slice_equal_nocase(key, SLICE("content-transfer-encoding")) && !keeps_bytes(value))
        return ERR_UNSUPPORTED;
    return ERR_OK;
}

static bool has_controls(struct slice line)
{
    for (size_t i = 0; i < line.len; i++) {
        unsigned char c = (unsigned char)line.ptr[i];
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return true;
    }
    return false;
}

/* A line of the headers, which may yet be `room` bytes long. */
static enum err cut_line(struct slice *text, size_t room, struct slice *out)
{
    struct slice near = slice_make(text->ptr, text->len < room ? text->len : room);
    const char *found = near.len ? memmem(near.ptr, near.len, "\r\n", 2) : NULL;
    if (!found)
        return text->len > room ? ERR_RANGE : ERR_SYNTAX;
    *out = slice_make(text->ptr, (size_t)(found - text->ptr));
    *text = slice_skip(*text, out->len + 2);
    return has_controls(*out) ? ERR_SYNTAX : ERR_OK;
}

/* Headers up to an empty line; RFC 2046 lets a part without content end before that. */
static enum err read_headers(struct multipart_reader *r, struct slice *text,
                             struct multipart_part *out)
{
    struct names names = {.room = r->_names};
    size_t room = MULTIPART_HEADERS_MAX, before;
    struct slice line;
    for (; text->len && !slice_starts_with(*text, LINE_END); room -= before - text->len) {
        before = text->len;
        enum err error = cut_line(text, room, &line);
        if (!error)
            error = read_header(&names, line, out);
        if (error)
            return error;
    }
    *text = slice_skip(*text, text->len ? 2 : 0);
    return names.has_name ? ERR_OK : ERR_SYNTAX;
}

static enum err read_part(struct multipart_reader *r, struct multipart_part *out)
{
    *out = (struct multipart_part){.name = SLICE("")};
    if (r->_count++ == MULTIPART_PARTS_MAX)
        return ERR_RANGE;
    if (!cut_at_delimiter(r, &out->content))
        return ERR_SYNTAX;
    return read_headers(r, &out->content, out);
}

bool multipart_next(struct multipart_reader *r, struct multipart_part *out)
{
    if (r->error || r->_is_last)
        return false;
    r->error = read_part(r, out);
    return !r->error;
}
