/* HTTP/1.1 on one wire.
 * One request at a time: what a client sends behind one that is not answered, or behind the
 * requests that one turn has time for, waits (`in`). The struct lives as long as its wire; an
 * exchange may outlive both, and then only knows that its line is gone. Writing the response is
 * net_http_out.c's. */
#include "core/net/net_http.h"
#include "core/codec/query.h"
#include "core/net/net_http_line.h"
#include "core/net/net_ws.h"
#include "core/net/ws_handshake.h"

#define IN_MAX 65536 /* bytes that may wait behind an unanswered request */

static void http_free(struct net_http *h)
{
    http_body_dispose(&h->body);
    buf_dispose(&h->in);
    net_http_out_dispose(h);
    if (h->request)
        http_request_unref(h->request);
    mem_free(h);
}

/* --- time limits --- */

static void on_timeout(void *ud, int64_t now_ns)
{
    struct net_http *h = ud;
    bool waits = h->state == NET_HTTP_HEAD && h->in.len == 0;
    if (h->state == NET_HTTP_ANSWERING) {
        wire_cut(h->wire);
        net_http_left(h);
    } else if (waits) {
        wire_close(h->wire, now_ns);
        net_http_left(h);
    } else {
        net_http_refuse(h, 408, SLICE("The request took too long."));
    }
}

void net_http_arm(struct net_http *h, int64_t at_ns)
{
    wire_arm(h->wire, on_timeout, at_ns);
}

/* --- exchanges --- */

static void exchange_respond(struct http_exchange *x, const struct http_response *response)
{
    struct net_exchange *ex = (struct net_exchange *)x;
    net_http_respond(ex->line, response);
}

static void exchange_destroy(struct http_exchange *x)
{
    struct net_exchange *ex = (struct net_exchange *)x;
    http_request_unref(x->request);
    buf_dispose(&ex->body);
    mem_free(ex);
}

static const struct http_exchange_ops exchange_ops = {.respond = exchange_respond,
                                                      .destroy = exchange_destroy};

/* The request is whole: to the server with it. */
static void http_dispatch(struct net_http *h, int64_t now_ns)
{
    struct net_exchange *ex = mem_zalloc(sizeof(*ex));
    http_exchange_init(&ex->exchange, &exchange_ops, h->request);
    ex->exchange.body_too_large = h->body.state == HTTP_BODY_TOO_LARGE;
    ex->body = h->body.bytes;
    ex->exchange.body = buf_slice(&ex->body);
    ex->line = h;
    h->body.bytes = BUF_INIT;
    h->request = NULL;
    h->exchange = ex;
    h->state = NET_HTTP_ANSWERING;
    net_http_arm(h, TIMERS_NEVER);
    /* An answer at once ends our own reference before the server is done with it. */
    http_exchange_ref(&ex->exchange);
    server_http(h->shared->server, &ex->exchange, now_ns);
    http_exchange_unref(&ex->exchange);
}

void net_http_drop_exchange(struct net_http *h)
{
    struct net_exchange *ex = h->exchange;
    if (!ex)
        return;
    h->exchange = NULL;
    ex->line = NULL;
    http_exchange_gone(&ex->exchange);
    http_exchange_unref(&ex->exchange);
}

/* --- requests --- */

void net_http_refuse(struct net_http *h, unsigned status, struct slice body)
{
    struct http_header type = {SLICE("Content-Type"), SLICE("text/plain; charset=utf-8")};
    struct http_response response = {
        .status = status, .headers = &type, .header_count = 1, .body = body, .close = true};
    log_info(h->shared->log, "refused a request from %s: %u %s", h->wire->remote, status,
             http_status_text(status));
    h->state = NET_HTTP_ANSWERING;
    net_http_respond(h, &response);
}

/* False: refused. */
static bool make_request(struct net_http *h, const struct http_head *head)
{
    struct buf path = BUF_INIT;
    query_decode(head->raw_path, false, &path);
    struct http_request parts = {.is_secure = wire_is_secure(h->wire),
                                 .method = head->method,
                                 .path = buf_slice(&path),
                                 .query = head->query,
                                 .remote_addr = slice_str(h->wire->remote),
                                 .header_count = head->header_count,
                                 .headers = head->headers};
    bool whole = slice_index(parts.path, 0) == parts.path.len;
    h->request = whole ? server_try_request(h->shared->server, &parts) : NULL;
    buf_dispose(&path);
    if (h->request)
        return true;
    net_http_refuse(h, whole ? 503 : 400, SLICE(""));
    return false;
}

