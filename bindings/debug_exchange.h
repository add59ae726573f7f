/* A request whose answer, if it is a page, gets the debug page's script on its way out.
 * It stands between a route and the network: whatever answers (a route's text, a template, a static
 * file, an error's page) answers through it, and knows nothing of it. */
#ifndef MW_BINDINGS_DEBUG_EXCHANGE_H
#define MW_BINDINGS_DEBUG_EXCHANGE_H

#include "bindings/paths.h"
#include "core/server/http_exchange.h"

#define DEBUG_EXCHANGE_FILE_MAX 16777216 /* bytes of a file that are taken into memory */

/* `address`: where the page finds the script, with what it has seen when it is made; it ends in a
 * query. Copied. `pieces` gets the templates of an answer that is no page; it must outlive the
 * exchange. One reference, the caller's. */
struct http_exchange *debug_exchange_create(struct http_exchange *x, struct slice address,
                                            struct paths *pieces);
/* The answer is made of this template: a page names it in the script's query. */
void debug_exchange_note_template(struct http_exchange *x, const char *name);
bool debug_exchange_is(const struct http_exchange *x);

#endif
