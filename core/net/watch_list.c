/* Stamps of files, and folders walked for them. */
#include "core/net/watch_list.h"

#include "core/base/buf.h"
#include "core/base/clock.h"
#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

void watch_list_dispose(struct watch_list *l)
{
    struct watch_entry *e, *next;
    HASH_ITER(_hash, l->entries, e, next)
    {
        HASH_DELETE(_hash, l->entries, e);
        mem_free(e);
    }
}

const struct watch_entry *watch_list_find(const struct watch_list *l, const char *path)
{
    struct watch_entry *e;
    HASH_FIND(_hash, l->entries, path, strlen(path), e);
    return e;
}

static struct watch_entry *make(struct watch_list *l, const char *path)
{
    size_t len = strlen(path);
    struct watch_entry *e = mem_zalloc(sizeof(*e) + len + 1);
    memcpy(e->path, path, len);
    HASH_ADD_KEYPTR(_hash, l->entries, e->path, len, e);
    return e;
}

void watch_list_add(struct watch_list *l, const char *path, bool in_tree)
{
    struct stat st;
    if (watch_list_find(l, path))
        return;
    struct watch_entry *e = make(l, path);
    e->in_tree = in_tree;
    if (stat(path, &st) != 0 || S_ISDIR(st.st_mode))
        return;
    e->there = true;
    e->mtime_ns = (int64_t)st.st_mtim.tv_sec * NS_PER_S + st.st_mtim.tv_nsec;
    e->size = st.st_size;
    e->inode = st.st_ino;
    e->device = st.st_dev;
    e->readable = st.st_mode & (S_IRUSR | S_IRGRP | S_IROTH);
}

void watch_list_copy(struct watch_list *l, const struct watch_entry *entry)
{
    if (watch_list_find(l, entry->path))
        return;
    struct watch_entry *e = make(l, entry->path);
    e->mtime_ns = entry->mtime_ns;
    e->size = entry->size;
    e->inode = entry->inode;
    e->device = entry->device;
    e->readable = entry->readable;
    e->there = entry->there;
    e->in_tree = entry->in_tree;
}

/* --- trees --- */

static bool is_left_out(const char *name)
{
    return name[0] == '.' || strcmp(name, "node_modules") == 0;
}

static bool is_folder(const struct dirent *entry, const char *path)
{
    struct stat st;
    if (entry->d_type == DT_DIR || entry->d_type == DT_REG)
        return entry->d_type == DT_DIR;
    return lstat(path, &st) == 0 && S_ISDIR(st.st_mode); /* no link is followed into a circle */
}

bool watch_list_add_tree(struct watch_list *l, const char *folder, size_t *left,
                         watch_folder_fn *fn, void *ud)
{
    DIR *open = opendir(folder);
    const struct dirent *entry;
    struct buf path = BUF_INIT;
    bool whole = *left > 0;
    if (!open)
        return true;
    if (whole) {
        --*left;
        fn(ud, folder);
    }
    while (whole && (entry = readdir(open))) {
        if (is_left_out(entry->d_name))
            continue;
        buf_reset(&path, 4096);
        buf_printf(&path, "%s/%s", folder, entry->d_name);
        buf_append_char(&path, '\0');
        if (is_folder(entry, path.ptr))
            whole = watch_list_add_tree(l, path.ptr, left, fn, ud);
        else
            watch_list_add(l, path.ptr, true);
    }
    closedir(open);
    buf_dispose(&path);
    return whole;
}

/* --- comparing --- */

static bool is_same(const struct watch_entry *a, const struct watch_entry *b)
{
    if (!a->there || !b->there)
        return a->there == b->there;
    return a->mtime_ns == b->mtime_ns && a->size == b->size && a->inode == b->inode &&
           a->device == b->device && a->readable == b->readable;
}

void watch_list_compare(const struct watch_list *was, const struct watch_list *is,
                        watch_differs_fn *fn, void *ud)
{
    struct watch_entry *e, *next;
    HASH_ITER(_hash, is->entries, e, next)
    {
        const struct watch_entry *before = watch_list_find(was, e->path);
        if (before ? !is_same(before, e) : e->there)
            fn(ud, e->path, e);
    }
    HASH_ITER(_hash, was->entries, e, next)
    {
        if (e->there && !watch_list_find(is, e->path))
            fn(ud, e->path, NULL);
    }
}
