/* Engine.IO sessions under random actions: requests of both protocols, WebSockets, probes, bytes,
 * time and the server's own sends and closes, in any order. After each action the structures are
 * whole; each session has one open, exactly one close and messages only in between; what a poll is
 * answered with is a payload; and in the end nothing is left.
 * Input: a byte of options, then actions (enum action), most with a byte that says who. */
#include "spec/fuzz/fuzz.h"
#include "spec/fuzz/input.h"

#include "core/codec/eio3_payload.h"
#include "core/server/loopback.h"
#include <zlib.h>

#define ANY_WRAPPER 32 /* added to the window bits: inflate looks which it is (zlib.h) */
#define EXCHANGES 6
#define WEBSOCKETS 4
#define SESSIONS 4

enum option { NO_UPGRADES = 1, NO_EIO3 = 2, SMALL_QUEUE = 4, COOKIE = 8, ECHO = 16 };

enum action {
    OPEN_POLLING,
    OPEN_WEBSOCKET,
    POLL,
    POST,
    LEAVE, /* the requester goes */
    PROBE,
    TEXT,
    BINARY,
    DROP, /* a WebSocket's network goes */
    THROTTLE,
    ADVANCE,
    SEND,
    CLOSE,
    TURN_END,
    FAIL_ALLOCATION, /* of the next action, the n-th */
    REQUEST,         /* any method, any query */
    ACTIONS
};

/* What the listener was told of a session. */
struct told {
    bool closed;
    uint8_t version;
};

struct exchange {
    struct loopback_http http;
    bool used, checked;
    uint8_t version; /* the protocol of the session that it polls; 0: not a poll */
};

struct world {
    struct server *server;
    struct log log;
    struct eio_listener listener;
    uint8_t options;
    unsigned failing; /* the allocation that fails in the next action; 0: none */
    int64_t now_ns;
    struct exchange exchanges[EXCHANGES];
    struct loopback *websockets[WEBSOCKETS];
    char sids[SESSIONS][IDENT_LEN + 1]; /* of the latest sessions, some long closed */
    uint8_t versions[SESSIONS];
    size_t opened, closed, freed, logged;
};

/* --- what a session tells --- */

static void on_open(void *ud, struct eio_session *s)
{
    struct world *w = ud;
    struct told *told = mem_zalloc(sizeof(*told));
    size_t at = w->opened++ % SESSIONS;

    require(!s->upper, "a session opens once");
    require(eio_table_find(&w->server->sessions, slice_str(s->sid)) == s, "it is in the table");
    told->version = s->version;
    s->upper = told;
    memcpy(w->sids[at], s->sid, sizeof(s->sid));
    w->versions[at] = s->version;
}

static void send_back(struct eio_session *s, bool binary, struct slice body)
{
    struct frame *f = binary ? frame_create(true, body) : eio_packet_frame(EIO_MESSAGE, body);
    eio_session_send(s, &f, 1, false);
    frame_unref(f);
}

static void on_message(void *ud, struct eio_session *s, bool binary, struct slice body)
{
    struct world *w = ud;
    struct told *told = s->upper;

    require(told && !told->closed, "a message comes between open and close");
    w->now_ns += CONFIG_CLIENT_TURN_NS / 2; /* so that a payload is taken in turns */
    if (body.len && body.ptr[0] == 'c')
        eio_session_close(s, EIO_CLOSE_BY_SERVER, TRANSPORT_END_NORMAL);
    else if (body.len && body.ptr[0] == 'x')
        eio_session_close(s, EIO_CLOSE_ERROR, TRANSPORT_END_BAD);
    else if (w->options & ECHO)
        send_back(s, binary, body);
}

static void on_close(void *ud, struct eio_session *s, enum eio_close why)
{
    struct world *w = ud;
    struct told *told = s->upper;

    require(told && !told->closed, "an open session closes, once");
    require(why <= EIO_CLOSE_ERROR, "for a reason");
    told->closed = true;
    w->closed++;
}

static void on_free(void *ud, struct eio_session *s)
{
    struct world *w = ud;
    struct told *told = s->upper;

    require(told && told->closed, "a session closes before it is freed");
    mem_free(told);
    w->freed++;
}

static void on_log(void *ud, enum log_level level, struct slice text)
{
    struct world *w = ud;
    (void)level;
    require(text.len > 0, "a line says something");
    w->logged++;
}

static int64_t read_clock(void *ud)
{
    return ((struct world *)ud)->now_ns;
}

