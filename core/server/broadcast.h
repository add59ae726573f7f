/* One message to many: who gets it, each once, and one encoding for all of them. */
#ifndef MW_SERVER_BROADCAST_H
#define MW_SERVER_BROADCAST_H

#include "core/server/sio_namespace.h"

/* Who: one peer, or everyone in the namespace, or the members of any of `rooms` (a sid is a room of
 * one), but nobody in any of `except`. */
struct emit_target {
    struct slice namespace_;
    slot_id peer;     /* not 0: this one peer, if it is of the namespace; rooms are not looked at */
    struct slice sid; /* of that peer, which may be gone: with connection state recovery whoever
                         comes back with it is meant instead. Empty: nobody is */
    const struct slice *rooms;
    size_t room_count; /* 0: everyone */
    const struct slice *except;
    size_t except_count;
    bool is_volatile; /* dropped for a peer whose transport is behind */
};

/* What: `["name",arg,…]` as JSON text, and the attachments that its placeholders name. */
struct emit_body {
    struct slice json;
    const struct slice *attachments;
    size_t attachment_count;
};

/* Acknowledgements asked of every receiver: told through dispatch.on_ack and on_ack_lost with this
 * cookie. */
struct emit_ack {
    void *cookie;
    int64_t timeout_ns; /* from now; 0: no limit */
};

/* Calls fn for each peer that the target means, connecting ones included; fn must not join, leave
 * or free. Returns how many. */
size_t broadcast_each(struct sio_namespace *n, const struct emit_target *target,
                      void (*fn)(void *ud, struct sio_peer *p), void *ud);

/* Encodes once, queues a reference for each receiver, and returns how many there were. `ack` NULL:
 * none asked; with one, each receiver's packet carries an id of its own. */
size_t broadcast_emit(struct sio_namespace *n, const struct emit_target *target,
                      const struct emit_body *body, const struct emit_ack *ack, int64_t now_ns);

#endif
