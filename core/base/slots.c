/* A table of slots with a free list through it.
 * A slot's generation rises when its object goes, so that old handles miss; it starts at 1, so that
 * no handle is 0. Never shrinks: the slots of a busy hour are few bytes. */
#include "core/base/slots.h"

#include "core/base/mem.h"
#include <string.h>

#define SLOTS_CAP_MIN 16

void slots_dispose(struct slots *t)
{
    mem_free(t->_slots);
    memset(t, 0, sizeof(*t));
}

/* The index of a slot that nobody uses. */
static uint32_t slots_take(struct slots *t)
{
    if (t->_free) {
        uint32_t index = t->_free - 1;
        t->_free = t->_slots[index]._next_free;
        return index;
    }
    if (t->_count == t->_cap) {
        t->_cap = t->_cap ? t->_cap * 2 : SLOTS_CAP_MIN;
        t->_slots = mem_realloc(t->_slots, t->_cap * sizeof(*t->_slots));
    }
    t->_slots[t->_count]._generation = 1;
    return t->_count++;
}

slot_id slots_add(struct slots *t, void *object)
{
    uint32_t index = slots_take(t);
    t->_slots[index]._object = object;
    t->used++;
    return (slot_id)t->_slots[index]._generation << 32 | index;
}

void *slots_find(const struct slots *t, slot_id id)
{
    uint32_t index = (uint32_t)id;
    if (index >= t->_count || t->_slots[index]._generation != id >> 32)
        return NULL;
    return t->_slots[index]._object;
}

void slots_remove(struct slots *t, slot_id id)
{
    uint32_t index = (uint32_t)id;
    struct slot *slot = &t->_slots[index];
    slot->_object = NULL;
    if (!++slot->_generation)
        slot->_generation = 1;
    slot->_next_free = t->_free;
    t->_free = index + 1;
    t->used--;
}
