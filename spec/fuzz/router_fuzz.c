/* Socket.IO under random actions: packets of both protocols and both parsers, and an engine that
 * answers, holds back, emits, asks for acknowledgements, changes rooms and disconnects, in any
 * order. After each action the structures are whole; the engine is told of each peer in order and
 * once; each acknowledgement comes or is lost; and what is written is what a client can read.
 * Input: a byte of options, then actions (enum action), most with a byte that says who. */
#include "spec/fuzz/engine.h"
#include "spec/fuzz/fuzz.h"
#include "spec/fuzz/input.h"

#include "core/codec/eio3_payload.h"
#include "core/codec/json.h"
#include "core/codec/sio_msgpack.h"
#include "core/server/loopback.h"
#include "core/server/recovery.h"
#include "core/server/sio_namespace.h"

#define CLIENTS 4

enum option {
    MSGPACK = 1,
    RECOVERY = 2,
    HOLD_CONNECT = 4, /* the engine decides later */
    HOLD_RELEASE = 8, /* and lets go later */
    SMALL_QUEUE = 16,
    EMIT_EARLY = 32 /* while it connects */
};

enum action {
    CONNECT,
    TEXT,
    BINARY,
    PACKET, /* of the msgpack parser */
    DROP,
    THROTTLE,
    ADVANCE,
    TURN_END,
    EMIT,
    JOIN,
    LEAVE,
    CLOSE_ROOM,
    DISCONNECT,
    DECIDE, /* a peer that was held */
    RELEASE,
    ACK,
    DROP_NAMESPACE,
    FAIL_ALLOCATION, /* of the next action, the n-th */
    ACTIONS
};

struct client {
    struct loopback *link;
    bool legacy;
    unsigned attachments; /* that the latest packet announced, and that did not come yet */
};

struct world {
    struct server *server;
    struct log log;
    struct engine engine;
    bool msgpack;
    unsigned failing; /* the allocation that fails in the next action; 0: none */
    int64_t now_ns;
    struct client clients[CLIENTS];
};

static const char *const namespaces[] = {"/", "/chat", "/a", "/nobody"};

static void on_log(void *ud, enum log_level level, struct slice text)
{
    (void)ud;
    require(level < LOG_ERROR, "no input is our error");
    require(text.len > 0, "a line says something");
}

static int64_t read_clock(void *ud)
{
    return ((struct world *)ud)->now_ns;
}

/* --- what a client reads --- */

static void check_packet(const struct client *c, const struct sio_packet *p)
{
    require(c->attachments == 0, "no packet comes between attachments");
    require(p->payload.len == 0 || json_valid(p->payload), "a payload is JSON");
}

static void read_text(struct world *w, struct client *c, struct slice text)
{
    struct eio_packet engine;
    struct sio_packet p;

    require(eio_packet_decode_text(text, &engine) == ERR_OK, "a text is an Engine.IO packet");
    if (engine.type != EIO_MESSAGE)
        return;
    require(!(w->msgpack), "msgpack is binary");
    require(sio_packet_decode(engine.body, &p) == ERR_OK, "a message is a Socket.IO packet");
    check_packet(c, &p);
    c->attachments = p.attachments;
}

static void read_msgpack(struct client *c, struct slice bytes)
{
    struct buf payload = BUF_INIT;
    struct msgpack_attachments attachments = {0};
    struct sio_packet p;

    require(sio_msgpack_decode(bytes, &payload, &attachments, &p) == ERR_OK,
            "a message is a msgpack packet");
    check_packet(c, &p);
    msgpack_attachments_dispose(&attachments);
    buf_dispose(&payload);
}

static void read_binary(struct world *w, struct client *c, struct slice bytes)
{
    struct eio_packet engine = {.body = bytes};

    if (c->legacy)
        require(eio3_packet_decode_binary(bytes, &engine) == ERR_OK, "its type goes before it");
    if (w->msgpack)
        read_msgpack(c, engine.body);
    else
        require(c->attachments-- > 0, "an attachment was announced");
}

