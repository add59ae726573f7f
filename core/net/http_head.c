/* Reads the head of an HTTP/1.1 request.
 * One pass over the lines, then the few headers that decide how the bytes go on. It interprets no
 * other header and decodes no path. */
#include "core/net/http_head.h"

/* RFC 9112 section 2.2: empty lines before a request are skipped. */
static size_t skip_empty_lines(struct slice bytes)
{
    size_t start = 0;
    while (start < bytes.len && (bytes.ptr[start] == '\r' || bytes.ptr[start] == '\n'))
        start++;
    return start;
}

size_t http_head_length(struct slice bytes, size_t from)
{
    size_t start = skip_empty_lines(bytes);
    /* The blank line may straddle what was looked at before. */
    size_t at = from > start + 3 ? from - 3 : start;
    while (at < bytes.len) {
        at += slice_index(slice_skip(bytes, at), '\n') + 1;
        if (at < bytes.len && bytes.ptr[at] == '\n')
            return at + 1;
        if (at + 1 < bytes.len && bytes.ptr[at] == '\r' && bytes.ptr[at + 1] == '\n')
            return at + 2;
    }
    return 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
    return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool http_head_is_token(struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!is_alnum(s.ptr[i]) && (!s.ptr[i] || !strchr("!#$%&'*+-.^_`|~", s.ptr[i])))
            return false;
    }
    return s.len > 0;
}

/* RFC 3986 section 3.2.2. Scripts make URLs of it, and pages of those. */
static bool is_host(struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!is_alnum(s.ptr[i]) && (!s.ptr[i] || !strchr("-._~!$&'()*+,;=%:[]", s.ptr[i])))
            return false;
    }
    return true;
}

bool http_head_begins(struct slice bytes)
{
    size_t start = skip_empty_lines(bytes);
    return start == bytes.len || http_head_is_token(slice_make(bytes.ptr + start, 1));
}

static bool is_field_text(struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

/* Takes one line off the front, without its end. The head is complete, so there is one. */
static struct slice take_line(struct slice *rest)
{
    size_t len = slice_index(*rest, '\n');
    struct slice line = slice_make(rest->ptr, len);
    *rest = slice_skip(*rest, len + 1 <= rest->len ? len + 1 : rest->len);
    if (line.len && line.ptr[line.len - 1] == '\r')
        line.len--;
    return line;
}

static bool split_target(struct http_head *out)
{
    struct slice t = out->target;
    for (size_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.ptr[i];
        if (c <= 0x20 || c == 0x7f)
            return false;
    }
    /* The absolute form, as to a proxy; its host is told by Host too. */
    if (slice_starts_with(t, SLICE("http://")) || slice_starts_with(t, SLICE("https://"))) {
        t = slice_skip(t, slice_index(t, '/') + 2);
        t = slice_skip(t, slice_index(t, '/'));
        if (!t.len)
            t = SLICE("/");
    }
    bool asterisk = slice_equal(t, SLICE("*")) && slice_equal(out->method, SLICE("OPTIONS"));
    if (!asterisk && (!t.len || t.ptr[0] != '/'))
        return false;
    size_t mark = slice_index(t, '?');
    out->raw_path = slice_make(t.ptr, mark);
    out->query = mark < t.len ? slice_skip(t, mark + 1) : slice_make(t.ptr + mark, 0);
    return true;
}

static bool is_version(struct slice text)
{
    return slice_starts_with(text, SLICE("HTTP/")) && text.len == 8 && is_digit(text.ptr[5]) &&
           text.ptr[6] == '.' && is_digit(text.ptr[7]);
}

static enum http_head_result parse_request_line(struct slice line, struct http_head *out)
{
    size_t first = slice_index(line, ' ');
    if (first == line.len)
        return HTTP_HEAD_BAD;
    out->method = slice_make(line.ptr, first);
    struct slice rest = slice_skip(line, first + 1);
    size_t second = slice_index(rest, ' ');
    if (second == rest.len)
        return HTTP_HEAD_BAD;
    out->target = slice_make(rest.ptr, second);
    struct slice version = slice_skip(rest, second + 1);
    if (!is_version(version))
        return HTTP_HEAD_BAD;
    if (version.ptr[5] != '1')
        return HTTP_HEAD_VERSION;
    out->http_1_0 = version.ptr[7] == '0';
    if (!http_head_is_token(out->method) || !split_target(out))
        return HTTP_HEAD_BAD;
    return HTTP_HEAD_OK;
}

static enum http_head_result parse_header(struct slice line, struct http_head *out)
{
    size_t colon = slice_index(line, ':');
    /* A folded line starts with white space, and so has no name. */
    if (colon == line.len || !http_head_is_token(slice_make(line.ptr, colon)))
        return HTTP_HEAD_BAD;
    struct slice value = slice_trim(slice_skip(line, colon + 1));
    if (!is_field_text(value))
        return HTTP_HEAD_BAD;
    if (out->header_count == HTTP_HEAD_HEADERS_MAX)
        return HTTP_HEAD_TOO_LARGE;
    out->headers[out->header_count++] =
        (struct http_header){.name = slice_make(line.ptr, colon), .value = value};
    return HTTP_HEAD_OK;
}

struct slice http_head_find(const struct http_head *h, const char *name)
{
    for (size_t i = 0; i < h->header_count; i++) {
        if (slice_equal_nocase(h->headers[i].name, slice_str(name)))
            return h->headers[i].value;
    }
    return slice_make(NULL, 0);
}

static size_t count_header(const struct http_head *h, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < h->header_count; i++)
        count += slice_equal_nocase(h->headers[i].name, slice_str(name));
    return count;
}

