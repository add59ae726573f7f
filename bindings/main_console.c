/* See main_console.h. What a server says of itself (hello), and what its script registered
 * (listing), is for the program itself: `moonwire console` chooses by the first, `moonwire check`
 * compares with the second. */
#include "bindings/main_console.h"

#include "bindings/console.h"
#include "bindings/main_listing.h"
#include "core/net/console_folder.h"
#include "core/net/console_link.h"
#include <stdlib.h>
#include <unistd.h>

struct main_console {
    struct net *net;
    struct engine *engine;
    struct console_socket *socket;
};

struct attached {
    struct main_console *owner;
    struct console_link *link;
    struct console *console;
};

static void say(void *ud, char kind, struct slice text)
{
    console_link_put(((struct attached *)ud)->link, kind, text);
}

static void say_hello(struct attached *a)
{
    const struct handlers *set = engine_live(a->owner->engine);
    char *path = realpath(set->path, NULL);
    struct buf text = BUF_INIT;
    buf_printf(&text, "version %s\nscript %s\nport %d\npid %d\ngeneration %u", MW_VERSION,
               path ? path : set->path, net_port(a->owner->net), (int)getpid(), set->generation);
    say(a, CONSOLE_HELLO, buf_slice(&text));
    buf_dispose(&text);
    free(path);
}

static void *on_open(void *ud, struct console_link *link)
{
    struct attached *a = (struct attached *)mem_zalloc(sizeof(*a));
    a->owner = (struct main_console *)ud;
    a->link = link;
    a->console = console_create(a->owner->engine, say, a);
    say_hello(a);
    return a;
}

static void on_close(void *user)
{
    struct attached *a = (struct attached *)user;
    console_destroy(a->console);
    mem_free(a);
}

static void put_namespace(void *ud, const struct sio_namespace *n)
{
    struct slice name = sio_namespace_name(n);
    if (n->count)
        buf_printf((struct buf *)ud, "  clients %u in \"%.*s\"\n", n->count, SLICE_ARG(name));
}

static void say_listing(struct attached *a)
{
    struct buf text = BUF_INIT;
    listing_names(engine_live(a->owner->engine), &text);
    server_each_namespace(engine_server(a->owner->engine), put_namespace, &text);
    say(a, CONSOLE_LISTING, buf_slice(&text));
    buf_dispose(&text);
}

static void on_frame(void *user, const struct console_frame *frame)
{
    struct attached *a = (struct attached *)user;
    server_run(engine_server(a->owner->engine), engine_now_ns(a->owner->engine));
    switch (frame->kind) {
    case CONSOLE_EVALUATE:
    case CONSOLE_WHOLE:
        console_evaluate(a->console, frame->body, frame->kind == CONSOLE_WHOLE);
        break;
    case CONSOLE_COMPLETE:
        console_complete(a->console, frame->body);
        break;
    case CONSOLE_CANCEL:
        console_cancel(a->console);
        break;
    case CONSOLE_LIST:
        say_listing(a);
        break;
    default:
        say(a, CONSOLE_ERROR, SLICE("this server knows no such request: it is another version"));
    }
}

/* --- begin and end --- */

/* Appends the path that the configuration means; false: `out_error` says why there is none. */
static bool find_path(const struct main_console *m, const char *configured, struct buf *out,
                      struct buf *out_error)
{
    const char *host = engine_settings(m->engine)->host;
    if (strcmp(configured, "auto") != 0)
        buf_append_str(out, configured);
    else if (!console_folder_make(out, out_error))
        return false;
    else
        buf_printf(out, "/%s-%d.sock", strchr(host, '/') ? "socket" : host, net_port(m->net));
    buf_append_char(out, '\0');
    return true;
}

static bool listen_at(struct main_console *m, const char *configured)
{
    struct log *log = engine_vm(m->engine)->log;
    struct console_events events = {
        .ud = m, .on_open = on_open, .on_frame = on_frame, .on_close = on_close};
    struct buf path = BUF_INIT, error = BUF_INIT;
    if (find_path(m, configured, &path, &error))
        m->socket = console_socket_create(net_loop(m->net), path.ptr, &events, &error);
    if (m->socket)
        log_info(log, "moonwire console attaches at %s", path.ptr);
    else
        log_warning(log, "there is no console: %.*s (--console PATH or off)",
                    SLICE_ARG(buf_slice(&error)));
    buf_dispose(&path);
    buf_dispose(&error);
    return m->socket != NULL;
}

struct main_console *main_console_create(struct net *n, struct engine *e)
{
    const char *configured = engine_settings(e)->console;
    if (strcmp(configured, "off") == 0)
        return NULL;
    struct main_console *m = (struct main_console *)mem_zalloc(sizeof(*m));
    m->net = n;
    m->engine = e;
    console_open(e);
    if (listen_at(m, configured))
        return m;
    mem_free(m);
    return NULL;
}

void main_console_destroy(struct main_console *m)
{
    if (!m)
        return;
    console_socket_destroy(m->socket);
    mem_free(m);
}