static void read_all(struct world *w, struct client *c)
{
    struct frame *f;
    while (c->link && (f = loopback_take(c->link))) {
        if (f->binary)
            read_binary(w, c, frame_body(f));
        else
            read_text(w, c, frame_body(f));
        frame_unref(f);
    }
}

static void check(struct world *w)
{
    for (size_t i = 0; i < CLIENTS; i++)
        read_all(w, &w->clients[i]);
    require(server_validate(w->server), "the server is whole");
}

static void end_turn(struct world *w)
{
    server_turn_end(w->server, w->now_ns);
    require(!eio_table_has_pending(&w->server->sessions), "a turn leaves nothing to do");
}

/* --- what clients do --- */

static void drop(struct world *w, struct client *c)
{
    if (c->link)
        loopback_destroy(c->link, w->now_ns);
    *c = (struct client){0};
}

static void connect(struct world *w, uint8_t at)
{
    struct client *c = &w->clients[at % CLIENTS];
    drop(w, c);
    c->legacy = at & 4;
    c->link = loopback_connect(w->server,
                               c->legacy ? SLICE("EIO=3&transport=websocket")
                                         : SLICE("EIO=4&transport=websocket"),
                               NULL, 0, w->now_ns, NULL);
}

/* Text of a client: bytes 1 and 2 stand for the pids that were given last, 3 for the offset of the
 * latest event in `/`. */
static void put_text(const struct world *w, struct slice text, struct buf *out)
{
    const struct sio_namespace *root = server_namespace(w->server, SLICE("/"));

    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == 1 || c == 2)
            buf_append_str(out, w->engine.pids[c - 1]);
        else if (c == 3 && root && root->recovery)
            buf_printf(out, "%llu", (unsigned long long)recovery_last(root->recovery));
        else
            buf_append_char(out, c);
    }
}

/* Bytes of the input, or, as they are many and short, packets of the protocol. */
static struct slice words(struct input *in)
{
    static const char *const known[] = {
        "40",
        "40/chat,",
        "40/a?x=1,",
        "40{\"pid\":\"\1\"}",
        "40{\"pid\":\"\1\",\"offset\":\"\3\"}",
        "41",
        "41/chat,",
        "42[\"e\",1]",
        "420[\"jroom\"]",
        "42[\"oroom\"]",
        "42/chat,1[\"a\"]",
        "42[\"a\"]",
        "431[1]",
        "451-[\"e\",{\"_placeholder\":true,\"num\":0}]",
        "461-1[{\"_placeholder\":true,\"num\":0}]",
        "42[\"b\"]",
        "42[\"kroom\"]",
        "40{\"a\":\"!\"}",
        "44{}",
        "2",
        "3",
        "1",
        "40/nobody,",
        "42[\"bx\"]",
    };
    size_t count = sizeof(known) / sizeof(*known);
    if (!input_left(in) || *in->at < 256 - count)
        return input_bytes(in);
    return slice_str(known[255 - input_byte(in)]);
}

static void say(struct world *w, uint8_t at, bool binary, struct slice bytes)
{
    struct client *c = &w->clients[at % CLIENTS];
    struct buf text = BUF_INIT;
    if (!c->link)
        return;
    put_text(w, bytes, &text);
    if (binary)
        loopback_send_binary(c->link, bytes, w->now_ns);
    else
        loopback_send_text(c->link, buf_slice(&text), w->now_ns);
    buf_dispose(&text);
}

