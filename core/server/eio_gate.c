/* The door of Engine.IO, in the order in which the reference server asks its questions (engine.io
 * server.ts `verify`, `handshake`). */
#include "core/server/eio_gate.h"
#include "core/codec/query.h"
#include "core/server/cors.h"
#include "core/server/eio_polling.h"

/* What a request asks for. */
struct gate_query {
    enum transport_kind kind;
    bool known_kind;
    bool has_sid;
    uint8_t version; /* 3 when EIO is anything but "4", or missing */
    struct eio_session *session;
};

static bool allowed(const struct config *config, const char *transport)
{
    return strstr(config->transports, transport) != NULL;
}

static void read_query(struct eio_table *t, const struct http_request *request,
                       struct gate_query *out)
{
    struct query_reader r;
    struct query_pair pair;

    *out = (struct gate_query){.version = 3};
    query_reader_init(&r, request->query);
    while (query_next(&r, &pair)) {
        if (slice_equal(pair.name, SLICE("EIO"))) {
            out->version = slice_equal(pair.value, SLICE("4")) ? 4 : 3;
        } else if (slice_equal(pair.name, SLICE("transport"))) {
            bool polling = slice_equal(pair.value, SLICE("polling"));
            bool websocket = slice_equal(pair.value, SLICE("websocket"));
            out->kind = websocket ? TRANSPORT_WEBSOCKET : TRANSPORT_POLLING;
            out->known_kind = (polling && allowed(t->config, "polling")) ||
                              (websocket && allowed(t->config, "websocket"));
        } else if (slice_equal(pair.name, SLICE("sid")) && pair.value.len) {
            out->has_sid = true;
            out->session = eio_table_find(t, pair.value);
        }
    }
    query_reader_dispose(&r);
}

/* `upgrade`: the request is a WebSocket handshake. */
static enum eio_refusal verify(struct eio_table *t, const struct http_request *request,
                               bool upgrade, struct gate_query *q)
{
    read_query(t, request, q);
    if (!q->known_kind)
        return EIO_REFUSAL_TRANSPORT;
    if (!cors_allows(t->config->cors_allowed_origins, request))
        return EIO_REFUSAL_FORBIDDEN;
    if (q->has_sid) {
        if (!q->session)
            return EIO_REFUSAL_SID;
        bool mismatch = !upgrade && (eio_session_transport_kind(q->session) != q->kind);
        return mismatch || (upgrade && q->kind != TRANSPORT_WEBSOCKET) ? EIO_REFUSAL_REQUEST
                                                                       : EIO_REFUSAL_NONE;
    }
    if (!slice_equal(request->method, SLICE("GET")))
        return EIO_REFUSAL_METHOD;
    if (upgrade != (q->kind == TRANSPORT_WEBSOCKET))
        return EIO_REFUSAL_REQUEST;
    return q->version == 4 ? EIO_REFUSAL_NONE : EIO_REFUSAL_VERSION;
}

static const char *refusal_message(enum eio_refusal why)
{
    switch (why) {
    case EIO_REFUSAL_TRANSPORT:
        return "Transport unknown";
    case EIO_REFUSAL_SID:
        return "Session ID unknown";
    case EIO_REFUSAL_METHOD:
        return "Bad handshake method";
    case EIO_REFUSAL_REQUEST:
        return "Bad request";
    case EIO_REFUSAL_FORBIDDEN:
        return "Forbidden";
    case EIO_REFUSAL_VERSION:
        return "Unsupported protocol version";
    case EIO_REFUSAL_NONE:
        break;
    }
    return "";
}

static unsigned refusal_put(enum eio_refusal why, struct buf *out)
{
    buf_printf(out, "{\"code\":%d,\"message\":\"%s\"}", (int)why, refusal_message(why));
    return why == EIO_REFUSAL_FORBIDDEN ? 403 : 400;
}

static void log_refusal(struct eio_table *t, const struct http_request *request,
                        enum eio_refusal why)
{
    const char *hint = "";
    if (why == EIO_REFUSAL_FORBIDDEN)
        hint = "; allow its Origin with cors_allowed_origins";
    else if (why == EIO_REFUSAL_VERSION)
        hint = "; this server speaks Engine.IO 4: use a JS client 3.x or 4.x, python-socketio 5.x";
    struct slice origin = http_request_header(request, "origin");
    log_info(t->log, "refused %.*s %.*s?%.*s from %.*s, origin %.*s: %s%s",
             SLICE_ARG(request->method), SLICE_ARG(request->path), SLICE_ARG(request->query),
             SLICE_ARG(request->remote_addr), SLICE_ARG(origin), refusal_message(why), hint);
}

/* --- HTTP --- */

static void answer(struct eio_table *t, struct http_exchange *x, unsigned status, const char *type,
                   struct slice body)
{
    struct http_header headers[3 + CORS_HEADERS_MAX];
    size_t count = 0;

