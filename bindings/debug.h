/* The debug page: in debug mode, and only there, every page that the server sends carries a small
 * script (debug/debug.js) that shows the errors of the Lua script, and refreshes the page when a
 * template or a static file has changed.
 * It puts together what the files debug_*.c do: errors, changes, the waiting pages, and the
 * exchange that puts the script into a page. It has a channel of its own under the Socket.IO path,
 * so that no client, count, hook or route of the program has to do with it. It listens to
 * reload_news.h and report.h, and watches no file. */
#ifndef MW_BINDINGS_DEBUG_H
#define MW_BINDINGS_DEBUG_H

#include "bindings/engine.h"

struct debug *debug_create(struct engine *e);
void debug_destroy(struct debug *d);
/* When the engine has a server. */
void debug_start(struct debug *d);
/* The pages that wait are let go: the server ends. Twice is fine. */
void debug_stop(struct debug *d);

/* Is the request for the debug page itself? Then it is answered. */
bool debug_answer(struct debug *d, struct http_exchange *x);
/* The exchange that a route answers: x, or one that stands before it. One reference, the caller's.
 */
struct http_exchange *debug_exchange(struct debug *d, struct http_exchange *x);
/* A template was looked for, to answer x, or for something else (NULL). */
void debug_note_template(struct debug *d, struct http_exchange *x, const char *name);
/* May who asks see the script's source? */
bool debug_shows(const struct debug *d, const struct http_request *request);

#endif
