/* The seam to other nodes: every broadcast, room change and disconnect of the script passes through
 * it. The memory adapter is the one node by itself. A cluster adapter publishes, and applies
 * locally what it hears. */
#ifndef MW_SERVER_ADAPTER_H
#define MW_SERVER_ADAPTER_H

#include "core/server/broadcast.h"

struct adapter {
    void *ud; /* of the memory adapter: the server */
    size_t (*emit)(void *ud, const struct emit_target *target, const struct emit_body *body,
                   const struct emit_ack *ack, int64_t now_ns);
    void (*join)(void *ud, const struct emit_target *who, struct slice room);
    void (*leave)(void *ud, const struct emit_target *who, struct slice room);
    void (*close_room)(void *ud, struct slice namespace_, struct slice room);
    void (*disconnect)(void *ud, const struct emit_target *who, bool close_session);
};

/* Acts on the peers of this process alone. */
void adapter_memory(struct adapter *out, struct server *server);

#endif
