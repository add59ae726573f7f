/* Between the edge's watch, which knows no scripts, and the engine's reload, which watches nothing.
 */
#ifndef MW_BINDINGS_MAIN_WATCH_H
#define MW_BINDINGS_MAIN_WATCH_H

#include "bindings/engine.h"
#include "core/net/net.h"

struct main_watch;

/* From now on saved files take effect. Destroy it before net and engine. */
struct main_watch *main_watch_create(struct net *n, struct engine *e);
void main_watch_destroy(struct main_watch *w);

#endif
