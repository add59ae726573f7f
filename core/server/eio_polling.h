/* A long-polling GET as a transport: it is attached until the one response that it can give has
 * left. Encodes the payload in the form that the client asked for. Made by eio_gate, ends with its
 * exchange. */
#ifndef MW_SERVER_EIO_POLLING_H
#define MW_SERVER_EIO_POLLING_H

#include "core/server/eio_table.h"
#include "core/server/http_exchange.h"
#include "core/server/transport.h"

#define EIO_POLLING_COMPRESS                                                                       \
    1024 /* bytes from which a payload is compressed, if the client accepts it */

#define EIO_JSONP_DIGITS_MAX 10 /* of a callback's number */

/* How a poll is to be answered. */
struct eio_polling_form {
    uint8_t version;        /* of the session's protocol */
    bool base64;            /* protocol 3: no binary payload */
    struct slice jsonp;     /* digits of the callback's number; ptr NULL: no JSONP */
    size_t packets_max;     /* of one answer; more of them wait for the next poll */
    const char *cookie_sid; /* the sid for a Set-Cookie header (config.cookie); NULL: none. Of a
                               handshake alone */
    struct slice initial_headers; /* lines, copied: "Name: value\r\n" each */
};

/* A transport for this GET, not attached yet. It references the exchange and destroys itself when
 * it has answered or was closed; if the requester leaves first, it tells its session. */
struct transport *eio_polling_create(struct http_exchange *x, struct eio_table *table,
                                     const struct eio_polling_form *form);
/* It was not attached after all: forgets the exchange without an answer. */
void eio_polling_destroy(struct transport *t);

#endif
