/* A whole server in a child process, and sockets to talk to it. */
#include "edge.h"

#include "core/net/net.h"
#include "core/net/static_files.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- the child --- */

struct host {
    struct edge *edge;
    struct server *server;
    struct file_server files;
    size_t left, worked;
};

struct later {
    struct host *host;
    struct timer timer;
    struct http_exchange *exchange;
};

static void log_to_file(void *ud, enum log_level level, struct slice text)
{
    struct edge *e = ud;
    if (write(e->log_fd, text.ptr, text.len) < 0 || write(e->log_fd, "\n", 1) < 0)
        abort();
}

static int64_t read_clock(void *ud)
{
    return clock_now_ns();
}

static void answer(struct http_exchange *x, struct buf *body)
{
    http_exchange_respond_text(x, 200, "text/plain", buf_slice(body));
    buf_dispose(body);
}

static void answer_echo(struct http_exchange *x)
{
    const struct http_request *r = x->request;
    struct buf out = BUF_INIT;
    buf_printf(&out, "%.*s %.*s ?%.*s from %.*s%s\n", SLICE_ARG(r->method), SLICE_ARG(r->path),
               SLICE_ARG(r->query), SLICE_ARG(r->remote_addr), r->is_secure ? " secure" : "");
    for (size_t i = 0; i < r->header_count; i++)
        buf_printf(&out, "%.*s=%.*s\n", SLICE_ARG(r->headers[i].name),
                   SLICE_ARG(r->headers[i].value));
    buf_append_str(&out, x->body_too_large ? "too large" : "body ");
    buf_append_slice(&out, x->body);
    answer(x, &out);
}

static void on_later(void *ud, int64_t now_ns)
{
    struct later *l = ud;
    answer_echo(l->exchange);
    http_exchange_unref(l->exchange);
    mem_free(l);
}

/* The query as a number: it does not end in a NUL. */
static size_t query_number(const struct http_exchange *x)
{
    size_t value = 0;
    for (size_t i = 0; i < x->request->query.len; i++)
        value = value * 10 + (size_t)(x->request->query.ptr[i] - '0');
    return value;
}

static void answer_later(struct host *host, struct http_exchange *x)
{
    struct later *l = mem_zalloc(sizeof(*l));
    *l = (struct later){.host = host, .exchange = x};
    http_exchange_ref(x);
    timer_init(&l->timer, on_later, l);
    timers_arm(&host->server->timers, &l->timer,
               host->server->timers.now_ns + (int64_t)query_number(x) * NS_PER_MS);
}

static void on_left(void *ud)
{
    struct later *l = ud;
    l->host->left++;
    http_exchange_unref(l->exchange);
    mem_free(l);
}

static void answer_never(struct host *host, struct http_exchange *x)
{
    struct later *l = mem_zalloc(sizeof(*l));
    *l = (struct later){.host = host, .exchange = x};
    http_exchange_ref(x);
    x->on_gone = on_left;
    x->on_gone_ud = l;
}

static void work(size_t ms)
{
    int64_t until_ns = clock_now_ns() + (int64_t)ms * NS_PER_MS;
    while (clock_now_ns() < until_ns)
        ;
}

static void answer_number(struct http_exchange *x, size_t number)
{
    char text[32];
    snprintf(text, sizeof(text), "%zu", number);
    http_exchange_respond_text(x, 200, "text/plain", slice_str(text));
}

static void answer_work(struct host *host, struct http_exchange *x)
{
    work(query_number(x));
    answer_number(x, ++host->worked);
}

static void answer_big(struct http_exchange *x)
{
    struct buf out = BUF_INIT;
    size_t len = query_number(x);
    for (size_t i = 0; i < len; i++)
        buf_append_char(&out, (char)('a' + i % 26));
    answer(x, &out);
}

static void answer_with(struct http_exchange *x, unsigned status, const char *name, char *value)
{
    struct http_header header = {slice_str(name), slice_str(value)};
    http_exchange_respond(
        x, &(struct http_response){.status = status, .headers = &header, .header_count = 1});
}

static void answer_long(struct http_exchange *x, size_t len)
{
    char *value = mem_alloc(len + 1);
    memset(value, 'x', len);
    value[len] = 0;
    answer_with(x, 200, "Set-Cookie", value);
    mem_free(value);
}

static void answer_file(struct host *host, struct http_exchange *x)
{
    struct slice name = slice_skip(x->request->path, strlen("/files/"));
    struct http_header extra = {SLICE("X-Extra"), SLICE("yes")};
    if (!host->files.serve(host->files.ud, x, slice_str(host->edge->folder), name, &extra, 1))
        http_exchange_respond_text(x, 404, "text/plain", SLICE("none"));
}

