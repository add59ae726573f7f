/* One Engine.IO session: heartbeat, transports, queue and the one close.
 * The upgrade is in eio_upgrade.c. Nothing here frees a session: closing unlinks it and hands it to
 * the table. */
#include "core/server/eio_session.h"
#include "core/codec/eio3_payload.h"
#include "core/server/eio_intake.h"
#include "core/server/eio_table.h"
#include "core/server/eio_upgrade.h"

#define FAREWELL_NS 1000000000LL
#define STILL_NS                                                                                   \
    (100 * NS_PER_MS) /* the server was kept from its timers for longer: it stood still */

static void session_heartbeat(void *ud, int64_t now_ns);
static bool session_time_is_up(const struct eio_session *s, int64_t now_ns);
static void session_lost(struct eio_session *s);

static int64_t interval_ns(const struct eio_session *s)
{
    return (int64_t)s->ping_interval_ms * NS_PER_MS;
}

static int64_t timeout_ns(const struct eio_session *s)
{
    return (int64_t)s->ping_timeout_ms * NS_PER_MS;
}

/* How long a session stays quiet: until our next ping, or (protocol 3, where clients ping) until it
 * is given up. */
static int64_t session_patience(const struct eio_session *s)
{
    return interval_ns(s) + (s->version == 3 ? timeout_ns(s) : 0);
}

void eio_session_init(struct eio_session *s, struct eio_table *table, struct http_request *request,
                      const struct eio_opening *opening)
{
    *s = (struct eio_session){
        .version = opening->version,
        .ping_interval_ms = (uint32_t)(table->config->ping_interval * 1e3),
        .ping_timeout_ms = (uint32_t)(table->config->ping_timeout * 1e3),
        .base64 = opening->base64,
        .table = table,
        ._upgraded = opening->first == TRANSPORT_WEBSOCKET,
    };
    s->request = http_request_ref(request);
    timer_init(&s->_heartbeat, session_heartbeat, s);
    eio_upgrade_init(s);
    s->_heard_ns = table->timers->now_ns;
    timers_arm(table->timers, &s->_heartbeat, s->_heard_ns + session_patience(s));
}

void eio_session_dispose(struct eio_session *s)
{
    if (s->_intake)
        eio_intake_destroy(s->_intake);
    eio_queue_dispose(&s->queue);
    http_request_unref(s->request);
}

/* What a frame is on this session's wire; one reference, the caller's. A WebSocket of protocol 3
 * has a type byte before binary messages, and of either protocol none to a client that takes no
 * binary; long-polling encodes them in its payload. */
static struct frame *session_frame(const struct eio_session *s, struct frame *f)
{
    if (!f->binary || !s->_upgraded)
        return frame_ref(f);
    if (s->version == 3)
        return eio3_binary_frame(f, s->base64);
    return s->base64 ? eio_packet_coded_frame(f) : frame_ref(f);
}

static void session_push(struct eio_session *s, struct frame *f)
{
    eio_queue_push(&s->queue, session_frame(s, f));
}

/* The session moved to a WebSocket: what waits for it takes that form. */
static void session_convert(struct eio_session *s)
{
    for (uint32_t i = 0; i < s->queue.len; i++)
        eio_queue_replace(&s->queue, i, session_frame(s, eio_queue_frames(&s->queue)[i]));
}

static bool session_ready(const struct eio_session *s)
{
    return s->_transport && !s->_blocked;
}

enum transport_kind eio_session_transport_kind(const struct eio_session *s)
{
    if (s->_transport)
        return s->_transport->kind;
    return s->_upgraded ? TRANSPORT_WEBSOCKET : TRANSPORT_POLLING;
}

/* Lets go of the transport and ends it. */
static void transport_end(struct eio_session *s, enum transport_end how)
{
    struct transport *t = s->_transport;
    if (!t)
        return;
    s->_transport = NULL;
    t->session = NULL;
    t->ops->close(t, how);
}

