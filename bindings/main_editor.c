/* See main_editor.h. Ctrl-C and Ctrl-Z are keys while a line is edited, and signals otherwise:
 * libedit's own handling of the signal would end the line only with the next key. */
#include "bindings/main_editor.h"

#include "bindings/main_history.h"
#include <histedit.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

struct editor {
    EditLine *line;
    History *history;
    const char *prompt;
    struct buf last; /* the line that was read */
    bool interrupted;
    editor_complete_fn *complete;
    void *ud;
};

static struct editor *editor_of(EditLine *line)
{
    void *e = NULL;
    el_get(line, EL_CLIENTDATA, &e);
    return (struct editor *)e;
}

static char *prompt(EditLine *line)
{
    return (char *)editor_of(line)->prompt;
}

static unsigned char interrupt(EditLine *line, wint_t key)
{
    editor_of(line)->interrupted = true;
    fputs("^C\n", stdout);
    return CC_NEWLINE;
}

/* Ctrl-Z: it goes on with `fg`. */
static unsigned char suspend(EditLine *line, wint_t key)
{
    el_set(line, EL_PREP_TERM, 0);
    raise(SIGTSTP);
    el_set(line, EL_PREP_TERM, 1);
    return CC_REDISPLAY;
}

/* --- completion --- */

struct candidates {
    size_t part;        /* bytes before the cursor that they begin with */
    struct slice names; /* lines */
    struct slice common;
    size_t count, longest;
};

static struct slice take_line(struct slice *rest)
{
    size_t end = slice_index(*rest, '\n');
    struct slice line = slice_make(rest->ptr, end);
    *rest = slice_skip(*rest, end < rest->len ? end + 1 : end);
    return line;
}

static void add_candidate(struct candidates *c, struct slice name)
{
    size_t same = 0;
    if (c->count++ == 0)
        c->common = name;
    while (same < c->common.len && same < name.len && c->common.ptr[same] == name.ptr[same])
        same++;
    c->common.len = same;
    if (name.len > c->longest)
        c->longest = name.len;
}

static void read_candidates(struct slice text, struct candidates *out)
{
    struct slice first = take_line(&text);
    *out = (struct candidates){.names = text};
    for (size_t i = 0; i < first.len && first.ptr[i] >= '0' && first.ptr[i] <= '9'; i++)
        out->part = out->part * 10 + (size_t)(first.ptr[i] - '0');
    while (text.len)
        add_candidate(out, take_line(&text));
}

static size_t terminal_width(void)
{
    struct winsize size;
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : 80;
}

static void list_candidates(const struct candidates *c)
{
    size_t width = c->longest + 2, fit = terminal_width() / width, at = 0;
    struct slice rest = c->names;
    while (rest.len) {
        struct slice name = take_line(&rest);
        printf("%s%.*s", at % (fit ? fit : 1) == 0 ? "\n" : "", SLICE_ARG(name));
        printf("%*s", (int)(width - name.len), "");
        at++;
    }
    fputc('\n', stdout);
}

/* A tab at the beginning of a line is one: it may be of a program that is pasted. */
static bool is_blank(struct slice text)
{
    return slice_trim(text).len == 0;
}

static unsigned char offer(EditLine *line, const struct candidates *c)
{
    struct buf rest = BUF_INIT;
    if (c->count == 0 || c->common.len < c->part)
        return CC_REFRESH_BEEP;
    if (c->common.len == c->part && c->count > 1) {
        list_candidates(c);
        return CC_REDISPLAY;
    }
    buf_append_slice(&rest, slice_skip(c->common, c->part));
    buf_append_char(&rest, '\0');
    el_insertstr(line, rest.ptr);
    buf_dispose(&rest);
    return CC_REFRESH;
}

static unsigned char complete(EditLine *line, wint_t key)
{
    struct editor *e = editor_of(line);
    const LineInfo *now = el_line(line);
    struct slice before = slice_make(now->buffer, (size_t)(now->cursor - now->buffer));
    struct candidates found;
    struct buf answer = BUF_INIT;
    if (is_blank(before)) {
        el_insertstr(line, "  ");
        return CC_REFRESH;
    }
    e->complete(e->ud, before, &answer);
    read_candidates(buf_slice(&answer), &found);
    unsigned char what = offer(line, &found);
    buf_dispose(&answer);
    return what;
}

/* --- begin and end --- */

static void remember(void *ud, const char *text)
{
    struct editor *e = (struct editor *)ud;
    HistEvent event;
    history(e->history, &event, H_ENTER, text);
}

static void bind_keys(EditLine *line)
{
    static const char *const keys[][2] = {
        {"^I", "mw-complete"},
        {"^C", "mw-interrupt"},
        {"^Z", "mw-suspend"},
        {"^R", "em-inc-search-prev"},
        {"\\e[3~", "ed-delete-next-char"},
        {"\\e[H", "ed-move-to-beg"},
        {"\\e[F", "ed-move-to-end"},
        {"\\e[1~", "ed-move-to-beg"},
        {"\\e[4~", "ed-move-to-end"},
        {"\\e[1;5C", "em-next-word"},
        {"\\e[1;5D", "ed-prev-word"},
    };
    /* The wide call: the other makes copies of the names that are never freed. */
    el_wset(line, EL_ADDFN, L"mw-complete", L"completes what is before the cursor", complete);
    el_wset(line, EL_ADDFN, L"mw-interrupt", L"gives the line up", interrupt);
    el_wset(line, EL_ADDFN, L"mw-suspend", L"stops the console for a while", suspend);
    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
        el_set(line, EL_BIND, keys[i][0], keys[i][1], NULL);
    el_set(line, EL_SETTY, "-d", "-isig", NULL);
}

struct editor *editor_create(editor_complete_fn *complete_fn, void *ud)
{
    struct editor *e = (struct editor *)mem_zalloc(sizeof(*e));
    HistEvent event;
    setlocale(LC_CTYPE, "");
    e->complete = complete_fn;
    e->ud = ud;
    e->history = history_init();
    history(e->history, &event, H_SETSIZE, HISTORY_LINES);
    history(e->history, &event, H_SETUNIQUE, 1);
    history_each(remember, e);
    e->line = el_init("moonwire", stdin, stdout, stderr);
    el_set(e->line, EL_CLIENTDATA, e);
    el_set(e->line, EL_PROMPT, prompt);
    el_set(e->line, EL_EDITOR, "emacs");
    el_set(e->line, EL_HIST, history, e->history);
    el_source(e->line, NULL);
    bind_keys(e->line);
    return e;
}

void editor_destroy(struct editor *e)
{
    el_end(e->line);
    history_end(e->history);
    buf_dispose(&e->last);
    mem_free(e);
}

enum editor_outcome editor_read(struct editor *e, const char *prompt_, struct slice *out_line)
{
    int len = 0;
    e->prompt = prompt_;
    e->interrupted = false;
    el_set(e->line, EL_PREP_TERM, 1); /* before the prompt shows that keys are awaited */
    const char *text = el_gets(e->line, &len);
    if (e->interrupted)
        return EDITOR_INTERRUPTED;
    if (!text || len <= 0)
        return EDITOR_END;
    buf_reset(&e->last, 4096);
    buf_append(&e->last, text, (size_t)len - (text[len - 1] == '\n'));
    buf_append_char(&e->last, '\0');
    *out_line = slice_make(e->last.ptr, e->last.len - 1);
    if (!is_blank(*out_line)) {
        remember(e, e->last.ptr);
        history_add(e->last.ptr);
    }
    return EDITOR_LINE;
}
