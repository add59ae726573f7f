/* See reload_files.h. */
#include "bindings/reload_files.h"

static void find(const struct engine *e, const char *configured, const char *name, struct buf *out,
                 struct paths *missing)
{
    if (engine_find_folder(e, configured, name, out))
        return;
    paths_add(missing, out->ptr);
    if (!configured && !engine_find_folder(e, name, name, out))
        paths_add(missing, out->ptr);
    buf_reset(out, 4096);
}

void reload_folders_find(struct reload_folders *f, const struct engine *e)
{
    const struct config *config = engine_settings(e);
    find(e, config->template_folder, "templates", &f->templates, &f->missing);
    find(e, config->static_folder, "static", &f->static_, &f->missing);
}

void reload_folders_dispose(struct reload_folders *f)
{
    buf_dispose(&f->templates);
    buf_dispose(&f->static_);
    paths_dispose(&f->missing);
}

/* The name from the folder on, or NULL. */
static const char *below(const struct buf *folder, const char *path)
{
    bool is =
        folder->len && strncmp(path, folder->ptr, folder->len) == 0 && path[folder->len] == '/';
    return is ? path + folder->len + 1 : NULL;
}

/* The saved files, by what they are. */
struct saved {
    bool script;
    struct paths templates, static_;
};

static void sort(const struct engine *e, const char *const *paths, size_t count, struct saved *out)
{
    struct reload_folders folders = {0};
    struct paths own = {0};
    reload_put_files(engine_reload(e), &own);
    reload_folders_find(&folders, e);
    for (size_t i = 0; i < count; i++) {
        const char *template = below(&folders.templates, paths[i]);
        const char *file = below(&folders.static_, paths[i]);
        out->script = out->script || paths_has(&own, paths[i]);
        if (template)
            paths_add(&out->templates, template);
        if (file)
            paths_add(&out->static_, file);
    }
    paths_dispose(&own);
    reload_folders_dispose(&folders);
}

enum reload_saved reload_saved(struct engine *e, const char *const *paths, size_t count,
                               struct buf *out_error)
{
    struct reload *r = engine_reload(e);
    struct saved saved = {0};
    bool good = true;
    sort(e, paths, count, &saved);
    if (saved.script)
        good = reload_script(r, NULL, out_error);
    if (saved.templates.count)
        good = reload_templates(r, &saved.templates, out_error) && good;
    if (saved.static_.count)
        reload_static(r, &saved.static_);
    bool any = saved.script || saved.templates.count || saved.static_.count;
    paths_dispose(&saved.templates);
    paths_dispose(&saved.static_);
    if (!any)
        return RELOAD_SAVED_NOTHING;
    return good ? RELOAD_SAVED_GOOD : RELOAD_SAVED_BAD;
}
