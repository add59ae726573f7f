/* The shapes that texts of the configuration must have: paths, origins, transports, names.
 * A wrong one is refused when it is set, not when the first client trips over it. Knows no key:
 * config.c says which shape each one has. */
#ifndef MW_SERVER_CONFIG_SHAPE_H
#define MW_SERVER_CONFIG_SHAPE_H

#include "core/base/buf.h"

/* Appends the text as it will be kept; false if it has another shape. Never empty, no control
 * characters. */
typedef bool config_shape_fn(struct slice text, struct buf *out);

bool config_shape_text(struct slice text, struct buf *out);
/* "/socket.io": a leading slash and a name; trailing slashes are cut. */
bool config_shape_path(struct slice text, struct buf *out);
/* "*", or scheme://host[:port]; in lower case. */
bool config_shape_origin(struct slice text, struct buf *out);
/* "10.1.2.3", or a range: "10.0.0.0/8", "fd00::/8". */
bool config_shape_addresses(struct slice text, struct buf *out);
/* "polling" or "websocket". */
bool config_shape_transport(struct slice text, struct buf *out);
/* "json" or "msgpack". */
bool config_shape_parser(struct slice text, struct buf *out);
/* A token of RFC 9110 section 5.6.2, as the names of cookies are. */
bool config_shape_token(struct slice text, struct buf *out);

#endif