/* A msgpack packet of which the JSON is the input's: most are well-formed. */
static void say_packet(struct world *w, uint8_t at, uint8_t what, struct slice json)
{
    static const char bytes[] = "\1\2\3";
    struct slice attachment = SLICE(bytes);
    struct client *c = &w->clients[at % CLIENTS];
    struct buf out = BUF_INIT, text = BUF_INIT;

    if (!c->link)
        return;
    put_text(w, json, &text);
    if (c->legacy)
        buf_append_char(&out, EIO_MESSAGE);
    msgpack_put_map(&out, 2 + (json.len > 0) + (what >> 7));
    msgpack_put_string(&out, SLICE("type"));
    msgpack_put_int(&out, what & 7);
    msgpack_put_string(&out, SLICE("nsp"));
    msgpack_put_string(&out, slice_str(namespaces[what >> 3 & 3]));
    if (what >> 7) {
        msgpack_put_string(&out, SLICE("id"));
        msgpack_put_int(&out, what >> 5 & 3);
    }
    if (json.len)
        msgpack_put_string(&out, SLICE("data"));
    if (json.len == 0 || msgpack_put_json(&out, buf_slice(&text), &attachment, 1) == ERR_OK)
        loopback_send_binary(c->link, buf_slice(&out), w->now_ns);
    buf_dispose(&out);
    buf_dispose(&text);
}

static void throttle(struct world *w, uint8_t at)
{
    struct client *c = &w->clients[at % CLIENTS];
    unsigned room = at >> 2 & 7;
    if (c->link)
        loopback_throttle(c->link, room == 7 ? SIZE_MAX : room);
}

/* Fires what is due within so many quarters of a second, in order, turn by turn. */
static void advance(struct world *w, uint8_t quarters)
{
    int64_t until = w->now_ns + quarters * (NS_PER_S / 4);
    mem_test_fail_nth(0); /* what is checked on the way reads, too */
    while (server_next_ns(w->server) <= until) {
        if (server_next_ns(w->server) > w->now_ns)
            w->now_ns = server_next_ns(w->server);
        server_run(w->server, w->now_ns);
        end_turn(w);
        check(w);
    }
    w->now_ns = until;
    server_run(w->server, w->now_ns);
}

/* --- what the script does of its own accord --- */

/* The sid of a peer that was, or is, there. */
static struct slice some_sid(struct world *w, uint8_t at)
{
    struct sio_peer *p = w->engine.peer_count
                             ? server_peer(w->server, w->engine.peers[at % w->engine.peer_count].id)
                             : NULL;
    return p ? sio_peer_sid(p) : SLICE("nobody");
}

/* Who: by a byte, a namespace and rooms of it, everyone, a sid, or all but one. `rooms` has two
 * places. */
static struct emit_target some_target(struct world *w, uint8_t how, uint8_t who,
                                      struct slice rooms[2])
{
    rooms[0] = how & 4 ? SLICE("room") : some_sid(w, who);
    rooms[1] = some_sid(w, (uint8_t)(who >> 4));
    return (struct emit_target){
        .namespace_ = slice_str(namespaces[how & 3]),
        .peer =
            how & 8 && w->engine.peer_count ? w->engine.peers[who % w->engine.peer_count].id : 0,
        .rooms = rooms,
        .room_count = how >> 4 & 1,
        .except = rooms + 1,
        .except_count = how >> 5 & 1,
        .is_volatile = how & 64,
    };
}

static void emit_some(struct world *w, uint8_t how, uint8_t who, uint8_t what)
{
    static const char *const bodies[] = {"[\"ev\"]", "[\"ev\",{\"_placeholder\":true,\"num\":0}]",
                                         "[\"ev\",\"\\u00e9 \xc3\xa9\",[]]"};
    struct slice rooms[2], attachments[2] = {SLICE("abc"), SLICE("")};
    struct emit_target to = some_target(w, how, who, rooms);
    struct emit_body body = {.json = slice_str(bodies[what % 3]),
                             .attachments = attachments,
                             .attachment_count = what % 3 == 1};
    engine_emit(&w->engine, &to, &body, what & 128 ? (what >> 3 & 7) * NS_PER_S : -1);
}

static void change(struct world *w, enum action what, uint8_t how, uint8_t who)
{
    struct slice rooms[2];
    struct emit_target to = some_target(w, how, who, rooms);

    if (what == JOIN)
        server_join(w->server, &to, how & 64 ? SLICE("other") : SLICE("room"));
    else if (what == LEAVE)
        server_leave(w->server, &to, how & 64 ? SLICE("other") : SLICE("room"));
    else if (what == CLOSE_ROOM)
        server_close_room(w->server, to.namespace_, rooms[0]);
    else
        server_disconnect(w->server, &to, how & 64);
}

