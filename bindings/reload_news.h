/* What came of each reload, told at one place: to the log, and to whoever listens.
 * It knows what is wrong with the files as they are (the script, and apart from it the templates),
 * until they are mended. It decides nothing and loads nothing: reload.c does. */
#ifndef MW_BINDINGS_RELOAD_NEWS_H
#define MW_BINDINGS_RELOAD_NEWS_H

#include "bindings/engine.h"

enum reload_what { RELOAD_SCRIPT, RELOAD_TEMPLATES, RELOAD_STATIC };

struct reload_outcome {
    enum reload_what what;
    bool good;           /* what was saved is in force */
    unsigned generation; /* that runs now */
    struct slice error;  /* of this reload: "FILE:LINE: what is wrong", then the traceback's lines,
                            if there is one; empty: good */
    struct slice wrong;  /* the same, of the files as they are now: of the script, else of the
                            templates; empty: all is well, and a page may forget an earlier error */
    const struct paths *names; /* of templates and static files: which, from their folder on; NULL
                                  for the script */
};

/* Told of each reload once it is decided: of a script whose ticks are on trial, when that is over.
 * From the top of a turn; what the outcome points to is valid during the call. Must not reload,
 * listen or unlisten. */
struct reload_listener {
    void *ud;
    void (*on_outcome)(void *ud, const struct reload_outcome *outcome); /* NULL: no matter */
    /* reload_put_files and the folders may have others now; maybe inside a script's call. NULL: no
     * matter */
    void (*on_files)(void *ud);
    struct reload_listener *_next;
};

struct reload_news {
    struct engine *engine;
    struct buf script, templates; /* what is wrong with them; empty: nothing */
    struct reload_listener *_listeners;
};

void reload_news_dispose(struct reload_news *n);

/* The listener must outlive its listening. */
void reload_news_add(struct reload_news *n, struct reload_listener *listener);
void reload_news_remove(struct reload_news *n, struct reload_listener *listener);

/* The server is made of other files now. */
void reload_news_files(const struct reload_news *n);
/* The script, and with it the templates, took over. */
void reload_news_good(struct reload_news *n);
/* The script did not: logs "kept generation N", too. */
void reload_news_bad(struct reload_news *n, struct slice error);
/* Templates were compiled anew: n->templates says how that went, and is logged. */
void reload_news_templates(struct reload_news *n, const struct paths *names);
void reload_news_static(struct reload_news *n, const struct paths *names);

#endif
