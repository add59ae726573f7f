/* An Engine.IO server that sends every message back: the core and the edge, without Socket.IO and
 * without Lua. The official protocol suites and the JS client's own run against it, so that a
 * failure there is the transport layer's. Not a part of moonwire.
 *
 *     engine-echo --port P --path /engine.io/ --ping-interval MS --ping-timeout MS
 *     (version 3's suite: --set allow_eio3=true; the client's: --greeting hi, what a newcomer is
 *     sent first, and --header 'NAME: VALUE', any number of them, for the answer that opens a
 *     session; the message sendHeaders is answered with those of the request that carries it) */
#include "core/codec/json.h"
#include "core/net/net.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

struct echo {
    const char *greeting; /* NULL: none */
    struct buf headers;
    const struct http_request *carrier; /* while a request is served */
};

static void log_to_stderr(void *ud, enum log_level level, struct slice text)
{
    char line[1024];
    size_t len = log_format_text(line, sizeof(line), clock_unix_ms(), level, text);
    fwrite(line, 1, len, stderr);
}

/* A session knows the request that opened it, and no other: the linker gives net's calls to
 * __wrap_server_http, and those of the other name to server_http (see CMakeLists.txt). */
void __real_server_http(struct server *s, struct http_exchange *x, int64_t now_ns);
void __wrap_server_http(struct server *s, struct http_exchange *x, int64_t now_ns);

void __wrap_server_http(struct server *s, struct http_exchange *x, int64_t now_ns)
{
    struct echo *echo = s->sessions.listener->ud;
    echo->carrier = x->request;
    __real_server_http(s, x, now_ns);
    echo->carrier = NULL;
}

static void send_text(struct eio_session *s, struct slice text)
{
    struct frame *f = eio_packet_frame(EIO_MESSAGE, text);
    eio_session_send(s, &f, 1, false);
    frame_unref(f);
}

/* Names in small letters, as in node; what is not text is left out. */
static void put_header(struct buf *out, const struct http_header *h)
{
    size_t at = out->len;
    buf_append_str(out, at > 1 ? "," : "");
    bool good = json_put_string(out, h->name);
    for (char *c = out->ptr + at; c < out->ptr + out->len; c++)
        *c = (char)tolower(*c);
    buf_append_char(out, ':');
    if (!good || !json_put_string(out, h->value))
        out->len = at;
}

static void send_headers(const struct echo *echo, struct eio_session *s)
{
    const struct http_request *request = echo->carrier ? echo->carrier : s->request;
    struct buf json = BUF_INIT;
    buf_append_char(&json, '{');
    for (size_t i = 0; i < request->header_count; i++)
        put_header(&json, &request->headers[i]);
    buf_append_char(&json, '}');
    send_text(s, buf_slice(&json));
    buf_dispose(&json);
}

static void on_open(void *ud, struct eio_session *s)
{
    const struct echo *echo = ud;
    if (echo->greeting)
        send_text(s, slice_str(echo->greeting));
}

static void on_message(void *ud, struct eio_session *s, bool binary, struct slice body)
{
    if (!binary && slice_equal(body, SLICE("sendHeaders"))) {
        send_headers(ud, s);
        return;
    }
    if (!binary) {
        send_text(s, body);
        return;
    }
    struct frame *f = frame_create(true, body);
    eio_session_send(s, &f, 1, false);
    frame_unref(f);
}

static void initial_headers(void *ud, const struct http_request *request, struct buf *out)
{
    const struct echo *echo = ud;
    buf_append_slice(out, buf_slice(&echo->headers));
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

/* What is of this program comes here, what is of every server goes on to the configuration. */
static bool set_echo(struct echo *echo, struct config *c, const char *name, const char *value,
                     struct buf *error)
{
    if (strcmp(name, "--greeting") == 0) {
        echo->greeting = value;
        return true;
    }
    if (strcmp(name, "--header") != 0)
        return set_option(c, name, value, error);
    buf_printf(&echo->headers, "%s\r\n", value);
    return true;
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
    struct echo echo = {.headers = BUF_INIT};
    struct eio_listener listener = {.ud = &echo,
                                    .on_open = on_open,
                                    .on_message = on_message,
                                    .on_close = on_close,
                                    .on_free = on_free,
                                    .initial_headers = initial_headers};
    struct config config;
    struct buf error = BUF_INIT;
    config_init(&config);
    config.allow_eio3 = false; /* version 4's suite expects others to be refused */
    for (int i = 1; i < argc; i += 2) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (!set_echo(&echo, &config, argv[i], value, &error)) {
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
    buf_dispose(&echo.headers);
    return 0;
}
