/* Writes the head of an HTTP/1.1 response.
 * It sends nothing and chooses no headers beyond the four that belong to the connection. */
#include "core/net/http_reply.h"

bool http_reply_has_body(unsigned status)
{
    return status >= 200 && status != 204 && status != 304;
}

static bool name_ok(struct slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        if (c <= ' ' || c >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", c))
            return false;
    }
    return name.len > 0;
}

static bool value_ok(struct slice value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

bool http_reply_check(const struct http_response *r, const char **out_why, struct slice *out_header)
{
    size_t total = 0;
    *out_header = SLICE("");
    *out_why = "a status outside 200 to 599";
    if (r->status < 200 || r->status > 599)
        return false;
    for (size_t i = 0; i < r->header_count; i++) {
        *out_header = r->headers[i].name;
        *out_why = "not a header name";
        if (!name_ok(r->headers[i].name))
            return false;
        *out_why = "a line break or control character in its value";
        if (!value_ok(r->headers[i].value))
            return false;
        total += r->headers[i].name.len + r->headers[i].value.len + 4;
        *out_why = "headers of more than 64 KiB in all";
        if (total > HTTP_REPLY_HEAD_MAX)
            return false;
    }
    return true;
}

static bool is_ours(struct slice name)
{
    return slice_equal_nocase(name, SLICE("content-length")) ||
           slice_equal_nocase(name, SLICE("connection")) ||
           slice_equal_nocase(name, SLICE("date")) ||
           slice_equal_nocase(name, SLICE("transfer-encoding"));
}

void http_reply_head(const struct http_response *r, const struct http_reply_params *params,
                     struct buf *out)
{
    buf_printf(out, "HTTP/1.1 %u %s\r\n", r->status, http_status_text(r->status));
    for (size_t i = 0; i < r->header_count; i++) {
        if (is_ours(r->headers[i].name))
            continue;
        buf_append_slice(out, r->headers[i].name);
        buf_append_str(out, ": ");
        buf_append_slice(out, r->headers[i].value);
        buf_append_str(out, "\r\n");
    }
    if (http_reply_has_body(r->status))
        buf_printf(out, "Content-Length: %llu\r\n", (unsigned long long)params->body_len);
    if (!params->keep_alive)
        buf_append_str(out, "Connection: close\r\n");
    else if (params->http_1_0)
        buf_append_str(out, "Connection: keep-alive\r\n");
    buf_printf(out, "Date: %s\r\n\r\n", params->date);
}
