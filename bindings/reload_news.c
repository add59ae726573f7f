/* See reload_news.h. */
#include "bindings/reload_news.h"

#include <utlist.h>

void reload_news_dispose(struct reload_news *n)
{
    buf_dispose(&n->script);
    buf_dispose(&n->templates);
}

void reload_news_add(struct reload_news *n, struct reload_listener *listener)
{
    LL_APPEND2(n->_listeners, listener, _next);
}

void reload_news_remove(struct reload_news *n, struct reload_listener *listener)
{
    LL_DELETE2(n->_listeners, listener, _next);
}

static void tell(const struct reload_news *n, enum reload_what what, struct slice error,
                 const struct paths *names)
{
    struct reload_outcome outcome = {
        .what = what,
        .good = error.len == 0,
        .generation = engine_live(n->engine)->generation,
        .error = error,
        .wrong = buf_slice(n->script.len ? &n->script : &n->templates),
        .names = names,
    };
    for (const struct reload_listener *l = n->_listeners; l; l = l->_next) {
        if (l->on_outcome)
            l->on_outcome(l->ud, &outcome);
    }
}

void reload_news_files(const struct reload_news *n)
{
    for (const struct reload_listener *l = n->_listeners; l; l = l->_next) {
        if (l->on_files)
            l->on_files(l->ud);
    }
}

static void log_kept(const struct reload_news *n, struct slice error)
{
    log_write_kind(engine_vm(n->engine)->log, LOG_ERROR, LOG_KIND_OWN, "kept generation %u: %.*s",
                   engine_live(n->engine)->generation, SLICE_ARG(error));
}

void reload_news_good(struct reload_news *n)
{
    buf_reset(&n->script, 4096);
    buf_reset(&n->templates, 4096); /* a new set compiles its own */
    reload_news_files(n);
    tell(n, RELOAD_SCRIPT, SLICE(""), NULL);
}

/* What is missing is watched before anybody hears of it: who mends it at once is not missed. */
void reload_news_bad(struct reload_news *n, struct slice error)
{
    buf_reset(&n->script, 4096);
    buf_append_slice(&n->script, error);
    reload_news_files(n);
    log_kept(n, error);
    tell(n, RELOAD_SCRIPT, error, NULL);
}

void reload_news_templates(struct reload_news *n, const struct paths *names)
{
    struct slice error = buf_slice(&n->templates);
    if (error.len)
        log_kept(n, error);
    tell(n, RELOAD_TEMPLATES, error, names);
}

void reload_news_static(struct reload_news *n, const struct paths *names)
{
    tell(n, RELOAD_STATIC, SLICE(""), names);
}
