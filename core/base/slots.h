/* Numbers for objects that may vanish: a handle stays valid as a number when its object is gone,
 * and then finds nothing. What leaves the core (to Lua, to a pending task) is such a handle, never
 * a pointer. Does not own the objects. */
#ifndef MW_BASE_SLOTS_H
#define MW_BASE_SLOTS_H

#include <stddef.h>
#include <stdint.h>

typedef uint64_t slot_id; /* never 0; index in the low half, generation in the high half */

struct slot {
    void *_object;
    uint32_t _generation;
    uint32_t _next_free;
};

struct slots {
    struct slot *_slots;
    uint32_t _count, _cap, _free; /* _free: 1-based head of the free list */
    uint32_t used;
};

/* Zeroed memory is an empty table. */
void slots_dispose(struct slots *t);
slot_id slots_add(struct slots *t, void *object);
/* NULL if it was removed, or never was. */
void *slots_find(const struct slots *t, slot_id id);
/* `id` must be in the table. */
void slots_remove(struct slots *t, slot_id id);

#endif
