/* The C engine and the helpers of the machine tests. */
#include "rig.h"
#include <stdio.h>

static const char *peer_sid(struct rig *r, slot_id peer)
{
    struct sio_peer *p = server_peer(r->server, peer);
    assert_non_null(p);
    return p->sid;
}

static struct slice peer_namespace(struct rig *r, slot_id peer)
{
    return sio_namespace_name(server_peer(r->server, peer)->namespace_);
}

static bool on_has_namespace(void *ud, struct slice name)
{
    return ((struct rig *)ud)->any_namespace || slice_equal(name, SLICE("/")) ||
           slice_equal(name, SLICE("/chat"));
}

static enum err on_connect(void *ud, slot_id peer, struct slice auth)
{
    struct rig *r = ud;
    if (auth.len && auth.ptr[auth.len - 1] != '}')
        return ERR_SYNTAX;
    buf_printf(&r->told, "connect %.*s %s %.*s\n", SLICE_ARG(peer_namespace(r, peer)),
               peer_sid(r, peer), SLICE_ARG(auth));
    r->last = peer;
    if (r->refuse)
        server_refuse(r->server, peer, slice_str(r->refuse));
    else if (!r->hold_connect)
        server_accept(r->server, peer);
    return ERR_OK;
}

/* The first argument of `["name","argument"…]`, which has no escapes in these tests. */
static struct slice first_argument(struct slice payload)
{
    struct slice rest = slice_skip(payload, slice_index(payload, ',') + 2);
    return slice_make(rest.ptr, slice_index(rest, '"'));
}

static void obey(struct rig *r, slot_id peer, const struct dispatch_event *e)
{
    struct emit_target target = {.namespace_ = peer_namespace(r, peer), .peer = peer};
    struct emit_body back = {e->payload.json, e->payload.attachments, e->payload.attachment_count};
    struct emit_body hi = {.json = SLICE("[\"hi\"]")};

    if (slice_equal(e->name, SLICE("echo"))) {
        server_emit(r->server, &target, &back, NULL);
    } else if (slice_equal(e->name, SLICE("join"))) {
        server_join(r->server, &target, first_argument(e->payload.json));
    } else if (slice_equal(e->name, SLICE("bye"))) {
        server_disconnect(r->server, &target, false);
    } else if (slice_equal(e->name, SLICE("room"))) {
        struct slice room = first_argument(e->payload.json);
        target.peer = 0;
        target.rooms = &room;
        target.room_count = 1;
        server_emit(r->server, &target, &hi, NULL);
    } else if (slice_equal(e->name, SLICE("all"))) {
        target.peer = 0;
        server_emit(r->server, &target, &hi, NULL);
    }
}

static enum err on_event(void *ud, slot_id peer, const struct dispatch_event *e)
{
    struct rig *r = ud;
    if (e->payload.json.ptr[e->payload.json.len - 1] != ']')
        return ERR_SYNTAX;
    buf_printf(&r->told, "event %.*s %s %.*s %.*s %zu\n", SLICE_ARG(peer_namespace(r, peer)),
               peer_sid(r, peer), SLICE_ARG(e->name), SLICE_ARG(e->payload.json),
               e->payload.attachment_count);
    obey(r, peer, e);
    r->now_ns += r->event_ns;
    if (e->wants_ack)
        server_ack(r->server, peer, e->ack_id, &(struct emit_body){.json = SLICE("[\"ok\"]")});
    return ERR_OK;
}

static void on_disconnect(void *ud, slot_id peer, enum dispatch_reason reason)
{
    struct rig *r = ud;
    buf_printf(&r->told, "disconnect %.*s %s %s rooms=%u\n", SLICE_ARG(peer_namespace(r, peer)),
               peer_sid(r, peer), dispatch_reason_text(reason),
               server_peer(r->server, peer)->member.count);
    r->last = peer;
    if (!r->hold_release)
        server_release(r->server, peer);
}

static void on_forget(void *ud, slot_id peer)
{
    struct rig *r = ud;
    (void)peer;
    buf_append_str(&r->told, "forget\n");
}

static enum err on_ack(void *ud, void *cookie, slot_id peer, const struct dispatch_payload *p)
{
    struct rig *r = ud;
    buf_printf(&r->told, "ack %s %s %.*s\n", (const char *)cookie, peer_sid(r, peer),
               SLICE_ARG(p->json));
    return ERR_OK;
}