void eio_session_flush(struct eio_session *s)
{
    if (s->queue.len == 0 || !session_ready(s))
        return;
    struct transport *t = s->_transport;
    if (t->kind == TRANSPORT_POLLING) { /* it gives one response and is gone */
        s->_transport = NULL;
        t->session = NULL;
    }
    size_t count = s->queue.len;
    size_t taken = t->ops->send(t, eio_queue_frames(&s->queue), count);
    s->_blocked = s->_transport && taken < count;
    s->table->flushes++;
    eio_queue_pop(&s->queue, taken);
}

/* A closed session got what it waited for: a poll, or room in its WebSocket. */
static void session_finish_closing(struct eio_session *s)
{
    eio_session_flush(s);
    if (s->queue.len)
        return;
    transport_end(s, s->_how);
    eio_table_retire(s->table, s);
}

void eio_session_writable(struct eio_session *s)
{
    s->_blocked = false;
    if (s->_state == EIO_STATE_CLOSING)
        session_finish_closing(s);
    else if (s->queue.len)
        eio_table_mark_pending(s->table, s);
}

/* A packet of Engine.IO itself; these few bytes are never refused. */
void eio_session_put(struct eio_session *s, enum eio_type type, struct slice body)
{
    struct frame *f = eio_packet_frame(type, body);
    if (eio_queue_try_reserve(&s->queue, 1)) {
        session_push(s, f);
        if (session_ready(s))
            eio_table_mark_pending(s->table, s);
    }
    frame_unref(f);
}

/* The news of the end, once. When the server goes, others come back after a close packet, but
 * python-engineio's client stays away: it finds out by its next poll. */
static void session_put_farewell(struct eio_session *s, enum transport_end how)
{
    bool returns = how != TRANSPORT_END_GOING || !http_request_is_python(s->request);
    if (!s->_farewell)
        eio_session_put(s, returns ? EIO_CLOSE : EIO_NOOP, SLICE(""));
    s->_farewell = true;
}

/* A long-polling client can make the server answer without fetching any of it, and short answers
 * are mostly what a frame costs beside its bytes; a WebSocket whose client reads nothing is not
 * read. */
static size_t session_behind(const struct eio_session *s)
{
    size_t each = eio_session_transport_kind(s) == TRANSPORT_POLLING ? FRAME_COST : 0;
    return s->queue.bytes + s->queue.len * each;
}

/* A burst that one turn makes may pass the limit for a client that keeps up, so what waits is
 * written before it is judged. */
static bool session_over_limit(struct eio_session *s)
{
    double limit = s->table->config->send_queue_limit;
    if ((double)session_behind(s) <= limit)
        return false;
    eio_session_flush(s);
    return (double)session_behind(s) > limit;
}

enum eio_sent eio_session_send(struct eio_session *s, struct frame *const *frames, size_t count,
                               bool is_volatile)
{
    if (s->_state != EIO_STATE_OPEN || (is_volatile && !session_ready(s)))
        return EIO_SENT_DROPPED;
    if (!eio_queue_try_reserve(&s->queue, count)) {
        log_warning(s->table->log, "%s: out of memory for its send queue, closed", s->sid);
        eio_session_close(s, EIO_CLOSE_ERROR, TRANSPORT_END_DROP);
        return EIO_SENT_DROPPED;
    }
    for (size_t i = 0; i < count; i++)
        session_push(s, frames[i]);
    if (session_over_limit(s)) {
        log_warning(s->table->log, "%s: %zu bytes behind, over send_queue_limit, closed", s->sid,
                    session_behind(s));
        eio_session_close(s, EIO_CLOSE_ERROR, TRANSPORT_END_DROP);
        return EIO_SENT_DROPPED;
    }
    if (!session_ready(s))
        return EIO_SENT_BACKPRESSURE;
    eio_table_mark_pending(s->table, s);
    return EIO_SENT_QUEUED;
}

/* --- transports --- */

static void session_carry(struct eio_session *s, struct transport *t)
{
    s->_transport = t;
    s->_blocked = false;
    t->session = s;
}

