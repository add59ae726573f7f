/* Pending acknowledgements: a hash by id that remembers the order of arrival, one timer an entry.
 * An entry is freed before whoever waits is told, so that he may ask for the next one. Sends
 * nothing. */
#include "core/server/acks.h"

#include "core/base/mem.h"

#include <assert.h>
#include "core/base/hash.h"

struct ack {
    uint64_t id;
    void *cookie;
    struct acks *owner;
    struct timer timeout;
    UT_hash_handle _hash;
};

void acks_init(struct acks *a, struct timers *timers, acks_expired_fn *on_expired, void *ud)
{
    *a = (struct acks){._timers = timers, ._on_expired = on_expired, ._ud = ud};
}

void acks_dispose(struct acks *a)
{
    assert(a->_by_id == NULL);
    *a = (struct acks){0};
}

/* Takes the entry out, frees it and returns its cookie. */
static void *remove_entry(struct acks *a, struct ack *entry)
{
    void *cookie = entry->cookie;
    timers_disarm(a->_timers, &entry->timeout);
    HASH_DELETE(_hash, a->_by_id, entry);
    mem_free(entry);
    return cookie;
}

static void on_timeout(void *ud, int64_t now_ns)
{
    struct ack *entry = ud;
    struct acks *a = entry->owner;
    void *cookie = remove_entry(a, entry);
    a->_on_expired(a->_ud, cookie);
}

uint64_t acks_add(struct acks *a, void *cookie, int64_t deadline_ns)
{
    struct ack *entry = mem_zalloc(sizeof(*entry));
    entry->id = ++a->_last_id;
    entry->cookie = cookie;
    entry->owner = a;
    timer_init(&entry->timeout, on_timeout, entry);
    HASH_ADD(_hash, a->_by_id, id, sizeof(entry->id), entry);
    if (deadline_ns != TIMERS_NEVER)
        timers_arm(a->_timers, &entry->timeout, deadline_ns);
    return entry->id;
}

bool acks_take(struct acks *a, uint64_t id, void **out_cookie)
{
    struct ack *entry;
    HASH_FIND(_hash, a->_by_id, &id, sizeof(id), entry);
    if (!entry)
        return false;
    *out_cookie = remove_entry(a, entry);
    return true;
}

bool acks_take_any(struct acks *a, void **out_cookie)
{
    if (!a->_by_id)
        return false;
    *out_cookie = remove_entry(a, a->_by_id);
    return true;
}

size_t acks_count(const struct acks *a)
{
    return HASH_CNT(_hash, a->_by_id);
}