    headers[count++] = (struct http_header){SLICE("Content-Type"), slice_str(type)};
    headers[count++] = (struct http_header){SLICE("Cache-Control"), SLICE("no-store")};
    if (cors_allows(t->config->cors_allowed_origins, x->request))
        count += cors_headers(t->config->cors_allowed_origins, x->request, false, headers + count);
    http_exchange_respond(x, &(struct http_response){.status = status,
                                                     .headers = headers,
                                                     .header_count = count,
                                                     .body = body,
                                                     .close = x->body_too_large});
}

static void refuse(struct eio_table *t, struct http_exchange *x, enum eio_refusal why)
{
    struct buf body = BUF_INIT;
    unsigned status = refusal_put(why, &body);
    log_refusal(t, x->request, why);
    answer(t, x, status, "application/json", buf_slice(&body));
    buf_dispose(&body);
}

static void preflight(struct eio_table *t, struct http_exchange *x)
{
    struct http_header headers[CORS_HEADERS_MAX];
    if (!cors_allows(t->config->cors_allowed_origins, x->request)) {
        refuse(t, x, EIO_REFUSAL_FORBIDDEN);
        return;
    }
    size_t count = cors_headers(t->config->cors_allowed_origins, x->request, true, headers);
    http_exchange_respond(
        x, &(struct http_response){.status = 204, .headers = headers, .header_count = count});
}

/* The GET is the transport of the session until it is answered. */
static void poll(struct eio_table *t, struct http_exchange *x, struct eio_session *s,
                 int64_t now_ns)
{
    struct transport *transport = eio_polling_create(x, t);
    if (eio_session_attach(s, transport, now_ns) == ERR_OK)
        return;
    eio_polling_destroy(transport);
    refuse(t, x, EIO_REFUSAL_REQUEST);
}

static void receive(struct eio_table *t, struct http_exchange *x, struct eio_session *s,
                    int64_t now_ns)
{
    struct slice type = http_request_header(x->request, "content-type");
    if (x->body_too_large) {
        eio_session_transport_error(s, s->_transport, TRANSPORT_END_TOO_BIG,
                                    "a POST over max_http_buffer_size", now_ns);
        answer(t, x, 413, "text/plain; charset=UTF-8", SLICE("Payload Too Large"));
        return;
    }
    if (slice_starts_with(type, SLICE("application/octet-stream"))) {
        eio_session_transport_error(s, s->_transport, TRANSPORT_END_BAD,
                                    "a binary POST, which protocol 4 does not have", now_ns);
        refuse(t, x, EIO_REFUSAL_REQUEST);
        return;
    }
    if (!eio_session_receive_payload(s, x->body, now_ns)) {
        refuse(t, x, EIO_REFUSAL_REQUEST);
        return;
    }
    answer(t, x, 200, "text/html", SLICE("ok"));
}

void eio_gate_http(struct eio_table *t, struct http_exchange *x, int64_t now_ns)
{
    struct gate_query q;

    t->timers->now_ns = now_ns;
    if (slice_equal(x->request->method, SLICE("OPTIONS"))) {
        preflight(t, x);
        return;
    }
    enum eio_refusal why = verify(t, x->request, false, &q);
    if (why != EIO_REFUSAL_NONE) {
        refuse(t, x, why);
        return;
    }
    if (q.session && slice_equal(x->request->method, SLICE("POST"))) {
        receive(t, x, q.session, now_ns);
        return;
    }
    if (!slice_equal(x->request->method, SLICE("GET"))) {
        refuse(t, x, EIO_REFUSAL_REQUEST);
        return;
    }
    if (!q.session)
        q.session = eio_table_open(t, x->request, q.version, TRANSPORT_POLLING);
    if (!q.session) {
        answer(t, x, 503, "application/json", SLICE("{\"code\":3,\"message\":\"Server is full\"}"));
        return;
    }
    poll(t, x, q.session, now_ns);
}

/* --- WebSocket --- */

enum eio_refusal eio_gate_admit(struct eio_table *t, const struct http_request *request,
                                unsigned *out_status, struct buf *out_body)
{
    struct gate_query q;
    enum eio_refusal why = verify(t, request, true, &q);

    if (why == EIO_REFUSAL_NONE && !q.has_sid && t->count >= (size_t)t->config->max_clients)
        why = EIO_REFUSAL_REQUEST;
    if (why == EIO_REFUSAL_NONE)
        return why;
    log_refusal(t, request, why);
    *out_status = refusal_put(why, out_body);
    return why;
}

bool eio_gate_open(struct eio_table *t, struct http_request *request, struct transport *transport,
                   int64_t now_ns)
{
    struct gate_query q;

    t->timers->now_ns = now_ns;
    if (verify(t, request, true, &q) != EIO_REFUSAL_NONE)
        return false;
    if (!q.session)
        q.session = eio_table_open(t, request, q.version, TRANSPORT_WEBSOCKET);
    if (!q.session)
        return false;
    enum err err = eio_session_attach(q.session, transport, now_ns);
    if (err != ERR_OK)
        log_info(t->log, "%s: a WebSocket for it was refused: no upgrade is possible now",
                 q.session->sid);
    return err == ERR_OK;
}
