/* See debug_errors.h. A file's lines are taken when its error comes: they may be others when a page
 * asks. */
#include "bindings/debug_errors.h"

#include "bindings/debug_json.h"
#include <utlist.h>

#define MESSAGE_MAX 4096
#define TRACEBACK_MAX 16384
#define NAME_MAX_SHOWN 1024
#define LINES_MAX ((size_t)(2 * EXCERPT_AROUND + 1) * (EXCERPT_WIDTH + 4))

struct debug_error {
    unsigned id, generation;
    enum debug_error_kind kind;
    struct buf what, message, traceback; /* of the latest time */
    struct excerpt source;
    uint64_t count;
    struct debug_error *next, *prev; /* utlist */
};

static void free_error(struct debug_errors *e, struct debug_error *error)
{
    DL_DELETE(e->all, error);
    e->count--;
    buf_dispose(&error->what);
    buf_dispose(&error->message);
    buf_dispose(&error->traceback);
    excerpt_dispose(&error->source);
    mem_free(error);
}

void debug_errors_dispose(struct debug_errors *e)
{
    while (e->all)
        free_error(e, e->all);
}

/* --- adding --- */

static bool same_text(const struct buf *a, const struct buf *b)
{
    return slice_equal(buf_slice(a), buf_slice(b));
}

/* One place is one error, whatever it says this time and whomever it meets. */
static bool same(const struct debug_error *a, const struct debug_error *b)
{
    if (a->kind != DEBUG_ERROR_RUN || b->kind != DEBUG_ERROR_RUN || a->generation != b->generation)
        return false;
    if (!a->source.line && !b->source.line)
        return same_text(&a->message, &b->message);
    return a->source.line == b->source.line && same_text(&a->source.file, &b->source.file);
}

static struct debug_error *find_same(const struct debug_errors *e, const struct debug_error *as)
{
    struct debug_error *each;
    DL_FOREACH(e->all, each)
    {
        if (same(each, as))
            return each;
    }
    return NULL;
}

/* `set`: whose lines are shown; NULL: those on disk. */
static struct debug_error *make(const struct debug_errors *e, enum debug_error_kind kind,
                                const struct handlers *set, struct slice message,
                                struct slice traceback)
{
    struct debug_error *error = (struct debug_error *)mem_zalloc(sizeof(*error));
    error->kind = kind;
    error->count = 1;
    buf_append_slice(&error->message, message);
    buf_append_slice(&error->traceback, traceback);
    excerpt_find(&error->source, e->engine, set, message, traceback);
    return error;
}

static void drop_kind(struct debug_errors *e, enum debug_error_kind kind)
{
    struct debug_error *each, *next;
    DL_FOREACH_SAFE(e->all, each, next)
    {
        if (each->kind == kind)
            free_error(e, each);
    }
}

static void append(struct debug_errors *e, struct debug_error *error)
{
    if (e->count == DEBUG_ERRORS_MAX)
        free_error(e, e->all);
    DL_APPEND(e->all, error);
    e->count++;
}

void debug_errors_add_run(struct debug_errors *e, const struct report *r)
{
    struct debug_error *error = make(e, DEBUG_ERROR_RUN, r->set, r->message, r->traceback);
    error->generation = r->set->generation;
    error->count += r->repeated;
    if (!error->source.line)
        excerpt_find(&error->source, e->engine, r->set, r->what, SLICE(""));
    buf_append_slice(&error->what, r->what);
    struct debug_error *known = find_same(e, error);
    error->id = known ? known->id : ++e->last_id;
    error->count += known ? known->count : 0;
    if (known)
        free_error(e, known);
    append(e, error);
}

void debug_errors_add_refused(struct debug_errors *e, enum debug_error_kind kind, struct slice text)
{
    static const char mark[] = "\nstack traceback:";
    const char *at = (const char *)memmem(text.ptr, text.len, mark, sizeof(mark) - 1);
    size_t len = at ? (size_t)(at - text.ptr) : text.len;
    struct debug_error *error =
        make(e, kind, NULL, slice_make(text.ptr, len), at ? slice_skip(text, len + 1) : SLICE(""));
    error->id = ++e->last_id;
    buf_printf(&error->what, "generation %u goes on", engine_live(e->engine)->generation);
    drop_kind(e, kind);
    append(e, error);
}

void debug_errors_mend(struct debug_errors *e, enum debug_error_kind kind)
{
    unsigned live = engine_live(e->engine)->generation;
    struct debug_error *each, *next;
    DL_FOREACH_SAFE(e->all, each, next)
    {
        bool stays = kind == DEBUG_ERROR_LOAD
                         ? each->kind == DEBUG_ERROR_RUN && each->generation == live
                         : each->kind == DEBUG_ERROR_LOAD;
        if (!stays)
            free_error(e, each);
    }
}

/* --- as JSON --- */

static const char *kind_name(enum debug_error_kind kind)
{
    switch (kind) {
    case DEBUG_ERROR_RUN:
        return "run";
    case DEBUG_ERROR_LOAD:
        return "load";
    case DEBUG_ERROR_TEMPLATE:
        break;
    }
    return "template";
}

static void put_error(const struct debug_error *error, struct buf *out)
{
    buf_printf(out, "{\"id\":%u,\"kind\":\"%s\",", error->id, kind_name(error->kind));
    debug_json_put_field(out, "what", buf_slice(&error->what), NAME_MAX_SHOWN);
    debug_json_put_field(out, "message", buf_slice(&error->message), MESSAGE_MAX);
    debug_json_put_field(out, "traceback", buf_slice(&error->traceback), TRACEBACK_MAX);
    debug_json_put_field(out, "file", buf_slice(&error->source.file), NAME_MAX_SHOWN);
    debug_json_put_field(out, "lines", buf_slice(&error->source.lines), LINES_MAX);
    buf_printf(out, "\"line\":%zu,\"first\":%zu,\"count\":%llu}", error->source.line,
               error->source.first, (unsigned long long)error->count);
}

void debug_errors_put_json(const struct debug_errors *e, struct buf *out)
{
    const struct debug_error *each;
    buf_append_char(out, '[');
    DL_FOREACH(e->all, each)
    {
        if (each != e->all)
            buf_append_char(out, ',');
        put_error(each, out);
    }
    buf_append_char(out, ']');
}
