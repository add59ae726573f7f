/* One namespace: its peers by sid, its rooms, and how a peer joins and leaves it.
 * Made when the first peer or room change names it; lives as long as the server. Whether clients
 * may join is the engine's word (dispatch.has_namespace). */
#ifndef MW_SERVER_SIO_NAMESPACE_H
#define MW_SERVER_SIO_NAMESPACE_H

#include "core/server/sio_peer.h"

struct server;

struct sio_namespace {
    struct server *server;
    struct sio_peer *_by_sid; /* uthash */
    struct sio_peer **peers;  /* all of them, connecting and leaving ones too, in no order */
    uint32_t count, _cap;
    struct rooms rooms;
    struct recovery *recovery; /* NULL: off */
    struct timer _expire;      /* when the next peer that left is forgotten */
    UT_hash_handle _hash;      /* by name, in the server */
    uint32_t name_len;
    char name[];
};

struct sio_namespace *sio_namespace_create(struct server *server, struct slice name);
void sio_namespace_destroy(struct sio_namespace *n);

static inline struct slice sio_namespace_name(const struct sio_namespace *n)
{
    return slice_make(n->name, n->name_len);
}

/* A new peer, connecting, known by its sid and slot_id. */
struct sio_peer *sio_namespace_add(struct sio_namespace *n, struct sio_router *router,
                                   struct slice sid);
/* Keeps what a peer whose connection broke may come back for; dispatch.on_forget is told when that
 * is over. */
void sio_namespace_remember(struct sio_namespace *n, const struct sio_peer *p);
/* Nobody is here, and nobody is expected back. */
bool sio_namespace_empty(const struct sio_namespace *n);
/* Takes a released peer out and frees it. */
void sio_namespace_remove(struct sio_namespace *n, struct sio_peer *p);
struct sio_peer *sio_namespace_find(const struct sio_namespace *n, struct slice sid);

bool sio_namespace_validate(const struct sio_namespace *n);

#endif
