/* Where a request goes: the Socket.IO endpoint, the Socket.IO client's files, or the script's
 * routes. */
#include "core/codec/query.h"
#include "core/server/forwarded.h"
#include "core/server/server.h"

static const char *const client_files[] = {"socket.io.js",
                                           "socket.io.js.map",
                                           "socket.io.min.js",
                                           "socket.io.min.js.map",
                                           "socket.io.esm.min.js",
                                           "socket.io.esm.min.js.map",
                                           "socket.io.msgpack.min.js",
                                           "socket.io.msgpack.min.js.map",
                                           NULL};

/* What follows `<path>/`; ptr NULL if the request is for something else. */
static struct slice below_endpoint(const struct server *s, struct slice path)
{
    struct slice root = slice_str(s->config.path);
    if (!slice_starts_with(path, root))
        return (struct slice){0};
    struct slice rest = slice_skip(path, root.len);
    if (rest.len == 0)
        return SLICE("");
    return rest.ptr[0] == '/' ? slice_skip(rest, 1) : (struct slice){0};
}

/* Arduino libraries ask for /socket.io/1/ and /socket.io/1/websocket/, and both reference servers
 * take all that is below the path. Here only what names a transport: scripts have routes there. */
bool server_is_endpoint(const struct server *s, const struct http_request *request)
{
    struct slice rest = below_endpoint(s, request->path);
    struct buf transport = BUF_INIT;
    bool is = rest.ptr && (rest.len == 0 || query_find(request->query, "transport", &transport));
    buf_dispose(&transport);
    return is;
}

static bool is_client_file(struct slice name)
{
    for (const char *const *file = client_files; *file; file++) {
        if (slice_equal(name, slice_str(*file)))
            return true;
    }
    return false;
}

static void serve_client(struct server *s, struct http_exchange *x, struct slice name)
{
    bool served = s->files && s->client_folder.len &&
                  s->files->serve(s->files->ud, x, s->client_folder, name, NULL, 0);
    if (served)
        return;
    log_error(s->log, "the Socket.IO client %.*s is not installed: run tools/setup",
              SLICE_ARG(name));
    http_exchange_respond_text(x, 404, "text/plain; charset=utf-8",
                               SLICE("The Socket.IO client is not installed: run tools/setup."));
}

struct http_request *server_try_request(const struct server *s, const struct http_request *parts)
{
    struct http_request seen = *parts;
    forwarded_apply(s->config.trusted_proxies, &seen);
    return http_request_try_create(&seen);
}

void server_http(struct server *s, struct http_exchange *x, int64_t now_ns)
{
    struct slice rest = below_endpoint(s, x->request->path);

    s->timers.now_ns = now_ns;
    if (server_is_endpoint(s, x->request))
        eio_gate_http(&s->sessions, x, now_ns);
    else if (rest.ptr && is_client_file(rest))
        serve_client(s, x, rest);
    else if (s->dispatch)
        s->dispatch->on_request(s->dispatch->ud, x);
    else
        http_exchange_respond_text(x, 404, "text/plain; charset=utf-8", SLICE("Not Found"));
}

size_t server_body_limit(struct server *s, const struct http_request *request)
{
    if (server_is_endpoint(s, request))
        return (size_t)s->config.max_http_buffer_size;
    return s->dispatch ? s->dispatch->body_limit(s->dispatch->ud, request) : 0;
}