static enum err session_attach_poll(struct eio_session *s, struct transport *t)
{
    if (s->_state == EIO_STATE_CLOSING && !s->_transport) {
        session_carry(s, t);
        session_put_farewell(s, s->_how);
        session_finish_closing(s);
        return ERR_OK;
    }
    /* The verdict may be due in this turn: it is not polled away. */
    if (s->_state == EIO_STATE_OPEN && session_time_is_up(s, s->table->timers->now_ns))
        session_lost(s);
    if (s->_state != EIO_STATE_OPEN || s->_upgraded)
        return ERR_STATE;
    if (s->_transport) {
        log_info(s->table->log, "%s: two polls at once, closed", s->sid);
        eio_session_close(s, EIO_CLOSE_ERROR, TRANSPORT_END_BAD);
        return ERR_STATE;
    }
    session_carry(s, t);
    if (s->queue.len)
        eio_table_mark_pending(s->table, s);
    else if (s->_releasing)
        eio_session_release_poll(s);
    return ERR_OK;
}

enum err eio_session_attach(struct eio_session *s, struct transport *t)
{
    bool first = !s->_attached;

    s->_attached = true;
    if (t->kind == TRANSPORT_POLLING)
        return session_attach_poll(s, t);
    if (!first)
        return eio_upgrade_attach(s, t);
    session_carry(s, t);
    eio_session_writable(s);
    return ERR_OK;
}

void eio_session_release_poll(struct eio_session *s)
{
    if (s->_transport && s->_transport->kind == TRANSPORT_POLLING)
        eio_session_put(s, EIO_NOOP, SLICE(""));
}

void eio_session_switch(struct eio_session *s, struct transport *to)
{
    if (s->_transport) {
        eio_session_release_poll(s);
        eio_session_flush(s);
    }
    s->_upgraded = true;
    s->base64 = s->_probe_base64;
    session_convert(s);
    session_carry(s, to);
    eio_session_writable(s);
}

void eio_session_transport_gone(struct eio_session *s, struct transport *t, int64_t now_ns)
{
    s->table->timers->now_ns = now_ns;
    t->session = NULL;
    if (t == s->_probe) {
        eio_upgrade_abandon(s);
        return;
    }
    if (t != s->_transport)
        return;
    s->_transport = NULL;
    if (s->_state == EIO_STATE_CLOSING)
        eio_table_retire(s->table, s);
    eio_session_close(s, t->kind == TRANSPORT_POLLING ? EIO_CLOSE_ERROR : EIO_CLOSE_TRANSPORT,
                      TRANSPORT_END_DROP);
}

void eio_session_transport_error(struct eio_session *s, struct transport *from,
                                 enum transport_end how, const char *what, int64_t now_ns)
{
    s->table->timers->now_ns = now_ns;
    log_info(s->table->log, "%s: %s, closed", s->sid, what);
    if (from && from == s->_probe)
        eio_upgrade_refuse(s, how);
    else
        eio_session_close(s, EIO_CLOSE_ERROR, how);
}

/* --- packets --- */

static void session_pong(struct eio_session *s)
{
    if (!s->_awaiting_pong)
        return;
    s->_awaiting_pong = false;
    s->_overdue_ns = 0;
    timers_arm(s->table->timers, &s->_heartbeat, s->table->timers->now_ns + session_patience(s));
}

/* Only one side may ping: the server in protocol 4, the client in protocol 3. */
static bool session_wrong_heartbeat(struct eio_session *s, const char *what)
{
    log_info(s->table->log, "%s: a %s from a client of protocol %u, closed", s->sid, what,
             s->version);
    eio_session_close(s, EIO_CLOSE_ERROR, TRANSPORT_END_BAD);
    return false;
}

/* As many pongs as pings, so they count as what the client is behind. */
static void session_answer_ping(struct eio_session *s)
{
    struct frame *pong = eio_packet_frame(EIO_PONG, SLICE(""));
    eio_session_send(s, &pong, 1, false);
    frame_unref(pong);
}

