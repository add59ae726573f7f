/* The folders that inotify watches for a set of files and trees.
 * For a path whose folder is not there, the nearest one above it that is there is watched; each
 * link on the way to a file counts, and the folder it leads to. Which folders these are is decided
 * anew whenever it is asked for, since a folder may have been replaced. The lower half of watch.h;
 * it compares nothing. */
#ifndef MW_NET_WATCH_FOLDERS_H
#define MW_NET_WATCH_FOLDERS_H

#include "core/base/log.h"
#include "core/net/folder_events.h"

/* Paths, each in memory of its own. */
struct watch_paths {
    char **at;
    size_t count;
};

void watch_paths_add(struct watch_paths *p, const char *path);
void watch_paths_dispose(struct watch_paths *p);

struct watch_folder;

/* Something happened to `name` in one of the folders (any number for each), or to a folder. */
typedef void watch_stir_fn(void *ud, enum folder_event event, const char *name);

struct watch_folders {
    const struct watch_paths *files, *trees; /* the owner's */
    bool polls;                              /* there is a folder that cannot be watched */
    struct watch_folder *_all;               /* uthash, by path */
    struct folder_events *_events;           /* NULL: not to be had, or not yet wanted */
    struct loop *_loop;
    struct log *_log;
    watch_stir_fn *_on_stir;
    void *_ud;
    bool _told_polls, _told_many;
};

void watch_folders_init(struct watch_folders *f, struct loop *loop, struct log *log,
                        const struct watch_paths *files, const struct watch_paths *trees,
                        watch_stir_fn *on_stir, void *ud);
/* The loop must run once more before it goes; `f` may go at once. */
void watch_folders_dispose(struct watch_folders *f);

/* Watches what files and trees want as they are now. */
void watch_folders_update(struct watch_folders *f);
size_t watch_folders_count(const struct watch_folders *f);

#endif
