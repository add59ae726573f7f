/* An Engine.IO server that sends every message back: the core and the edge, without Socket.IO and
 * without Lua. The official protocol suites and the JS client's own run against it, so that a
 * failure there is the transport layer's. Not a part of moonwire.
 *
 *     engine-echo --port P --path /engine.io/ --ping-interval MS --ping-timeout MS
 *     (version 3's suite: --set allow_eio3=true; the client's: --greeting hi, what a newcomer is
 *     sent first) */
#include "core/net/net.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static void log_to_stderr(void *ud, enum log_level level, struct slice text)
{
    char line[1024];
    size_t len = log_format_text(line, sizeof(line), clock_unix_ms(), level, text);
    fwrite(line, 1, len, stderr);
}

static void on_open(void *ud, struct eio_session *s)
{
    const char **greeting = ud;
    if (!*greeting)
        return;
    struct frame *f = eio_packet_frame(EIO_MESSAGE, slice_str(*greeting));
    eio_session_send(s, &f, 1, false);
    frame_unref(f);
}

static void on_message(void *ud, struct eio_session *s, bool binary, struct slice body)
{
    struct frame *f = binary ? frame_create(true, body) : eio_packet_frame(EIO_MESSAGE, body);
    eio_session_send(s, &f, 1, false);
    frame_unref(f);
}

static void on_close(void *ud, struct eio_session *s, enum eio_close why)
{
}

static void on_free(void *ud, struct eio_session *s)
{
}

static int64_t read_clock(void *ud)
{
    return clock_now_ns();
}

static bool set_number(struct config *c, const char *key, double value, struct buf *error)
{
    struct config_value number = {.type = CONFIG_NUMBER, .number = value};
    return config_set(c, slice_str(key), &number, error);
}

/* A trailing slash is how the suite writes its path; the configuration has none. */
static bool set_path(struct config *c, const char *path, struct buf *error)
{
    struct slice text = slice_str(path);
    if (text.len > 1 && text.ptr[text.len - 1] == '/')
        text.len--;
    return config_set_text(c, SLICE("path"), text, error);
}

static bool set_option(struct config *c, const char *name, const char *value, struct buf *error)
{
    if (strcmp(name, "--port") == 0)
        return config_set_text(c, SLICE("port"), slice_str(value), error);
    if (strcmp(name, "--path") == 0)
        return set_path(c, value, error);
    if (strcmp(name, "--ping-interval") == 0)
        return set_number(c, "ping_interval", atof(value) / 1000, error);
    if (strcmp(name, "--ping-timeout") == 0)
        return set_number(c, "ping_timeout", atof(value) / 1000, error);
    if (strcmp(name, "--set") == 0) {
        struct slice text = slice_str(value);
        size_t at = slice_index(text, '=');
        return at < text.len &&
               config_set_text(c, slice_make(text.ptr, at), slice_skip(text, at + 1), error);
    }
    buf_printf(error, "unknown option %s", name);
    return false;
}

static int fail(struct buf *error)
{
    fprintf(stderr, "engine-echo: %.*s\n", (int)error->len, error->ptr);
    buf_dispose(error);
    return 2;
}

int main(int argc, char **argv)
{
    struct log log = {.sink = log_to_stderr, .least = LOG_INFO};
    const char *greeting = NULL;
    struct eio_listener listener = {.ud = &greeting,
                                    .on_open = on_open,
                                    .on_message = on_message,
                                    .on_close = on_close,
                                    .on_free = on_free};
    struct config config;
    struct buf error = BUF_INIT;
    config_init(&config);
    config.allow_eio3 = false; /* version 4's suite expects others to be refused */
    for (int i = 1; i < argc; i += 2) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--greeting") == 0) {
            greeting = value;
        } else if (!set_option(&config, argv[i], value, &error)) {
            config_dispose(&config);
            return fail(&error);
        }
    }
    struct server_params params = {.log = &log, .listener = &listener, .clock = read_clock};
    struct server *server = server_create(&config, &params);
    struct net *net = net_create(server, &error);
    if (!net) {
        server_destroy(server);
        return fail(&error);
    }
    net_on_signal(net, SIGINT, NULL, NULL);
    net_on_signal(net, SIGTERM, NULL, NULL);
    net_run(net);
    net_destroy(net);
    server_destroy(server);
    return 0;
}
