/* One Socket.IO connection of a session to a namespace: what Flask-SocketIO calls a client.
 * Data and sending; the flow of joining and leaving is sio_namespace's. Lives from CONNECT until
 * the engine released it. */
#ifndef MW_SERVER_SIO_PEER_H
#define MW_SERVER_SIO_PEER_H

#include "core/base/slots.h"
#include "core/server/acks.h"
#include "core/server/eio_session.h"
#include "core/server/rooms.h"

struct sio_namespace;
struct sio_router;

enum sio_peer_state {
    SIO_PEER_CONNECTING, /* the connect handler has not decided; what is sent to it is held back */
    SIO_PEER_CONNECTED,
    SIO_PEER_LEAVING, /* to be disconnected at the end of the turn, or its disconnect handler runs:
                         gets nothing any more */
    SIO_PEER_GONE     /* released: memory goes at the end of the turn */
};

struct sio_peer {
    struct rooms_member member; /* first: a room's member is its peer */
    slot_id id;
    enum sio_peer_state state;
    uint8_t reason;     /* enum dispatch_reason, of a leaving peer */
    bool was_connected; /* on_connect accepted it: on_disconnect is owed */
    bool close_session; /* leaving by disconnect(close): the session ends with it */
    struct sio_namespace *namespace_;
    struct sio_router *router;    /* NULL once the session closed */
    struct eio_session *session;  /* NULL once the session closed */
    struct http_request *request; /* the handshake's, referenced */
    struct acks acks;
    int64_t joined_ns;        /* when it asked to join */
    char pid[IDENT_LEN + 1];  /* what the client proves itself with after its connection broke;
                                 empty: it cannot */
    uint64_t recovery_offset; /* of the last event before it joined, or that it had seen then */
    uint64_t recovery_sent;   /* of the last event that was sent to it; 0: none */
    uint64_t recovery_last;   /* of the last event before it began to leave, whoever got that */
    slot_id recovered_from;   /* the peer that it was before; 0: it is new */
    struct frame **_held;     /* while connecting */
    uint32_t _held_count, _held_cap;
    size_t _held_bytes;
    uint32_t _at;                   /* index in the namespace's array */
    bool kept;                      /* its connection broke, and it may come back */
    bool _told;                     /* on_disconnect was called */
    bool _succeeded;                /* while it was leaving, another peer came with its sid */
    struct sio_peer *next, *prev;   /* of the same session; utlist */
    struct sio_peer *_next_leaving; /* on the server's list of this turn */
    UT_hash_handle _hash;           /* by sid, in the namespace */
    uint32_t sid_len;
    char sid[];
};

static inline struct slice sio_peer_sid(const struct sio_peer *p)
{
    return slice_make(p->sid, p->sid_len);
}

/* Sends frames that belong together (a text packet and its attachments), or holds them while
 * connecting. */
enum eio_sent sio_peer_send(struct sio_peer *p, struct frame *const *frames, size_t count,
                            bool is_volatile);
/* Sends what was held; drops what was held. */
void sio_peer_send_held(struct sio_peer *p);
void sio_peer_drop_held(struct sio_peer *p);

#endif
