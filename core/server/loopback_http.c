/* HTTP exchanges in memory. */
#include "core/server/loopback.h"

struct memory_exchange {
    struct http_exchange exchange; /* first: an exchange of ours is its memory_exchange */
    struct loopback_http *to;      /* NULL once the test left */
    struct buf body;
};

static void read_source(const struct http_source *source, struct buf *out)
{
    uint64_t left = source->len;
    while (left) {
        size_t cap = left < 65536 ? (size_t)left : 65536;
        size_t got = source->read(source->ud, buf_reserve(out, cap), cap);
        if (got == 0)
            break;
        out->len += got;
        left -= got;
    }
}

static void memory_respond(struct http_exchange *x, const struct http_response *response)
{
    struct loopback_http *h = ((struct memory_exchange *)x)->to;

    if (h) {
        h->done = true;
        h->status = response->status;
        for (size_t i = 0; i < response->header_count; i++)
            buf_printf(&h->headers, "%.*s: %.*s\n", SLICE_ARG(response->headers[i].name),
                       SLICE_ARG(response->headers[i].value));
        bool head = slice_equal(x->request->method, SLICE("HEAD"));
        if (response->source && !head)
            read_source(response->source, &h->body);
        else if (!head)
            buf_append_slice(&h->body, response->body);
    }
    if (response->source)
        response->source->close(response->source->ud);
}

static void memory_destroy(struct http_exchange *x)
{
    struct memory_exchange *m = (struct memory_exchange *)x;
    http_request_unref(x->request);
    buf_dispose(&m->body);
    mem_free(m);
}

static const struct http_exchange_ops memory_ops = {.respond = memory_respond,
                                                    .destroy = memory_destroy};

void loopback_http_start(struct loopback_http *h, struct server *s,
                         const struct http_request *request, struct slice body, int64_t now_ns)
{
    struct memory_exchange *m = mem_zalloc(sizeof(*m));
    struct http_request *copy = server_try_request(s, request);

    *h = (struct loopback_http){0};
    if (!copy) {
        mem_free(m);
        return;
    }
    http_exchange_init(&m->exchange, &memory_ops, copy);
    m->to = h;
    m->exchange.body_too_large = body.len > server_body_limit(s, copy);
    if (!m->exchange.body_too_large)
        buf_append_slice(&m->body, body);
    m->exchange.body = buf_slice(&m->body);
    h->_exchange = &m->exchange;
    server_http(s, &m->exchange, now_ns);
}

struct slice loopback_http_header(const struct loopback_http *h, const char *name)
{
    struct slice rest = buf_slice(&h->headers);
    while (rest.len) {
        size_t end = slice_index(rest, '\n');
        struct slice line = slice_make(rest.ptr, end);
        size_t colon = slice_index(line, ':');
        if (slice_equal_nocase(slice_make(line.ptr, colon), slice_str(name)))
            return slice_trim(slice_skip(line, colon + 1));
        rest = slice_skip(rest, end < rest.len ? end + 1 : end);
    }
    return (struct slice){0};
}

void loopback_http_dispose(struct loopback_http *h)
{
    if (h->_exchange) {
        ((struct memory_exchange *)h->_exchange)->to = NULL;
        http_exchange_gone(h->_exchange);
        http_exchange_unref(h->_exchange);
    }
    buf_dispose(&h->headers);
    buf_dispose(&h->body);
    *h = (struct loopback_http){0};
}
