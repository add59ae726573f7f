/* Who is in which room: membership both ways, so that a broadcast and a leaving peer cost what they
 * touch. Knows no peer: a member is a struct embedded in one. An empty room vanishes. Nothing calls
 * back, so nothing changes during a walk. */
#ifndef MW_SERVER_ROOMS_H
#define MW_SERVER_ROOMS_H

#include "core/base/mem.h"
#include "core/base/slice.h"
#include <stdint.h>
#include "core/base/hash.h"

struct room;

struct rooms_link {
    struct room *room;
    uint32_t _at; /* index in the room's members */
};

struct rooms_member {
    struct rooms_link *links; /* the rooms it is in */
    uint32_t count, _cap;
    uint64_t mark; /* of the last broadcast that met it: no peer gets a message twice */
};

struct rooms_seat {
    struct rooms_member *member;
    uint32_t _at; /* index in the member's links */
};

struct room {
    struct rooms_seat *seats;
    uint32_t count, _cap;
    UT_hash_handle _hash;
    uint32_t name_len;
    char name[]; /* name_len bytes and a NUL */
};

struct rooms {
    struct room *_by_name; /* uthash */
};

/* Zeroed memory is a valid empty set, and a valid member of nothing. Dispose: no member may be left
 * in a room. */
void rooms_dispose(struct rooms *r);

/* False: it was in (or, for leave, was not in) the room already. */
bool rooms_join(struct rooms *r, struct rooms_member *member, struct slice name);
bool rooms_leave(struct rooms *r, struct rooms_member *member, struct slice name);
/* Leaves every room and frees the member's links. */
void rooms_leave_all(struct rooms *r, struct rooms_member *member);
/* Everybody leaves. False: there was no such room. */
bool rooms_close(struct rooms *r, struct slice name);

/* NULL: nobody is in it. Valid until the next change. */
struct room *rooms_find(const struct rooms *r, struct slice name);
bool rooms_has(const struct rooms *r, const struct rooms_member *member, struct slice name);
size_t rooms_count(const struct rooms *r);
void rooms_each(const struct rooms *r, void (*fn)(void *ud, const struct room *room), void *ud);

bool rooms_validate(const struct rooms *r);

#endif