/* --- what the client gets --- */

/* The body without its Content-Encoding. */
static void unpack(const struct exchange *e, struct buf *out)
{
    z_stream z = {.next_in = (unsigned char *)e->http.body.ptr,
                  .avail_in = (unsigned)e->http.body.len};
    int outcome = Z_OK;

    if (!loopback_http_header(&e->http, "Content-Encoding").ptr) {
        buf_append_slice(out, buf_slice(&e->http.body));
        return;
    }
    require(inflateInit2(&z, 15 + ANY_WRAPPER) == Z_OK, "zlib begins");
    while (outcome == Z_OK) {
        z.next_out = (unsigned char *)buf_reserve(out, 4096);
        z.avail_out = 4096;
        outcome = inflate(&z, Z_NO_FLUSH);
        out->len = z.total_out;
    }
    require(outcome == Z_STREAM_END && z.avail_in == 0, "a packed answer is one whole stream");
    inflateEnd(&z);
}

static void check_payload(struct slice body)
{
    struct eio_payload_reader r;
    struct eio_packet p;
    enum err err = ERR_OK;
    size_t count = 0;

    eio_payload_reader_init(&r, body);
    while (eio_payload_next(&r, &p, &err))
        count++;
    eio_payload_reader_dispose(&r);
    require(err == ERR_OK && count, "a poll is answered with packets");
}

static void check_payload_3(struct slice type, struct slice body)
{
    struct eio3_payload_reader r;
    struct eio_packet p;
    enum err err = ERR_OK;
    size_t count = 0;

    eio3_payload_reader_init(&r, body, slice_equal(type, SLICE("application/octet-stream")));
    while (eio3_payload_next(&r, &p, &err))
        count++;
    eio3_payload_reader_dispose(&r);
    require(err == ERR_OK && count, "a poll of protocol 3 is answered with packets");
}

static void check_body(const struct exchange *e)
{
    struct slice type = loopback_http_header(&e->http, "Content-Type");
    struct buf body = BUF_INIT;

    unpack(e, &body);
    if (slice_starts_with(type, SLICE("text/javascript")))
        require(slice_starts_with(buf_slice(&body), SLICE("___eio[")), "JSONP calls back");
    else if (e->version == 4)
        check_payload(buf_slice(&body));
    else
        check_payload_3(type, buf_slice(&body));
    buf_dispose(&body);
}

static void check_answer(const struct exchange *e)
{
    static const unsigned known[] = {200, 204, 400, 403, 413, 503};
    bool found = false;

    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        found = found || e->http.status == known[i];
    require(found, "a status is one of ours");
    if (e->http.status == 200 && e->version)
        check_body(e);
}

static void check(struct world *w)
{
    for (size_t i = 0; i < EXCHANGES; i++) {
        struct exchange *e = &w->exchanges[i];
        if (!e->used || !e->http.done || e->checked)
            continue;
        check_answer(e);
        e->checked = true;
    }
    require(eio_table_validate(&w->server->sessions), "the sessions are whole");
    require(timers_validate(&w->server->timers), "the timers are whole");
    require(w->opened == w->freed + w->server->sessions.count ||
                eio_table_has_pending(&w->server->sessions),
            "what opened is freed or there");
}

static void end_turn(struct world *w)
{
    server_turn_end(w->server, w->now_ns);
    require(!eio_table_has_pending(&w->server->sessions), "a turn leaves nothing to do");
}

/* --- actions --- */

static void leave(struct exchange *e)
{
    if (e->used)
        loopback_http_dispose(&e->http);
    *e = (struct exchange){0};
}

static void drop(struct world *w, unsigned at)
{
    if (w->websockets[at])
        loopback_destroy(w->websockets[at], w->now_ns);
    w->websockets[at] = NULL;
}

static struct exchange *request(struct world *w, unsigned at, struct slice method,
                                struct slice query, struct slice body)
{
    struct exchange *e = &w->exchanges[at % EXCHANGES];
    const struct http_header headers[] = {
        {SLICE("Accept-Encoding"), at & 64 ? SLICE("gzip") : SLICE("")},
        {SLICE("Content-Type"), at & 128 ? SLICE("application/octet-stream") : SLICE("text/plain")},
        {SLICE("User-Agent"), at & 32 ? SLICE("python-requests") : SLICE("")},
    };
    struct http_request r = {
        .method = method,
        .path = SLICE("/socket.io/"),
        .query = query,
        .remote_addr = SLICE("127.0.0.1"),
        .headers = headers,
        .header_count = sizeof(headers) / sizeof(*headers),
    };
    leave(e);
    e->used = true;
    loopback_http_start(&e->http, w->server, &r, body, w->now_ns);
    return e;
}

