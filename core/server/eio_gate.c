/* The door of Engine.IO, in the order in which the reference server asks its questions (engine.io
 * server.ts `verify`, `handshake`). */
#include "core/server/eio_gate.h"
#include "core/codec/query.h"
#include "core/server/cors.h"
#include "core/server/eio_intake.h"
#include "core/server/eio_polling.h"

#define FULL "{\"code\":3,\"message\":\"Server is full\"}" /* Bad request, to the reference */

/* What a request asks for. */
struct gate_query {
    enum transport_kind kind;
    bool known_kind;
    bool has_sid, has_jsonp, base64;
    char jsonp[EIO_JSONP_DIGITS_MAX + 1]; /* the digits of `j` */
    uint8_t version;                      /* 3 when EIO is anything but "4", or missing */
    struct eio_session *session;
};

/* The transport that a session has stays its own when the configuration changes. */
static bool allowed(const struct eio_table *t, const struct gate_query *q)
{
    const char *name = q->kind == TRANSPORT_WEBSOCKET ? "websocket" : "polling";
    return strstr(t->config->transports, name) ||
           (q->session && eio_session_transport_kind(q->session) == q->kind);
}

/* The number of the callback that a JSONP poll is answered to; anything but digits in it is
 * dropped, as it becomes script. */
static void read_digits(struct slice text, struct gate_query *out)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len && count + 1 < sizeof(out->jsonp); i++) {
        if (text.ptr[i] >= '0' && text.ptr[i] <= '9')
            out->jsonp[count++] = text.ptr[i];
    }
    out->has_jsonp = true;
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
            out->known_kind = polling || websocket;
        } else if (slice_equal(pair.name, SLICE("sid")) && pair.value.len) {
            out->has_sid = true;
            out->session = eio_table_find(t, pair.value);
        } else if (slice_equal(pair.name, SLICE("b64"))) {
            out->base64 = pair.value.len > 0;
        } else if (slice_equal(pair.name, SLICE("j"))) {
            read_digits(pair.value, out);
        }
    }
    query_reader_dispose(&r);
}

/* `upgrade`: the request is a WebSocket handshake. */
static enum eio_refusal verify(struct eio_table *t, const struct http_request *request,
                               bool upgrade, struct gate_query *q)
{
    read_query(t, request, q);
    if (!q->known_kind || !allowed(t, q))
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
    return q->version == 4 || t->config->allow_eio3 ? EIO_REFUSAL_NONE : EIO_REFUSAL_VERSION;
}