static void on_ack_lost(void *ud, void *cookie, slot_id peer, enum dispatch_ack_lost why)
{
    struct rig *r = ud;
    buf_printf(&r->told, "ack lost %s %s %s\n", (const char *)cookie, peer_sid(r, peer),
               why == DISPATCH_ACK_TIMEOUT ? "timeout" : "disconnected");
}

static void on_request(void *ud, struct http_exchange *x)
{
    struct rig *r = ud;
    buf_printf(&r->told, "request %.*s %.*s\n", SLICE_ARG(x->request->method),
               SLICE_ARG(x->request->path));
    http_exchange_respond_text(x, 200, "text/plain", SLICE("routed"));
}

static size_t body_limit(void *ud, const struct http_request *request)
{
    (void)ud;
    (void)request;
    return 100;
}

static void on_log(void *ud, enum log_level level, struct slice text)
{
    struct rig *r = ud;
    buf_printf(&r->logged, "%s %.*s\n", log_level_name(level), SLICE_ARG(text));
}

static int64_t virtual_clock(void *ud)
{
    return ((struct rig *)ud)->now_ns;
}

static void configure(struct config *config, const char *options)
{
    struct slice rest = slice_str(options);
    struct buf error = BUF_INIT;
    while (rest.len) {
        size_t end = slice_index(rest, '\n');
        struct slice line = slice_make(rest.ptr, end);
        size_t sign = slice_index(line, '=');
        if (!config_set_text(config, slice_make(line.ptr, sign), slice_skip(line, sign + 1),
                             &error))
            fail_msg("%.*s", SLICE_ARG(buf_slice(&error)));
        rest = slice_skip(rest, end < rest.len ? end + 1 : end);
    }
}

void rig_init(struct rig *r, const char *options)
{
    struct config config;

    *r = (struct rig){.now_ns = 1000 * NS_PER_S};
    r->log = (struct log){.sink = on_log, .ud = r, .least = LOG_DEBUG};
    r->dispatch = (struct dispatch){
        .ud = r,
        .has_namespace = on_has_namespace,
        .on_connect = on_connect,
        .on_event = on_event,
        .on_disconnect = on_disconnect,
        .on_forget = on_forget,
        .on_ack = on_ack,
        .on_ack_lost = on_ack_lost,
        .on_request = on_request,
        .body_limit = body_limit,
    };
    config_init(&config);
    configure(&config, options);
    r->server = server_create(&config, &(struct server_params){.log = &r->log,
                                                               .dispatch = &r->dispatch,
                                                               .clock = virtual_clock,
                                                               .clock_ud = r});
    server_run(r->server, r->now_ns);
}

void rig_dispose(struct rig *r)
{
    r->hold_release = false;
    server_close(r->server, r->now_ns);
    server_turn_end(r->server, r->now_ns);
    server_destroy(r->server);
    buf_dispose(&r->told);
    buf_dispose(&r->logged);
    assert_int_equal(frame_test_alive(), 0);
}

void rig_turn(struct rig *r)
{
    server_turn_end(r->server, r->now_ns);
    if (!r->any_namespace) /* of which there may be so many that looking takes too long */
        assert_true(server_validate(r->server));
}

void rig_emit(struct rig *r, const char *room, const char *json)
{
    struct slice name = slice_str(room);
    struct emit_target target = {
        .namespace_ = SLICE("/"), .rooms = &name, .room_count = room ? 1 : 0};
    struct emit_body body = {.json = slice_str(json)};
    server_emit(r->server, &target, &body, NULL);
    rig_turn(r);
}

struct loopback *rig_connect(struct rig *r)
{
    struct loopback *l =
        loopback_connect(r->server, SLICE("EIO=4&transport=websocket"), NULL, 0, r->now_ns, NULL);
    assert_non_null(l);
    rig_turn(r);
    return l;
}

struct loopback *rig_join(struct rig *r)
{
    struct loopback *l = rig_connect(r);
    rig_text(r, l, "40");
    rig_expect(l, "0{\"sid\":*");
    rig_expect(l, "40{\"sid\":*");
    return l;
}

void rig_text(struct rig *r, struct loopback *l, const char *text)
{
    loopback_send_text(l, slice_str(text), r->now_ns);
    rig_turn(r);
}

void rig_binary(struct rig *r, struct loopback *l, const void *bytes, size_t len)
{
    loopback_send_binary(l, slice_make(bytes, len), r->now_ns);
    rig_turn(r);
}

