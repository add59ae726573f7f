/* One WebSocket as a session's transport.
 * What is taken from the session is written before send returns, or held by reference (`_large`).
 * It queues nothing else: the session keeps what a slow client has not taken, and its policy. */
#include "core/net/net_ws.h"
#include "core/codec/utf8.h"
#include "core/net/ws_handshake.h"
#include "core/net/ws_reader.h"

#define LARGE 65536             /* bytes from which a frame is not worth copying */
#define SLICE_BYTES 131072      /* of a large frame, in one write */
#define CLOSE_NS (5 * NS_PER_S) /* to finish a large frame before the close frame */

struct net_ws {
    struct transport transport; /* first: a transport of ours is its net_ws */
    struct net_shared *shared;
    struct wire *wire;
    struct ws_reader reader;
    struct frame *large; /* partly written */
    size_t large_at;
    struct buf pong; /* owed, as a frame; waits for the large one */
    struct buf rest; /* bytes that came, and wait for the client's next turn */
    size_t rest_at;
    uint16_t code; /* of our close frame; 0: as TRANSPORT_END says */
    bool deflate;
    bool mute;     /* no close frame of ours: the client would take it for no end */
    bool nameless; /* mute when the server goes */
    bool served;   /* its turn began as bytes came, maybe in a round of the loop that is not over */
    bool receiving; /* bytes are being read: do not free */
    bool closing;   /* the session let go */
    bool over;      /* the wire is let go: free */
};

static void ws_free(struct net_ws *ws)
{
    ws_reader_dispose(&ws->reader);
    buf_dispose(&ws->pong);
    buf_dispose(&ws->rest);
    if (ws->large)
        frame_unref(ws->large);
    mem_free(ws);
}

static void ws_over(struct net_ws *ws)
{
    ws->over = true;
    if (!ws->receiving)
        ws_free(ws);
}

/* --- out --- */

static void write_large(struct net_ws *ws)
{
    struct slice whole = frame_websocket(ws->large);
    while (ws->large_at < whole.len && !wire_blocked(ws->wire)) {
        size_t left = whole.len - ws->large_at;
        size_t n = left < SLICE_BYTES ? left : SLICE_BYTES;
        wire_write(ws->wire, whole.ptr + ws->large_at, n);
        ws->large_at += n;
    }
    if (ws->large_at < whole.len)
        return;
    frame_unref(ws->large);
    ws->large = NULL;
}

static bool goes_alone(const struct net_ws *ws, const struct frame *f)
{
    size_t len = frame_body(f).len;
    return len >= LARGE || (ws->deflate && len >= WS_DEFLATE_LEAST);
}

static void write_alone(struct net_ws *ws, struct frame *f)
{
    if (!ws->deflate) {
        ws->large = frame_ref(f);
        ws->large_at = 0;
        write_large(ws);
        return;
    }
    struct buf *scratch = &ws->shared->scratch;
    ws_deflate_frame(ws->shared->deflate, f, scratch);
    wire_write(ws->wire, scratch->ptr, scratch->len);
    buf_reset(scratch, NET_SCRATCH_KEEP);
}

/* As many small frames as one write should hold. */
static size_t write_together(struct net_ws *ws, struct frame *const *frames, size_t count)
{
    struct buf *scratch = &ws->shared->scratch;
    size_t n = 0;
    if (count == 1 || goes_alone(ws, frames[1])) {
        struct slice whole = frame_websocket(frames[0]);
        wire_write(ws->wire, whole.ptr, whole.len);
        return 1;
    }
    while (n < count && !goes_alone(ws, frames[n]) && scratch->len < WIRE_WRITE_MAX - LARGE)
        buf_append_slice(scratch, frame_websocket(frames[n++]));
    wire_write(ws->wire, scratch->ptr, scratch->len);
    buf_reset(scratch, NET_SCRATCH_KEEP);
    return n;
}