static struct eio_session *open_session(struct eio_table *t, struct http_request *request,
                                        const struct gate_query *q)
{
    struct eio_opening opening = {.version = q->version, .base64 = q->base64, .first = q->kind};
    return eio_table_open(t, request, &opening);
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
        hint =
            "; allow_eio3 is off: use a JS client 3.x or 4.x, python-socketio 5.x, or turn it on";
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

/* python-engineio's client takes a payload of more than 16 packets for an attack, and leaves
 * (payload.py `max_decode_packets`). */
static size_t packets_max(const struct http_request *request)
{
    return http_request_is_python(request) ? 16 : SIZE_MAX;
}

static void put_initial_headers(struct eio_table *t, const struct http_request *request,
                                const struct gate_query *q, struct buf *out)
{
    if (!q->has_sid && t->listener->initial_headers)
        t->listener->initial_headers(t->listener->ud, request, out);
}

/* The GET is the transport of the session until it is answered. */
static void poll(struct eio_table *t, struct http_exchange *x, const struct gate_query *q)
{
    struct buf headers = BUF_INIT;
    put_initial_headers(t, x->request, q, &headers);
    struct eio_polling_form form = {
        .version = q->session->version,
        .base64 = q->session->base64,
        .jsonp = q->has_jsonp ? slice_str(q->jsonp) : (struct slice){0},
        .packets_max = packets_max(x->request),
        .cookie_sid = q->has_sid ? NULL : q->session->sid,
        .initial_headers = buf_slice(&headers),
    };
    struct transport *transport = eio_polling_create(x, t, &form);
    buf_dispose(&headers);
    if (eio_session_attach(q->session, transport) == ERR_OK)
        return;
    eio_polling_destroy(transport);
    refuse(t, x, EIO_REFUSAL_REQUEST);
}

/* The payload in a JSONP form's field `d`. Browsers fold line ends in forms, so the client escapes
 * a newline as `\\n`, and a backslash before an n as another (engine.io polling-jsonp.ts). */
static void read_jsonp(struct slice body, struct buf *out)
{
    struct buf d = BUF_INIT;
    query_find(body, "d", &d);
    for (size_t i = 0; i < d.len; i++) {
        bool escape = d.ptr[i] == '\\' && i + 1 < d.len;
        if (escape && d.ptr[i + 1] == 'n') {
            buf_append_char(out, '\n');
            i++;
        } else if (escape && d.ptr[i + 1] == '\\' && i + 2 < d.len && d.ptr[i + 2] == 'n') {
            buf_append_str(out, "\\n");
            i += 2;
        } else {
            buf_append_char(out, d.ptr[i]);
        }
    }
    buf_dispose(&d);
}

static void answer_post(struct eio_table *t, struct http_exchange *x, bool good)
{
    if (good)
        answer(t, x, 200, "text/html", SLICE("ok"));
    else
        refuse(t, x, EIO_REFUSAL_REQUEST);
}

static void receive_payload(struct http_exchange *x, const struct gate_query *q, bool binary)
{
    struct buf jsonp = BUF_INIT;
    if (q->has_jsonp)
        read_jsonp(x->body, &jsonp);
    eio_intake_start(q->session, x, binary, q->has_jsonp ? &jsonp : NULL, answer_post);
}

static void receive(struct eio_table *t, struct http_exchange *x, const struct gate_query *q,
                    int64_t now_ns)
{
    struct eio_session *s = q->session;
    struct slice type = http_request_header(x->request, "content-type");
    bool binary = slice_starts_with(type, SLICE("application/octet-stream"));

    if (x->body_too_large) {
        eio_session_transport_error(s, s->_transport, TRANSPORT_END_TOO_BIG,
                                    "a POST over max_http_buffer_size", now_ns);
        answer(t, x, 413, "text/plain; charset=UTF-8", SLICE(""));
    } else if (binary && s->version == 4) {
        eio_session_transport_error(s, s->_transport, TRANSPORT_END_BAD,
                                    "a binary POST, which protocol 4 does not have", now_ns);
        refuse(t, x, EIO_REFUSAL_REQUEST);
    } else if (s->_intake) {
        eio_session_transport_error(s, s->_transport, TRANSPORT_END_BAD, "two POSTs at once",
                                    now_ns);
        refuse(t, x, EIO_REFUSAL_REQUEST);
    } else if (!eio_session_try_post(s, now_ns)) {
        refuse(t, x, EIO_REFUSAL_SID);
    } else {
        receive_payload(x, q, binary);
    }
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
        receive(t, x, &q, now_ns);
        return;
    }
    if (!slice_equal(x->request->method, SLICE("GET"))) {
        refuse(t, x, EIO_REFUSAL_REQUEST);
        return;
    }
    if (!q.session)
        q.session = open_session(t, x->request, &q);
    if (!q.session) {
        answer(t, x, 503, "application/json", SLICE(FULL));
        return;
    }
    poll(t, x, &q);
}

/* --- WebSocket --- */

enum eio_refusal eio_gate_admit(struct eio_table *t, const struct http_request *request,
                                unsigned *out_status, struct buf *out_body)
{
    struct gate_query q;
    enum eio_refusal why = verify(t, request, true, &q);

    if (why == EIO_REFUSAL_NONE && !q.has_sid && eio_table_full(t)) {
        buf_append_str(out_body, FULL);
        *out_status = 503;
        return EIO_REFUSAL_REQUEST;
    }
    if (why == EIO_REFUSAL_NONE)
        return why;
    log_refusal(t, request, why);
    *out_status = refusal_put(why, out_body);
    return why;
}

void eio_gate_headers(struct eio_table *t, const struct http_request *request, struct buf *out)
{
    struct gate_query q;
    read_query(t, request, &q);
    put_initial_headers(t, request, &q, out);
}

bool eio_gate_open(struct eio_table *t, struct http_request *request, struct transport *transport,
                   int64_t now_ns)
{
    struct gate_query q;

    t->timers->now_ns = now_ns;
    if (verify(t, request, true, &q) != EIO_REFUSAL_NONE)
        return false;
    if (!q.session)
        q.session = open_session(t, request, &q);
    if (!q.session)
        return false;
    q.session->_probe_base64 = q.base64;
    enum err err = eio_session_attach(q.session, transport);
    if (err != ERR_OK)
        log_info(t->log, "%s: a WebSocket for it was refused: no upgrade is possible now",
                 q.session->sid);
    return err == ERR_OK;
}
