/* The count that follows an event, and the comparison when it is over.
 * Events are not trusted to say what happened: they are lost, doubled and merged; the files are. */
#include "core/net/watch.h"

#include "core/base/buf.h"
#include "core/net/watch_folders.h"
#include "core/net/watch_list.h"

struct watch {
    struct loop *loop;
    watch_fn *on_change;
    void *ud;
    struct watch_paths files, trees;
    struct watch_folders folders;
    struct watch_list known;
    uv_timer_t quiet, poll;
    int64_t since_ms;      /* the first event of those that are not settled; 0: none */
    int64_t wait_ms;       /* after the latest */
    struct buf name;       /* of the first file among them */
    bool several;          /* there were others */
    struct buf writing;    /* the latest that was written to and is not closed; empty: none */
    int64_t unfinished_ms; /* since when a file is being written; 0: none is */
    bool over;             /* the count is; what came in with its end is still to be heard */
    unsigned open;         /* timers, when it is destroyed */
};

static void on_quiet(uv_timer_t *timer);
static void on_poll(uv_timer_t *timer);

static int64_t now_ms(struct watch *w)
{
    uv_update_time(&w->loop->uv);
    return (int64_t)uv_now(&w->loop->uv);
}

/* The count begins again, but not for ever. */
static void count(struct watch *w)
{
    int64_t now = now_ms(w);
    w->over = false;
    if (!w->since_ms)
        w->since_ms = now;
    int64_t left_ms = w->since_ms + WATCH_PATIENCE_MS - now;
    int64_t wait_ms = left_ms < w->wait_ms ? left_ms : w->wait_ms;
    uv_timer_start(&w->quiet, on_quiet, wait_ms > 0 ? (uint64_t)wait_ms : 0, 0);
}

static void keep_name(struct buf *to, const char *name)
{
    buf_reset(to, 256);
    buf_append_str(to, name);
}

static bool is_name(const struct buf *kept, const char *name)
{
    return slice_equal(buf_slice(kept), slice_str(name));
}

/* A file that is alone and whole need not be waited for; but what follows a whole file (its mode
 * is set) does not make it less so. */
static int64_t wait_after(const struct watch *w, enum folder_event event)
{
    if (w->writing.len)
        return WATCH_PATIENCE_MS;
    if (w->several)
        return WATCH_QUIET_MS;
    if (event == FOLDER_EVENT_TOUCHED && w->since_ms)
        return w->wait_ms;
    return event == FOLDER_EVENT_WRITTEN ? WATCH_WRITTEN_MS : WATCH_QUIET_MS;
}

static void stir(void *ud, enum folder_event event, const char *name)
{
    struct watch *w = ud;
    if (!w->since_ms)
        keep_name(&w->name, name);
    w->several = w->since_ms && (w->several || !is_name(&w->name, name));
    if (event == FOLDER_EVENT_WRITING)
        keep_name(&w->writing, name);
    else if (event != FOLDER_EVENT_TOUCHED && is_name(&w->writing, name))
        buf_reset(&w->writing, 256);
    w->wait_ms = wait_after(w, event);
    count(w);
}

/* --- looking --- */

static void ignore_folder(void *ud, const char *folder)
{
}

/* Everything as it is now. */
static void look(const struct watch *w, struct watch_list *out)
{
    size_t left = WATCH_FOLDERS_MAX;
    for (size_t i = 0; i < w->files.count; i++)
        watch_list_add(out, w->files.at[i], false);
    for (size_t i = 0; i < w->trees.count; i++)
        (void)watch_list_add_tree(out, w->trees.at[i], &left, ignore_folder, NULL);
}

/* Folders first: what happens while we look is an event then. */
static void watch_anew(struct watch *w)
{
    watch_folders_update(&w->folders);
    if (w->folders.polls)
        uv_timer_start(&w->poll, on_poll, WATCH_POLL_MS, WATCH_POLL_MS);
    else
        uv_timer_stop(&w->poll);
}

struct changes {
    const struct watch_list *known;
    struct watch_paths paths;
    bool unfinished; /* one is empty or gone */
};

/* In a tree files come and go as they please, and some are empty; but one that became empty is
 * likely to be written again. */
static bool looks_unfinished(const struct watch_entry *before, const struct watch_entry *now)
{
    if (!now->in_tree)
        return !now->there || now->size == 0;
    return now->there && now->size == 0 && before && before->there && before->size > 0;
}

static void note_change(void *ud, const char *path, const struct watch_entry *now)
{
    struct changes *c = ud;
    watch_paths_add(&c->paths, path);
    if (now && looks_unfinished(watch_list_find(c->known, path), now))
        c->unfinished = true;
}

