/* What a script knows of a peer: sid, namespace, handshake, mw.data.
 * It outlives the core's peer for as long as a coroutine refers to it, so that `request.sid` still
 * answers in a handler that slept while its client left. Owned by its users; the engine holds one
 * reference from on_connect until the peer is released. Sends nothing. */
#ifndef MW_BINDINGS_SCRIPT_PEER_H
#define MW_BINDINGS_SCRIPT_PEER_H

#include "bindings/event_limit.h"
#include "bindings/kept.h"
#include "core/server/sio_peer.h"

struct vm;

/* Tasks that a client may have under way: each that waits holds a coroutine, and a client that
 * floods a handler which sleeps would have all of memory_limit. */
#define SCRIPT_PEER_TASKS_MAX 5000

struct script_peer {
    struct vm *vm;
    slot_id id;                   /* for server_peer; finds nothing once the peer is gone */
    struct http_request *request; /* the handshake's; referenced */
    struct event_limit *limits;   /* what it did of the events that are limited */
    struct kept kept;             /* "data": mw.data; parsed parts of the handshake */
    uint32_t tasks;               /* under way for it */
    uint32_t _refs;
    uint32_t namespace_len, sid_len;
    const char *namespace_name; /* behind the sid */
    char sid[];
};

/* One reference, the caller's. */
struct script_peer *script_peer_create(struct vm *vm, const struct sio_peer *peer);
struct script_peer *script_peer_ref(struct script_peer *p);
void script_peer_unref(struct script_peer *p);

/* `p` is the peer that `from` was before its connection broke: mw.data becomes p's. It stays
 * from's, too, whose disconnect handler may still run. */
void script_peer_inherit(struct script_peer *p, const struct script_peer *from);

static inline struct slice script_peer_sid(const struct script_peer *p)
{
    return slice_make(p->sid, p->sid_len);
}
static inline struct slice script_peer_namespace(const struct script_peer *p)
{
    return slice_make(p->namespace_name, p->namespace_len);
}

#endif
