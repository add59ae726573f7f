/* The table behind handles: an array of slots with a free list through it.
 * Each reuse of a slot gets a new generation, so that an old handle finds nothing. Calls nobody
 * when an object goes. */
#include "core/base/slots.h"

#include "core/base/mem.h"

#include <assert.h>

static slot_id make_id(uint32_t index, uint32_t generation)
{
    return (slot_id)generation << 32 | index;
}

/* NULL if `id` names no object that is there. */
static struct slot *find(const struct slots *t, slot_id id)
{
    uint32_t index = (uint32_t)id;
    if (index >= t->_count)
        return NULL;
    struct slot *slot = &t->_slots[index];
    return slot->_object && slot->_generation == id >> 32 ? slot : NULL;
}

/* A slot that nobody has: the last one freed, or a new one. */
static uint32_t take_free(struct slots *t)
{
    if (t->_free) {
        uint32_t index = t->_free - 1;
        t->_free = t->_slots[index]._next_free;
        return index;
    }
    if (t->_count == t->_cap) {
        t->_cap = t->_cap ? t->_cap * 2 : 16;
        t->_slots = mem_realloc(t->_slots, t->_cap * sizeof(*t->_slots));
    }
    t->_slots[t->_count] = (struct slot){0};
    return t->_count++;
}

void slots_dispose(struct slots *t)
{
    mem_free(t->_slots);
    *t = (struct slots){0};
}

slot_id slots_add(struct slots *t, void *object)
{
    assert(object);
    uint32_t index = take_free(t);
    struct slot *slot = &t->_slots[index];
    /* Generation 0 is left out, also when it wraps: no id is 0. */
    if (++slot->_generation == 0)
        slot->_generation = 1;
    slot->_object = object;
    t->used++;
    return make_id(index, slot->_generation);
}

void *slots_find(const struct slots *t, slot_id id)
{
    const struct slot *slot = find(t, id);
    return slot ? slot->_object : NULL;
}

void slots_remove(struct slots *t, slot_id id)
{
    struct slot *slot = find(t, id);
    assert(slot);
    slot->_object = NULL;
    slot->_next_free = t->_free;
    t->_free = (uint32_t)id + 1;
    t->used--;
}
