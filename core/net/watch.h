/* Tells when files have changed, once whoever writes them has come to rest.
 * Editors save in many ways: in place, in two writes, beside and renamed; a checkout writes several
 * files within a moment, and may replace their folder. So folders are watched and not files, what
 * happens in them only starts a count, and then every file is compared with what it was: the change
 * is in the files, not in the events. The count is WATCH_WRITTEN_MS where one file was closed or
 * put in place whole, which is what a save looks like; WATCH_QUIET_MS from the last of several
 * files on; and a file that is being written is waited for until it is closed. Where inotify is not
 * to be had, the files are compared every WATCH_POLL_MS. It reads no file. */
#ifndef MW_NET_WATCH_H
#define MW_NET_WATCH_H

#include "core/base/log.h"
#include "core/net/loop.h"

#define WATCH_QUIET_MS 100
#define WATCH_WRITTEN_MS 30
#define WATCH_POLL_MS 100
/* A file that is not closed, empty or gone is likely being written, and is given so long. An
 * endless stream of events delays the news no longer either. */
#define WATCH_PATIENCE_MS 1000
#define WATCH_FOLDERS_MAX 1000 /* in trees */

struct watch;

/* What changed, came or went since the last time, each path as it was given (below a tree: the
 * tree's path, "/" and the rest). From the top of a turn; may call watch_set, not destroy. */
typedef void watch_fn(void *ud, const char *const *paths, size_t count);

struct watch *watch_create(struct loop *loop, struct log *log, watch_fn *on_change, void *ud);
/* The loop must run once more before it goes. */
void watch_destroy(struct watch *w);

/* The files, which need not be there, and the folders with all that is below them, from now on; of
 * those that were watched before no change is lost. Names that begin with a dot, and node_modules,
 * are left out of trees. */
void watch_set(struct watch *w, const char *const *files, size_t file_count,
               const char *const *trees, size_t tree_count);

/* How many folders are watched, and whether files are looked at by the clock. */
size_t watch_count(const struct watch *w, bool *out_polls);

#endif
