/* Who may see a script's source: whoever asks by an address, by localhost, or by the name that the
 * server was told to listen on. A page of another site that made its own name lead to this machine
 * asks by that name. */
#ifndef MW_BINDINGS_DEBUG_VISITOR_H
#define MW_BINDINGS_DEBUG_VISITOR_H

#include "core/server/config.h"
#include "core/server/http_request.h"

/* Without a Host, nobody's browser asks. */
bool debug_visitor_trusted(const struct http_request *request, const struct config *config);
/* Is this an address of the machine itself, or its name? */
bool debug_visitor_is_local(struct slice host);

#endif