bool eio_session_packet(struct eio_session *s, const struct eio_packet *p)
{
    switch (p->type) {
    case EIO_MESSAGE:
        s->table->listener->on_message(s->table->listener->ud, s, p->binary, p->body);
        return true;
    case EIO_PONG:
        if (s->version == 3)
            return session_wrong_heartbeat(s, "pong");
        session_pong(s);
        return true;
    case EIO_CLOSE:
        eio_session_release_poll(s);
        eio_session_close(s, EIO_CLOSE_BY_CLIENT, TRANSPORT_END_NORMAL);
        return true;
    case EIO_PING:
        if (s->version == 4)
            return session_wrong_heartbeat(s, "ping");
        session_answer_ping(s);
        return true;
    case EIO_OPEN:
    case EIO_UPGRADE:
    case EIO_NOOP:
        return true;
    }
    return false;
}

void eio_session_unreadable(struct eio_session *s, enum err err)
{
    log_info(s->table->log, "%s: %s, closed", s->sid,
             err == ERR_NOMEM ? "out of memory for a packet" : "malformed Engine.IO packet");
    eio_session_close(s, EIO_CLOSE_ERROR, TRANSPORT_END_BAD);
}

static enum err session_decode(struct eio_session *s, bool binary, struct slice bytes,
                               struct eio_packet *out)
{
    if (s->version == 3)
        return binary ? eio3_packet_decode_binary(bytes, out)
                      : eio3_packet_decode_text(bytes, &s->table->_scratch, out);
    if (!binary)
        return eio_packet_decode_coded(bytes, &s->table->_scratch, out);
    eio_packet_decode_binary(bytes, out);
    return ERR_OK;
}

void eio_session_receive(struct eio_session *s, struct transport *from, bool binary,
                         struct slice bytes, int64_t now_ns)
{
    struct eio_packet p;

    s->table->timers->now_ns = now_ns;
    s->_heard_ns = now_ns;
    if (s->_state != EIO_STATE_OPEN)
        return;
    if (from == s->_probe) {
        eio_upgrade_receive(s, binary, bytes);
        return;
    }
    enum err err = session_decode(s, binary, bytes, &p);
    if (err == ERR_OK)
        eio_session_packet(s, &p);
    else
        eio_session_unreadable(s, err);
}

/* --- the end --- */

void eio_session_abort(struct eio_session *s)
{
    transport_end(s, TRANSPORT_END_DROP);
    eio_table_retire(s->table, s);
}

static void session_lost(struct eio_session *s)
{
    log_info(s->table->log, "%s: no %s in time, closed", s->sid, s->version == 3 ? "ping" : "pong");
    eio_session_close(s, EIO_CLOSE_PING, TRANSPORT_END_DROP);
}

/* Until when the client may be silent, if nothing more is heard of it. Any packet says that it
 * lives, as its pong may stand behind a thousand events of its. */
static int64_t session_end_ns(const struct eio_session *s)
{
    return s->_heard_ns + (s->version == 3 ? session_patience(s) : timeout_ns(s));
}

static bool session_time_is_up(const struct eio_session *s, int64_t now_ns)
{
    bool waits = s->version == 3 || s->_awaiting_pong;
    return waits && s->_heartbeat.deadline_ns <= now_ns && session_end_ns(s) <= now_ns;
}

/* Since when, if it is up. */
static int64_t session_up_ns(const struct eio_session *s)
{
    return s->_overdue_ns ? s->_overdue_ns : s->_heartbeat.deadline_ns;
}

bool eio_session_try_post(struct eio_session *s, int64_t now_ns)
{
    s->table->timers->now_ns = now_ns;
    if (s->_state != EIO_STATE_OPEN || !session_time_is_up(s, now_ns) ||
        now_ns - session_up_ns(s) > STILL_NS)
        return true;
    session_lost(s);
    return false;
}

/* The timer is not moved for each packet, but looks here at when one came. Where none did in time,
 * it looks again in the next turn: while a handler takes long, what came meanwhile lies unread. */
static void session_await(struct eio_session *s, int64_t now_ns)
{
    bool up = session_time_is_up(s, now_ns);
    if (up && s->_overdue_ns) {
        session_lost(s);
        return;
    }
    s->_overdue_ns = up ? s->_heartbeat.deadline_ns : 0;
    timers_arm(s->table->timers, &s->_heartbeat, up ? now_ns : session_end_ns(s));
}

/* The client's own patience counts from the latest ping, so one that is heard, but whose pong is
 * not, gets another. */
