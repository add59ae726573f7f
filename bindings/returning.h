/* Script peers whose connection broke, for as long as they may come back
 * (connection_state_recovery): found by the slot_id that they had, however many there are. Holds a
 * reference to each. When they have waited long enough is the core's word. */
#ifndef MW_BINDINGS_RETURNING_H
#define MW_BINDINGS_RETURNING_H

#include "bindings/script_peer.h"

struct returning_entry;

/* Zeroed memory is an empty set. */
struct returning {
    struct returning_entry *_by_id; /* uthash */
};

void returning_add(struct returning *r, struct script_peer *peer);
/* NULL: not waited for. */
struct script_peer *returning_find(const struct returning *r, slot_id id);
/* Nothing happens if it is not waited for. */
void returning_remove(struct returning *r, slot_id id);
void returning_remove_all(struct returning *r);

#endif
