/* The acknowledgements one peer owes us: id to whoever waits, each with its time limit.
 * An entry ends exactly once: taken by the answer, expired, or dropped with the peer. Ids count
 * from 1, as python-socketio's do. */
#ifndef MW_SERVER_ACKS_H
#define MW_SERVER_ACKS_H

#include "core/server/timers.h"
#include <stdint.h>

struct ack;

/* An entry expired; it is already removed. */
typedef void acks_expired_fn(void *ud, void *cookie);

struct acks {
    struct ack *_by_id; /* uthash */
    uint64_t _last_id;
    struct timers *_timers;
    acks_expired_fn *_on_expired;
    void *_ud;
};

void acks_init(struct acks *a, struct timers *timers, acks_expired_fn *on_expired, void *ud);
/* All entries must have been taken (acks_take_any). */
void acks_dispose(struct acks *a);
/* A new id for `cookie`. deadline_ns TIMERS_NEVER: it waits as long as the peer lives. */
uint64_t acks_add(struct acks *a, void *cookie, int64_t deadline_ns);
/* False: no such id, which is a late, repeated or forged answer. */
bool acks_take(struct acks *a, uint64_t id, void **out_cookie);
/* Takes any entry, the oldest first; false when none is left. */
bool acks_take_any(struct acks *a, void **out_cookie);
size_t acks_count(const struct acks *a);

#endif
