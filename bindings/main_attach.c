/* See main_attach.h. Results and what is printed go to standard output, errors and remarks to
 * standard error. Everything is evaluated by the server: here texts are sent and shown. */
#include "bindings/main_attach.h"

#include "bindings/main_editor.h"
#include "bindings/main_running.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LOOK_MS 50 /* how often it looks for Ctrl-C while it waits */

enum answer {
    ANSWER_GOOD = 0,
    ANSWER_BAD,  /* it raised */
    ANSWER_MORE, /* the text is incomplete */
    ANSWER_GONE  /* the server has ended, or we leave */
};

struct attach {
    struct running server;
    bool at_terminal;
    bool cancelled; /* the evaluation that we wait for was told to end */
};

/* --- showing --- */

/* At a terminal, without what would steer it: texts may come from clients. */
static void show(FILE *to, struct slice text)
{
    bool raw = !isatty(fileno(to));
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (raw || (c >= ' ' && c != 0x7f) || c == '\n' || c == '\t')
            fputc(c, to);
        else
            fprintf(to, "\\x%02x", c);
    }
    fputc('\n', to);
}

static void show_note(struct slice text)
{
    fprintf(stderr, "-- %.*s\n", SLICE_ARG(text));
}

/* --- asking --- */

/* Takes a Ctrl-C that came meanwhile; at a terminal the signal is blocked. */
static bool is_interrupted(void)
{
    sigset_t pending;
    struct timespec none = {0};
    if (sigpending(&pending) != 0 || !sigismember(&pending, SIGINT))
        return false;
    sigemptyset(&pending);
    sigaddset(&pending, SIGINT);
    return sigtimedwait(&pending, NULL, &none) == SIGINT;
}

/* The first Ctrl-C ends the evaluation, the second the console. False: leave. */
static bool on_waiting(struct attach *a)
{
    if (!a->at_terminal || !is_interrupted())
        return true;
    if (a->cancelled)
        return false;
    a->cancelled = true;
    return console_client_put(&a->server.client, CONSOLE_CANCEL, SLICE(""));
}

/* False: it is not the last frame of an answer. */
static bool take_frame(const struct console_frame *frame, enum answer *out)
{
    switch (frame->kind) {
    case CONSOLE_PRINT:
        show(stdout, frame->body);
        return false;
    case CONSOLE_MORE:
        *out = ANSWER_MORE;
        return true;
    case CONSOLE_RESULT:
        if (frame->body.len)
            show(stdout, frame->body);
        *out = ANSWER_GOOD;
        return true;
    case CONSOLE_ERROR:
        fflush(stdout);
        show(stderr, frame->body);
        *out = ANSWER_BAD;
        return true;
    case CONSOLE_NOTE:
        fflush(stdout);
        show_note(frame->body);
        return false;
    default:
        return false;
    }
}

static enum answer ask(struct attach *a, char kind, struct slice text)
{
    struct console_frame frame;
    enum answer answer = ANSWER_GONE;
    (void)is_interrupted(); /* one from before is not meant for this */
    a->cancelled = false;
    bool waits = console_client_put(&a->server.client, kind, text);
    while (waits) {
        switch (console_client_next(&a->server.client, LOOK_MS, &frame)) {
        case CONSOLE_CLIENT_OK:
            waits = !take_frame(&frame, &answer);
            break;
        case CONSOLE_CLIENT_WAITING:
            waits = on_waiting(a);
            break;
        case CONSOLE_CLIENT_GONE:
            waits = false;
            break;
        }
    }
    fflush(stdout);
    return answer;
}

static void complete(void *ud, struct slice line, struct buf *out)
{
    struct attach *a = (struct attach *)ud;
    struct console_frame frame;
    if (!console_client_put(&a->server.client, CONSOLE_COMPLETE, line))
        return;
    while (console_client_next(&a->server.client, -1, &frame) == CONSOLE_CLIENT_OK) {
        if (frame.kind != CONSOLE_CANDIDATES)
            continue;
        buf_append_slice(out, frame.body);
        return;
    }
}

/* --- lines --- */

static bool is_quit(struct slice line)
{
    struct slice text = slice_trim(line);
    return slice_equal(text, SLICE(".quit")) || slice_equal(text, SLICE(".exit"));
}

/* Adds the line to what is incomplete so far, and asks. */
static enum answer enter(struct attach *a, struct buf *text, struct slice line)
{
    if (text->len)
        buf_append_char(text, '\n');
    buf_append_slice(text, line);
    enum answer answer = ask(a, CONSOLE_EVALUATE, buf_slice(text));
    if (answer != ANSWER_MORE)
        buf_reset(text, 65536);
    return answer;
}

