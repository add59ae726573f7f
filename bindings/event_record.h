/* What request.event shows, kept in case that the script asks: a copy of the event's bytes.
 * Most handlers never ask, so the arguments are read again instead of being kept as Lua values; and
 * bytes can be handed on to an error handler when the coroutine that had the values is dead. */
#ifndef MW_BINDINGS_EVENT_RECORD_H
#define MW_BINDINGS_EVENT_RECORD_H

#include "bindings/value.h"

struct event_record {
    struct slice name;
    struct value_source payload; /* a JSON array, or empty: no arguments */
    unsigned skip;               /* elements of it that are not arguments */
    struct slice _attachments[SIO_ATTACHMENTS_MAX];
    struct buf _bytes;
};

/* Zeroed memory is an empty record. Set copies everything. */
void event_record_set(struct event_record *r, struct slice name, const struct value_source *payload,
                      unsigned skip);
/* `to` gets what `from` has; `from` is empty then. */
void event_record_move(struct event_record *from, struct event_record *to);
/* Empties it and keeps some memory; dispose frees that. */
void event_record_reset(struct event_record *r);
void event_record_dispose(struct event_record *r);

/* Pushes { message = name, args = { … } }, or nil if it is empty. [-0, +1, m] */
void event_record_push(const struct event_record *r, struct value_codec *c, lua_State *L);

#endif