static void on_request(void *ud, struct http_exchange *x)
{
    struct host *host = ud;
    struct slice path = x->request->path;
    if (slice_starts_with(path, SLICE("/later")))
        answer_later(host, x);
    else if (slice_equal(path, SLICE("/waits")))
        answer_never(host, x);
    else if (slice_starts_with(path, SLICE("/big")))
        answer_big(x);
    else if (slice_equal(path, SLICE("/crlf")))
        answer_with(x, 200, "X-Bad", "a\r\nX-Injected: b");
    else if (slice_equal(path, SLICE("/status")))
        answer_with(x, 99, "X", "y");
    else if (slice_equal(path, SLICE("/fat")))
        answer_long(x, 70000);
    else if (slice_equal(path, SLICE("/cookie")))
        answer_long(x, 40000);
    else if (slice_starts_with(path, SLICE("/files/")))
        answer_file(host, x);
    else if (slice_equal(path, SLICE("/left")))
        answer_number(x, host->left);
    else if (slice_equal(path, SLICE("/work")))
        answer_work(host, x);
    else if (slice_equal(path, SLICE("/worked")))
        answer_number(x, host->worked);
    else
        answer_echo(x);
}

static size_t body_limit(void *ud, const struct http_request *request)
{
    return slice_equal(request->path, SLICE("/upload")) ? 5000000 : 1000;
}

static void say(struct eio_session *s, struct slice text)
{
    struct frame *f = eio_packet_frame(EIO_MESSAGE, text);
    eio_session_send(s, &f, 1, false);
    frame_unref(f);
}

static void flood(struct eio_session *s, unsigned count, size_t len)
{
    char *text = mem_alloc(len + 16);
    for (unsigned i = 0; i < count; i++) {
        memset(text, 'a' + (int)(i % 26), len);
        size_t digits = (size_t)snprintf(text, 16, "%09u", i);
        text[digits] = ' ';
        say(s, slice_make(text, len));
    }
    mem_free(text);
}

static void on_message(void *ud, struct eio_session *s, bool binary, struct slice body)
{
    unsigned count, len;
    char text[64];
    struct frame *f;
    snprintf(text, sizeof(text), "%.*s", (int)(body.len < 60 ? body.len : 60), body.ptr);
    if (sscanf(text, "flood %u %u", &count, &len) == 2) {
        flood(s, count, len);
    } else if (strcmp(text, "sessions") == 0) {
        snprintf(text, sizeof(text), "%zu", s->table->count);
        say(s, slice_str(text));
    } else if (strcmp(text, "bye") == 0) {
        eio_session_close(s, EIO_CLOSE_BY_SERVER, TRANSPORT_END_NORMAL);
    } else {
        if (sscanf(text, "work %u", &count) == 1)
            work(count);
        f = binary ? frame_create(true, body) : eio_packet_frame(EIO_MESSAGE, body);
        eio_session_send(s, &f, 1, false);
        frame_unref(f);
    }
}

static void on_open(void *ud, struct eio_session *s)
{
}

static void on_close(void *ud, struct eio_session *s, enum eio_close why)
{
}

static void on_free(void *ud, struct eio_session *s)
{
}

static void configure(struct config *c, const char *options)
{
    struct slice rest = slice_str(options);
    struct buf error = BUF_INIT;
    config_init(c);
    bool ok = config_set_text(c, SLICE("path"), SLICE("/engine.io"), &error) &&
              config_set_text(c, SLICE("port"), SLICE("0"), &error);
    while (ok && rest.len) {
        struct slice line = slice_make(rest.ptr, slice_index(rest, '\n'));
        size_t at = slice_index(line, '=');
        ok = config_set_text(c, slice_make(line.ptr, at), slice_skip(line, at + 1), &error);
        rest = slice_skip(rest, line.len < rest.len ? line.len + 1 : line.len);
    }
    if (ok)
        return;
    fprintf(stderr, "%.*s\n", (int)error.len, error.ptr);
    abort();
}

/* Tells the parent the port, and then 0 and why if there is none. */
static void tell(int fd, int port, const struct buf *error)
{
    if (write(fd, &port, sizeof(port)) < 0 || write(fd, error->ptr, error->len) < 0)
        abort();
    close(fd);
}