/* From a pipe or a file. */
static enum answer read_lines(struct attach *a)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    struct buf text = BUF_INIT;
    enum answer answer = ANSWER_GOOD;
    while (answer != ANSWER_GONE && (len = getline(&line, &cap, stdin)) >= 0) {
        struct slice typed = slice_make(line, (size_t)len - (line[len - 1] == '\n'));
        if (text.len == 0 && is_quit(typed))
            break;
        if (text.len || slice_trim(typed).len)
            answer = enter(a, &text, typed);
    }
    if (text.len && answer == ANSWER_MORE)
        answer = ask(a, CONSOLE_WHOLE, buf_slice(&text));
    buf_dispose(&text);
    free(line);
    return answer;
}

static void put_prompt(const struct attach *a, struct buf *out)
{
    const char *name = strrchr(a->server.script, '/');
    struct slice text = slice_str(name ? name + 1 : a->server.script);
    if (text.len > 4 && strcmp(text.ptr + text.len - 4, ".lua") == 0)
        text.len -= 4;
    buf_printf(out, "%.*s:%d> ", SLICE_ARG(text), a->server.port);
    buf_append_char(out, '\0');
}

static enum answer talk(struct attach *a, struct editor *editor, const char *prompt)
{
    struct buf text = BUF_INIT;
    struct slice line;
    enum answer answer = ANSWER_GOOD;
    while (answer != ANSWER_GONE) {
        enum editor_outcome outcome = editor_read(editor, text.len ? ">> " : prompt, &line);
        if (outcome == EDITOR_END || (text.len == 0 && outcome == EDITOR_LINE && is_quit(line)))
            break;
        if (outcome == EDITOR_INTERRUPTED)
            buf_reset(&text, 65536);
        else if (text.len || slice_trim(line).len)
            answer = enter(a, &text, line);
    }
    buf_dispose(&text);
    return answer == ANSWER_GONE ? answer : ANSWER_GOOD;
}

static enum answer sit_at_terminal(struct attach *a)
{
    struct buf prompt = BUF_INIT;
    sigset_t interrupts;
    sigemptyset(&interrupts);
    sigaddset(&interrupts, SIGINT);
    sigprocmask(SIG_BLOCK, &interrupts, NULL);
    printf("moonwire %s serves %s, generation %u. .help tells more.\n", a->server.version,
           a->server.script, a->server.generation);
    put_prompt(a, &prompt);
    struct editor *editor = editor_create(complete, a);
    enum answer answer = talk(a, editor, prompt.ptr);
    editor_destroy(editor);
    buf_dispose(&prompt);
    if (answer == ANSWER_GOOD)
        fputc('\n', stdout);
    return answer;
}

/* --- which server --- */

static void list_servers(const struct running_list *list, struct buf *out)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct running *r = &list->at[i];
        buf_printf(out, "\n  --port %d  %s, generation %u, at %s", r->port, r->script,
                   r->generation, r->path);
    }
}

/* Moves the one server of the list that has the port (0: any) to *out. */
static bool choose(struct running_list *list, int port, struct running *out, struct buf *out_error)
{
    struct running *chosen = NULL;
    size_t fit = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (port && list->at[i].port != port)
            continue;
        chosen = &list->at[i];
        fit++;
    }
    if (fit == 1) {
        *out = *chosen;
        *chosen = list->at[--list->count];
        return true;
    }
    if (fit > 1)
        buf_append_str(out_error, "several servers run; choose one with --port or --socket:");
    else if (list->count)
        buf_printf(out_error, "no server of yours listens on port %d; these run:", port);
    else
        buf_append_str(out_error, "no server of yours runs on this machine; one of another user, "
                                  "or in a container, is named by --socket PATH (its log says "
                                  "where it is)");
    list_servers(list, out_error);
    return false;
}

static int chosen_port(const struct cli *cli)
{
    for (size_t i = 0; i < cli->setting_count; i++) {
        if (slice_equal(cli->settings[i].key, SLICE("port")))
            return (int)strtol(cli->settings[i].value.ptr, NULL, 10);
    }
    return 0;
}

static bool attach(struct attach *a, const struct cli *cli, struct buf *out_error)
{
    struct running_list list;
    if (cli->socket) {
        bool good = running_attach(&a->server, cli->socket, out_error);
        if (!good)
            running_dispose(&a->server);
        return good;
    }
    running_find(&list);
    bool found = choose(&list, chosen_port(cli), &a->server, out_error);
    running_list_dispose(&list);
    return found;
}

bool attach_run(const struct cli *cli, struct buf *out_error)
{
    struct attach a = {.at_terminal = false};
    enum answer answer;
    if (!attach(&a, cli, out_error))
        return false;
    a.at_terminal = !cli->code && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    if (strcmp(a.server.version, MW_VERSION) != 0)
        fprintf(stderr, "-- this console is of moonwire %s, the server of %s\n", MW_VERSION,
                a.server.version);
    if (cli->code)
        answer = ask(&a, CONSOLE_WHOLE, slice_str(cli->code));
    else
        answer = a.at_terminal ? sit_at_terminal(&a) : read_lines(&a);
    if (answer == ANSWER_GONE && !a.cancelled)
        buf_append_str(out_error, "the server has ended");
    running_dispose(&a.server);
    return answer == ANSWER_GOOD;
}
