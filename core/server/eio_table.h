/* All Engine.IO sessions: found by sid, flushed once a turn, freed when the turn in which they
 * closed ends. Also what they share: configuration, timers, log, listener. */
#ifndef MW_SERVER_EIO_TABLE_H
#define MW_SERVER_EIO_TABLE_H

#include "core/base/log.h"
#include "core/server/config.h"
#include "core/server/eio_session.h"

struct eio_table {
    const struct config *config;
    struct timers *timers;
    struct log *log;
    const struct eio_listener *listener;
    clock_fn *_clock; /* how long one client's packets take */
    void *_clock_ud;
    struct ident_source _ident;
    struct buf _scratch;          /* of the packet that is being decoded */
    struct eio_session *_by_sid;  /* uthash */
    struct eio_session *_pending; /* utlist, in the order in which they got something to send */
    struct eio_session *_closed;
    size_t count;             /* open sessions */
    uint64_t opened, flushes; /* since the start */
    bool closing;             /* opens no more */
};

void eio_table_init(struct eio_table *t, const struct config *config, struct timers *timers,
                    struct log *log, const struct eio_listener *listener, clock_fn *clock,
                    void *clock_ud);
/* Closes every session first (EIO_CLOSE_BY_SERVER), and frees them. */
void eio_table_dispose(struct eio_table *t);

/* How a session begins. */
struct eio_opening {
    uint8_t version;           /* of the protocol: 3 or 4 */
    bool base64;               /* the client takes no binary */
    enum transport_kind first; /* the transport that is attached next */
};

/* Is max_clients reached? Says so in the log. */
bool eio_table_full(const struct eio_table *t);
/* A new session with its open packet queued; on_open is called. The caller attaches a transport at
 * once. NULL: max_clients is reached or memory is short. */
MUST_CHECK struct eio_session *eio_table_open(struct eio_table *t, struct http_request *request,
                                              const struct eio_opening *opening);
/* A session that is open, or closing; or NULL. */
struct eio_session *eio_table_find(struct eio_table *t, struct slice sid);

/* For sessions: puts one on the list to be flushed; takes a closed one over. */
void eio_table_mark_pending(struct eio_table *t, struct eio_session *s);
void eio_table_retire(struct eio_table *t, struct eio_session *s);

/* The time now, and not that of the turn. */
static inline int64_t eio_table_clock_ns(const struct eio_table *t)
{
    return t->_clock(t->_clock_ud);
}

/* Flushes every session that has something to send. */
void eio_table_flush(struct eio_table *t);
/* Frees the sessions that closed. Nothing else frees one. */
void eio_table_sweep(struct eio_table *t);
bool eio_table_has_pending(const struct eio_table *t);
/* Calls fn for each open session; fn may close it. */
void eio_table_each(struct eio_table *t, void (*fn)(void *ud, struct eio_session *s), void *ud);

/* Is each session in the state that its transports, timers and queue say it is in? Between two
 * calls into the table or a session. */
bool eio_table_validate(const struct eio_table *t);

#endif