/* The query of a handshake, or of a request for a known session. */
static struct slice query_for(struct world *w, uint8_t flags, const char *transport,
                              const char *sid, char *out, size_t cap)
{
    static const char *const versions[] = {"EIO=4&", "EIO=3&", "", "EIO=4&"};
    int len = snprintf(out, cap, "%stransport=%s%s%s%s%s", versions[flags & 3], transport,
                       sid ? "&sid=" : "", sid ? sid : "", flags & 4 ? "&b64=1" : "",
                       flags & 8 ? "&j=0" : "");
    (void)w;
    return slice_make(out, (size_t)len);
}

static void open_polling(struct world *w, uint8_t at, uint8_t flags)
{
    char query[128];
    size_t before = w->opened;
    struct exchange *e =
        request(w, at, SLICE("GET"), query_for(w, flags, "polling", NULL, query, 128), SLICE(""));
    if (w->opened > before)
        e->version = w->versions[before % SESSIONS];
}

static void poll(struct world *w, uint8_t at, uint8_t flags)
{
    char query[128];
    unsigned who = flags >> 4 & (SESSIONS - 1);
    struct exchange *e = request(
        w, at, SLICE("GET"), query_for(w, flags, "polling", w->sids[who], query, 128), SLICE(""));
    e->version = w->versions[who];
}

static void post(struct world *w, uint8_t at, uint8_t flags, struct slice body)
{
    char query[128];
    unsigned who = flags >> 4 & (SESSIONS - 1);
    request(w, at, SLICE("POST"), query_for(w, flags, "polling", w->sids[who], query, 128), body);
}

static void connect(struct world *w, uint8_t at, uint8_t flags, const char *sid)
{
    char query[128];
    unsigned status;
    drop(w, at % WEBSOCKETS);
    w->websockets[at % WEBSOCKETS] = loopback_connect(
        w->server, query_for(w, flags, "websocket", sid, query, 128), NULL, 0, w->now_ns, &status);
}

/* Takes what was written, so that a long input does not pile it up. */
static void read_all(struct loopback *l)
{
    struct frame *f;
    while ((f = loopback_take(l)))
        frame_unref(f);
}

static void say(struct world *w, uint8_t at, bool binary, struct slice bytes)
{
    struct loopback *l = w->websockets[at % WEBSOCKETS];
    if (!l)
        return;
    read_all(l);
    if (binary)
        loopback_send_binary(l, bytes, w->now_ns);
    else
        loopback_send_text(l, bytes, w->now_ns);
}

static void throttle(struct world *w, uint8_t at)
{
    struct loopback *l = w->websockets[at % WEBSOCKETS];
    unsigned room = at >> 2 & 7;
    if (l)
        loopback_throttle(l, room == 7 ? SIZE_MAX : room);
}

/* Fires what is due within so many eighths of a second, in order, turn by turn. */
static void advance(struct world *w, uint8_t eighths)
{
    int64_t until = w->now_ns + eighths * (NS_PER_S / 8);
    mem_test_fail_nth(0); /* what is checked on the way reads, too */
    while (server_next_ns(w->server) <= until) {
        if (server_next_ns(w->server) > w->now_ns)
            w->now_ns = server_next_ns(w->server);
        server_run(w->server, w->now_ns);
        end_turn(w);
        check(w);
    }
    if (until > w->now_ns)
        w->now_ns = until;
    server_run(w->server, w->now_ns);
}

static struct eio_session *find(struct world *w, uint8_t at)
{
    return eio_table_find(&w->server->sessions, slice_str(w->sids[at & (SESSIONS - 1)]));
}

static void send(struct world *w, uint8_t at, struct slice bytes)
{
    struct eio_session *s = find(w, at);
    struct frame *frames[2] = {eio_packet_frame(EIO_MESSAGE, SLICE("text \xc3\xa9")),
                               frame_create(true, bytes)};
    if (s)
        eio_session_send(s, frames, 1 + (at >> 2 & 1), at & 8);
    frame_unref(frames[0]);
    frame_unref(frames[1]);
}

