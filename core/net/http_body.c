/* Reads the body of an HTTP/1.1 request.
 * A small state machine for the chunks, and a copy for the bytes in them. It knows no content
 * types. */
#include "core/net/http_body.h"

#define FRAMING_MAX 65536 /* bytes of chunk sizes, extensions and trailers in one body */

enum { LENGTH, CHUNK_SIZE, CHUNK_EXTENSION, CHUNK_DATA, CHUNK_END, TRAILER };

void http_body_init(struct http_body *b, const struct http_head *head, size_t limit)
{
    *b = (struct http_body){.state = HTTP_BODY_READING, ._limit = limit};
    switch (head->framing) {
    case HTTP_BODY_NONE:
        b->state = HTTP_BODY_DONE;
        break;
    case HTTP_BODY_LENGTH:
        b->_where = LENGTH;
        b->_left = head->content_length;
        if (b->_left > limit)
            b->state = HTTP_BODY_TOO_LARGE;
        break;
    case HTTP_BODY_CHUNKED:
        b->_where = CHUNK_SIZE;
        break;
    }
}

void http_body_dispose(struct http_body *b)
{
    buf_dispose(&b->bytes);
}

static void body_fail(struct http_body *b, enum http_body_state state)
{
    buf_dispose(&b->bytes);
    b->state = state;
}

static size_t take_data(struct http_body *b, struct slice in)
{
    size_t n = in.len < b->_left ? in.len : (size_t)b->_left;
    if (!buf_try_append(&b->bytes, in.ptr, n)) {
        body_fail(b, HTTP_BODY_NOMEM);
        return 0;
    }
    b->_left -= n;
    if (b->_left)
        return n;
    if (b->_where == LENGTH)
        b->state = HTTP_BODY_DONE;
    else
        b->_where = CHUNK_END;
    return n;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static void chunk_line_ends(struct http_body *b)
{
    if (!b->_chunk_digits) {
        body_fail(b, HTTP_BODY_BAD);
        return;
    }
    if (b->_left > b->_limit - b->bytes.len) {
        body_fail(b, HTTP_BODY_TOO_LARGE);
        return;
    }
    b->_where = b->_left ? CHUNK_DATA : TRAILER;
    b->_line_empty = true;
}

static void chunk_size_char(struct http_body *b, char c)
{
    int digit = hex_digit(c);
    if (c == '\n') {
        chunk_line_ends(b);
    } else if (c == ';' || c == ' ' || c == '\t') {
        b->_where = CHUNK_EXTENSION;
    } else if (digit < 0 || b->_left > UINT64_MAX >> 8) {
        body_fail(b, HTTP_BODY_BAD);
    } else {
        b->_left = b->_left << 4 | (uint64_t)digit;
        b->_chunk_digits = true;
    }
}

static void trailer_char(struct http_body *b, char c)
{
    if (c == '\n' && b->_line_empty)
        b->state = HTTP_BODY_DONE;
    else if (c == '\n')
        b->_line_empty = true;
    else
        b->_line_empty = false;
}

/* Lines end in CRLF and in nothing else: where a proxy before us sees another end than we do, a
 * request can hide (RFC 9112 section 11.2). */
static bool ends_wrongly(const struct http_body *b, char c)
{
    return b->_after_cr != (c == '\n');
}

static void framing_char(struct http_body *b, char c)
{
    if (++b->_framing > FRAMING_MAX || ends_wrongly(b, c)) {
        body_fail(b, HTTP_BODY_BAD);
        return;
    }
    b->_after_cr = c == '\r';
    if (b->_after_cr)
        return;
    switch (b->_where) {
    case CHUNK_SIZE:
        chunk_size_char(b, c);
        break;
    case CHUNK_EXTENSION:
        if (c == '\n')
            chunk_line_ends(b);
        break;
    case CHUNK_END:
        if (c == '\n') {
            b->_where = CHUNK_SIZE;
            b->_left = 0;
            b->_chunk_digits = false;
        } else {
            body_fail(b, HTTP_BODY_BAD);
        }
        break;
    default:
        trailer_char(b, c);
    }
}

size_t http_body_read(struct http_body *b, struct slice bytes)
{
    size_t used = 0;
    while (b->state == HTTP_BODY_READING && used < bytes.len) {
        if (b->_where == LENGTH || b->_where == CHUNK_DATA)
            used += take_data(b, slice_skip(bytes, used));
        else
            framing_char(b, bytes.ptr[used++]);
    }
    return used;
}
