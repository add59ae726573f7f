/* A hash, since all clients may leave at once, and are then forgotten one by one. Its entries are
 * apart from the peers, most of which never need one. */
#include "bindings/returning.h"

struct returning_entry {
    slot_id id;
    struct script_peer *peer;
    UT_hash_handle _hash;
};

static struct returning_entry *find(const struct returning *r, slot_id id)
{
    struct returning_entry *entry;
    HASH_FIND(_hash, r->_by_id, &id, sizeof(id), entry);
    return entry;
}

static void remove_entry(struct returning *r, struct returning_entry *entry)
{
    HASH_DELETE(_hash, r->_by_id, entry);
    script_peer_unref(entry->peer);
    mem_free(entry);
}

void returning_add(struct returning *r, struct script_peer *peer)
{
    struct returning_entry *entry = (struct returning_entry *)mem_zalloc(sizeof(*entry));
    entry->id = peer->id;
    entry->peer = script_peer_ref(peer);
    HASH_ADD(_hash, r->_by_id, id, sizeof(entry->id), entry);
}

struct script_peer *returning_find(const struct returning *r, slot_id id)
{
    const struct returning_entry *entry = find(r, id);
    return entry ? entry->peer : NULL;
}

void returning_remove(struct returning *r, slot_id id)
{
    struct returning_entry *entry = find(r, id);
    if (entry)
        remove_entry(r, entry);
}

void returning_remove_all(struct returning *r)
{
    while (r->_by_id)
        remove_entry(r, r->_by_id);
}
