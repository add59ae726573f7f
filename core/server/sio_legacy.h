/* What Socket.IO protocol 4 (JS clients 1.x and 2.x, over Engine.IO 3) has in another form than
 * protocol 5. Pure; sio_router decides by the session's version. Source: socket.io-protocol v4;
 * socket.io client.ts `_parseNamespace`, socket.ts. */
#ifndef MW_SERVER_SIO_LEGACY_H
#define MW_SERVER_SIO_LEGACY_H

#include "core/base/buf.h"
#include "core/server/eio_session.h"

/* Does this session speak protocol 4? */
static inline bool sio_legacy(const struct eio_session *s)
{
    return s->version == 3;
}

/* Splits `/chat?token=x`: the name is a view, the query becomes a JSON object of strings in
 * `out_auth`, which stays empty without one. */
struct slice sio_legacy_namespace(struct slice text, struct buf *out_auth);
/* Appends the sid that such a client gives itself: the session's for `/`, else `/chat#` and the
 * session's. */
void sio_legacy_sid(struct slice session_sid, struct slice namespace_, struct buf *out);
/* Appends the payload of an ERROR packet: of {"message":m,"data":d} the data, or else the message.
 */
void sio_legacy_error(struct slice error_json, struct buf *out);

#endif