static size_t ws_send(struct transport *t, struct frame *const *frames, size_t count)
{
    struct net_ws *ws = (struct net_ws *)t;
    size_t taken = 0;
    while (taken < count && !ws->large && !wire_blocked(ws->wire)) {
        if (goes_alone(ws, frames[taken]))
            write_alone(ws, frames[taken++]);
        else
            taken += write_together(ws, frames + taken, count - taken);
    }
    return taken;
}

/* A control frame of ours: `len` bytes of payload, at most 125. */
static void put_control(struct buf *out, uint8_t opcode, const void *payload, size_t len)
{
    buf_append_char(out, (char)(0x80 | opcode));
    buf_append_char(out, (char)len);
    buf_append(out, payload, len);
}

static void write_pong(struct net_ws *ws)
{
    if (!ws->pong.len || ws->large || wire_blocked(ws->wire))
        return;
    wire_write(ws->wire, ws->pong.ptr, ws->pong.len);
    buf_dispose(&ws->pong);
}

/* --- the end --- */

static uint16_t close_code(enum transport_end how)
{
    switch (how) {
    case TRANSPORT_END_NORMAL:
        return WS_CODE_NORMAL;
    case TRANSPORT_END_GOING:
        return WS_CODE_GOING;
    case TRANSPORT_END_BAD:
        return WS_CODE_PROTOCOL;
    case TRANSPORT_END_TOO_BIG:
        return WS_CODE_TOO_BIG;
    case TRANSPORT_END_DROP:
        break;
    }
    return WS_CODE_INTERNAL;
}

static void write_close(struct net_ws *ws)
{
    struct buf frame = BUF_INIT;
    unsigned char code[2] = {(unsigned char)(ws->code >> 8), (unsigned char)ws->code};
    put_control(&frame, 8, code, ws->code == WS_CODE_NONE ? 0 : 2);
    wire_write(ws->wire, frame.ptr, frame.len);
    buf_dispose(&frame);
}

/* No frame is half written: say why, and let the wire flush and end. */
static void ws_finish(struct net_ws *ws, int64_t now_ns)
{
    if (!ws->mute)
        write_close(ws);
    wire_close(ws->wire, now_ns);
    ws_over(ws);
}

static void on_close_timeout(void *ud, int64_t now_ns)
{
    struct net_ws *ws = ud;
    wire_cut(ws->wire);
    ws_over(ws);
}

static void ws_end(struct net_ws *ws, int64_t now_ns)
{
    ws->closing = true;
    if (ws->large)
        wire_arm(ws->wire, on_close_timeout, now_ns + CLOSE_NS);
    else
        ws_finish(ws, now_ns);
}

static void ws_close(struct transport *t, enum transport_end how)
{
    struct net_ws *ws = (struct net_ws *)t;
    if (how == TRANSPORT_END_DROP) {
        ws->closing = true;
        wire_cut(ws->wire);
        ws_over(ws);
        return;
    }
    if (how == TRANSPORT_END_GOING && ws->nameless)
        ws->mute = true;
    if (!ws->code)
        ws->code = close_code(how);
    ws_end(ws, server_now_ns(ws->shared->server));
}

static const struct transport_ops transport_ops = {.send = ws_send, .close = ws_close};

/* --- in --- */

static void ws_fail(struct net_ws *ws, uint16_t code, const char *what, int64_t now_ns)
{
    enum transport_end how = code == WS_CODE_TOO_BIG ? TRANSPORT_END_TOO_BIG : TRANSPORT_END_BAD;
    ws->code = code;
    if (ws->transport.session)
        eio_session_transport_error(ws->transport.session, &ws->transport, how, what, now_ns);
    if (!ws->closing)
        ws_end(ws, now_ns);
}

static void ws_message(struct net_ws *ws, int64_t now_ns)
{
    struct slice message = ws->reader.payload;
    bool too_big = false;
    size_t limit = (size_t)ws->shared->server->config.max_http_buffer_size;
    if (ws->reader.compressed &&
        !ws_deflate_inflate(ws->shared->deflate, message, limit, &message, &too_big)) {
        if (too_big)
            ws_fail(ws, WS_CODE_TOO_BIG, "a message over max_http_buffer_size", now_ns);
        else
            ws_fail(ws, WS_CODE_INVALID, "a message that does not decompress", now_ns);
        return;
    }
    if (!ws->reader.binary && !utf8_valid(message)) {
        ws_fail(ws, WS_CODE_INVALID, "a text message that is not UTF-8", now_ns);
        return;
    }
    if (ws->transport.session)
        eio_session_receive(ws->transport.session, &ws->transport, ws->reader.binary, message,
                            now_ns);
}

