/* What socketio.on_initial_headers registered, asked when a session opens: headers for the answer
 * to its first request. Source: engine.io's event "initial_headers". */
#ifndef MW_BINDINGS_INITIAL_HEADERS_H
#define MW_BINDINGS_INITIAL_HEADERS_H

#include "bindings/engine.h"

/* struct dispatch's initial_headers; `ud` is the engine. A function that fails is logged, and the
 * client gets the answer without its headers. */
void initial_headers_ask(void *ud, const struct http_request *request, struct buf *out);

#endif
