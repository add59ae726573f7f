/* Rate limits of events (API section 9): a spec belongs to a handler, the counts to a client.
 * The counts go by the event's name and not by the handler, so that a reload does not forgive. */
#ifndef MW_BINDINGS_EVENT_LIMIT_H
#define MW_BINDINGS_EVENT_LIMIT_H

#include "core/server/limiter.h"

struct event_limit;

/* Counts an event of a client; `*list` is the client's, NULL at first. NULL: it is within the
 * limit. Else the rule that it is past. */
const struct limiter_rule *event_limit_hit(struct event_limit **list, struct slice event,
                                           const struct limiter_spec *spec, int64_t now_ns);
/* Frees a client's counts. */
void event_limit_dispose(struct event_limit **list);

#endif
