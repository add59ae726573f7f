/* The edge: loop, listener and wires put together, and the way in and out of a run.
 * A turn here is: what the loop brought, then server_turn_end, then the wires that are to be cut,
 * until neither has anything left to do. Protocols live in net_http and net_ws. */
#include "core/net/net.h"
#include "core/net/listener.h"
#include "core/net/net_http.h"
#include "core/net/wires.h"

#include <sys/resource.h>
#include <utlist.h>

/* Descriptors beyond two for each client (one that moves from polling to WebSocket has two): the
 * server's and its script's own, and those of visitors who are no clients. */
#define FILES_BESIDE 1024

struct net_signal {
    uv_signal_t handle;
    struct net *net;
    net_signal_fn *fn;
    void *ud;
    struct net_signal *next;
};

struct net {
    struct loop loop;
    struct net_shared shared;
    struct listener listener;
    struct wires *wires;
    struct net_signal *signals;
    int64_t stop_ns; /* when a stop gives up waiting; INT64_MAX: not stopping */
    bool emptying;   /* the sessions have ended: no connection is taken or kept any more */
};

/* --- a turn --- */

static void turn_run(void *ud, int64_t now_ns)
{
    struct net *n = ud;
    wires_run(n->wires, now_ns);
    server_run(n->shared.server, now_ns);
}

/* A long-polling client between two polls learns of the end from its next one, so the door stays
 * open until the sessions are gone. */
static void stop_step(struct net *n, int64_t now_ns)
{
    if (!n->emptying && n->shared.server->sessions.count == 0) {
        n->emptying = true;
        listener_close(&n->listener);
        wires_each(n->wires, &net_http_ops, net_http_stop, NULL);
    }
    if (n->emptying && n->wires->count == 0)
        loop_stop(&n->loop);
    if (now_ns >= n->stop_ns)
        loop_stop(&n->loop);
}

static void turn_end(void *ud, int64_t now_ns)
{
    struct net *n = ud;
    do
        server_turn_end(n->shared.server, now_ns);
    while (wires_sweep(n->wires, now_ns));
    if (n->stop_ns != INT64_MAX)
        stop_step(n, now_ns);
}

static int64_t turn_next(void *ud)
{
    struct net *n = ud;
    int64_t next_ns = server_next_ns(n->shared.server);
    int64_t wires_ns = wires_next_ns(n->wires);
    if (wires_ns < next_ns)
        next_ns = wires_ns;
    return n->stop_ns < next_ns ? n->stop_ns : next_ns;
}

/* --- clients --- */

static void on_connected(void *ud, int fd, const char *remote, int64_t now_ns)
{
    struct net *n = ud;
    wires_adopt(n->wires, fd, remote, now_ns);
}

static void on_accepted(void *ud, struct wire *w, int64_t now_ns)
{
    struct net *n = ud;
    net_http_start(&n->shared, w, now_ns);
}

/* --- begin and end --- */

/* As many as are wanted and no more: libwebsockets allots 16 bytes for each descriptor that the
 * process may have, and walks them all at each close, which at 20,000 takes 20 us; some containers
 * allow a billion. */
static void set_file_limit(struct log *log, int64_t max_clients)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return;
    rlim_t wanted = 2 * (rlim_t)max_clients + FILES_BESIDE;
    if (files.rlim_max <= (rlim_t)max_clients)
        log_warning(log,
                    "max_clients is %lld, but the process may have only %llu open files: raise "
                    "that limit (LimitNOFILE, ulimit -Hn)",
                    (long long)max_clients, (unsigned long long)files.rlim_max);
    files.rlim_cur = wanted < files.rlim_max ? wanted : files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

static void log_listening(const struct net *n)
{
    const char *host = n->shared.server->config.host;
    bool six = strchr(host, ':') != NULL;
    log_info(n->shared.log, "listening on %s://%s%s%s:%d", n->wires->secure ? "https" : "http",
             six ? "[" : "", host, six ? "]" : "", n->listener.port);
}

static bool open_all(struct net *n, struct buf *out_error)
{
    const struct config *config = &n->shared.server->config;
    struct wires_params params = {.loop = &n->loop,
                                  .log = n->shared.log,
                                  .tls_cert = config->tls_cert,
                                  .tls_key = config->tls_key,
                                  .on_accepted = on_accepted,
                                  .ud = n};
    n->wires = wires_create(&params, out_error);
    return n->wires && listener_init(&n->listener, &n->loop, n->shared.log, config->host,
                                     config->port, on_connected, n, out_error);
}

struct net *net_create(struct server *server, struct buf *out_error)
{
    struct net *n = mem_zalloc(sizeof(*n));
    struct loop_turn turn = {.ud = n, .run = turn_run, .end = turn_end, .next = turn_next};
    set_file_limit(server->log, server->config.max_clients);
    n->shared.server = server;
    n->shared.log = server->log;
    n->stop_ns = INT64_MAX;
    n->listener._fd = -1;
    loop_init(&n->loop, &turn);
    if (server->config.per_message_deflate)
        n->shared.deflate = ws_deflate_create();
    if (open_all(n, out_error))
        return n;
    net_destroy(n);
    return NULL;
}

static void close_signals(struct net *n)
{
    struct net_signal *s;
    LL_FOREACH(n->signals, s)
    uv_close((uv_handle_t *)&s->handle, NULL);
}

static void free_signals(struct net *n)
{
    while (n->signals) {
        struct net_signal *s = n->signals;
        n->signals = s->next;
        mem_free(s);
    }
}

void net_destroy(struct net *n)
{
    listener_close(&n->listener);
    close_signals(n);
    if (n->wires)
        wires_destroy(n->wires);
    loop_dispose(&n->loop);
    free_signals(n);
    ws_deflate_destroy(n->shared.deflate);
    buf_dispose(&n->shared.scratch);
    mem_free(n);
}

int net_port(const struct net *n)
{
    return n->listener.port;
}

struct loop *net_loop(struct net *n)
{
    return &n->loop;
}

/* --- a run --- */

void net_run(struct net *n)
{
    log_listening(n); /* not earlier: whoever reads it may send a signal, which is heard by now */
    loop_run(&n->loop);
}

void net_stop(struct net *n)
{
    int64_t now_ns = clock_now_ns();
    if (n->stop_ns != INT64_MAX) {
        n->stop_ns = now_ns;
        loop_stop(&n->loop);
        return;
    }
    n->stop_ns = now_ns + NET_STOP_NS;
    n->shared.stopping = true;
    server_close(n->shared.server, now_ns);
}

static void on_signal(uv_signal_t *handle, int signum)
{
    struct net_signal *s = handle->data;
    if (s->fn)
        s->fn(s->ud, signum);
    else
        net_stop(s->net);
}

void net_on_signal(struct net *n, int signum, net_signal_fn *fn, void *ud)
{
    struct net_signal *s = mem_zalloc(sizeof(*s));
    *s = (struct net_signal){.net = n, .fn = fn, .ud = ud, .next = n->signals};
    n->signals = s;
    uv_signal_init(&n->loop.uv, &s->handle);
    s->handle.data = s;
    uv_signal_start(&s->handle, on_signal, signum);
}
