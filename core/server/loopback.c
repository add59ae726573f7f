/* A client in memory: what is written to it is kept in a list until a test takes it. */
#include "core/server/loopback.h"

struct loopback {
    struct transport transport; /* first: a transport of ours is its loopback */
    struct server *server;
    struct frame **frames;
    size_t taken, count, cap;
    size_t writes;
    size_t room; /* frames that the transport takes before it is blocked */
    bool up;
    enum transport_end how;
};

static void keep(struct loopback *l, struct frame *f)
{
    if (l->count == l->cap) {
        l->cap = l->cap ? l->cap * 2 : 16;
        l->frames = mem_realloc(l->frames, l->cap * sizeof(*l->frames));
    }
    l->frames[l->count++] = frame_ref(f);
}

static size_t loopback_take_frames(struct transport *t, struct frame *const *frames, size_t count)
{
    struct loopback *l = (struct loopback *)t;
    size_t taken = count < l->room ? count : l->room;

    for (size_t i = 0; i < taken; i++)
        keep(l, frames[i]);
    if (l->room != SIZE_MAX)
        l->room -= taken;
    if (taken)
        l->writes++;
    return taken;
}

static void loopback_end(struct transport *t, enum transport_end how)
{
    struct loopback *l = (struct loopback *)t;
    l->up = false;
    l->how = how;
}

static const struct transport_ops loopback_ops = {.send = loopback_take_frames,
                                                  .close = loopback_end};

struct loopback *loopback_connect(struct server *s, struct slice query,
                                  const struct http_header *headers, size_t header_count,
                                  int64_t now_ns, unsigned *out_status)
{
    struct http_request parts = {
        .method = SLICE("GET"),
        .path = slice_str(s->config.path),
        .query = query,
        .remote_addr = SLICE("127.0.0.1"),
        .headers = headers,
        .header_count = header_count,
    };
    struct http_request *request = server_try_request(s, &parts);
    struct buf body = BUF_INIT;
    unsigned status = 101;
    struct loopback *l = NULL;

    if (request && eio_gate_admit(&s->sessions, request, &status, &body) == EIO_REFUSAL_NONE) {
        l = mem_zalloc(sizeof(*l));
        l->transport = (struct transport){.ops = &loopback_ops, .kind = TRANSPORT_WEBSOCKET};
        l->server = s;
        l->room = SIZE_MAX;
        l->up = eio_gate_open(&s->sessions, request, &l->transport, now_ns);
    }
    if (request)
        http_request_unref(request);
    buf_dispose(&body);
    if (out_status)
        *out_status = status;
    return l;
}

void loopback_destroy(struct loopback *l, int64_t now_ns)
{
    if (l->transport.session)
        eio_session_transport_gone(l->transport.session, &l->transport, now_ns);
    while (l->taken < l->count)
        frame_unref(l->frames[l->taken++]);
    mem_free(l->frames);
    mem_free(l);
}

static void loopback_send(struct loopback *l, bool binary, struct slice bytes, int64_t now_ns)
{
    if (l->transport.session)
        eio_session_receive(l->transport.session, &l->transport, binary, bytes, now_ns);
}

void loopback_send_text(struct loopback *l, struct slice text, int64_t now_ns)
{
    loopback_send(l, false, text, now_ns);
}

void loopback_send_binary(struct loopback *l, struct slice bytes, int64_t now_ns)
{
    loopback_send(l, true, bytes, now_ns);
}

struct frame *loopback_take(struct loopback *l)
{
    return l->taken < l->count ? l->frames[l->taken++] : NULL;
}

size_t loopback_writes(const struct loopback *l)
{
    return l->writes;
}

bool loopback_up(const struct loopback *l, enum transport_end *out_how)
{
    if (!l->up && out_how)
        *out_how = l->how;
    return l->up;
}

void loopback_throttle(struct loopback *l, size_t frames)
{
    bool was_blocked = l->room == 0;
    l->room = frames;
    if (was_blocked && frames && l->transport.session)
        eio_session_writable(l->transport.session);
}
