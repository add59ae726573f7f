/* Joining a namespace, in both protocols. */
#include "core/server/sio_join.h"
#include "core/codec/json.h"
#include "core/server/recovery.h"
#include "core/server/server.h"
#include "core/server/sio_legacy.h"
#include <utlist.h>

#define WAITING_MAX 4096 /* bytes of namespaces that wait for `/` */

/* --- answers --- */

void sio_join_refused(struct eio_session *s, struct slice namespace_, struct slice error_json)
{
    struct buf legacy = BUF_INIT;
    if (sio_legacy(s)) {
        sio_legacy_error(error_json, &legacy);
        error_json = buf_slice(&legacy);
    }
    sio_router_send(s, SIO_CONNECT_ERROR, namespace_, error_json);
    buf_dispose(&legacy);
}

void sio_join_accepted(struct sio_peer *p)
{
    struct buf json = BUF_INIT;
    if (!sio_legacy(p->session)) {
        buf_printf(&json, "{\"sid\":\"%s\"", p->sid);
        if (p->pid[0])
            buf_printf(&json, ",\"pid\":\"%s\"", p->pid);
        buf_append_char(&json, '}');
    }
    sio_router_send(p->session, SIO_CONNECT, sio_namespace_name(p->namespace_), buf_slice(&json));
    buf_dispose(&json);
    if (p->router->_waiting.len)
        timers_arm(&p->router->server->timers, &p->router->_replay,
                   server_now_ns(p->router->server));
}

/* --- coming back --- */

/* What a CONNECT says of an earlier connection. */
struct claim {
    struct buf pid, offset;
    bool has_pid, has_offset;
};

static bool read_text(struct json_reader *r, struct buf *out, bool *out_has)
{
    if (json_next(r) != JSON_STRING)
        return false;
    buf_append_slice(out, r->text);
    *out_has = true;
    return true;
}

/* A pid or an offset that is no text makes it no claim. */
static void read_claim(struct slice auth, struct claim *out)
{
    struct json_reader r;

    *out = (struct claim){0};
    json_reader_init(&r, auth);
    enum json_token token = json_next(&r) == JSON_OBJECT ? json_next(&r) : JSON_END;
    while (token == JSON_KEY) {
        bool good;
        if (slice_equal(r.text, SLICE("pid")))
            good = read_text(&r, &out->pid, &out->has_pid);
        else if (slice_equal(r.text, SLICE("offset")))
            good = read_text(&r, &out->offset, &out->has_offset);
        else
            good = json_skip(&r);
        token = good ? json_next(&r) : JSON_ERROR;
    }
    if (token == JSON_ERROR)
        out->has_pid = false;
    json_reader_dispose(&r);
}

/* What an old client has for auth is a query, which anybody could link to. */
static bool find_claimed(struct sio_namespace *n, bool legacy, struct slice auth, struct buf *pid,
                         struct recovery_state *out)
{
    struct claim claim;
    if (!n->recovery || legacy || !auth.len)
        return false;
    read_claim(auth, &claim);
    struct slice offset = claim.has_offset ? buf_slice(&claim.offset) : (struct slice){0};
    bool found = claim.has_pid && recovery_find(n->recovery, buf_slice(&claim.pid), offset, out);
    if (found)
        buf_append_slice(pid, buf_slice(&claim.pid));
    buf_dispose(&claim.pid);
    buf_dispose(&claim.offset);
    return found;
}

static void send_missed(void *ud, uint64_t offset, struct frame *const *frames, size_t count)
{
    struct sio_peer *p = ud;
    p->recovery_sent = offset;
    sio_peer_send(p, frames, count, false);
}

static struct sio_peer *add_peer(struct sio_router *r, struct sio_namespace *n, struct slice sid)
{
    struct sio_peer *p = sio_namespace_add(n, r, sid);
    DL_APPEND(r->peers, p);
    r->peer_count++;
    return p;
}

static struct sio_peer *add_returned(struct sio_router *r, struct sio_namespace *n,
                                     struct slice pid, const struct recovery_state *state)
{
    struct sio_peer *p = add_peer(r, n, state->sid);

    memcpy(p->pid, pid.ptr, pid.len);
    p->recovered_from = state->from;
    p->recovery_offset = state->offset;
    for (size_t i = 0; i < state->room_count; i++)
        rooms_join(&n->rooms, &p->member, state->rooms[i]);
    recovery_missed(n->recovery, state, send_missed, p);
    recovery_forget(n->recovery, pid);
    return p;
}

/* A new peer's sid is random, as the session's is a secret; but a client of protocol 4 makes its
 * sid from the session's. */
static struct sio_peer *add_new(struct sio_router *r, struct sio_namespace *n)
{
    struct ident_source *idents = &r->server->sessions._ident;
    struct buf sid = BUF_INIT;

    if (sio_legacy(r->session)) {
        sio_legacy_sid(slice_make(r->session->sid, IDENT_LEN), sio_namespace_name(n), &sid);
    } else {
        ident_make(idents, buf_reserve(&sid, IDENT_LEN + 1));
        sid.len = IDENT_LEN;
    }
    struct sio_peer *p = add_peer(r, n, buf_slice(&sid));
    if (n->recovery && !sio_legacy(r->session)) {
        ident_make(idents, p->pid);
        p->recovery_offset = recovery_last(n->recovery);
    }
    buf_dispose(&sid);
    return p;
}