static void close_session(struct world *w, uint8_t at)
{
    static const enum transport_end ends[] = {TRANSPORT_END_NORMAL, TRANSPORT_END_GOING,
                                              TRANSPORT_END_DROP, TRANSPORT_END_BAD};
    struct eio_session *s = find(w, at);
    if (s)
        eio_session_close(s, EIO_CLOSE_BY_SERVER, ends[at >> 2 & 3]);
}

static void any_request(struct world *w, uint8_t at, struct slice query)
{
    static const char *const methods[] = {"GET", "POST", "OPTIONS", "DELETE"};
    request(w, at, slice_str(methods[at & 3]), query, SLICE("4body"));
}

/* Bytes of the input, or, as they are many and short, words of the protocol. */
static struct slice words(struct input *in)
{
    static const char *const known[] = {"2probe", "3probe", "5",   "2",        "3",        "1",
                                        "4hello", "4c",     "4x",  "4a\0364b", "6:4hello", "1:2",
                                        "bAQI=",  "4",      "1:1", "d=4a"};
    if (!input_left(in) || *in->at < 0xf0)
        return input_bytes(in);
    return slice_str(known[input_byte(in) & 15]);
}

static void act(struct world *w, struct input *in)
{
    enum action what = (enum action)(input_byte(in) % ACTIONS);
    uint8_t at = what == TURN_END ? 0 : input_byte(in);

    switch (what) {
    case OPEN_POLLING:
        open_polling(w, at, input_byte(in));
        break;
    case OPEN_WEBSOCKET:
        connect(w, at, at >> 2, NULL);
        break;
    case POLL:
        poll(w, at, input_byte(in));
        break;
    case POST: {
        uint8_t flags = input_byte(in);
        post(w, at, flags, words(in));
        break;
    }
    case LEAVE:
        leave(&w->exchanges[at % EXCHANGES]);
        break;
    case PROBE:
        connect(w, at, at >> 2, w->sids[at >> 5 & (SESSIONS - 1)]);
        break;
    case TEXT:
    case BINARY:
        say(w, at, what == BINARY, words(in));
        break;
    case DROP:
        drop(w, at % WEBSOCKETS);
        break;
    case THROTTLE:
        throttle(w, at);
        break;
    case ADVANCE:
        advance(w, at);
        break;
    case SEND:
        send(w, at, words(in));
        break;
    case CLOSE:
        close_session(w, at);
        break;
    case TURN_END:
        end_turn(w);
        break;
    case FAIL_ALLOCATION:
        w->failing = at & 15;
        break;
    case REQUEST:
        any_request(w, at, input_bytes(in));
        break;
    case ACTIONS:
        break;
    }
}

/* --- beginning and end --- */

static void begin(struct world *w, uint8_t options)
{
    struct config config;

    *w = (struct world){.now_ns = 1000 * NS_PER_S, .options = options};
    w->log = (struct log){.sink = on_log, .ud = w, .least = LOG_DEBUG};
    w->listener = (struct eio_listener){.ud = w,
                                        .on_open = on_open,
                                        .on_message = on_message,
                                        .on_close = on_close,
                                        .on_free = on_free};
    config_init(&config);
    config.max_clients = 6;
    config.max_http_buffer_size = 200;
    config.allow_upgrades = !(options & NO_UPGRADES);
    config.allow_eio3 = !(options & NO_EIO3);
    if (options & SMALL_QUEUE)
        config.send_queue_limit = 300;
    if (options & COOKIE)
        config.cookie = mem_dup("io", 2);
    w->server = server_create(
        &config, &(struct server_params){
                     .log = &w->log, .listener = &w->listener, .clock = read_clock, .clock_ud = w});
    server_run(w->server, w->now_ns);
}

static void end(struct world *w)
{
    server_close(w->server, w->now_ns);
    end_turn(w);
    check(w);
    require(w->opened == w->closed, "the end closes every session");
    for (unsigned i = 0; i < WEBSOCKETS; i++)
        drop(w, i);
    for (unsigned i = 0; i < EXCHANGES; i++)
        leave(&w->exchanges[i]);
    server_destroy(w->server);
    require(w->opened == w->freed, "and frees it");
    require(frame_test_alive() == 0, "no frame is left");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, data + size};
    struct world w;

    begin(&w, input_byte(&in));
    while (input_left(&in)) {
        mem_test_fail_nth(w.failing);
        w.failing = 0;
        act(&w, &in);
        mem_test_fail_nth(0);
        check(&w);
    }
    end(&w);
    return 0;
}
