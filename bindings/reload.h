/* Replaces the code of a running engine, between two events, and drops nobody.
 * A load goes into a set of its own and takes over when it went well; whatever goes wrong, the
 * generation that ran goes on, and one log event says "kept generation N" with file, line and
 * traceback. Peers, rooms, sessions, pending acknowledgements and mw.keep values are not the set's,
 * so nothing happens to them.
 *
 * A new generation is on trial until each tick that it declared has made its first step, for
 * RELOAD_TRIAL_NS at most. Meanwhile the jobs of the last proven one stand still; if a first step
 * fails, or an mw.on_reload function, they go on, and the step that failed is made again by the old
 * code. What the new code did to kept values by then stays done. What cannot be taken back (the
 * peers of a namespace that is gone, the old background tasks) waits for the end of the trial.
 *
 * It watches no file: whoever runs the engine does, and calls from the top of a turn. */
#ifndef MW_BINDINGS_RELOAD_H
#define MW_BINDINGS_RELOAD_H

#include "bindings/reload_news.h"

#define RELOAD_TRIAL_NS (5 * NS_PER_S)

struct reload *reload_create(struct engine *e);
void reload_destroy(struct reload *r);
/* Who wants to hear what came of a reload adds a listener here. */
struct reload_news *reload_news(struct reload *r);

/* Loads the script anew, from `path` or, if that is NULL, from where it was. False: `out_error` has
 * the message, which was logged, too. */
bool reload_script(struct reload *r, const char *path, struct buf *out_error);
/* Compiles the templates that changed, named from the template folder, if they were in use; one
 * that does not compile leaves the old one in use. False: as above. */
bool reload_templates(struct reload *r, const struct paths *names, struct buf *out_error);
/* Static files changed: nothing is to be loaded, but pages may want to know. */
void reload_static(struct reload *r, const struct paths *names);

/* The files to watch: what the live set is made of, during a trial the proven one, too, and what
 * the last load that failed read or missed. */
void reload_put_files(const struct reload *r, struct paths *out);
/* The set whose code a peer of the namespace belongs to: the live one, or the former for a
 * namespace that is gone, until its peers are told, too. */
struct handlers *reload_set_of(const struct reload *r, struct slice namespace_);

/* Ends a trial; when the engine stops. */
void reload_stop(struct reload *r);

#endif
