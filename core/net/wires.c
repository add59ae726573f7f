/* All wires, and the libwebsockets context that carries them.
 * What is set here was measured: no memory for each client beyond libwebsockets' own struct, one
 * receive buffer for all, no timer of its own for any of them. It knows no protocol: to
 * libwebsockets every connection is a raw one. */
#include "core/net/wires.h"

#include <errno.h>
#include <fcntl.h>
#include <libwebsockets.h>
#include <unistd.h>
#include <utlist.h>

#define RECEIVE_SIZE 131072 /* bytes read at once; one such buffer for all wires */
#define TLS_TIMEOUT_S 20    /* for the handshake */
#define PROTOCOL "moonwire"
#define TX_PACKET_SIZE (1 << 20) /* a write longer than this would be cut */

static void wire_free(struct wire *w)
{
    struct wires *all = w->_all;
    timers_disarm(&all->_timers, &w->_timer);
    if (w->_doomed)
        LL_DELETE2(all->_doomed, w, _next_doomed);
    if (all->_adopting == w)
        all->_adopting = NULL;
    DL_DELETE2(all->_list, w, _prev, _next);
    all->count--;
    mem_free(w);
}

static void wire_gone(struct wire *w, int64_t now_ns)
{
    const struct wire_ops *ops = w->_ops;
    void *holder = w->_holder;
    struct wires *all = w->_all;
    wire_free(w);
    if (!ops)
        return;
    all->_told = true;
    ops->on_gone(holder, now_ns);
}

static int on_event(struct lws *lws, enum lws_callback_reasons reason, void *user, void *in,
                    size_t len)
{
    struct wire *w;
    switch ((int)reason) {
    case LWS_CALLBACK_RAW_RX:
        w = lws_get_opaque_user_data(lws);
        if (w->_all->secure)
            lws_set_timeout(lws, NO_PENDING_TIMEOUT, 0); /* that of the TLS handshake */
        wire_received(w, in, len, clock_now_ns());
        break;
    case LWS_CALLBACK_RAW_WRITEABLE:
        wire_drained(lws_get_opaque_user_data(lws), clock_now_ns());
        break;
    case LWS_CALLBACK_RAW_CLOSE:
        w = lws_get_opaque_user_data(lws);
        lws_set_opaque_user_data(lws, NULL);
        if (w)
            wire_gone(w, clock_now_ns());
        break;
    }
    return 0;
}

static const struct lws_protocols protocols[] = {
    {.name = PROTOCOL, .callback = on_event, .tx_packet_size = TX_PACKET_SIZE},
    {.name = NULL},
};

static bool try_file(const char *path, const char *what, struct buf *out_error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        buf_printf(out_error, "cannot read %s \"%s\": %s", what, path, strerror(errno));
        return false;
    }
    close(fd);
    return true;
}

static bool create_vhost(struct wires *all, struct lws_context_creation_info *info,
                         const struct wires_params *p, struct buf *out_error)
{
    static const lws_retry_bo_t no_timers; /* else each connection gets validity timers */
    info->protocols = protocols;
    info->retry_and_idle_policy = &no_timers;
    info->alpn = "http/1.1";
    if (all->secure) {
        if (!try_file(p->tls_cert, "tls_cert", out_error) ||
            !try_file(p->tls_key, "tls_key", out_error))
            return false;
        info->ssl_cert_filepath = p->tls_cert;
        info->ssl_private_key_filepath = p->tls_key;
    }
    all->_vhost = lws_create_vhost(all->_context, info);
    if (all->_vhost)
        return true;
    if (all->secure)
        buf_printf(out_error,
                   "tls_cert \"%s\" and tls_key \"%s\" must be a certificate chain and its private "
                   "key in PEM form",
                   p->tls_cert, p->tls_key);
    else
        buf_printf(out_error, "libwebsockets cannot set up its host");
    return false;
}

struct wires *wires_create(const struct wires_params *p, struct buf *out_error)
{
    struct wires *all = mem_zalloc(sizeof(*all));
    all->_loop = p->loop;
    all->_log = p->log;
    all->_on_accepted = p->on_accepted;
    all->_ud = p->ud;
    all->secure = p->tls_cert && p->tls_key;
    void *loops[] = {&p->loop->uv};
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                   (all->secure ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0),
        .foreign_loops = loops,
        .pt_serv_buf_size = RECEIVE_SIZE,
        .timeout_secs = TLS_TIMEOUT_S,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
    };
    /* Its log goes to standard error and knows no owner; what matters is reported from here. */
    lws_set_log_level(0, NULL);
    all->_context = lws_create_context(&info);
    if (!all->_context)
        buf_printf(out_error, "libwebsockets cannot start on libuv: is its libuv plugin installed "
                              "(libwebsockets-evlib-uv)?");
    else if (create_vhost(all, &info, p, out_error))
        return all;
    wires_destroy(all);
    return NULL;
}

/* libwebsockets lets go of a foreign loop in two calls, and the loop has to close its handles in
 * between. */
static void destroy_context(struct wires *all)
{
    lws_context_destroy(all->_context);
    for (int rounds = 0; rounds < 8; rounds++)
        uv_run(&all->_loop->uv, UV_RUN_NOWAIT);
    lws_context_destroy(all->_context);
}

void wires_destroy(struct wires *all)
{
    struct wire *w;
    DL_FOREACH2(all->_list, w, _next)
    if (!w->_doomed) {
        w->_doomed = true;
        w->_next_doomed = all->_doomed;
        all->_doomed = w;
    }
    wires_sweep(all, clock_now_ns());
    if (all->_context)
        destroy_context(all);
    timers_dispose(&all->_timers);
    mem_free(all);
}

void wires_adopt(struct wires *all, int fd, const char *remote, int64_t now_ns)
{
    struct wire *w = mem_try_alloc(sizeof(*w));
    if (!w) {
        close(fd);
        return;
    }
    memset(w, 0, sizeof(*w));
    w->_all = all;
    strncpy(w->remote, remote, sizeof(w->remote) - 1);
    DL_APPEND2(all->_list, w, _prev, _next);
    all->count++;
    all->_adopting = w;
    lws_adopt_desc_t how = {
        .vh = all->_vhost,
        .type = LWS_ADOPT_SOCKET | LWS_ADOPT_ALLOW_SSL,
        .fd.sockfd = fd,
        .vh_prot_name = PROTOCOL,
        .opaque = w,
    };
    struct lws *lws = lws_adopt_descriptor_vhost_via_info(&how);
    if (!lws) {
        if (all->_adopting == w)
            wire_free(w);
        return;
    }
    all->_adopting = NULL;
    w->_lws = lws;
    all->_on_accepted(all->_ud, w, now_ns);
}

void wires_each(struct wires *all, const struct wire_ops *ops, void (*fn)(void *holder, void *ud),
                void *ud)
{
    struct wire *w, *next;
    DL_FOREACH_SAFE2(all->_list, w, next, _next)
    if (w->_ops == ops)
        fn(w->_holder, ud);
}

void wires_run(struct wires *all, int64_t now_ns)
{
    timers_run(&all->_timers, now_ns);
}

int64_t wires_next_ns(const struct wires *all)
{
    return timers_next(&all->_timers);
}

bool wires_sweep(struct wires *all, int64_t now_ns)
{
    /* Closing one tells its holder, who may doom others. */
    while (all->_doomed)
        lws_set_timeout(all->_doomed->_lws, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
    bool told = all->_told;
    all->_told = false;
    return told;
}
