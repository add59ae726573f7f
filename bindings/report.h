/* An error of code that runs, on its way to whoever wants to know: the log, and in debug mode the
 * pages.
 * What is known of it stays in parts (what ran, what it said, the traceback), so that nobody has to
 * take a log line apart. It decides nothing: an error handler, an answer, a rollback are its
 * sender's. What came of a reload is told elsewhere (reload_news.h). */
#ifndef MW_BINDINGS_REPORT_H
#define MW_BINDINGS_REPORT_H

#include "bindings/handlers.h"

struct report {
    const struct handlers *set; /* of the code that failed */
    struct slice what;          /* `handler of "move" in "/", sid Ab3…` */
    struct slice message;       /* "scripts/game.lua:12: attempt to …" */
    struct slice traceback;     /* "stack traceback:\n\t…"; may be empty */
    uint64_t repeated;          /* so often more it failed since the last report of it */
};

/* At most one, in vm->reports. Called from where errors end: it must not enter Lua. */
struct report_listener {
    void *ud;
    void (*on_report)(void *ud, const struct report *r);
};

/* One log event, and the listener. */
void report_send(const struct report *r);

#endif
