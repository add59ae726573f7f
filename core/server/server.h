/* The server: sessions, namespaces, timers, and the interface that bindings and net call.
 * One thread, one turn at a time: net (or a test) calls in with bytes, requests and the time;
 * whatever happened leaves when server_turn_end is called, before the loop sleeps. It reads no
 * clock and does no I/O. */
#ifndef MW_SERVER_SERVER_H
#define MW_SERVER_SERVER_H

#include "core/base/log.h"
#include "core/server/adapter.h"
#include "core/server/config.h"
#include "core/server/dispatch.h"
#include "core/server/eio_gate.h"
#include "core/server/eio_table.h"
#include "core/server/file_server.h"
#include "core/server/tick.h"

struct server {
    struct config config;
    struct log *log;
    const struct dispatch *dispatch;
    const struct file_server *files; /* NULL: none, as in most tests */
    struct slice client_folder;      /* of the Socket.IO client that is served; empty: none */
    struct timers timers;
    struct eio_table sessions;
    struct adapter adapter;
    clock_fn *clock; /* for measuring ticks, and how long one client is served */
    void *clock_ud;
    struct slots _peers;
    struct sio_namespace *_namespaces;          /* uthash */
    struct sio_peer *_leaving, **_leaving_tail; /* to be told at the end of the turn, in order */
    struct sio_peer *_released;                 /* to be freed at the end of the turn */
    struct eio_listener _listener;
    uint64_t broadcast_mark; /* of the latest broadcast; rooms_member.mark */
    struct buf _name;        /* scratch: the decoded name of the event that is dispatched */
};

struct server_params {
    struct log *log;
    const struct dispatch *dispatch;
    const struct eio_listener
        *listener; /* NULL: Socket.IO. Another makes a plain Engine.IO server */
    const struct file_server *files;
    struct slice client_folder; /* must outlive the server */
    clock_fn *clock;
    void *clock_ud;
};

/* Takes the configuration over (it is empty afterwards). */
struct server *server_create(struct config *config, const struct server_params *params);
/* Frees everything and tells nobody: server_close and server_turn_end come first, then the engine
 * goes, which releases what it was told of. */
void server_destroy(struct server *s);

/* --- called by net, the loopback and tests, from the top of a turn --- */

/* http_request_try_create, with what trusted proxies say of the client (forwarded.h). */
MUST_CHECK struct http_request *server_try_request(const struct server *s,
                                                   const struct http_request *parts);
/* A whole request. Answers it, now or later. */
void server_http(struct server *s, struct http_exchange *x, int64_t now_ns);
/* How many bytes of body this request may have. */
size_t server_body_limit(struct server *s, const struct http_request *request);
/* Is this for the Socket.IO endpoint, where WebSockets are accepted (eio_gate_admit, eio_gate_open
 * with s->sessions)? */
bool server_is_endpoint(const struct server *s, const struct http_request *request);
/* Fires the timers that are due. */
void server_run(struct server *s, int64_t now_ns);
/* The time of this turn, ns. */
static inline int64_t server_now_ns(const struct server *s)
{
    return s->timers.now_ns;
}
/* When server_run is wanted next; TIMERS_NEVER if not at all. */
int64_t server_next_ns(const struct server *s);
/* Ends the turn: disconnects that were asked for are told, every session with something to send is
 * flushed once, what closed is freed. */
void server_turn_end(struct server *s, int64_t now_ns);
/* Starts the end: no new session; every session is closed, its client told and its queue flushed.
 */
void server_close(struct server *s, int64_t now_ns);

/* --- called by the engine, also from within a dispatch --- */

/* The answer to dispatch.on_connect. Refuse sends `error_json`, {"message":…,"data":…}. Nothing
 * happens if the peer left meanwhile. */
void server_accept(struct server *s, slot_id peer);
void server_refuse(struct server *s, slot_id peer, struct slice error_json);
/* After dispatch.on_disconnect, when its handler is done: the peer and its rooms go. */
void server_release(struct server *s, slot_id peer);

/* NULL if it is gone. Valid until the end of the turn. */
struct sio_peer *server_peer(const struct server *s, slot_id peer);
/* By sid; NULL if there is none, or it is leaving. */
struct sio_peer *server_peer_by_sid(const struct server *s, struct slice namespace_,
                                    struct slice sid);
/* NULL if nothing ever named it. */
struct sio_namespace *server_namespace(const struct server *s, struct slice name);

/* Calls fn for each namespace that something ever named; fn changes nothing. */
void server_each_namespace(const struct server *s,
                           void (*fn)(void *ud, const struct sio_namespace *n), void *ud);

/* Returns how many receivers there were. */
size_t server_emit(struct server *s, const struct emit_target *target, const struct emit_body *body,
                   const struct emit_ack *ack);
/* Acknowledges an event: `json` is the array of values. */
void server_ack(struct server *s, slot_id peer, uint64_t ack_id, const struct emit_body *body);
void server_join(struct server *s, const struct emit_target *who, struct slice room);
void server_leave(struct server *s, const struct emit_target *who, struct slice room);
void server_close_room(struct server *s, struct slice namespace_, struct slice room);
/* Marks; the disconnect is told at the end of the turn. close_session ends the whole Engine.IO
 * session. */
void server_disconnect(struct server *s, const struct emit_target *who, bool close_session);
/* Disconnects every peer of a namespace that the script no longer has. */
void server_drop_namespace(struct server *s, struct slice name);
/* The same for all that the engine says it has no longer (dispatch.has_namespace); tells of each
 * that had peers, and returns how many these are. */
typedef void server_dropped_fn(void *ud, struct slice name, size_t peers);
size_t server_drop_strangers(struct server *s, server_dropped_fn *fn, void *ud);

/* Are the sessions, timers, namespaces and peers whole, and in agreement? From the top of a turn.
 */
bool server_validate(const struct server *s);

/* --- inside core/server --- */

struct sio_namespace *server_namespace_make(struct server *s, struct slice name);
/* Frees the namespace if nothing is in it. */
void server_check_namespace(struct server *s, struct sio_namespace *n);
/* Tells the engine of every peer that is leaving. Only from the top of a turn. */
void server_settle(struct server *s);
/* The peer gets nothing any more, and is told of at the end of the turn. Twice is fine. */
void server_leave_later(struct server *s, struct sio_peer *p, enum dispatch_reason reason,
                        bool close_session);

#endif