/* Only the last ping needs an answer (RFC 6455 section 5.5.3). */
static void ws_ping(struct net_ws *ws)
{
    buf_dispose(&ws->pong);
    put_control(&ws->pong, 10, ws->reader.payload.ptr, ws->reader.payload.len);
    write_pong(ws);
}

static void ws_peer_closed(struct net_ws *ws, int64_t now_ns)
{
    struct eio_session *s = ws->transport.session;
    ws->code = ws->reader.code;
    ws->mute = false; /* an answer ends it for every client */
    if (s)
        eio_session_transport_gone(s, &ws->transport, now_ns);
    if (!ws->closing)
        ws_end(ws, now_ns);
}

static void ws_event(struct net_ws *ws, enum ws_event event, int64_t now_ns)
{
    switch (event) {
    case WS_MESSAGE:
        ws_message(ws, now_ns);
        break;
    case WS_PING:
        ws_ping(ws);
        break;
    case WS_CLOSE:
        ws_peer_closed(ws, now_ns);
        break;
    case WS_ERROR:
        ws_fail(ws, ws->reader.code,
                ws->reader.code == WS_CODE_TOO_BIG ? "a message over max_http_buffer_size"
                                                   : ws->reader.error,
                now_ns);
        break;
    case WS_PONG:
    case WS_MORE:
        break;
    }
}

/* Returns where it stopped: a client who sends without end would keep the others waiting. Its turn
 * begins now and not with the loop's, which may have served others before. `enough`: it is over,
 * and what comes next waits, even if the kernel still has it: it would be read before the others'.
 */
static char *take_messages(struct net_ws *ws, char *at, char *end, int64_t now_ns, bool *out_enough)
{
    int64_t end_ns = clock_now_ns() + CONFIG_CLIENT_TURN_NS;
    enum ws_event event;
    bool enough;
    do {
        event = ws_reader_next(&ws->reader, &at, end);
        ws_event(ws, event, now_ns);
        enough = event == WS_MESSAGE && clock_now_ns() >= end_ns;
    } while (event != WS_MORE && !ws->closing && !enough);
    *out_enough = enough && !ws->closing;
    return ws->closing ? end : at;
}

static void end_receiving(struct net_ws *ws)
{
    ws->receiving = false;
    if (ws->over)
        ws_free(ws);
}

/* Nothing of its waits any more. */
static void read_on(struct net_ws *ws)
{
    buf_dispose(&ws->rest);
    ws->rest_at = 0;
    wire_pause(ws->wire, false);
}

static void on_next_turn(void *ud, int64_t now_ns)
{
    struct net_ws *ws = ud;
    bool enough;
    if (ws->served) { /* what the others sent meanwhile may be unread: once more round */
        ws->served = false;
        wire_arm(ws->wire, on_next_turn, now_ns);
        return;
    }
    if (!ws->rest.len) { /* its turn ended with the last of its bytes */
        read_on(ws);
        return;
    }
    ws->receiving = true;
    char *end = ws->rest.ptr + ws->rest.len;
    char *at = take_messages(ws, ws->rest.ptr + ws->rest_at, end, now_ns, &enough);
    if (enough) {
        ws->rest_at = (size_t)(at - ws->rest.ptr);
        wire_arm(ws->wire, on_next_turn, now_ns);
    } else if (!ws->closing) {
        read_on(ws);
    }
    end_receiving(ws);
}