static void session_await_pong(struct eio_session *s, int64_t now_ns)
{
    session_await(s, now_ns);
    if (eio_session_open(s) && !s->_overdue_ns)
        eio_session_put(s, EIO_PING, SLICE(""));
}

/* The pong is due a timeout after the ping was due, so that a client's silence ends when the
 * configuration says; but a server that stood still gives its clients nearly all of it. */
static void session_ping(struct eio_session *s, int64_t now_ns)
{
    int64_t timeout = timeout_ns(s);
    int64_t due = s->_heartbeat.deadline_ns + timeout, least = now_ns + timeout - timeout / 10;

    s->_awaiting_pong = true;
    eio_session_put(s, EIO_PING, SLICE(""));
    timers_arm(s->table->timers, &s->_heartbeat, due > least ? due : least);
}

static void session_heartbeat(void *ud, int64_t now_ns)
{
    struct eio_session *s = ud;

    if (s->_state == EIO_STATE_CLOSING) {
        eio_session_abort(s);
    } else if (s->version == 3) {
        session_await(s, now_ns);
    } else if (s->_awaiting_pong) {
        session_await_pong(s, now_ns);
    } else {
        session_ping(s, now_ns);
    }
}

/* Hands the client what is queued, and the news of the end. True: it cannot take it yet (it is
 * between two polls, or its WebSocket is behind), and a close by the server waits for that. */
static bool session_say_goodbye(struct eio_session *s, enum eio_close why, enum transport_end how)
{
    bool polling = eio_session_transport_kind(s) == TRANSPORT_POLLING;
    bool between_polls = polling && !s->_transport && !s->_probed;
    bool knows = why == EIO_CLOSE_BY_CLIENT || how == TRANSPORT_END_TOO_BIG; /* by its 413 */
    if (polling && s->_transport && !knows)
        session_put_farewell(s, how);
    if (polling || how != TRANSPORT_END_DROP)
        eio_session_flush(s);
    bool behind = between_polls || (s->queue.len && (polling || s->_blocked));
    return why == EIO_CLOSE_BY_SERVER && how != TRANSPORT_END_DROP && behind;
}

/* How long a close waits for a client: as long as for a pong if something is queued for it, else
 * just as long as the next poll of one that is there may take. */
static int64_t session_grace(const struct eio_session *s)
{
    int64_t patience = timeout_ns(s);
    return s->queue.len || patience < FAREWELL_NS ? patience : FAREWELL_NS;
}

void eio_session_close(struct eio_session *s, enum eio_close why, enum transport_end how)
{
    const struct eio_listener *listener = s->table->listener;

    if (s->_state != EIO_STATE_OPEN)
        return;
    bool waits = session_say_goodbye(s, why, how);
    s->_state = EIO_STATE_CLOSING;
    s->_how = how;
    eio_upgrade_refuse(s, how);
    listener->on_close(listener->ud, s, why);
    if (waits) {
        timers_arm(s->table->timers, &s->_heartbeat, s->table->timers->now_ns + session_grace(s));
        return;
    }
    transport_end(s, how);
    eio_table_retire(s->table, s);
}

static bool transports_validate(const struct eio_session *s)
{
    const struct transport *t = s->_transport, *probe = s->_probe;
    if (t && (t->session != s || (t->kind == TRANSPORT_WEBSOCKET) != s->_upgraded))
        return false;
    if (probe && (probe->session != s || probe->kind != TRANSPORT_WEBSOCKET || s->_upgraded))
        return false;
    return timer_armed(&s->_upgrade) == (probe != NULL) && (probe || !s->_probed);
}

bool eio_session_validate(const struct eio_session *s)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < s->queue.len; i++)
        bytes += frame_body(eio_queue_frames(&s->queue)[i]).len;
    if (bytes != s->queue.bytes || !transports_validate(s))
        return false;
    if (s->_state != EIO_STATE_OPEN && s->_probe)
        return false;
    if (s->_state == EIO_STATE_CLOSED)
        return !s->_transport && !s->_pending && !timer_armed(&s->_heartbeat);
    return timer_armed(&s->_heartbeat) && (s->_pending || s->queue.len == 0 || !session_ready(s));
}