/* --- changes --- */

/* Is a file still to be written, and is that worth waiting for? */
static bool is_unfinished(struct watch *w, const struct changes *c)
{
    int64_t now = now_ms(w);
    if (!c->unfinished) {
        w->unfinished_ms = 0;
        return false;
    }
    if (!w->unfinished_ms)
        w->unfinished_ms = now;
    if (now - w->unfinished_ms < WATCH_PATIENCE_MS)
        return true;
    w->unfinished_ms = 0;
    return false;
}

static void settle(struct watch *w)
{
    struct watch_list is = {0};
    struct changes c = {.known = &w->known};
    w->since_ms = 0;
    buf_reset(&w->writing, 256);
    watch_anew(w);
    look(w, &is);
    watch_list_compare(&w->known, &is, note_change, &c);
    if (is_unfinished(w, &c)) {
        watch_list_dispose(&is);
        w->wait_ms = WATCH_QUIET_MS;
        count(w);
    } else {
        watch_list_dispose(&w->known);
        w->known = is;
        if (c.paths.count)
            w->on_change(w->ud, (const char *const *)c.paths.at, c.paths.count);
    }
    watch_paths_dispose(&c.paths);
}

/* Timers come before events in a round of the loop: after a stall the count would end although
 * events are waiting. */
static void on_quiet(uv_timer_t *timer)
{
    struct watch *w = timer->data;
    if (w->over) {
        settle(w);
        return;
    }
    w->over = true;
    uv_timer_start(timer, on_quiet, 1, 0); /* 0 would be of this round */
}

static void on_poll(uv_timer_t *timer)
{
    struct watch *w = timer->data;
    struct watch_list is = {0};
    struct changes c = {.known = &w->known};
    if (w->since_ms)
        return; /* the count is on */
    look(w, &is);
    watch_list_compare(&w->known, &is, note_change, &c);
    watch_list_dispose(&is);
    w->wait_ms = WATCH_QUIET_MS;
    if (c.paths.count)
        count(w);
    watch_paths_dispose(&c.paths);
}

static bool same_paths(const struct watch_paths *a, const char *const *b, size_t count)
{
    if (a->count != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(a->at[i], b[i]) != 0)
            return false;
    }
    return true;
}

static void set_paths(struct watch_paths *to, const char *const *from, size_t count)
{
    watch_paths_dispose(to);
    for (size_t i = 0; i < count; i++)
        watch_paths_add(to, from[i]);
}

void watch_set(struct watch *w, const char *const *files, size_t file_count,
               const char *const *trees, size_t tree_count)
{
    struct watch_list is = {0}, next = {0};
    struct watch_entry *e, *after;
    if (same_paths(&w->files, files, file_count) && same_paths(&w->trees, trees, tree_count))
        return;
    set_paths(&w->files, files, file_count);
    set_paths(&w->trees, trees, tree_count);
    watch_anew(w);
    look(w, &is);
    HASH_ITER(_hash, is.entries, e, after)
    {
        const struct watch_entry *before = watch_list_find(&w->known, e->path);
        watch_list_copy(&next, before ? before : e);
    }
    watch_list_dispose(&is);
    watch_list_dispose(&w->known);
    w->known = next;
}

size_t watch_count(const struct watch *w, bool *out_polls)
{
    *out_polls = w->folders.polls;
    return watch_folders_count(&w->folders);
}

/* --- begin and end --- */

struct watch *watch_create(struct loop *loop, struct log *log, watch_fn *on_change, void *ud)
{
    struct watch *w = mem_zalloc(sizeof(*w));
    *w = (struct watch){.loop = loop, .on_change = on_change, .ud = ud};
    watch_folders_init(&w->folders, loop, log, &w->files, &w->trees, stir, w);
    uv_timer_init(&loop->uv, &w->quiet);
    uv_timer_init(&loop->uv, &w->poll);
    w->quiet.data = w->poll.data = w;
    return w;
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct watch *w = handle->data;
    if (--w->open == 0)
        mem_free(w);
}

void watch_destroy(struct watch *w)
{
    watch_folders_dispose(&w->folders);
    watch_paths_dispose(&w->files);
    watch_paths_dispose(&w->trees);
    watch_list_dispose(&w->known);
    buf_dispose(&w->name);
    buf_dispose(&w->writing);
    w->open = 2;
    uv_close((uv_handle_t *)&w->quiet, on_timer_closed);
    uv_close((uv_handle_t *)&w->poll, on_timer_closed);
}
