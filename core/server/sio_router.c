/* Packets of one session to its peers. */
#include "core/server/sio_router.h"
#include "core/server/server.h"
#include "core/server/sio_encode.h"
#include "core/server/sio_join.h"
#include "core/server/sio_legacy.h"
#include <utlist.h>

void sio_router_send(struct eio_session *s, enum sio_type type, struct slice namespace_,
                     struct slice payload)
{
    struct sio_router *r = s->upper;
    struct sio_message m = {.type = type, .namespace_ = namespace_, .json = payload};
    struct frame *f = sio_encode_packet(r->server, &m);
    eio_session_send(s, &f, 1, false);
    frame_unref(f);
}

static struct sio_peer *find(const struct sio_router *r, struct slice namespace_, bool leaving)
{
    struct sio_peer *p;
    DL_FOREACH(r->peers, p)
    {
        if ((p->state == SIO_PEER_LEAVING) == leaving &&
            slice_equal(sio_namespace_name(p->namespace_), namespace_))
            return p;
    }
    return NULL;
}

struct sio_peer *sio_router_find(const struct sio_router *r, struct slice namespace_)
{
    return find(r, namespace_, false);
}

void sio_router_broken(struct sio_router *r, const char *what)
{
    log_info(r->server->log, "%s: %s, closed", r->session->sid, what);
    eio_session_close(r->session, EIO_CLOSE_ERROR, TRANSPORT_END_BAD);
}

_Static_assert(SIO_ATTACHMENTS_MAX == 10, "as router_unreadable says");

/* A packet that could not even be read. */
static void router_unreadable(struct sio_router *r, enum err err)
{
    const char *what = "malformed Socket.IO packet";
    if (err == ERR_NOMEM)
        what = "out of memory for a packet";
    else if (err == ERR_RANGE)
        what = "a packet of more than 10 attachments";
    sio_router_broken(r, what);
}

/* --- packets --- */

static void router_event(struct sio_router *r, struct sio_peer *p, const struct sio_packet *packet,
                         const struct slice *attachments)
{
    const struct dispatch *d = r->server->dispatch;
    struct dispatch_event event = {
        .payload = {packet->payload, attachments, packet->attachments},
        .wants_ack = packet->has_id,
        .ack_id = packet->id,
    };
    enum err err = sio_packet_event_name(packet->payload, &r->server->_name, &event.name);
    if (err == ERR_OK)
        err = d->on_event(d->ud, p->id, &event);
    if (err != ERR_OK)
        sio_router_broken(r, err == ERR_RANGE ? "too many handlers of it wait at once"
                                              : "malformed event payload");
}

static void router_ack(struct sio_router *r, struct sio_peer *p, const struct sio_packet *packet,
                       const struct slice *attachments)
{
    const struct dispatch *d = r->server->dispatch;
    struct dispatch_payload payload = {packet->payload, attachments, packet->attachments};
    void *cookie;

    if (!packet->has_id) {
        sio_router_broken(r, "an acknowledgement without an id");
        return;
    }
    if (!acks_take(&p->acks, packet->id, &cookie)) {
        log_debug(r->server->log, "%s: acknowledgement %llu is not waited for", p->sid,
                  (unsigned long long)packet->id);
        return;
    }
    if (d->on_ack(d->ud, cookie, p->id, &payload) != ERR_OK)
        sio_router_broken(r, "malformed acknowledgement");
}

static void router_disconnect(struct sio_router *r, struct sio_peer *p)
{
    server_leave_later(r->server, p, DISPATCH_CLIENT_DISCONNECT, false);
    server_settle(r->server);
}

/* May the client believe that it is in the namespace? It was, and may not have heard yet that the
 * server disconnected it: in this very turn, or before. */
static bool may_not_have_heard(const struct sio_router *r, struct slice namespace_)
{
    const struct sio_peer *leaving = find(r, namespace_, true);
    return r->disconnected || (leaving && leaving->was_connected);
}

/* A packet for a namespace where this session has no peer: it crossed the end of one, or the
 * protocol is broken. Servers of protocol 4 never minded. */
static void router_stray(struct sio_router *r, const struct sio_packet *packet)
{
    if (may_not_have_heard(r, packet->namespace_) || packet->type == SIO_DISCONNECT ||
        sio_legacy(r->session))
        log_debug(r->server->log, "%s: a packet for %.*s, where it is not", r->session->sid,
                  SLICE_ARG(packet->namespace_));
    else
        sio_router_broken(r, "a packet for a namespace that it did not join");
}

static void router_dispatch(struct sio_router *r, const struct sio_packet *packet,
                            const struct slice *attachments)
{
    struct sio_peer *p = sio_router_find(r, packet->namespace_);

    if (packet->type == SIO_CONNECT && (!p || sio_legacy(r->session))) {
        sio_join(r, packet->namespace_, packet->payload);
        return;
    }
    if (!p) {
        router_stray(r, packet);
        return;
    }
    switch (packet->type) {
    case SIO_CONNECT:
        sio_router_broken(r, "CONNECT to a namespace that it joined already");
        return;
    case SIO_DISCONNECT:
        router_disconnect(r, p);
        return;
    case SIO_EVENT:
    case SIO_BINARY_EVENT:
        if (p->state == SIO_PEER_CONNECTED)
            router_event(r, p, packet, attachments);
        else
            sio_router_broken(r, "an event before its CONNECT was answered");
        return;
    case SIO_ACK:
    case SIO_BINARY_ACK:
        router_ack(r, p, packet, attachments);
        return;
    case SIO_CONNECT_ERROR:
        if (!sio_legacy(r->session))
            sio_router_broken(r, "CONNECT_ERROR from a client");
        return;
    }
}