static void refuse_upgrade(struct net_http *h, unsigned status, const char *type, struct slice body)
{
    struct http_header headers[] = {{SLICE("Content-Type"), slice_str(type)},
                                    {SLICE("Sec-WebSocket-Version"), SLICE("13")}};
    struct http_response response = {.status = status,
                                     .headers = headers,
                                     .header_count = status == 426 ? 2 : 1,
                                     .body = body,
                                     .close = true};
    h->state = NET_HTTP_ANSWERING;
    net_http_respond(h, &response);
}

/* Turns the wire over to net_ws; h is freed. Or refuses. */
static void http_upgrade(struct net_http *h, int64_t now_ns)
{
    struct buf body = BUF_INIT;
    unsigned status = 400;
    const char *why = NULL;
    if (eio_gate_admit(&h->shared->server->sessions, h->request, &status, &body) !=
        EIO_REFUSAL_NONE) {
        refuse_upgrade(h, status, "application/json", buf_slice(&body));
        buf_dispose(&body);
        return;
    }
    status = ws_handshake_check(h->request, &why);
    if (status) {
        log_info(h->shared->log, "refused a WebSocket from %s: %s", h->wire->remote, why);
        refuse_upgrade(h, status, "text/plain; charset=utf-8", slice_str(why));
        return;
    }
    wire_arm(h->wire, NULL, TIMERS_NEVER);
    net_ws_start(h->shared, h->wire, h->request, (char *)h->input.ptr, h->input.len, now_ns);
    h->input.len = 0;
    h->wire = NULL;
    h->over = true;
}

static void begin_body(struct net_http *h, const struct http_head *head)
{
    size_t limit = server_body_limit(h->shared->server, h->request);
    http_body_init(&h->body, head, limit);
    h->state = NET_HTTP_BODY;
    h->progress = 0;
    if (h->body.state == HTTP_BODY_READING && head->expects_continue && !h->input.len)
        wire_write(h->wire, "HTTP/1.1 100 Continue\r\n\r\n", 25);
}

static void begin_request(struct net_http *h, size_t head_len, int64_t now_ns)
{
    struct http_head head;
    enum http_head_result result = http_head_parse(slice_make(h->input.ptr, head_len), &head);
    h->http_1_0 = h->is_head = false;
    if (result != HTTP_HEAD_OK) {
        net_http_refuse(h, http_head_status(result), SLICE(""));
        return;
    }
    h->keep_alive = head.keep_alive;
    h->http_1_0 = head.http_1_0;
    h->is_head = slice_equal(head.method, SLICE("HEAD"));
    if (!make_request(h, &head))
        return;
    h->input = slice_skip(h->input, head_len);
    h->looked = 0;
    if (ws_handshake_wanted(h->request) && head.framing == HTTP_BODY_NONE &&
        server_is_endpoint(h->shared->server, h->request))
        http_upgrade(h, now_ns);
    else
        begin_body(h, &head);
}

/* False: more bytes are needed. */
static bool step_head(struct net_http *h, int64_t now_ns)
{
    size_t len = http_head_length(h->input, h->looked);
    if (len > HTTP_HEAD_MAX || (!len && h->input.len > HTTP_HEAD_MAX)) {
        net_http_refuse(h, 431, SLICE("The request's headers are over 32 KiB."));
        return true;
    }
    if (len) {
        begin_request(h, len, now_ns);
        return true;
    }
    if (!http_head_begins(h->input)) {
        net_http_refuse(h, 400, SLICE("This is not HTTP."));
        return true;
    }
    h->looked = h->input.len;
    return false;
}

static bool step_body(struct net_http *h, int64_t now_ns)
{
    size_t used = http_body_read(&h->body, h->input);
    h->input = slice_skip(h->input, used);
    h->progress += used;
    switch (h->body.state) {
    case HTTP_BODY_READING:
        if (h->progress < NET_HTTP_BODY_PROGRESS)
            return false;
        h->progress = 0;
        net_http_arm(h, now_ns + NET_HTTP_REQUEST_NS);
        return false;
    case HTTP_BODY_TOO_LARGE:
        h->keep_alive = false;
        http_dispatch(h, now_ns);
        return true;
    case HTTP_BODY_DONE:
        http_dispatch(h, now_ns);
        return true;
    case HTTP_BODY_BAD:
        net_http_refuse(h, 400, SLICE("The body's chunks are malformed."));
        return true;
    case HTTP_BODY_NOMEM:
        net_http_refuse(h, 503, SLICE(""));
        return true;
    }
    return false;
}