static bool list_has(struct slice list, struct slice token)
{
    while (list.len) {
        size_t len = slice_index(list, ',');
        if (slice_equal_nocase(slice_trim(slice_make(list.ptr, len)), token))
            return true;
        list = slice_skip(list, len < list.len ? len + 1 : len);
    }
    return false;
}

bool http_head_lists(const struct http_header *headers, size_t count, const char *name,
                     struct slice token)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal_nocase(headers[i].name, slice_str(name)) &&
            list_has(headers[i].value, token))
            return true;
    }
    return false;
}

static bool parse_length(struct slice text, uint64_t *out)
{
    uint64_t value = 0;
    if (!text.len || text.len > 18)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_digit(text.ptr[i]))
            return false;
        value = value * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    *out = value;
    return true;
}

/* RFC 9112 section 6.3. Two answers to where a body ends are an attack, not a request. */
static enum http_head_result find_framing(struct http_head *out)
{
    struct slice coding = http_head_find(out, "transfer-encoding");
    size_t lengths = count_header(out, "content-length");
    if (coding.ptr) {
        if (lengths || out->http_1_0 || count_header(out, "transfer-encoding") > 1)
            return HTTP_HEAD_BAD;
        if (!slice_equal_nocase(coding, SLICE("chunked")))
            return HTTP_HEAD_CODING;
        out->framing = HTTP_BODY_CHUNKED;
        return HTTP_HEAD_OK;
    }
    if (!lengths)
        return HTTP_HEAD_OK;
    if (lengths > 1 || !parse_length(http_head_find(out, "content-length"), &out->content_length))
        return HTTP_HEAD_BAD;
    if (out->content_length)
        out->framing = HTTP_BODY_LENGTH;
    return HTTP_HEAD_OK;
}

static enum http_head_result interpret(struct http_head *out)
{
    size_t hosts = count_header(out, "host");
    if (hosts > 1 || (!hosts && !out->http_1_0) || !is_host(http_head_find(out, "host")))
        return HTTP_HEAD_BAD;
    bool close = http_head_lists(out->headers, out->header_count, "connection", SLICE("close"));
    bool keep = http_head_lists(out->headers, out->header_count, "connection", SLICE("keep-alive"));
    out->keep_alive = !close && (keep || !out->http_1_0);
    struct slice expect = http_head_find(out, "expect");
    if (expect.ptr && !slice_equal_nocase(expect, SLICE("100-continue")))
        return HTTP_HEAD_EXPECTATION;
    out->expects_continue = expect.ptr != NULL && !out->http_1_0;
    return find_framing(out);
}

enum http_head_result http_head_parse(struct slice head, struct http_head *out)
{
    out->header_count = 0;
    out->framing = HTTP_BODY_NONE;
    out->content_length = 0;
    struct slice line = take_line(&head);
    while (!line.len && head.len)
        line = take_line(&head);
    enum http_head_result result = parse_request_line(line, out);
    while (result == HTTP_HEAD_OK) {
        line = take_line(&head);
        if (!line.len)
            return interpret(out);
        result = parse_header(line, out);
    }
    return result;
}

unsigned http_head_status(enum http_head_result result)
{
    switch (result) {
    case HTTP_HEAD_OK:
        return 200;
    case HTTP_HEAD_BAD:
        return 400;
    case HTTP_HEAD_TOO_LARGE:
        return 431;
    case HTTP_HEAD_VERSION:
        return 505;
    case HTTP_HEAD_CODING:
        return 501;
    case HTTP_HEAD_EXPECTATION:
        return 417;
    }
    return 400;
}
