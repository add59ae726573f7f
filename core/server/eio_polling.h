/* A long-polling GET as a transport: it is attached until the one response that it can give has
 * left. Encodes the payload for the session's protocol version. Made by eio_gate, ends with its
 * exchange. */
#ifndef MW_SERVER_EIO_POLLING_H
#define MW_SERVER_EIO_POLLING_H

#include "core/server/http_exchange.h"
#include "core/server/transport.h"
#include "core/server/eio_table.h"

/* A transport for this GET, not attached yet. It references the exchange and destroys itself when
 * it has answered or was closed; if the requester leaves first, it tells its session. */
struct transport *eio_polling_create(struct http_exchange *x, struct eio_table *table);
/* It was not attached after all: forgets the exchange without an answer. */
void eio_polling_destroy(struct transport *t);

#endif
