/* A script engine in C that answers whatever the server asks, and insists on the order in which it
 * is told: each peer connects and disconnects once, events come in between, every acknowledgement
 * comes or is lost. It obeys events by their names (engine.c, `obey`). */
#ifndef MW_SPEC_ENGINE_H
#define MW_SPEC_ENGINE_H

#include "core/server/server.h"

#define ENGINE_PIDS 2

/* What it was told of a peer. */
enum engine_life {
    ENGINE_CONNECTING,
    ENGINE_CONNECTED,
    ENGINE_REFUSED,
    ENGINE_LEFT,
    ENGINE_RELEASED
};

struct engine_peer {
    slot_id id;
    enum engine_life life;
    bool kept, forgotten;
};

struct engine_waiting;

struct engine {
    struct server *server;
    struct dispatch dispatch;
    bool holds_connect; /* decides when engine_decide is called */
    bool holds_release; /* lets go when engine_release is called */
    bool emits_early;   /* to whoever is connecting */
    bool dropped;       /* has "/chat" no longer */
    struct engine_peer *peers;
    size_t peer_count, _peer_cap;
    struct engine_waiting *_waiting;
    char pids[ENGINE_PIDS][IDENT_LEN + 1]; /* the latest that clients were given */
    size_t _pid_count;
};

/* Fills `dispatch`; the server is the caller's to set. */
void engine_init(struct engine *e);
/* After the server's end: every peer has left, every acknowledgement has ended. Frees. */
void engine_dispose(struct engine *e);

/* Emits; with a timeout of 0 or more, acknowledgements are asked for. */
void engine_emit(struct engine *e, const struct emit_target *to, const struct emit_body *body,
                 int64_t timeout_ns);
/* Acknowledges, as if an event had asked for it. */
void engine_ack(struct engine *e, slot_id peer, uint64_t id, const struct emit_body *body);
/* Accepts (if `good`) or refuses the peer that has waited longest. */
void engine_decide(struct engine *e, bool good);
/* Lets go the one that has waited longest; false: nobody waits. */
bool engine_release(struct engine *e);

#endif
