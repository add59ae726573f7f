/* Responses on one wire that speaks HTTP.
 * Head and body leave in one write where they fit; a file is read as the wire takes it, so that a
 * slow client costs one piece of it and no more. It chooses no status but the 500 for a response
 * that cannot be sent. */
#include "core/net/http_reply.h"
#include "core/net/net_http_line.h"

#define OUT_KEEP 4096      /* bytes of memory that an idle line may hold */
#define SOURCE_PIECE 65536 /* bytes of a file read at once */

void net_http_out_dispose(struct net_http *h)
{
    if (h->has_source)
        h->source.close(h->source.ud);
    h->has_source = false;
    buf_dispose(&h->out);
}

static const char *date_now(struct net_shared *shared)
{
    int64_t second = clock_unix_ms() / 1000;
    if (second != shared->date_s) {
        shared->date_s = second;
        http_date_format(second, shared->date);
    }
    return shared->date;
}

/* The next piece of the file behind what is in `out`. False: it cannot be read any more. */
static bool refill(struct net_http *h)
{
    size_t want = h->source_left < SOURCE_PIECE ? (size_t)h->source_left : SOURCE_PIECE;
    size_t n = h->source.read(h->source.ud, buf_reserve(&h->out, want), want);
    h->out.len += n;
    h->source_left -= n;
    if (n > 0 && h->source_left > 0)
        return true;
    h->has_source = false;
    h->source.close(h->source.ud);
    return n > 0;
}

/* The response is through. */
static void finish(struct net_http *h)
{
    int64_t now_ns = clock_now_ns();
    buf_reset(&h->out, OUT_KEEP);
    h->out_at = 0;
    net_http_drop_exchange(h);
    if (h->keep_alive && !h->shared->stopping) {
        net_http_next(h, now_ns);
        return;
    }
    wire_close(h->wire, now_ns);
    net_http_left(h);
}

/* A file that ends before its Content-Length: only cutting the wire tells the client. */
static void source_failed(struct net_http *h)
{
    log_warning(h->shared->log, "a file could not be read to its end; its client %s is cut",
                h->wire->remote);
    wire_cut(h->wire);
    net_http_left(h);
}

void net_http_pump(struct net_http *h)
{
    while (!wire_blocked(h->wire)) {
        size_t left = h->out.len - h->out_at;
        if (left == 0 && !h->has_source) {
            finish(h);
            return;
        }
        if (left == 0) {
            buf_reset(&h->out, SOURCE_PIECE);
            h->out_at = 0;
            if (!refill(h)) {
                source_failed(h);
                return;
            }
            continue;
        }
        size_t n = left < WIRE_WRITE_MAX ? left : WIRE_WRITE_MAX;
        wire_write(h->wire, h->out.ptr + h->out_at, n);
        h->out_at += n;
    }
    net_http_arm(h, clock_now_ns() + NET_HTTP_STALL_NS);
}

/* Replaces a response that cannot be sent. */
static void respond_500(struct net_http *h, const char *why, struct slice header)
{
    static const struct http_header type = {SLICE("Content-Type"),
                                            SLICE("text/plain; charset=utf-8")};
    struct http_response response = {
        .status = 500, .headers = &type, .header_count = 1, .body = SLICE("Internal Server Error")};
    struct slice path = h->exchange ? h->exchange->exchange.request->path : SLICE("");
    log_error(h->shared->log, "the response to %.*s cannot be sent: %s%s%.*s", SLICE_ARG(path), why,
              header.len ? ", header " : "", SLICE_ARG(header));
    net_http_respond(h, &response);
}

static void take_source(struct net_http *h, const struct http_source *source)
{
    h->source = *source;
    h->source_left = source->len;
    h->has_source = true;
}

void net_http_respond(struct net_http *h, const struct http_response *r)
{
    const char *why;
    struct slice header;
    if (!http_reply_check(r, &why, &header)) {
        if (r->source)
            r->source->close(r->source->ud);
        respond_500(h, why, header);
        return;
    }
    h->keep_alive = h->keep_alive && !r->close && !h->shared->stopping;
    struct http_reply_params params = {.body_len = r->source ? r->source->len : r->body.len,
                                       .date = date_now(h->shared),
                                       .keep_alive = h->keep_alive,
                                       .http_1_0 = h->http_1_0};
    http_reply_head(r, &params, &h->out);
    bool with_body = !h->is_head && http_reply_has_body(r->status);
    if (r->source && with_body && r->source->len) {
        take_source(h, r->source);
        if (!refill(h)) {
            source_failed(h);
            return;
        }
    } else if (r->source) {
        r->source->close(r->source->ud);
    } else if (with_body) {
        buf_append_slice(&h->out, r->body);
    }
    net_http_pump(h);
}