/* --- joining --- */

static void refuse_unknown(struct sio_router *r, struct slice namespace_)
{
    log_info(r->server->log, "%s: namespace %.*s has no handler, refused", r->session->sid,
             SLICE_ARG(namespace_));
    sio_join_refused(r->session, namespace_, SLICE("{\"message\":\"Invalid namespace\"}"));
}

_Static_assert(SIO_NAMESPACES_MAX == 1000, "as refuse_full says");

static void refuse_full(struct sio_router *r, struct slice namespace_)
{
    if (!r->_told_full)
        log_warning(r->server->log,
                    "%s: namespace %.*s: refused, it is in %d namespaces already, the most that a "
                    "client can be in; rooms have no such limit",
                    r->session->sid, SLICE_ARG(namespace_), SIO_NAMESPACES_MAX);
    r->_told_full = true;
    sio_join_refused(
        r->session, namespace_,
        SLICE("{\"message\":\"Too many namespaces: a client can be in 1000 at once\"}"));
}

static void join(struct sio_router *r, struct slice namespace_, struct slice auth)
{
    struct server *s = r->server;
    const struct dispatch *d = s->dispatch;
    struct recovery_state state;
    struct buf pid = BUF_INIT;

    if (!d->has_namespace(d->ud, namespace_)) {
        refuse_unknown(r, namespace_);
        return;
    }
    if (r->peer_count == SIO_NAMESPACES_MAX) {
        refuse_full(r, namespace_);
        return;
    }
    timers_disarm(&s->timers, &r->_connect_timeout);
    struct sio_namespace *n = server_namespace_make(s, namespace_);
    struct sio_peer *p = find_claimed(n, sio_legacy(r->session), auth, &pid, &state)
                             ? add_returned(r, n, buf_slice(&pid), &state)
                             : add_new(r, n);
    slot_id from = p->recovered_from;
    buf_dispose(&pid);
    bool overrun = p->state != SIO_PEER_CONNECTING; /* by what it missed: it is closed already */
    if (!overrun && d->on_connect(d->ud, p->id, auth) != ERR_OK)
        sio_router_broken(r, "malformed auth payload");
    if (from)
        d->on_forget(d->ud, from);
}

/* A CONNECT that waits until `/` is joined (Socket.IO 2, `connectBuffer`). */
static void wait_for_root(struct sio_router *r, struct slice namespace_)
{
    if (r->_waiting.len + namespace_.len > WAITING_MAX) {
        sio_router_broken(r, "too many namespaces asked for while it connects");
        return;
    }
    buf_append_slice(&r->_waiting, namespace_);
    buf_append_char(&r->_waiting, '\n');
}

static void join_legacy(struct sio_router *r, struct slice namespace_)
{
    struct buf auth = BUF_INIT;
    struct slice name = sio_legacy_namespace(namespace_, &auth);
    struct sio_peer *root = sio_router_find(r, SLICE("/"));

    if (root && root->state == SIO_PEER_CONNECTING)
        wait_for_root(r, namespace_);
    else if (!sio_router_find(r, name))
        join(r, name, buf_slice(&auth));
    buf_dispose(&auth);
}

void sio_join(struct sio_router *r, struct slice namespace_, struct slice auth)
{
    if (sio_legacy(r->session))
        join_legacy(r, namespace_);
    else
        join(r, namespace_, auth);
}

/* `/` was joined: now what waited for it. */
static void replay(void *ud, int64_t now_ns)
{
    struct sio_router *r = ud;
    struct buf waiting = r->_waiting;
    struct slice rest = buf_slice(&waiting);
    (void)now_ns;

    r->_waiting = BUF_INIT;
    while (rest.len && eio_session_open(r->session)) {
        size_t end = slice_index(rest, '\n');
        join_legacy(r, slice_make(rest.ptr, end));
        rest = slice_skip(rest, end + 1);
    }
    buf_dispose(&waiting);
}

/* --- the session's life --- */

static void connect_timeout(void *ud, int64_t now_ns)
{
    (void)now_ns;
    sio_router_broken(ud, "joined no namespace within connect_timeout");
}

void sio_join_expect(struct sio_router *r)
{
    timers_arm(&r->server->timers, &r->_connect_timeout,
               server_now_ns(r->server) + config_ns(r->server->config.connect_timeout));
}

void sio_join_open(struct sio_router *r)
{
    timer_init(&r->_connect_timeout, connect_timeout, r);
    timer_init(&r->_replay, replay, r);
    if (sio_legacy(r->session))
        join(r, SLICE("/"), SLICE(""));
    else
        sio_join_expect(r);
}

void sio_join_close(struct sio_router *r)
{
    timers_disarm(&r->server->timers, &r->_connect_timeout);
    timers_disarm(&r->server->timers, &r->_replay);
    buf_dispose(&r->_waiting);
}
