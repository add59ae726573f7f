/* See excerpt.h. */
#include "bindings/excerpt.h"

#include "bindings/reload.h"
#include <ctype.h>

/* What Lua makes of a long path (LUA_IDSIZE, with its NUL): dots, and the end. */
#define SHORT_MAX 59
#define SHORT_TAIL 56

/* A place in a text: which file, and how the text names it. */
struct place {
    const char *at;    /* in the text; NULL: none yet */
    struct slice name; /* in the text */
    const char *path;  /* of the script's file; NULL: a template */
    size_t line;
};

void excerpt_dispose(struct excerpt *x)
{
    buf_dispose(&x->file);
    buf_dispose(&x->lines);
    *x = (struct excerpt){0};
}

/* --- the place --- */

/* The number in ":12" at the start, where no name goes on; 0: there is none. */
static size_t line_number(struct slice text)
{
    size_t line = 0, i = 1;
    if (!text.len || text.ptr[0] != ':')
        return 0;
    for (; i < text.len && i < 10 && isdigit((unsigned char)text.ptr[i]); i++)
        line = line * 10 + (size_t)(text.ptr[i] - '0');
    return i == text.len || strchr(":> \n", text.ptr[i]) ? line : 0;
}

/* Is `at` in the middle of a longer name? */
static bool within_name(struct slice text, const char *at)
{
    return at > text.ptr && (isalnum((unsigned char)at[-1]) || strchr("/_-.", at[-1]));
}

static const char *find(struct slice text, const char *from, struct slice name)
{
    size_t skipped = (size_t)(from - text.ptr);
    return (const char *)memmem(from, text.len - skipped, name.ptr, name.len);
}

static void offer(struct place *best, const struct place *p)
{
    if (!best->at || p->at < best->at)
        *best = *p;
}

static void find_file(struct slice text, const char *path, struct place *best)
{
    struct slice name = slice_str(path);
    char cut[SHORT_MAX + 1] = "...";
    if (name.len > SHORT_MAX) {
        memcpy(cut + 3, path + name.len - SHORT_TAIL, SHORT_TAIL + 1);
        name = slice_str(cut);
    }
    for (const char *at = text.ptr; (at = find(text, at, name)); at++) {
        struct slice rest = slice_skip(text, (size_t)(at - text.ptr) + name.len);
        struct place p = {at, slice_make(at, name.len), path, line_number(rest)};
        if (p.line && !within_name(text, at)) {
            offer(best, &p);
            return;
        }
    }
}

/* "templates/chat.html:12:", the label being the folder's own name. */
static void find_template(struct slice text, struct slice label, struct place *best)
{
    for (const char *at = text.ptr; (at = find(text, at, label)); at++) {
        struct slice rest = slice_skip(text, (size_t)(at - text.ptr));
        struct slice name = slice_make(at, slice_index(rest, ':'));
        struct place p = {at, name, NULL, line_number(slice_skip(rest, name.len))};
        bool inside = name.len > label.len && slice_index(name, '\n') == name.len &&
                      !memmem(name.ptr, name.len, "..", 2);
        if (p.line && inside && !within_name(text, at)) {
            offer(best, &p);
            return;
        }
    }
}

static struct place find_first(struct slice text, const struct paths *files, struct slice label)
{
    struct place best = {0};
    if (!text.len)
        return best;
    for (size_t i = 0; i < files->count; i++)
        find_file(text, files->at[i], &best);
    if (label.len)
        find_template(text, label, &best);
    return best;
}

/* The first; of several in a row ("a.lua:1: b.lua:2: no") the last, since the others passed it on.
 */
static struct place find_place(struct slice text, const struct paths *files, struct slice label)
{
    struct place found = find_first(text, files, label), next = found;
    while (next.at) {
        found = next;
        text = slice_skip(text, (size_t)(found.at - text.ptr) + found.name.len);
        const char *end = (const char *)memmem(text.ptr, text.len, ": ", 2);
        text = slice_skip(text, end ? (size_t)(end - text.ptr) + 2 : text.len);
        next = find_first(text, files, label);
        if (next.at != text.ptr)
            break;
    }
    return found;
}

/* --- the lines --- */

static void put_line(struct slice line, struct buf *out)
{
    if (line.len && line.ptr[line.len - 1] == '\r')
        line.len--;
    buf_append(out, line.ptr, line.len < EXCERPT_WIDTH ? line.len : EXCERPT_WIDTH);
    if (line.len > EXCERPT_WIDTH)
        buf_append_str(out, "…");
    buf_append_char(out, '\n');
}

static void put_lines(struct slice text, struct excerpt *out)
{
    out->first = out->line > EXCERPT_AROUND ? out->line - EXCERPT_AROUND : 1;
    for (size_t number = 1; text.len && number <= out->line + EXCERPT_AROUND; number++) {
        size_t end = slice_index(text, '\n');
        if (number >= out->first)
            put_line(slice_make(text.ptr, end), &out->lines);
        text = slice_skip(text, end < text.len ? end + 1 : end);
    }
}

static void read_lines(const char *path, struct excerpt *out)
{
    struct buf text = BUF_INIT;
    if (sources_read_file(path, &text))
        put_lines(buf_slice(&text), out);
    buf_dispose(&text);
}

static void read_template(const struct buf *folder, size_t label_len, struct slice name,
                          struct excerpt *out)
{
    struct buf path = BUF_INIT;
    buf_printf(&path, "%.*s/%.*s", SLICE_ARG(buf_slice(folder)),
               SLICE_ARG(slice_skip(name, label_len)));
    buf_append_char(&path, '\0');
    read_lines(path.ptr, out);
    buf_dispose(&path);
}

/* --- both --- */

/* The folder's own name and a slash, in the folder's path, which gets the slash. */
static struct slice label_of(struct buf *folder)
{
    while (folder->len > 1 && folder->ptr[folder->len - 1] == '/')
        folder->len--;
    size_t from = folder->len;
    while (from && folder->ptr[from - 1] != '/')
        from--;
    buf_append_char(folder, '/');
    return slice_make(folder->ptr + from, folder->len - from);
}

static void list_files(const struct engine *e, const struct handlers *set, struct paths *out)
{
    if (set)
        paths_add_all(out, &set->files);
    reload_put_files(engine_reload(e), out);
}

static void take(struct excerpt *out, const struct handlers *set, const struct place *p,
                 const struct buf *folder, size_t label_len)
{
    struct slice kept = set && p->path ? sources_find(&set->sources, p->path) : SLICE("");
    buf_append_slice(&out->file, p->name);
    out->line = p->line;
    if (kept.len)
        put_lines(kept, out);
    else if (p->path)
        read_lines(p->path, out);
    else
        read_template(folder, label_len, p->name, out);
}

void excerpt_find(struct excerpt *out, const struct engine *e, const struct handlers *set,
                  struct slice message, struct slice traceback)
{
    struct paths files = {0};
    struct buf folder = BUF_INIT;
    struct slice label = SLICE("");
    *out = (struct excerpt){0};
    list_files(e, set, &files);
    if (engine_find_folder(e, engine_settings(e)->template_folder, "templates", &folder))
        label = label_of(&folder);
    struct place place = find_place(message, &files, label);
    if (!place.at)
        place = find_place(traceback, &files, label);
    if (place.at)
        take(out, set, &place, &folder, label.len);
    buf_dispose(&folder);
    paths_dispose(&files);
}
