/* See main_watch.h. It is told when the server comes to be made of other files, so that a module
 * that is required for the first time is watched from then on. */
#include "bindings/main_watch.h"

#include "bindings/reload_files.h"
#include "core/net/watch.h"

struct main_watch {
    struct engine *engine;
    struct watch *watch;
    struct reload_listener listener;
};

static void watch_anew(void *ud)
{
    struct main_watch *w = (struct main_watch *)ud;
    struct reload_folders folders = {0};
    struct paths files = {0}, trees = {0};
    reload_put_files(engine_reload(w->engine), &files);
    reload_folders_find(&folders, w->engine);
    if (folders.templates.len)
        paths_add(&trees, folders.templates.ptr);
    if (folders.static_.len)
        paths_add(&trees, folders.static_.ptr);
    paths_add_all(&trees, &folders.missing);
    watch_set(w->watch, (const char *const *)files.at, files.count, (const char *const *)trees.at,
              trees.count);
    paths_dispose(&files);
    paths_dispose(&trees);
    reload_folders_dispose(&folders);
}

static void on_change(void *ud, const char *const *paths, size_t count)
{
    const struct main_watch *w = (const struct main_watch *)ud;
    struct buf error = BUF_INIT;
    (void)reload_saved(w->engine, paths, count, &error);
    buf_dispose(&error);
}

/* --- begin and end --- */

struct main_watch *main_watch_create(struct net *n, struct engine *e)
{
    struct main_watch *w = (struct main_watch *)mem_zalloc(sizeof(*w));
    w->engine = e;
    w->watch = watch_create(net_loop(n), engine_vm(e)->log, on_change, w);
    w->listener = (struct reload_listener){.ud = w, .on_files = watch_anew};
    reload_news_add(reload_news(engine_reload(e)), &w->listener);
    watch_anew(w);
    return w;
}

void main_watch_destroy(struct main_watch *w)
{
    if (!w)
        return;
    reload_news_remove(reload_news(engine_reload(w->engine)), &w->listener);
    watch_destroy(w->watch);
    mem_free(w);
}
