/* See watch_folders.h. */
#include "core/net/watch_folders.h"

#include "core/base/mem.h"
#include "core/net/watch.h"
#include "core/net/watch_list.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct watch_folder {
    int watch; /* two paths to one folder have the same */
    uint64_t inode, device;
    bool wanted; /* by the update that is under way */
    bool lost; /* it was deleted or moved: the path may be another folder's, even with its inode */
    bool all;  /* whatever happens in it counts; else only what is on the way to a watched path */
    UT_hash_handle _hash;
    char path[];
};

void watch_paths_add(struct watch_paths *p, const char *path)
{
    p->at = mem_realloc(p->at, (p->count + 1) * sizeof(*p->at));
    p->at[p->count++] = mem_dup(path, strlen(path));
}

void watch_paths_dispose(struct watch_paths *p)
{
    for (size_t i = 0; i < p->count; i++)
        mem_free(p->at[i]);
    mem_free(p->at);
    *p = (struct watch_paths){0};
}

/* --- events --- */

/* "main.lua" is in the folder ".". */
static bool is_at_or_below(const char *path, const char *folder, const char *name)
{
    size_t folder_len = strlen(folder), len = strlen(name);
    bool below = strncmp(path, folder, folder_len) == 0 && path[folder_len] == '/';
    if (!below && (strcmp(folder, ".") != 0 || path[0] == '/'))
        return false;
    path += below ? folder_len + 1 : 0;
    return strncmp(path, name, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

static bool leads_to(const struct watch_paths *paths, const struct watch_folder *f,
                     const char *name)
{
    for (size_t i = 0; i < paths->count; i++) {
        if (is_at_or_below(paths->at[i], f->path, name))
            return true;
    }
    return false;
}

static bool counts(const struct watch_folders *all, const struct watch_folder *f, const char *name)
{
    return f->all || leads_to(all->files, f, name) || leads_to(all->trees, f, name);
}

static void on_event(void *ud, int watch, const char *name, enum folder_event event)
{
    struct watch_folders *all = ud;
    struct watch_folder *f, *next;
    bool stirs = watch < 0;
    HASH_ITER(_hash, all->_all, f, next)
    {
        if (f->watch != watch)
            continue;
        f->lost = f->lost || event == FOLDER_EVENT_LOST;
        stirs = stirs || f->lost || counts(all, f, name);
    }
    if (stirs)
        all->_on_stir(all->_ud, event, name);
}

/* --- one folder --- */

/* Of another path to the same folder the kernel tells us then that it is LOST, and it is watched
 * anew. */
static void drop(struct watch_folders *all, struct watch_folder *f)
{
    HASH_DELETE(_hash, all->_all, f);
    folder_events_remove(all->_events, f->watch);
    mem_free(f);
}

static void note_no_inotify(struct watch_folders *all, const char *path, int status)
{
    const char *why = status == UV_ENOSPC ? "the limit fs.inotify.max_user_watches is reached"
                                          : uv_strerror(status);
    all->polls = true;
    if (all->_told_polls)
        return;
    all->_told_polls = true;
    log_warning(all->_log, "cannot watch %s (%s): files are looked at every %d ms instead", path,
                why, WATCH_POLL_MS);
}

/* Negative: libuv's code for why not. */
static int watch_folder(struct watch_folders *all, const char *path)
{
    int error;
    if (!all->_events)
        all->_events = folder_events_open(all->_loop, on_event, all, &error);
    return all->_events ? folder_events_add(all->_events, path) : error;
}

static void add(struct watch_folders *all, const char *path, const struct stat *st)
{
    int watch = watch_folder(all, path);
    if (watch < 0) {
        note_no_inotify(all, path, watch);
        return;
    }
    size_t len = strlen(path);
    struct watch_folder *f = mem_zalloc(sizeof(*f) + len + 1);
    memcpy(f->path, path, len);
    f->watch = watch;
    f->inode = st->st_ino;
    f->device = st->st_dev;
    HASH_ADD_KEYPTR(_hash, all->_all, f->path, len, f);
}

static struct watch_folder *find(const struct watch_folders *all, const char *path)
{
    struct watch_folder *f;
    HASH_FIND(_hash, all->_all, path, strlen(path), f);
    return f;
}

/* Watches the folder, anew if it is another one by now. False: there is none. */
static bool want(struct watch_folders *all, const char *path, bool everything)
{
    struct stat st;
    struct watch_folder *f = find(all, path);
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
        return false;
    bool same = f && !f->lost && f->inode == st.st_ino && f->device == st.st_dev;
    if (f && !same)
        drop(all, f);
    if (!same)
        add(all, path, &st);
    f = find(all, path);
    if (!f)
        return true; /* it cannot be watched */
    f->all = f->wanted ? f->all || everything : everything;
    f->wanted = true;
    return true;
}

/* --- which folders --- */

/* The nearest folder above the path that is there. */
static void want_above(struct watch_folders *all, const char *path, bool everything)
{
    char *above = mem_dup(path, strlen(path));
    for (;;) {
        char *slash = strrchr(above, '/');
        if (!slash) {
            want(all, ".", everything);
            break;
        }
        bool root = slash == above;
        slash[root] = '\0';
        if (want(all, above, everything) || root)
            break;
    }
    mem_free(above);
}

static bool is_link(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

/* Where a link leads, the file has another name. */
static void want_path(struct watch_folders *all, const char *path)
{
    char real[PATH_MAX];
    char *part = mem_dup(path, strlen(path));
    char *slash = *part ? strchr(part + 1, '/') : NULL;
    for (; slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (is_link(part))
            want_above(all, part, false);
        *slash = '/';
    }
    mem_free(part);
    want_above(all, path, false);
    if (is_link(path) && realpath(path, real))
        want_above(all, real, true);
}

static void want_everything(void *ud, const char *folder)
{
    want(ud, folder, true);
}

static void drop_unwanted(struct watch_folders *all)
{
    struct watch_folder *f, *next;
    HASH_ITER(_hash, all->_all, f, next)
    {
        if (!f->wanted)
            drop(all, f);
        else
            f->wanted = false;
    }
}

void watch_folders_update(struct watch_folders *all)
{
    struct watch_list none = {0};
    size_t left = WATCH_FOLDERS_MAX;
    bool whole = true;
    all->polls = false;
    for (size_t i = 0; i < all->files->count; i++)
        want_path(all, all->files->at[i]);
    for (size_t i = 0; i < all->trees->count; i++) {
        const char *tree = all->trees->at[i];
        want_path(all, tree);
        whole = watch_list_add_tree(&none, tree, &left, want_everything, all) && whole;
    }
    watch_list_dispose(&none);
    drop_unwanted(all);
    if (!whole && !all->_told_many)
        log_warning(all->_log, "more than %d folders: changes in the others are not noticed",
                    WATCH_FOLDERS_MAX);
    all->_told_many = !whole;
}

size_t watch_folders_count(const struct watch_folders *all)
{
    return HASH_CNT(_hash, all->_all);
}

/* --- begin and end --- */

void watch_folders_init(struct watch_folders *all, struct loop *loop, struct log *log,
                        const struct watch_paths *files, const struct watch_paths *trees,
                        watch_stir_fn *on_stir, void *ud)
{
    *all = (struct watch_folders){
        .files = files, .trees = trees, ._loop = loop, ._log = log, ._on_stir = on_stir, ._ud = ud};
}

void watch_folders_dispose(struct watch_folders *all)
{
    struct watch_folder *f, *next;
    HASH_ITER(_hash, all->_all, f, next)
    drop(all, f);
    if (all->_events)
        folder_events_close(all->_events);
}
