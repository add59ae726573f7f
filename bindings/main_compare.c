/* See main_compare.h. Both sides are lists of lines (main_listing.h); a line may stand in one more
 * often than in the other, as two ticks of one rate do. */
#include "bindings/main_compare.h"

#include "bindings/main_listing.h"
#include "bindings/main_running.h"
#include <stdlib.h>

#define ANSWER_MS 3000
#define CLIENTS SLICE("  clients ")

struct lines {
    struct slice *at;
    size_t count;
};

static int compare_slices(const void *a, const void *b)
{
    const struct slice *left = (const struct slice *)a, *right = (const struct slice *)b;
    size_t len = left->len < right->len ? left->len : right->len;
    int order = len ? memcmp(left->ptr, right->ptr, len) : 0;
    return order ? order : (left->len > right->len) - (left->len < right->len);
}

/* The sorted lines of the text, which they refer to. */
static void split(struct slice text, struct lines *out)
{
    *out = (struct lines){0};
    while (text.len) {
        size_t end = slice_index(text, '\n');
        out->at = (struct slice *)mem_realloc(out->at, (out->count + 1) * sizeof(*out->at));
        out->at[out->count++] = slice_make(text.ptr, end);
        text = slice_skip(text, end < text.len ? end + 1 : end);
    }
    if (out->count)
        qsort(out->at, out->count, sizeof(*out->at), compare_slices);
}

/* Puts what is in `from` and not in `other`. False: nothing is. */
static bool put_missing(const struct lines *from, const struct lines *other, const char *what,
                        struct buf *out)
{
    size_t start = out->len, at = 0;
    for (size_t i = 0; i < from->count; i++) {
        struct slice line = from->at[i];
        while (at < other->count && compare_slices(&other->at[at], &line) < 0)
            at++;
        if (at < other->count && slice_equal(other->at[at], line))
            at++;
        else if (!slice_starts_with(line, CLIENTS))
            buf_printf(out, "  %s: %.*s\n", what, SLICE_ARG(slice_trim(line)));
    }
    return out->len > start;
}

/* `  clients 3 in "/chat"`: is the namespace gone? */
static bool put_dropped(const struct handlers *set, struct slice line, struct buf *out)
{
    struct slice rest = slice_skip(line, CLIENTS.len);
    size_t digits = slice_index(rest, ' '), quote = slice_index(rest, '"');
    if (quote + 2 > rest.len)
        return false;
    struct slice name = slice_make(rest.ptr + quote + 1, rest.len - quote - 2);
    if (handlers_has_namespace(set, name))
        return false;
    bool one = digits == 1 && rest.ptr[0] == '1';
    buf_printf(out, "  gone: the namespace %.*s: a load would disconnect %.*s client%s\n",
               SLICE_ARG(name), (int)digits, rest.ptr, one ? "" : "s");
    return true;
}

static bool put_all_dropped(const struct handlers *set, const struct lines *theirs, struct buf *out)
{
    bool any = false;
    for (size_t i = 0; i < theirs->count; i++) {
        if (slice_starts_with(theirs->at[i], CLIENTS))
            any = put_dropped(set, theirs->at[i], out) || any;
    }
    return any;
}

static void compare(const struct handlers *set, const struct running *r, struct slice listing,
                    struct buf *out)
{
    struct lines mine, theirs;
    struct buf names = BUF_INIT;
    listing_names(set, &names);
    split(buf_slice(&names), &mine);
    split(listing, &theirs);
    buf_printf(out, "compared with the server on port %d, generation %u:\n", r->port,
               r->generation);
    bool differs = put_missing(&theirs, &mine, "gone", out);
    differs = put_all_dropped(set, &theirs, out) || differs;
    differs = put_missing(&mine, &theirs, "new", out) || differs;
    if (!differs)
        buf_append_str(out, "  nothing is gone, nothing is new\n");
    mem_free(mine.at);
    mem_free(theirs.at);
    buf_dispose(&names);
}

static void ask(const struct handlers *set, struct running *r, struct buf *out)
{
    struct console_frame frame;
    if (console_client_put(&r->client, CONSOLE_LIST, SLICE("")) &&
        console_client_next(&r->client, ANSWER_MS, &frame) == CONSOLE_CLIENT_OK &&
        frame.kind == CONSOLE_LISTING)
        compare(set, r, frame.body, out);
}

void compare_with_server(const struct handlers *set, struct buf *out)
{
    struct running_list list;
    char *path = realpath(set->path, NULL);
    if (!path)
        return;
    running_find(&list);
    for (size_t i = 0; i < list.count; i++) {
        if (strcmp(list.at[i].script, path) == 0)
            ask(set, &list.at[i], out);
    }
    running_list_dispose(&list);
    free(path);
}
