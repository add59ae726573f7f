/* See main_running.h. */
#include "bindings/main_running.h"

#include "core/net/console_folder.h"
#include <stdlib.h>

#define HELLO_MS 3000 /* a server whose script runs wild answers after handler_timeout */

static char *copy(struct slice text)
{
    return mem_dup(text.ptr ? text.ptr : "", text.len);
}

static void take_field(struct running *r, struct slice name, struct slice value)
{
    char *text = copy(value);
    if (slice_equal(name, SLICE("script"))) {
        mem_free(r->script);
        r->script = text;
        return;
    }
    if (slice_equal(name, SLICE("version"))) {
        mem_free(r->version);
        r->version = text;
        return;
    }
    if (slice_equal(name, SLICE("port")))
        r->port = (int)strtol(text, NULL, 10);
    else if (slice_equal(name, SLICE("generation")))
        r->generation = (unsigned)strtoul(text, NULL, 10);
    mem_free(text);
}

static void read_hello(struct running *r, struct slice rest)
{
    while (rest.len) {
        size_t end = slice_index(rest, '\n');
        struct slice line = slice_make(rest.ptr, end);
        size_t space = slice_index(line, ' ');
        if (space < line.len)
            take_field(r, slice_make(line.ptr, space), slice_skip(line, space + 1));
        rest = slice_skip(rest, end < rest.len ? end + 1 : end);
    }
}

static bool hear_hello(struct running *r, const char *path, struct buf *out_error)
{
    struct console_frame frame;
    switch (console_client_next(&r->client, HELLO_MS, &frame)) {
    case CONSOLE_CLIENT_OK:
        break;
    case CONSOLE_CLIENT_WAITING:
        buf_printf(out_error, "the server at %s does not answer", path);
        return false;
    case CONSOLE_CLIENT_GONE:
        buf_printf(out_error, "what listens at %s is no Moonwire", path);
        return false;
    }
    if (frame.kind == CONSOLE_HELLO) {
        read_hello(r, frame.body);
        return true;
    }
    buf_printf(out_error, "%s: %.*s", path, SLICE_ARG(frame.body));
    return false;
}

bool running_attach(struct running *r, const char *path, struct buf *out_error)
{
    *r = (struct running){.path = mem_dup(path, strlen(path)),
                          .version = copy(SLICE("?")),
                          .script = copy(SLICE("?"))};
    return console_client_open(&r->client, path, out_error) && hear_hello(r, path, out_error);
}

void running_dispose(struct running *r)
{
    console_client_close(&r->client);
    mem_free(r->path);
    mem_free(r->version);
    mem_free(r->script);
}

static void add(void *ud, const char *path)
{
    struct running_list *list = (struct running_list *)ud;
    struct running r;
    struct buf error = BUF_INIT;
    bool good = running_attach(&r, path, &error);
    buf_dispose(&error);
    if (!good) {
        running_dispose(&r);
        return;
    }
    list->at = (struct running *)mem_realloc(list->at, (list->count + 1) * sizeof(r));
    list->at[list->count++] = r;
}

void running_find(struct running_list *out)
{
    *out = (struct running_list){0};
    console_folder_each(add, out);
}

void running_list_dispose(struct running_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        running_dispose(&list->at[i]);
    mem_free(list->at);
    *list = (struct running_list){0};
}
