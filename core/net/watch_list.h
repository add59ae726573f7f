/* What the watched files were like when they were last looked at: a stamp for each path.
 * Two lists are compared, so that a change is found however it came about. The inner half of
 * watch.h; it watches nothing. */
#ifndef MW_NET_WATCH_LIST_H
#define MW_NET_WATCH_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

struct watch_entry {
    int64_t mtime_ns, size;
    uint64_t inode, device;
    uint32_t readable; /* by whom: one that could not be read may be by now */
    bool there;
    bool in_tree;
    UT_hash_handle _hash;
    char path[];
};

struct watch_list {
    struct watch_entry *entries; /* uthash, by path */
};

/* Zeroed memory is an empty list. */
void watch_list_dispose(struct watch_list *l);
const struct watch_entry *watch_list_find(const struct watch_list *l, const char *path);
/* Adds the path as it is now, unless it is there. */
void watch_list_add(struct watch_list *l, const char *path, bool in_tree);
void watch_list_copy(struct watch_list *l, const struct watch_entry *entry);

/* Calls fn for each folder at or below `folder`, as far as these are watched, and puts the files
 * below it in the list. False: there were more than `*left` folders; the rest is left out. */
typedef void watch_folder_fn(void *ud, const char *folder);
bool watch_list_add_tree(struct watch_list *l, const char *folder, size_t *left,
                         watch_folder_fn *fn, void *ud);

/* Calls fn for each path that is not the same in both, with what it is now (NULL: not listed any
 * more). A path that only one of them has, and that is not there, is the same. */
typedef void watch_differs_fn(void *ud, const char *path, const struct watch_entry *now);
void watch_list_compare(const struct watch_list *was, const struct watch_list *is,
                        watch_differs_fn *fn, void *ud);

#endif