void rig_advance(struct rig *r, double seconds)
{
    int64_t until = r->now_ns + config_ns(seconds);
    while (server_next_ns(r->server) <= until) {
        if (server_next_ns(r->server) > r->now_ns)
            r->now_ns = server_next_ns(r->server);
        server_run(r->server, r->now_ns);
        rig_turn(r);
    }
    if (until > r->now_ns)
        r->now_ns = until;
    server_run(r->server, r->now_ns);
    rig_turn(r);
}

/* `%` in `pattern` matches the characters of a sid, a `*` at its end anything. */
static bool matches(struct slice text, const char *pattern)
{
    size_t at = 0;
    for (; *pattern; pattern++) {
        if (*pattern == '*' && !pattern[1])
            return true;
        if (*pattern == '%') {
            at += IDENT_LEN;
            continue;
        }
        if (at >= text.len || text.ptr[at] != *pattern)
            return false;
        at++;
    }
    return at == text.len;
}

void rig_expect(struct loopback *l, const char *text)
{
    struct frame *f = loopback_take(l);
    if (!f) {
        assert_string_equal(text, "");
        return;
    }
    struct slice body = frame_body(f);
    if (f->binary || !matches(body, text))
        fail_msg("got %s frame %.*s, not %s", f->binary ? "binary" : "text", SLICE_ARG(body), text);
    frame_unref(f);
}

void rig_expect_binary(struct loopback *l, const void *bytes, size_t len)
{
    struct frame *f = loopback_take(l);
    assert_non_null(f);
    assert_true(f->binary);
    assert_true(slice_equal(frame_body(f), slice_make(bytes, len)));
    frame_unref(f);
}

void rig_told(struct rig *r, const char *lines)
{
    if (!matches(buf_slice(&r->told), lines))
        fail_msg("told:\n%.*sexpected:\n%s", SLICE_ARG(buf_slice(&r->told)), lines);
    buf_reset(&r->told, 4096);
}

void rig_logged(struct rig *r, const char *text)
{
    buf_append_char(&r->logged, '\0');
    if (!strstr(r->logged.ptr, text))
        fail_msg("the log has no \"%s\":\n%s", text, r->logged.ptr);
    buf_reset(&r->logged, 4096);
}

void rig_poll(struct rig *r, struct loopback_http *h, const char *method, const char *query,
              const char *header, struct slice body)
{
    struct slice line = slice_str(header);
    size_t colon = slice_index(line, ':');
    struct http_header parsed = {0};
    if (header)
        parsed = (struct http_header){slice_make(header, colon),
                                      slice_trim(slice_skip(line, colon + 1))};
    struct http_request request = {
        .method = slice_str(method),
        .path = SLICE("/socket.io/"),
        .query = slice_str(query),
        .remote_addr = SLICE("127.0.0.1"),
        .headers = &parsed,
        .header_count = header ? 1 : 0,
    };
    loopback_http_start(h, r->server, &request, body, r->now_ns);
    rig_turn(r);
}

void rig_http_expect(struct loopback_http *h, unsigned status, struct slice body)
{
    assert_true(h->done);
    if (h->status != status || !slice_equal(buf_slice(&h->body), body))
        fail_msg("got %u %.*s, not %u %.*s", h->status, SLICE_ARG(buf_slice(&h->body)), status,
                 SLICE_ARG(body));
    loopback_http_dispose(h);
}

void rig_http(struct rig *r, struct loopback_http *h, const char *method, const char *path,
              const char *query, const char *body)
{
    struct http_request request = {
        .method = slice_str(method),
        .path = slice_str(path),
        .query = slice_str(query),
        .remote_addr = SLICE("127.0.0.1"),
    };
    loopback_http_start(h, r->server, &request, slice_str(body), r->now_ns);
    rig_turn(r);
}

struct slice rig_sid(const struct loopback_http *open)
{
    assert_int_equal(open->status, 200);
    assert_true(slice_starts_with(buf_slice(&open->body), SLICE("0{\"sid\":\"")));
    return slice_make(open->body.ptr + 9, IDENT_LEN);
}

const char *rig_session_query(struct slice sid)
{
    static char query[96];
    snprintf(query, sizeof(query), "EIO=4&transport=polling&sid=%.*s", SLICE_ARG(sid));
    return query;
}
