/* A request in one block: the struct, its headers, then every byte that they name.
 * One block, because a session keeps the request of its handshake for life and thousands of them
 * should cost one allocation each. Parses nothing. */
#include "core/server/http_request.h"

static size_t bytes_of(const struct http_request *r)
{
    size_t total = r->method.len + r->path.len + r->query.len + r->remote_addr.len;
    for (size_t i = 0; i < r->header_count; i++)
        total += r->headers[i].name.len + r->headers[i].value.len;
    return total;
}

/* Copies `from` to *at and moves *at behind it. */
static struct slice copy(struct slice from, char **at)
{
    char *to = *at;
    if (from.len)
        memcpy(to, from.ptr, from.len);
    *at += from.len;
    return slice_make(to, from.len);
}

struct http_request *http_request_try_create(const struct http_request *parts)
{
    size_t headers_size = parts->header_count * sizeof(struct http_header);
    struct http_request *r = mem_try_alloc(sizeof(*r) + headers_size + bytes_of(parts));
    if (!r)
        return NULL;

    struct http_header *headers = (struct http_header *)(r + 1);
    char *at = (char *)(headers + parts->header_count);
    *r = *parts;
    r->_refs = 1;
    r->method = copy(parts->method, &at);
    r->path = copy(parts->path, &at);
    r->query = copy(parts->query, &at);
    r->remote_addr = copy(parts->remote_addr, &at);
    for (size_t i = 0; i < parts->header_count; i++) {
        headers[i].name = copy(parts->headers[i].name, &at);
        headers[i].value = copy(parts->headers[i].value, &at);
    }
    r->headers = headers;
    return r;
}

struct http_request *http_request_ref(struct http_request *r)
{
    r->_refs++;
    return r;
}

void http_request_unref(struct http_request *r)
{
    if (--r->_refs == 0)
        mem_free(r);
}

struct slice http_request_header(const struct http_request *r, const char *name)
{
    struct slice wanted = slice_str(name);
    for (size_t i = 0; i < r->header_count; i++)
        if (slice_equal_nocase(r->headers[i].name, wanted))
            return r->headers[i].value;
    return (struct slice){0};
}

bool http_request_is_python(const struct http_request *r)
{
    struct slice agent = http_request_header(r, "user-agent");
    for (struct slice name = SLICE("python"); agent.len >= name.len; agent = slice_skip(agent, 1)) {
        if (slice_equal_nocase(slice_make(agent.ptr, name.len), name))
            return true;
    }
    return false;
}

bool http_request_agent_is(const struct http_request *r, const char *product)
{
    struct slice agent = http_request_header(r, "user-agent");
    return slice_equal_nocase(slice_make(agent.ptr, slice_index(agent, '/')), slice_str(product));
}
