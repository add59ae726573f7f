/* A list of events, oldest first, and a table of who left. */
#include "core/server/recovery.h"
#include <stdio.h>
#include <utlist.h>

/* An event that was sent, and to whom. */
struct kept_event {
    uint64_t offset;
    int64_t at_ns;
    size_t bytes;
    bool for_one; /* the first name is the sid of the one peer that it is for, and no room */
    struct kept_event *next, *prev; /* utlist */
    size_t room_count, except_count, frame_count;
    struct slice *names; /* rooms, then exceptions; their bytes follow */
    struct frame *frames[];
};

/* A peer that lost its connection. */
struct kept_peer {
    struct recovery_state state;
    uint64_t sent, last; /* sio_peer.recovery_sent, recovery_last */
    int64_t left_ns;
    struct slice *rooms;
    char *bytes; /* sid and room names */
    UT_hash_handle _hash;
    char pid[IDENT_LEN];
};

struct recovery {
    const struct config *config;
    struct timers *timers;
    struct kept_event *events; /* utlist, oldest first */
    size_t bytes;              /* of all events */
    uint64_t offset;           /* of the latest event; 0: none yet */
    uint64_t dropped;          /* the highest offset that is not kept any more */
    struct kept_peer *peers;   /* uthash, by pid, in the order of leaving */
};

struct recovery *recovery_create(const struct config *config, struct timers *timers)
{
    struct recovery *r = mem_zalloc(sizeof(*r));
    r->config = config;
    r->timers = timers;
    return r;
}

/* --- events --- */

static void drop_oldest(struct recovery *r)
{
    struct kept_event *e = r->events;
    DL_DELETE(r->events, e);
    r->bytes -= e->bytes;
    r->dropped = e->offset;
    for (size_t i = 0; i < e->frame_count; i++)
        frame_unref(e->frames[i]);
    mem_free(e->names);
    mem_free(e);
}

static int64_t horizon(const struct recovery *r)
{
    return r->timers->now_ns - config_ns(r->config->connection_state_recovery);
}

uint64_t recovery_offset(struct recovery *r, char out[RECOVERY_OFFSET_MAX])
{
    snprintf(out, RECOVERY_OFFSET_MAX, "%llu", (unsigned long long)++r->offset);
    return r->offset;
}

uint64_t recovery_last(const struct recovery *r)
{
    return r->offset;
}

/* Slices and the bytes that they view, in one block of `out_size` bytes. */
static struct slice *copy_names(const struct slice *a, size_t a_count, const struct slice *b,
                                size_t b_count, size_t *out_size)
{
    size_t len = 0, count = a_count + b_count;
    for (size_t i = 0; i < count; i++)
        len += i < a_count ? a[i].len : b[i - a_count].len;
    *out_size = count * sizeof(struct slice) + len;
    struct slice *names = mem_alloc(*out_size);
    char *at = (char *)(names + count);
    for (size_t i = 0; i < count; i++) {
        struct slice from = i < a_count ? a[i] : b[i - a_count];
        if (from.len)
            memcpy(at, from.ptr, from.len);
        names[i] = slice_make(at, from.len);
        at += from.len;
    }
    return names;
}

void recovery_keep(struct recovery *r, uint64_t offset, const struct emit_target *target,
                   struct slice sid, struct frame *const *frames, size_t count)
{
    struct kept_event *e = mem_zalloc(sizeof(*e) + count * sizeof(*frames));
    bool one = sid.len > 0;

    e->offset = offset;
    e->at_ns = r->timers->now_ns;
    e->for_one = one;
    e->room_count = one ? 1 : target->room_count;
    e->except_count = target->except_count;
    e->names = copy_names(one ? &sid : target->rooms, e->room_count, target->except,
                          target->except_count, &e->bytes);
    e->frame_count = count;
    for (size_t i = 0; i < count; i++) {
        e->frames[i] = frame_ref(frames[i]);
        e->bytes += frame_body(frames[i]).len + FRAME_COST;
    }
    e->bytes += sizeof(*e);
    r->bytes += e->bytes;
    DL_APPEND(r->events, e);
    while (r->events &&
           (r->events->at_ns < horizon(r) || (double)r->bytes > r->config->recovery_buffer_size))
        drop_oldest(r);
}

/* --- peers --- */

static void free_peer(struct recovery *r, struct kept_peer *k)
{
    HASH_DELETE(_hash, r->peers, k);
    mem_free(k->rooms);
    mem_free(k->bytes);
    mem_free(k);
}