static void serve(struct edge *e, const char *options, int tell_fd)
{
    struct host host = {.edge = e};
    struct log log = {.sink = log_to_file, .ud = e, .least = LOG_INFO};
    struct dispatch dispatch = {.ud = &host, .on_request = on_request, .body_limit = body_limit};
    struct eio_listener listener = {
        .on_open = on_open, .on_message = on_message, .on_close = on_close, .on_free = on_free};
    struct config config;
    struct buf error = BUF_INIT;
    static_files_init(&host.files);
    configure(&config, options);
    struct server_params params = {
        .log = &log, .dispatch = &dispatch, .listener = &listener, .clock = read_clock};
    host.server = server_create(&config, &params);
    struct net *net = net_create(host.server, &error);
    tell(tell_fd, net ? net_port(net) : 0, &error);
    buf_dispose(&error);
    if (net) {
        net_on_signal(net, SIGTERM, NULL, NULL);
        net_run(net);
        net_destroy(net);
    }
    server_destroy(host.server);
}

/* --- the parent --- */

void edge_start(struct edge *e, const char *options)
{
    int tell_fds[2];
    char text[512];
    ssize_t n;
    *e = (struct edge){.log_fd = memfd_create("log", 0)};
    strcpy(e->folder, "/tmp/edge-XXXXXX");
    assert_non_null(mkdtemp(e->folder));
    assert_int_equal(pipe(tell_fds), 0);
    fflush(NULL);
    e->pid = fork();
    assert_true(e->pid >= 0);
    if (e->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that crashes leaves nobody behind */
        close(tell_fds[0]);
        serve(e, options ? options : "", tell_fds[1]);
        exit(frame_test_alive() == 0 ? 0 : 3);
    }
    close(tell_fds[1]);
    assert_int_equal(read(tell_fds[0], &e->port, sizeof(e->port)), sizeof(e->port));
    while ((n = read(tell_fds[0], text, sizeof(text))) > 0)
        buf_append(&e->error, text, (size_t)n);
    close(tell_fds[0]);
}

static void remove_folder(struct edge *e)
{
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'", e->folder);
    assert_int_equal(system(command), 0);
}

void edge_stop(struct edge *e, double seconds)
{
    kill(e->pid, SIGTERM);
    edge_wait(e, seconds);
}

void edge_wait(struct edge *e, double seconds)
{
    int status = -1;
    for (int64_t end_ns = clock_now_ns() + config_ns(seconds); clock_now_ns() < end_ns;) {
        if (waitpid(e->pid, &status, WNOHANG) == e->pid)
            break;
        status = -1;
        usleep(2000);
    }
    if (status == -1)
        kill(e->pid, SIGKILL);
    close(e->log_fd);
    buf_dispose(&e->error);
    remove_folder(e);
    assert_int_equal(status, 0);
}

void edge_logged(struct edge *e, const char *text)
{
    char log[65536];
    ssize_t len = 0;
    for (int i = 0; i < 400; i++) {
        len = pread(e->log_fd, log, sizeof(log) - 1, 0);
        log[len < 0 ? 0 : len] = 0;
        if (strstr(log, text))
            return;
        usleep(5000);
    }
    fail_msg("the log has no \"%s\":\n%s", text, log);
}

void edge_file(struct edge *e, const char *name, struct slice bytes)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", e->folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, f), bytes.len);
    fclose(f);
}

int edge_connect(const struct edge *e)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)e->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = 5};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    return fd;
}

void edge_send(int fd, const void *bytes, size_t len)
{
    size_t at = 0;
    while (at < len) {
        ssize_t n = send(fd, (const char *)bytes + at, len - at, MSG_NOSIGNAL);
        if (n <= 0)
            fail_msg("the server takes nothing: %s", strerror(errno));
        at += (size_t)n;
    }
}

void edge_text(int fd, const char *text)
{
    edge_send(fd, text, strlen(text));
}

void edge_read(int fd, void *out, size_t len)
{
    size_t at = 0;
    while (at < len) {
        ssize_t n = recv(fd, (char *)out + at, len - at, 0);
        if (n <= 0)
            fail_msg("the stream ends after %zu of %zu bytes: %s", at, len,
                     n ? strerror(errno) : "closed");
        at += (size_t)n;
    }
}

void edge_read_all(int fd, struct buf *out)
{
    for (;;) {
        ssize_t n = recv(fd, buf_reserve(out, 65536), 65536, 0);
        if (n < 0)
            fail_msg("the stream does not end: %s", strerror(errno));
        if (n == 0)
            return;
        out->len += (size_t)n;
    }
}

void edge_expect_end(int fd)
{
    char byte;
    ssize_t n = recv(fd, &byte, 1, 0);
    if (n != 0)
        fail_msg("the stream goes on: %s", n < 0 ? strerror(errno) : "a byte");
    close(fd);
}

static bool ends_head(const struct buf *b)
{
    return b->len >= 4 && memcmp(b->ptr + b->len - 4, "\r\n\r\n", 4) == 0;
}