static void ack_some(struct world *w, uint8_t who)
{
    struct slice attachment = SLICE("abc");
    struct emit_body body = {.json = SLICE("[{\"_placeholder\":true,\"num\":0}]"),
                             .attachments = &attachment,
                             .attachment_count = 1};
    if (w->engine.peer_count)
        engine_ack(&w->engine, w->engine.peers[who % w->engine.peer_count].id, who, &body);
}

static void ignore_dropped(void *ud, struct slice name, size_t peers)
{
    (void)ud;
    require(name.len && peers, "who is dropped was there");
}

static void drop_namespace(struct world *w, uint8_t at)
{
    w->engine.dropped = at & 1;
    server_drop_strangers(w->server, ignore_dropped, NULL);
}

static void act_script(struct world *w, enum action what, uint8_t at, struct input *in)
{
    if (what == EMIT) {
        uint8_t who = input_byte(in);
        emit_some(w, at, who, input_byte(in));
    } else if (what == DECIDE) {
        engine_decide(&w->engine, at & 1);
    } else if (what == RELEASE) {
        engine_release(&w->engine);
    } else if (what == ACK) {
        ack_some(w, at);
    } else if (what == DROP_NAMESPACE) {
        drop_namespace(w, at);
    } else if (what == FAIL_ALLOCATION) {
        w->failing = at & 15;
    } else {
        change(w, what, at, input_byte(in));
    }
}

static void act(struct world *w, struct input *in)
{
    enum action what = (enum action)(input_byte(in) % ACTIONS);
    uint8_t at = what == TURN_END ? 0 : input_byte(in);

    if (what == CONNECT) {
        connect(w, at);
    } else if (what == TEXT || what == BINARY) {
        say(w, at, what == BINARY, words(in));
    } else if (what == PACKET) {
        uint8_t type = input_byte(in);
        say_packet(w, at, type, words(in));
    } else if (what == DROP) {
        drop(w, &w->clients[at % CLIENTS]);
    } else if (what == THROTTLE) {
        throttle(w, at);
    } else if (what == ADVANCE) {
        advance(w, at);
    } else if (what == TURN_END) {
        end_turn(w);
    } else {
        act_script(w, what, at, in);
    }
}

/* --- beginning and end --- */

static void configure(struct config *c, uint8_t options)
{
    config_init(c);
    c->max_http_buffer_size = 300;
    if (options & MSGPACK) {
        mem_free(c->parser);
        c->parser = mem_dup("msgpack", 7);
    }
    if (options & RECOVERY) {
        c->connection_state_recovery = 20;
        c->recovery_buffer_size = 2000;
    }
    if (options & SMALL_QUEUE)
        c->send_queue_limit = 300;
}

static void begin(struct world *w, uint8_t options)
{
    struct config config;

    *w = (struct world){.now_ns = 1000 * NS_PER_S, .msgpack = options & MSGPACK};
    w->log = (struct log){.sink = on_log, .ud = w, .least = LOG_DEBUG};
    engine_init(&w->engine);
    w->engine.holds_connect = options & HOLD_CONNECT;
    w->engine.holds_release = options & HOLD_RELEASE;
    w->engine.emits_early = options & EMIT_EARLY;
    configure(&config, options);
    w->server = server_create(&config, &(struct server_params){.log = &w->log,
                                                               .dispatch = &w->engine.dispatch,
                                                               .clock = read_clock,
                                                               .clock_ud = w});
    w->engine.server = w->server;
    server_run(w->server, w->now_ns);
}

static void end(struct world *w)
{
    server_close(w->server, w->now_ns);
    end_turn(w);
    while (engine_release(&w->engine))
        ;
    end_turn(w);
    check(w);
    for (size_t i = 0; i < CLIENTS; i++)
        drop(w, &w->clients[i]);
    server_destroy(w->server);
    engine_dispose(&w->engine);
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
