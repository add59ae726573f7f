/* See main_watch.h. After each load it is asked anew which files the script is made of, so that a
 * module that is required for the first time is watched from then on. */
#include "bindings/main_watch.h"

#include "bindings/reload.h"
#include "core/net/watch.h"

struct main_watch {
    struct engine *engine;
    struct watch *watch;
    struct reload_listener listener;
    struct paths files;            /* of the script */
    struct buf templates, static_; /* folders; empty: none */
};

static struct reload *reload_of(const struct main_watch *w)
{
    return engine_reload(w->engine);
}

/* --- what is watched --- */

static void find_folder(struct main_watch *w, const char *configured, const char *name,
                        struct buf *out)
{
    buf_reset(out, 4096);
    if (!engine_find_folder(w->engine, configured, name, out))
        buf_reset(out, 4096);
}

static void watch_anew(struct main_watch *w)
{
    const struct config *config = engine_settings(w->engine);
    const char *trees[2];
    size_t count = 0;
    paths_dispose(&w->files);
    reload_put_files(reload_of(w), &w->files);
    find_folder(w, config->template_folder, "templates", &w->templates);
    find_folder(w, config->static_folder, "static", &w->static_);
    if (w->templates.len)
        trees[count++] = w->templates.ptr;
    if (w->static_.len)
        trees[count++] = w->static_.ptr;
    watch_set(w->watch, (const char *const *)w->files.at, w->files.count, trees, count);
}

static void on_loaded(void *ud, struct slice error)
{
    watch_anew((struct main_watch *)ud);
}

/* --- what changed --- */

/* The name from the folder on, or NULL. */
static const char *below(const struct buf *folder, const char *path)
{
    bool is =
        folder->len && strncmp(path, folder->ptr, folder->len) == 0 && path[folder->len] == '/';
    return is ? path + folder->len + 1 : NULL;
}

static void on_change(void *ud, const char *const *paths, size_t count)
{
    struct main_watch *w = (struct main_watch *)ud;
    struct paths templates = {0};
    struct buf error = BUF_INIT;
    bool script = false;
    for (size_t i = 0; i < count; i++) {
        script = script || paths_has(&w->files, paths[i]);
        if (below(&w->templates, paths[i]))
            paths_add(&templates, below(&w->templates, paths[i]));
    }
    if (script)
        (void)reload_script(reload_of(w), NULL, &error);
    buf_reset(&error, 4096);
    if (templates.count)
        (void)reload_templates(reload_of(w), &templates, &error);
    paths_dispose(&templates);
    buf_dispose(&error);
}

/* --- begin and end --- */

struct main_watch *main_watch_create(struct net *n, struct engine *e)
{
    struct main_watch *w = (struct main_watch *)mem_zalloc(sizeof(*w));
    w->engine = e;
    w->watch = watch_create(net_loop(n), engine_vm(e)->log, on_change, w);
    w->listener = (struct reload_listener){.ud = w, .on_loaded = on_loaded};
    reload_listen(reload_of(w), &w->listener);
    watch_anew(w);
    return w;
}

void main_watch_destroy(struct main_watch *w)
{
    if (!w)
        return;
    reload_listen(reload_of(w), NULL);
    watch_destroy(w->watch);
    paths_dispose(&w->files);
    buf_dispose(&w->templates);
    buf_dispose(&w->static_);
    mem_free(w);
}