static void wait_for_turn(struct net_ws *ws, struct slice rest, int64_t now_ns)
{
    if (!buf_try_append(&ws->rest, rest.ptr, rest.len)) {
        ws_fail(ws, WS_CODE_INTERNAL, "out of memory for its messages", now_ns);
        return;
    }
    ws->served = true;
    wire_pause(ws->wire, true);
    wire_arm(ws->wire, on_next_turn, now_ns);
}

static void on_bytes(void *holder, char *bytes, size_t len, int64_t now_ns)
{
    struct net_ws *ws = holder;
    char *end = bytes + len;
    if (ws->closing)
        return;
    ws->receiving = true;
    bool enough = ws->rest.len > 0;
    char *at = enough ? bytes : take_messages(ws, bytes, end, now_ns, &enough);
    if (enough)
        wait_for_turn(ws, slice_make(at, (size_t)(end - at)), now_ns);
    end_receiving(ws);
}

static void on_writable(void *holder, int64_t now_ns)
{
    struct net_ws *ws = holder;
    if (ws->large)
        write_large(ws);
    write_pong(ws);
    if (ws->large || wire_blocked(ws->wire))
        return;
    if (ws->closing)
        ws_finish(ws, now_ns);
    else if (ws->transport.session)
        eio_session_writable(ws->transport.session);
}

static void on_gone(void *holder, int64_t now_ns)
{
    struct net_ws *ws = holder;
    if (ws->transport.session)
        eio_session_transport_gone(ws->transport.session, &ws->transport, now_ns);
    ws_free(ws);
}

static const struct wire_ops wire_ops = {
    .on_bytes = on_bytes, .on_writable = on_writable, .on_gone = on_gone};

static void answer_handshake(struct net_ws *ws, const struct http_request *request)
{
    struct buf *head = &ws->shared->scratch;
    struct buf headers = BUF_INIT;
    eio_gate_headers(&ws->shared->server->sessions, request, &headers);
    ws_handshake_accept(request, ws->deflate, buf_slice(&headers), head);
    wire_write(ws->wire, head->ptr, head->len);
    buf_reset(head, NET_SCRATCH_KEEP);
    buf_dispose(&headers);
}

/* okhttp stops reading at a close frame, and waits for its program to close too. Socket.IO's Java
 * client does not: it would notice our end by the missing ping, 45 s later. The end of the stream
 * is what both understand. */
static bool misreads_close(const struct http_request *request)
{
    return http_request_agent_is(request, "okhttp");
}

static bool has(const struct http_request *request, const char *name)
{
    return http_request_header(request, name).ptr != NULL;
}

/* Socket.IO's .NET client 4.0 passes over a close frame, and would miss a restart of the server
 * until it has something to send; it hears the end of the stream. Nothing names it. Those of Rust
 * and Godot, which nothing names either, come back after both. A browser has an Origin, a program
 * on Node offers compression, and both may look at the code. The other codes stay: they tell who
 * writes a client by hand what it did wrong. */
static bool is_nameless(const struct http_request *request)
{
    return !has(request, "user-agent") && !has(request, "origin") &&
           !has(request, "sec-websocket-extensions");
}

void net_ws_start(struct net_shared *shared, struct wire *wire, struct http_request *request,
                  char *rest, size_t rest_len, int64_t now_ns)
{
    struct server *server = shared->server;
    struct net_ws *ws = mem_zalloc(sizeof(*ws));
    ws->transport = (struct transport){.ops = &transport_ops, .kind = TRANSPORT_WEBSOCKET};
    ws->shared = shared;
    ws->wire = wire;
    ws->deflate = shared->deflate && ws_handshake_offers_deflate(request);
    ws->mute = misreads_close(request);
    ws->nameless = is_nameless(request);
    ws_reader_init(&ws->reader, (size_t)server->config.max_http_buffer_size, ws->deflate);
    wire_hold(wire, &wire_ops, ws);
    wire_pause(wire, false);
    answer_handshake(ws, request);
    if (!eio_gate_open(&server->sessions, request, &ws->transport, now_ns)) {
        ws->code = WS_CODE_POLICY;
        ws_end(ws, now_ns);
        return;
    }
    if (rest_len)
        on_bytes(ws, rest, rest_len, now_ns);
}