/* --- input --- */

/* Keeps what was not used. `input` lies in `in`, or in the bytes at hand. */
static void keep_rest(struct net_http *h)
{
    bool ours = h->in.len && h->input.ptr >= h->in.ptr && h->input.ptr <= h->in.ptr + h->in.len;
    bool kept = true;
    if (ours) {
        memmove(h->in.ptr, h->input.ptr, h->input.len);
        h->in.len = h->input.len;
    } else {
        kept = buf_try_append(&h->in, h->input.ptr, h->input.len);
    }
    if (h->in.len == 0)
        buf_reset(&h->in, 0);
    h->input = SLICE("");
    wire_pause(h->wire, h->in.len > IN_MAX);
    if (kept)
        return;
    wire_cut(h->wire);
    net_http_left(h);
}

/* Goes as far as the bytes at hand lead: maybe over several requests while its turn lasts, or to
 * the end of h. */
static void http_process(struct net_http *h, int64_t now_ns)
{
    bool more = true;
    h->busy = true;
    h->turn_ns = clock_now_ns(); /* not the loop's, which may have served others before */
    while (more && !h->over && !h->waits && h->state != NET_HTTP_ANSWERING)
        more = h->state == NET_HTTP_HEAD ? step_head(h, now_ns) : step_body(h, now_ns);
    h->busy = false;
    if (h->over)
        http_free(h);
    else
        keep_rest(h);
}

static void on_bytes(void *holder, char *bytes, size_t len, int64_t now_ns)
{
    struct net_http *h = holder;
    /* The clock of a request starts with its first byte. */
    if (h->state == NET_HTTP_HEAD && h->in.len == 0)
        net_http_arm(h, now_ns + NET_HTTP_REQUEST_NS);
    h->input = slice_make(bytes, len);
    if (h->in.len) {
        if (!buf_try_append(&h->in, bytes, len)) {
            wire_cut(h->wire);
            net_http_left(h);
            return;
        }
        h->input = buf_slice(&h->in);
    }
    http_process(h, now_ns);
}

static void on_next_turn(void *ud, int64_t now_ns)
{
    struct net_http *h = ud;
    h->waits = false;
    net_http_arm(h, now_ns + NET_HTTP_REQUEST_NS);
    h->input = buf_slice(&h->in);
    http_process(h, now_ns);
}

void net_http_next(struct net_http *h, int64_t now_ns)
{
    bool here = h->busy ? h->input.len > 0 : h->in.len > 0; /* the next request */
    bool goes_on = h->busy && now_ns - h->turn_ns < CONFIG_CLIENT_TURN_NS;
    h->state = NET_HTTP_HEAD;
    h->looked = 0;
    h->waits = here && !goes_on;
    if (h->waits)
        wire_arm(h->wire, on_next_turn, now_ns);
    else
        net_http_arm(h, now_ns + (here ? NET_HTTP_REQUEST_NS : NET_HTTP_IDLE_NS));
}

/* --- the end --- */

void net_http_left(struct net_http *h)
{
    h->wire = NULL;
    h->over = true;
    net_http_drop_exchange(h);
    if (!h->busy)
        http_free(h);
}

static void on_gone(void *holder, int64_t now_ns)
{
    net_http_left(holder);
}

static void on_writable(void *holder, int64_t now_ns)
{
    struct net_http *h = holder;
    if (h->state == NET_HTTP_ANSWERING)
        net_http_pump(h);
}

const struct wire_ops net_http_ops = {
    .on_bytes = on_bytes, .on_writable = on_writable, .on_gone = on_gone};

void net_http_start(struct net_shared *shared, struct wire *wire, int64_t now_ns)
{
    struct net_http *h = mem_zalloc(sizeof(*h));
    h->shared = shared;
    h->wire = wire;
    wire_hold(wire, &net_http_ops, h);
    net_http_arm(h, now_ns + NET_HTTP_REQUEST_NS);
}

void net_http_stop(void *holder, void *unused)
{
    struct net_http *h = holder;
    h->keep_alive = false;
    if (h->state == NET_HTTP_ANSWERING || h->in.len)
        return;
    int64_t now_ns = clock_now_ns();
    wire_close(h->wire, now_ns);
    net_http_left(h);
}
