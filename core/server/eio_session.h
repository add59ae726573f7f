/* One Engine.IO session: from its handshake to its one close, over one transport or the next.
 * A state machine: bytes and time come in by calls, bytes go out through struct transport, news go
 * up through struct eio_listener. It outlives the upgrade from polling to WebSocket. Sessions live
 * in an eio_table, which owns them and frees them at the end of the turn in which they closed.
 * Source: engine.io-protocol v4 and v3; behaviour of the reference server where they are silent. */
#ifndef MW_SERVER_EIO_SESSION_H
#define MW_SERVER_EIO_SESSION_H

#include "core/base/err.h"
#include "core/base/ident.h"
#include "core/codec/eio_packet.h"
#include "core/server/http_request.h"
#include "core/server/eio_queue.h"
#include "core/server/timers.h"
#include "core/server/transport.h"
#include "core/base/hash.h"

struct eio_intake;
struct eio_table;
struct eio_opening;
struct eio_session;

enum eio_state {
    EIO_STATE_OPEN,
    EIO_STATE_CLOSING, /* closed to everybody; waits to hand the client what was queued for it */
    EIO_STATE_CLOSED
};

enum eio_close {
    EIO_CLOSE_BY_CLIENT, /* the client sent a close packet */
    EIO_CLOSE_BY_SERVER, /* eio_session_close by us */
    EIO_CLOSE_PING,      /* nothing heard in time */
    EIO_CLOSE_TRANSPORT, /* the transport ended */
    EIO_CLOSE_ERROR      /* malformed bytes, or a limit */
};

/* What happens in a session, told upward. */
struct eio_listener {
    void *ud;
    void (*on_open)(void *ud, struct eio_session *s);
    /* A message packet. `body` is valid during the call. */
    void (*on_message)(void *ud, struct eio_session *s, bool binary, struct slice body);
    /* Exactly once for each on_open; nothing follows it but on_free. */
    void (*on_close)(void *ud, struct eio_session *s, enum eio_close why);
    /* The turn in which it closed is over and its memory goes: so must what `upper` holds. */
    void (*on_free)(void *ud, struct eio_session *s);
    /* As in struct dispatch; NULL: none. */
    void (*initial_headers)(void *ud, const struct http_request *request, struct buf *out);
};

/* So many are sent; those beyond are left out. */
#define EIO_INITIAL_HEADERS_MAX 16

enum eio_sent {
    EIO_SENT_QUEUED,       /* leaves at the end of the turn */
    EIO_SENT_BACKPRESSURE, /* waits for a transport that is behind, or for the next poll */
    EIO_SENT_DROPPED /* volatile and behind; or closed; or over send_queue_limit, which closes the
                        session */
};

struct eio_session {
    char sid[IDENT_LEN + 1];
    uint8_t version;                            /* of the protocol: 3 or 4 */
    uint32_t ping_interval_ms, ping_timeout_ms; /* what the client was told: a change of the
                                                   configuration is for those who come */
    bool base64;                                /* the client takes no binary, but base64 in text */
    uint8_t _state;
    bool _pending;       /* on the table's list of sessions to flush */
    bool _blocked;       /* the transport took less than it was given */
    bool _awaiting_pong; /* protocol 4 */
    int64_t _heard_ns;   /* when the latest packet had its turn */
    int64_t _overdue_ns; /* since then silent for too long, and looked at again in the next turn;
                            0: not */
    bool _encodes_once;  /* protocol 3: see eio3_payload_next */
    bool _attached;      /* had its first transport */
    bool _upgraded;
    bool _farewell;               /* closing: the last packet is in the queue */
    uint8_t _how;                 /* enum transport_end, while closing */
    struct http_request *request; /* the handshake's; the session holds a reference */
    void *upper;                  /* the listener's: what this session is to it */
    struct eio_table *table;
    struct transport *_transport; /* NULL between polls */
    struct transport *_probe;     /* a WebSocket that asks to take over */
    struct eio_queue queue;       /* frames that wait for the transport */
    struct eio_intake *_intake;   /* the payload that is being taken */
    struct timer _heartbeat;      /* next ping, or the end of waiting for a pong */
    struct timer _upgrade;        /* armed while there is a probe: the time it has */
    int64_t _upgrade_until_ns;    /* when that ends */
    bool _probe_base64;           /* what `base64` becomes with the upgrade */
    bool _probed;                 /* the probe was answered */
    bool _releasing; /* a while ago: polls are released, so that the client can upgrade */
    struct eio_session *_next_pending, *_prev_pending; /* utlist */
    struct eio_session *_next_closed;
    UT_hash_handle _hash;
};