struct slice edge_reply_header(const struct edge_reply *r, const char *name)
{
    struct slice rest = buf_slice(&r->head);
    while (rest.len) {
        struct slice line = slice_make(rest.ptr, slice_index(rest, '\n'));
        size_t colon = slice_index(line, ':');
        if (colon < line.len && slice_equal_nocase(slice_make(line.ptr, colon), slice_str(name))) {
            line = slice_skip(line, colon + 1);
            return slice_trim(slice_make(line.ptr, line.len - 1));
        }
        rest = slice_skip(rest, line.len < rest.len ? line.len + 1 : line.len);
    }
    return (struct slice){0};
}

void edge_reply(int fd, struct edge_reply *out, bool head_only)
{
    *out = (struct edge_reply){0};
    while (!ends_head(&out->head)) {
        char byte;
        edge_read(fd, &byte, 1);
        buf_append_char(&out->head, byte);
    }
    assert_int_equal(sscanf(out->head.ptr, "HTTP/1.1 %u", &out->status), 1);
    struct slice length = edge_reply_header(out, "Content-Length");
    if (head_only || !length.ptr)
        return;
    size_t len = strtoul(length.ptr, NULL, 10);
    edge_read(fd, buf_reserve(&out->body, len + 1), len);
    out->body.len = len;
    out->body.ptr[len] = 0;
}

void edge_reply_dispose(struct edge_reply *r)
{
    buf_dispose(&r->head);
    buf_dispose(&r->body);
}

void edge_get(const struct edge *e, const char *line, const char *headers, struct edge_reply *out)
{
    struct buf text = BUF_INIT;
    int fd = edge_connect(e);
    buf_printf(&text, "%s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n%s\r\n", line, headers);
    edge_send(fd, text.ptr, text.len);
    buf_dispose(&text);
    edge_reply(fd, out, strncmp(line, "HEAD", 4) == 0);
    edge_expect_end(fd);
}

/* --- WebSocket --- */

int edge_websocket(const struct edge *e)
{
    return edge_websocket_with(e, "");
}

int edge_websocket_with(const struct edge *e, const char *headers)
{
    struct edge_reply r;
    struct buf open = BUF_INIT;
    int fd = edge_connect(e);
    edge_text(fd, "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: h\r\n"
                  "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
    edge_text(fd, headers);
    edge_text(fd, "\r\n");
    edge_reply(fd, &r, true);
    assert_int_equal(r.status, 101);
    edge_reply_dispose(&r);
    edge_ws_read(fd, &open);
    assert_int_equal(open.ptr[0], '0');
    buf_dispose(&open);
    return fd;
}

void edge_ws_send(int fd, uint8_t first, const void *payload, size_t len)
{
    static const uint8_t mask[4] = {1, 2, 3, 4};
    struct buf out = BUF_INIT;
    size_t bytes = len < 126 ? 0 : len < 65536 ? 2 : 8;
    buf_append_char(&out, (char)first);
    buf_append_char(&out, (char)(0x80 | (bytes == 0 ? len : bytes == 2 ? 126 : 127)));
    for (size_t i = bytes; i-- > 0;)
        buf_append_char(&out, (char)(len >> (8 * i)));
    buf_append(&out, mask, 4);
    for (size_t i = 0; i < len; i++)
        buf_append_char(&out, (char)(((const char *)payload)[i] ^ (char)mask[i & 3]));
    edge_send(fd, out.ptr, out.len);
    buf_dispose(&out);
}

void edge_ws_text(int fd, const char *payload)
{
    edge_ws_send(fd, 0x81, payload, strlen(payload));
}

uint8_t edge_ws_read(int fd, struct buf *out)
{
    uint8_t head[2], more[8];
    edge_read(fd, head, 2);
    size_t len = head[1] & 0x7f, bytes = len < 126 ? 0 : len == 126 ? 2 : 8;
    assert_false(head[1] & 0x80);
    edge_read(fd, more, bytes);
    if (bytes)
        len = 0;
    for (size_t i = 0; i < bytes; i++)
        len = len << 8 | more[i];
    out->len = 0;
    edge_read(fd, buf_reserve(out, len + 1), len);
    out->len = len;
    out->ptr[len] = 0;
    return head[0];
}

void edge_ws_expect(int fd, const char *payload)
{
    struct buf got = BUF_INIT;
    edge_ws_read(fd, &got);
    assert_string_equal(got.ptr, payload);
    buf_dispose(&got);
}

void edge_ws_expect_close(int fd, unsigned code)
{
    struct buf got = BUF_INIT;
    assert_int_equal(edge_ws_read(fd, &got), 0x88);
    assert_int_equal((unsigned)((uint8_t)got.ptr[0] << 8 | (uint8_t)got.ptr[1]), code);
    buf_dispose(&got);
    edge_expect_end(fd);
}