void recovery_destroy(struct recovery *r)
{
    while (r->events)
        drop_oldest(r);
    while (r->peers)
        free_peer(r, r->peers);
    mem_free(r);
}

void recovery_remember(struct recovery *r, const struct sio_peer *p)
{
    struct kept_peer *k = mem_zalloc(sizeof(*k));
    size_t count = p->member.count, size;
    struct slice *names = mem_alloc(count * sizeof(*names));

    for (size_t i = 0; i < count; i++)
        names[i] = slice_make(p->member.links[i].room->name, p->member.links[i].room->name_len);
    k->rooms = copy_names(names, count, NULL, 0, &size);
    mem_free(names);
    k->bytes = mem_dup(p->sid, p->sid_len);
    k->left_ns = r->timers->now_ns;
    k->sent = p->recovery_sent;
    k->last = p->recovery_last;
    k->state = (struct recovery_state){.from = p->id,
                                       .sid = slice_make(k->bytes, p->sid_len),
                                       .offset = p->recovery_offset,
                                       .rooms = k->rooms,
                                       .room_count = count};
    memcpy(k->pid, p->pid, IDENT_LEN);
    HASH_ADD(_hash, r->peers, pid, IDENT_LEN, k);
}

static struct kept_peer *find_peer(const struct recovery *r, struct slice pid)
{
    struct kept_peer *k = NULL;
    if (pid.len == IDENT_LEN)
        HASH_FIND(_hash, r->peers, pid.ptr, IDENT_LEN, k);
    return k;
}

/* The client's offset: one that was given. */
static bool read_offset(const struct recovery *r, struct slice text, uint64_t *out)
{
    uint64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(text.ptr[i] - '0');
        if (value > r->offset)
            return false;
    }
    *out = value;
    return true;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* A client that saw the last event that was sent to it missed nothing as long as it was here,
 * however many events others got since. */
bool recovery_find(struct recovery *r, struct slice pid, struct slice offset,
                   struct recovery_state *out)
{
    struct kept_peer *k = find_peer(r, pid);
    uint64_t claimed = 0;
    if (!k || k->left_ns < horizon(r))
        return false;
    if (offset.ptr && !read_offset(r, offset, &claimed))
        return false;
    *out = k->state;
    out->offset = later(claimed, out->offset);
    if (out->offset >= k->sent)
        out->offset = later(out->offset, k->last);
    return out->offset >= r->dropped;
}

static bool is_in(const struct recovery_state *s, struct slice room)
{
    if (slice_equal(room, s->sid))
        return true;
    for (size_t i = 0; i < s->room_count; i++) {
        if (slice_equal(room, s->rooms[i]))
            return true;
    }
    return false;
}

static bool is_named(const struct kept_event *e, const struct recovery_state *s)
{
    if (e->for_one)
        return slice_equal(e->names[0], s->sid);
    for (size_t i = 0; i < e->room_count; i++) {
        if (is_in(s, e->names[i]))
            return true;
    }
    return e->room_count == 0;
}

static bool is_for(const struct kept_event *e, const struct recovery_state *s)
{
    bool meant = is_named(e, s);
    for (size_t i = 0; i < e->except_count && meant; i++)
        meant = !is_in(s, e->names[e->room_count + i]);
    return meant;
}

void recovery_missed(struct recovery *r, const struct recovery_state *state, recovery_missed_fn *fn,
                     void *ud)
{
    struct kept_event *e;
    DL_FOREACH(r->events, e)
    {
        if (e->offset > state->offset && is_for(e, state))
            fn(ud, e->offset, e->frames, e->frame_count);
    }
}

void recovery_forget(struct recovery *r, struct slice pid)
{
    struct kept_peer *k = find_peer(r, pid);
    if (k)
        free_peer(r, k);
}

void recovery_expire(struct recovery *r, void (*fn)(void *ud, slot_id from), void *ud)
{
    while (r->peers && (r->peers->left_ns < horizon(r) || recovery_crowded(r))) {
        fn(ud, r->peers->state.from);
        free_peer(r, r->peers);
    }
    while (r->events && r->events->at_ns < horizon(r))
        drop_oldest(r);
}

bool recovery_crowded(const struct recovery *r)
{
    return HASH_CNT(_hash, r->peers) > (uint64_t)r->config->max_clients;
}

bool recovery_busy(const struct recovery *r)
{
    return r->peers != NULL;
}