static void router_text(struct sio_router *r, struct slice body)
{
    struct sio_packet packet;

    if (r->_assembler && sio_assembler_waiting(r->_assembler)) {
        sio_router_broken(r, "text where a binary attachment was due");
        return;
    }
    enum err err = sio_packet_decode(body, &packet);
    if (err != ERR_OK) {
        router_unreadable(r, err);
        return;
    }
    if (packet.attachments == 0) {
        router_dispatch(r, &packet, NULL);
        return;
    }
    if (!r->_assembler)
        r->_assembler = mem_zalloc(sizeof(*r->_assembler));
    if (sio_assembler_start(r->_assembler, &packet) != ERR_OK)
        sio_router_broken(r, "out of memory for a binary packet");
}

/* The msgpack parser: a packet is one binary message. */
static void router_msgpack(struct sio_router *r, struct slice body)
{
    struct sio_packet packet;
    struct msgpack_attachments attachments = {0};
    struct buf payload = BUF_INIT;

    enum err err = sio_msgpack_decode(body, &payload, &attachments, &packet);
    if (err == ERR_OK)
        router_dispatch(r, &packet, attachments.items);
    else
        router_unreadable(r, err);
    msgpack_attachments_dispose(&attachments);
    buf_dispose(&payload);
}

static void router_binary(struct sio_router *r, struct slice body)
{
    bool complete = false;
    size_t limit = (size_t)r->server->config.max_http_buffer_size;
    enum err err = ERR_STATE;

    if (r->_assembler)
        err = sio_assembler_add(r->_assembler, body, limit, &complete);
    if (err == ERR_STATE)
        sio_router_broken(r, "a binary message that no packet announced");
    else if (err != ERR_OK)
        sio_router_broken(r, "a binary packet over max_http_buffer_size");
    if (!complete)
        return;
    router_dispatch(r, &r->_assembler->packet, r->_assembler->attachments);
    sio_assembler_reset(r->_assembler);
}

/* --- struct eio_listener --- */

static void router_on_open(void *ud, struct eio_session *session)
{
    struct sio_router *r = mem_zalloc(sizeof(*r));
    r->server = ud;
    r->session = session;
    session->upper = r;
    sio_join_open(r);
}

static void router_on_message(void *ud, struct eio_session *session, bool binary, struct slice body)
{
    struct sio_router *r = session->upper;
    bool msgpack = sio_encode_is_msgpack(r->server);
    if (msgpack && binary)
        router_msgpack(r, body);
    else if (msgpack)
        sio_router_broken(r, "text, and this server's parser is msgpack");
    else if (binary)
        router_binary(r, body);
    else
        router_text(r, body);
}

static enum dispatch_reason close_reason(enum eio_close why)
{
    switch (why) {
    case EIO_CLOSE_BY_CLIENT:
        return DISPATCH_CLIENT_DISCONNECT;
    case EIO_CLOSE_BY_SERVER:
        return DISPATCH_SERVER_DISCONNECT;
    case EIO_CLOSE_PING:
        return DISPATCH_PING_TIMEOUT;
    case EIO_CLOSE_TRANSPORT:
        return DISPATCH_TRANSPORT_CLOSE;
    case EIO_CLOSE_ERROR:
        return DISPATCH_TRANSPORT_ERROR;
    }
    return DISPATCH_TRANSPORT_ERROR;
}

static void router_on_close(void *ud, struct eio_session *session, enum eio_close why)
{
    struct sio_router *r = session->upper;
    struct sio_peer *p, *next;
    (void)ud;

    sio_join_close(r);
    DL_FOREACH_SAFE(r->peers, p, next)
    {
        DL_DELETE(r->peers, p);
        r->peer_count--;
        p->session = NULL;
        p->router = NULL;
        server_leave_later(r->server, p, close_reason(why), false);
    }
}

static void router_on_free(void *ud, struct eio_session *session)
{
    struct sio_router *r = session->upper;
    (void)ud;
    if (r->_assembler)
        sio_assembler_reset(r->_assembler);
    mem_free(r->_assembler);
    mem_free(r);
}

static void router_initial_headers(void *ud, const struct http_request *request, struct buf *out)
{
    const struct dispatch *d = ((struct server *)ud)->dispatch;
    if (d->initial_headers)
        d->initial_headers(d->ud, request, out);
}

void sio_router_listener(struct eio_listener *out, struct server *server)
{
    *out = (struct eio_listener){.ud = server,
                                 .on_open = router_on_open,
                                 .on_message = router_on_message,
                                 .on_close = router_on_close,
                                 .on_free = router_on_free,
                                 .initial_headers = router_initial_headers};
}

void sio_router_remove(struct sio_router *r, struct sio_peer *p)
{
    DL_DELETE(r->peers, p);
    r->peer_count--;
    p->router = NULL;
    p->session = NULL;
    r->disconnected = r->disconnected || p->was_connected;
    if (!r->peers && eio_session_open(r->session) && !p->was_connected)
        sio_join_expect(r);
}
