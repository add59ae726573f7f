/* A long-polling GET as a transport: one send, one response. */
#include "core/server/eio_polling.h"
#include "core/codec/eio3_payload.h"
#include "core/codec/gzip.h"
#include "core/codec/json.h"
#include "core/server/cors.h"

#include <assert.h>

#define HEADERS_MAX (5 + CORS_HEADERS_MAX + EIO_INITIAL_HEADERS_MAX)

struct eio_polling {
    struct transport transport; /* first: a transport of ours is its eio_polling */
    struct http_exchange *exchange;
    struct eio_table *table;
    uint8_t version;
    size_t packets_max;
    bool base64, jsonp;
    char callback[EIO_JSONP_DIGITS_MAX + 1];
    const char *cookie_sid;
    struct buf initial_headers;
};

static void polling_free(struct eio_polling *p)
{
    p->exchange->on_gone = NULL;
    http_exchange_unref(p->exchange);
    buf_dispose(&p->initial_headers);
    mem_free(p);
}

/* `___eio[0]("…");`: the payload as a JavaScript string, which the JSON of json_put_string is. */
static void jsonp_wrap(struct eio_polling *p, struct buf *payload)
{
    struct buf script = BUF_INIT;
    buf_printf(&script, "___eio[%s](", p->callback);
    if (!json_put_string(&script, buf_slice(payload)))
        buf_append_str(&script, "\"\"");
    buf_append_str(&script, ");");
    buf_dispose(payload);
    *payload = script;
}

static struct slice polling_encode(struct eio_polling *p, struct frame *const *frames, size_t count,
                                   struct buf *out)
{
    bool binary = false;
    if (p->version == 3)
        binary = eio3_payload_put(out, frames, count, p->base64);
    for (size_t i = 0; p->version == 4 && i < count; i++)
        eio_payload_append(out, frames[i]);
    if (p->jsonp) {
        jsonp_wrap(p, out);
        return SLICE("text/javascript; charset=UTF-8");
    }
    return binary ? SLICE("application/octet-stream") : SLICE("text/plain; charset=UTF-8");
}

/* Compresses what is worth it. True: `payload` is in the coding that the headers now name. */
static bool polling_compress(struct eio_polling *p, struct buf *payload, struct http_header *out)
{
    struct slice accept = http_request_header(p->exchange->request, "accept-encoding");
    struct buf packed = BUF_INIT;
    if (payload->len < EIO_POLLING_COMPRESS)
        return false;
    enum gzip_coding coding = gzip_choose(accept);
    if (coding == GZIP_NONE || !gzip_encode(coding, buf_slice(payload), &packed))
        return false;
    *out = (struct http_header){SLICE("Content-Encoding"), gzip_name(coding)};
    buf_dispose(payload);
    *payload = packed;
    return true;
}

/* Splits the lines, which it views; returns how many. */
static size_t put_lines(struct slice lines, struct http_header *out)
{
    size_t count = 0;
    while (lines.len && count < EIO_INITIAL_HEADERS_MAX) {
        struct slice line = slice_make(lines.ptr, slice_index(lines, '\r'));
        size_t colon = slice_index(line, ':');
        out[count++] = (struct http_header){slice_make(line.ptr, colon),
                                            slice_trim(slice_skip(line, colon + 1))};
        lines = slice_skip(lines, line.len + 2);
    }
    return count;
}

static void polling_respond(struct eio_polling *p, struct frame *const *frames, size_t count)
{
    const struct config *config = p->table->config;
    struct http_header headers[HEADERS_MAX];
    struct buf payload = BUF_INIT, cookie = BUF_INIT;
    size_t n = 0;

    headers[n++] =
        (struct http_header){SLICE("Content-Type"), polling_encode(p, frames, count, &payload)};
    headers[n++] = (struct http_header){SLICE("Cache-Control"), SLICE("no-store")};
    if (polling_compress(p, &payload, &headers[n]))
        n++;
    if (config->cookie && p->cookie_sid) {
        buf_printf(&cookie, "%s=%s; Path=/; HttpOnly; SameSite=Lax", config->cookie, p->cookie_sid);
        headers[n++] = (struct http_header){SLICE("Set-Cookie"), buf_slice(&cookie)};
    }
    n += cors_headers(config->cors_allowed_origins, p->exchange->request, false, headers + n);
    n += put_lines(buf_slice(&p->initial_headers), headers + n);
    http_exchange_respond(p->exchange, &(struct http_response){.status = 200,
                                                               .headers = headers,
                                                               .header_count = n,
                                                               .body = buf_slice(&payload)});
    buf_dispose(&payload);
    buf_dispose(&cookie);
}

static size_t polling_send(struct transport *t, struct frame *const *frames, size_t count)
{
    struct eio_polling *p = (struct eio_polling *)t;
    if (count > p->packets_max)
        count = p->packets_max;
    polling_respond(p, frames, count);
    polling_free(p);
    return count;
}

/* A poll that nothing was sent on: the client is let go with a noop, which it takes for an empty
 * answer. */
static void polling_close(struct transport *t, enum transport_end how)
{
    struct frame *noop = eio_packet_frame(EIO_NOOP, SLICE(""));
    (void)how;
    polling_send(t, &noop, 1);
    frame_unref(noop);
}

static void polling_gone(void *ud)
{
    struct eio_polling *p = ud;
    if (p->transport.session)
        eio_session_transport_gone(p->transport.session, &p->transport, p->table->timers->now_ns);
    polling_free(p);
}

static const struct transport_ops polling_ops = {.send = polling_send, .close = polling_close};

struct transport *eio_polling_create(struct http_exchange *x, struct eio_table *table,
                                     const struct eio_polling_form *form)
{
    struct eio_polling *p = mem_alloc(sizeof(*p));

    assert(form->jsonp.len <= EIO_JSONP_DIGITS_MAX);
    *p = (struct eio_polling){.transport = {.ops = &polling_ops, .kind = TRANSPORT_POLLING},
                              .exchange = x,
                              .table = table,
                              .version = form->version,
                              .packets_max = form->packets_max,
                              .base64 = form->base64 || form->jsonp.ptr,
                              .jsonp = form->jsonp.ptr != NULL,
                              .cookie_sid = form->cookie_sid};
    buf_append_slice(&p->initial_headers, form->initial_headers);
    if (form->jsonp.len)
        memcpy(p->callback, form->jsonp.ptr, form->jsonp.len);
    http_exchange_ref(x);
    x->on_gone = polling_gone;
    x->on_gone_ud = p;
    return &p->transport;
}

void eio_polling_destroy(struct transport *t)
{
    polling_free((struct eio_polling *)t);
}
