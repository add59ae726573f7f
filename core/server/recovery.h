/* Connection state recovery (socket.io 4.6, `connectionStateRecovery`): what a namespace keeps for
 * clients whose connection broke. A client that returns within the configured time, with the `pid`
 * it was given and the offset of the last event it saw, gets its sid and rooms back and the events
 * that it missed. Bounded in time (connection_state_recovery) and bytes (recovery_buffer_size). Off
 * by default, and then nothing of this is made. Differs from the reference in two things that it
 * gets wrong: it works when no event was seen yet, and again and again. */
#ifndef MW_SERVER_RECOVERY_H
#define MW_SERVER_RECOVERY_H

#include "core/server/broadcast.h"
#include "core/server/config.h"

#define RECOVERY_OFFSET_MAX 24

struct recovery;

struct recovery *recovery_create(const struct config *config, struct timers *timers);
void recovery_destroy(struct recovery *r);

/* The offset of the next event, as the text that travels as its last argument, and as a number for
 * recovery_keep. */
uint64_t recovery_offset(struct recovery *r, char out[RECOVERY_OFFSET_MAX]);
/* The offset that was given last: what a peer that connects now has seen. */
uint64_t recovery_last(const struct recovery *r);
/* Keeps an event that was sent: frames are referenced, the target's names copied. `sid`, if not
 * empty, is the one peer that it was for, whatever rooms have that name. */
void recovery_keep(struct recovery *r, uint64_t offset, const struct emit_target *target,
                   struct slice sid, struct frame *const *frames, size_t count);

/* Remembers a peer whose connection broke, with the rooms that it is in now. Its data belongs to
 * `from` (dispatch.on_forget). */
void recovery_remember(struct recovery *r, const struct sio_peer *p);

/* What a client gets back. Views, valid until the next call with this recovery. */
struct recovery_state {
    slot_id from; /* the peer that it was */
    struct slice sid;
    uint64_t offset; /* it saw whatever was for it up to this event */
    const struct slice *rooms;
    size_t room_count;
};

/* Finds who left with this pid. `offset` is the client's word, ptr NULL if it has none. False:
 * unknown, too long ago, or events that it may have missed are not kept any more. The state is then
 * the caller's to use; it stays until recovery_forget. */
bool recovery_find(struct recovery *r, struct slice pid, struct slice offset,
                   struct recovery_state *out);
/* The kept events that the state's client missed, in order. */
typedef void recovery_missed_fn(void *ud, uint64_t offset, struct frame *const *frames,
                                size_t count);
void recovery_missed(struct recovery *r, const struct recovery_state *state, recovery_missed_fn *fn,
                     void *ud);
/* Drops who left with this pid. */
void recovery_forget(struct recovery *r, struct slice pid);
/* Drops everyone who left too long ago, and the first of a crowd; calls fn with each. */
void recovery_expire(struct recovery *r, void (*fn)(void *ud, slot_id from), void *ud);
/* Are more kept than max_clients? Whoever opens sessions and drops them would fill the memory. */
bool recovery_crowded(const struct recovery *r);
/* Is anyone kept? */
bool recovery_busy(const struct recovery *r);

#endif
