/* A POSTed payload on its way into its session, as many packets a turn as CONFIG_CLIENT_TURN_NS
 * lets through.
 * A megabyte holds a hundred thousand packets, and each may run a handler: taken at once they would
 * keep everybody else waiting until the last one. Lives from eio_intake_start until the POST is
 * answered, and answers it once: when the payload is through, or when the session goes. */
#ifndef MW_SERVER_EIO_INTAKE_H
#define MW_SERVER_EIO_INTAKE_H

#include "core/server/eio_session.h"
#include "core/server/http_exchange.h"

/* The payload was taken, or (`good` false) was malformed: answer the POST. */
typedef void eio_intake_done_fn(struct eio_table *t, struct http_exchange *x, bool good);

/* Takes the body of `x`, or `jsonp` unless that is NULL, whose bytes are the intake's from here on.
 * The session must have no other. `binary`: protocol 3 alone. */
void eio_intake_start(struct eio_session *s, struct http_exchange *x, bool binary,
                      const struct buf *jsonp, eio_intake_done_fn *done);
/* The session ends: what is left is not taken. */
void eio_intake_destroy(struct eio_intake *in);

#endif
