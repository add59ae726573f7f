/* How a session's client joins a namespace: CONNECT, its answers, and the time it has for it.
 * In protocol 5 a client asks for each namespace; in protocol 4 `/` is joined without asking, and
 * the others wait for it. A client that comes back after its connection broke may get what it had
 * (recovery.h). Parts of sio_router, which decodes the packets. */
#ifndef MW_SERVER_SIO_JOIN_H
#define MW_SERVER_SIO_JOIN_H

#include "core/server/sio_router.h"

/* That a client is in at once: each costs memory, and a walk over them for each packet. A CONNECT
 * beyond is refused. */
#define SIO_NAMESPACES_MAX 1000

/* The session opened: `/` is joined (protocol 4), or a CONNECT is expected within connect_timeout.
 */
void sio_join_open(struct sio_router *r);
/* The session closed. */
void sio_join_close(struct sio_router *r);
/* A CONNECT is expected within connect_timeout. */
void sio_join_expect(struct sio_router *r);

/* A CONNECT: asks the engine, which answers by server_accept or server_refuse. `auth` is JSON, or
 * empty. */
void sio_join(struct sio_router *r, struct slice namespace_, struct slice auth);

/* The answers, in the form of the session's protocol; `error_json` is {"message":…,"data":…}. */
void sio_join_accepted(struct sio_peer *p);
void sio_join_refused(struct eio_session *s, struct slice namespace_, struct slice error_json);

#endif