/* Attaches the transport that carries the session next: the first one, a poll, or (a WebSocket on a
 * polling session) a probe. ERR_STATE: not allowed (a second poll at once, which by the protocol
 * also closes the session; a second WebSocket). The transport is then not attached. */
MUST_CHECK enum err eio_session_attach(struct eio_session *s, struct transport *t);

/* A POST comes. False: a moment before it the time of the silent client was up, and it is closed
 * now, as if its timer had been first. After a longer time the server stood still and the POST may
 * have waited: the client is heard. */
MUST_CHECK bool eio_session_try_post(struct eio_session *s, int64_t now_ns);
/* One WebSocket message from an attached transport. May close the session. */
void eio_session_receive(struct eio_session *s, struct transport *from, bool binary,
                         struct slice bytes, int64_t now_ns);
/* Why a transport reports bytes that it could not pass on: over the size limit, or not even framed.
 * Closes the session (or just the probe). */
void eio_session_transport_error(struct eio_session *s, struct transport *from,
                                 enum transport_end how, const char *what, int64_t now_ns);
/* An attached transport ended by itself. The session lets go of it. A WebSocket's end is the
 * session's; a lost poll's too. */
void eio_session_transport_gone(struct eio_session *s, struct transport *t, int64_t now_ns);
/* An attached transport that was blocked can take frames again. */
void eio_session_writable(struct eio_session *s);

/* Queues message frames that belong together: all or none. References are taken. */
enum eio_sent eio_session_send(struct eio_session *s, struct frame *const *frames, size_t count,
                               bool is_volatile);
/* Writes what is queued, in one write as far as the transport takes it. The table calls it at the
 * end of a turn. */
void eio_session_flush(struct eio_session *s);

/* Ends the session: queued frames are flushed first, but for EIO_CLOSE_ERROR; the transport is told
 * `how`; on_close is called. Twice is fine. */
void eio_session_close(struct eio_session *s, enum eio_close why, enum transport_end how);

static inline bool eio_session_open(const struct eio_session *s)
{
    return s->_state == EIO_STATE_OPEN;
}
enum transport_kind eio_session_transport_kind(const struct eio_session *s);

/* For the table, the upgrade and the intake. */
/* One packet of a payload. False: it broke the protocol and closed the session. */
bool eio_session_packet(struct eio_session *s, const struct eio_packet *p);
/* The packet could not even be read: closes the session. */
void eio_session_unreadable(struct eio_session *s, enum err err);
/* Cuts a session that is closing and waits no longer. */
void eio_session_abort(struct eio_session *s);
void eio_session_init(struct eio_session *s, struct eio_table *table, struct http_request *request,
                      const struct eio_opening *opening);
void eio_session_dispose(struct eio_session *s);
/* Queues a packet of Engine.IO itself. */
void eio_session_put(struct eio_session *s, enum eio_type type, struct slice body);
/* Answers an open poll that has nothing to carry, with a noop. */
void eio_session_release_poll(struct eio_session *s);
bool eio_session_validate(const struct eio_session *s);
/* The WebSocket `to` becomes the transport; an open poll is released. */
void eio_session_switch(struct eio_session *s, struct transport *to);

#endif
