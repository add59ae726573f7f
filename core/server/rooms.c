/* Rooms: each membership is two entries that know each other's index, so that leaving is a swap
 * with the last on both sides and never a search.
 * A walk over a room is a walk over an array: that is the inner loop of every broadcast. Sends
 * nothing. */
#include "core/server/rooms.h"

#include <assert.h>

void rooms_dispose(struct rooms *r)
{
    assert(r->_by_name == NULL);
    *r = (struct rooms){0};
}

/* The next capacity of an array: it doubles, and halves at a quarter, so that neither a crowd that
 * left nor one that stands at the border costs. */
static uint32_t fitting_cap(uint32_t count, uint32_t cap)
{
    if (count > cap)
        return cap ? cap * 2 : 4;
    if (cap > 4 && count < cap / 4)
        return cap / 2;
    return cap;
}

static void fit_seats(struct room *room, uint32_t count)
{
    uint32_t cap = fitting_cap(count, room->_cap);
    if (cap == room->_cap)
        return;
    room->seats = mem_realloc(room->seats, cap * sizeof(*room->seats));
    room->_cap = cap;
}

static void fit_links(struct rooms_member *member, uint32_t count)
{
    uint32_t cap = fitting_cap(count, member->_cap);
    if (cap == member->_cap)
        return;
    member->links = mem_realloc(member->links, cap * sizeof(*member->links));
    member->_cap = cap;
}

static struct room *room_create(struct rooms *r, struct slice name, unsigned hash)
{
    struct room *room = mem_zalloc(sizeof(*room) + name.len + 1);
    room->name_len = (uint32_t)name.len;
    if (name.len)
        memcpy(room->name, name.ptr, name.len);
    HASH_ADD_KEYPTR_BYHASHVALUE(_hash, r->_by_name, room->name, room->name_len, hash, room);
    return room;
}

static void room_destroy(struct rooms *r, struct room *room)
{
    HASH_DELETE(_hash, r->_by_name, room);
    mem_free(room->seats);
    mem_free(room);
}

static unsigned name_hash(struct slice name)
{
    unsigned hash;
    HASH_VALUE(name.ptr, name.len, hash);
    return hash;
}

static struct room *find_hashed(const struct rooms *r, struct slice name, unsigned hash)
{
    struct room *room;
    HASH_FIND_BYHASHVALUE(_hash, r->_by_name, name.ptr, name.len, hash, room);
    return room;
}

/* The hash compares bytes even when there are none: it needs an address. */
static struct slice with_address(struct slice name)
{
    return name.ptr ? name : SLICE("");
}

/* The member's link to the room, or NULL; looks through the shorter side. */
static struct rooms_link *find_link(const struct rooms_member *member, const struct room *room)
{
    if (member->count <= room->count) {
        for (uint32_t i = 0; i < member->count; i++)
            if (member->links[i].room == room)
                return &member->links[i];
        return NULL;
    }
    for (uint32_t i = 0; i < room->count; i++)
        if (room->seats[i].member == member)
            return &member->links[room->seats[i]._at];
    return NULL;
}

/* Closes the gap that a link leaves in its member. */
static void drop_link(struct rooms_member *member, uint32_t at)
{
    struct rooms_link last = member->links[--member->count];
    if (at != member->count) {
        member->links[at] = last;
        last.room->seats[last._at]._at = at;
    }
    fit_links(member, member->count);
}

/* Closes the gap that a seat leaves in its room; the last one out ends the room. */
static void drop_seat(struct rooms *r, struct room *room, uint32_t at)
{
    struct rooms_seat last = room->seats[--room->count];
    if (at != room->count) {
        room->seats[at] = last;
        last.member->links[last._at]._at = at;
    }
    if (room->count == 0)
        room_destroy(r, room);
    else
        fit_seats(room, room->count);
}

bool rooms_join(struct rooms *r, struct rooms_member *member, struct slice name)
{
    name = with_address(name);
    unsigned hash = name_hash(name);
    struct room *room = find_hashed(r, name, hash);

    if (!room)
        room = room_create(r, name, hash);
    else if (find_link(member, room))
        return false;
    fit_seats(room, room->count + 1);
    fit_links(member, member->count + 1);
    room->seats[room->count] = (struct rooms_seat){member, member->count};
    member->links[member->count++] = (struct rooms_link){room, room->count++};
    return true;
}

bool rooms_leave(struct rooms *r, struct rooms_member *member, struct slice name)
{
    struct room *room = rooms_find(r, name);
    struct rooms_link *link = room ? find_link(member, room) : NULL;

    if (!link)
        return false;
    uint32_t seat = link->_at;
    drop_link(member, (uint32_t)(link - member->links));
    drop_seat(r, room, seat);
    return true;
}

void rooms_leave_all(struct rooms *r, struct rooms_member *member)
{
    while (member->count) {
        struct rooms_link link = member->links[--member->count];
        drop_seat(r, link.room, link._at);
    }
    mem_free(member->links);
    member->links = NULL;
    member->_cap = 0;
}

bool rooms_close(struct rooms *r, struct slice name)
{
    struct room *room = rooms_find(r, name);

    if (!room)
        return false;
    for (uint32_t i = 0; i < room->count; i++)
        drop_link(room->seats[i].member, room->seats[i]._at);
    room_destroy(r, room);
    return true;
}

struct room *rooms_find(const struct rooms *r, struct slice name)
{
    name = with_address(name);
    return find_hashed(r, name, name_hash(name));
}

bool rooms_has(const struct rooms *r, const struct rooms_member *member, struct slice name)
{
    const struct room *room = rooms_find(r, name);
    return room && find_link(member, room);
}

size_t rooms_count(const struct rooms *r)
{
    return HASH_CNT(_hash, r->_by_name);
}

void rooms_each(const struct rooms *r, void (*fn)(void *ud, const struct room *room), void *ud)
{
    for (const struct room *room = r->_by_name; room; room = room->_hash.next)
        fn(ud, room);
}

static bool room_validate(const struct rooms *r, const struct room *room)
{
    if (room->count == 0 || room->count > room->_cap)
        return false;
    if (rooms_find(r, slice_make(room->name, room->name_len)) != room)
        return false;
    for (uint32_t i = 0; i < room->count; i++) {
        const struct rooms_member *member = room->seats[i].member;
        uint32_t at = room->seats[i]._at;
        if (member->count > member->_cap || at >= member->count)
            return false;
        if (member->links[at].room != room || member->links[at]._at != i)
            return false;
    }
    return true;
}

bool rooms_validate(const struct rooms *r)
{
    for (const struct room *room = r->_by_name; room; room = room->_hash.next)
        if (!room_validate(r, room))
            return false;
    return true;
}
