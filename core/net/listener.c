/* The listening socket.
 * A storm of clients is taken in batches, so that those who are in get their turn too. It reads
 * nothing from the sockets that it accepts. */
#include "core/net/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 4096
#define BATCH 128 /* accepted before the loop goes round */

static void explain_resolve(const char *host, int code, struct buf *out_error)
{
    const char *why = code == EAI_SYSTEM ? strerror(errno) : gai_strerror(code);
    buf_printf(out_error,
               "cannot listen on host \"%s\": %s; use 127.0.0.1 for this machine alone, or 0.0.0.0 "
               "for every network",
               host, why);
}

static void explain_bind(const char *host, int64_t port, int code, struct buf *out_error)
{
    buf_printf(out_error, "cannot listen on %s:%lld: ", host, (long long)port);
    if (code == EADDRINUSE)
        buf_append_str(out_error, "the port is taken by another program; end that one, or choose "
                                  "another port (--port, 0 lets the system pick)");
    else if (code == EACCES)
        buf_append_str(out_error, "ports below 1024 need more rights; choose another (--port)");
    else if (code == EADDRNOTAVAIL)
        buf_append_str(out_error, "this machine has no such address; use 127.0.0.1 for this "
                                  "machine alone, or 0.0.0.0 for every network (--host)");
    else
        buf_append_str(out_error, strerror(code));
}

/* A bound, listening socket, or -1 with errno. */
static int listen_on(const struct addrinfo *at)
{
    int one = 1;
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int code = errno;
    close(fd);
    errno = code;
    return -1;
}

static bool open_socket(struct listener *l, const char *host, int64_t port, struct buf *out_error)
{
    char service[8];
    struct addrinfo *found = NULL;
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    snprintf(service, sizeof(service), "%u", (unsigned)(port & 0xffff));
    int code = getaddrinfo(host, service, &hints, &found);
    if (code != 0) {
        explain_resolve(host, code, out_error);
        return false;
    }
    /* The first address that can be had, of IPv4 before IPv6: who listens on "localhost" expects
     * 127.0.0.1 to answer. */
    for (const struct addrinfo *at = found; at && l->_fd < 0; at = at->ai_next)
        l->_fd = at->ai_family == AF_INET ? listen_on(at) : -1;
    for (const struct addrinfo *at = found; at && l->_fd < 0; at = at->ai_next)
        l->_fd = at->ai_family == AF_INET ? -1 : listen_on(at);
    code = errno;
    freeaddrinfo(found);
    if (l->_fd < 0)
        explain_bind(host, port, code, out_error);
    return l->_fd >= 0;
}

static int bound_port(int fd)
{
    struct sockaddr_storage at;
    socklen_t len = sizeof(at);
    if (getsockname(fd, (struct sockaddr *)&at, &len) != 0)
        return 0;
    if (at.ss_family == AF_INET6)
        return ntohs(((struct sockaddr_in6 *)&at)->sin6_port);
    return ntohs(((struct sockaddr_in *)&at)->sin_port);
}

static void remote_text(const struct sockaddr_storage *from, char out[INET6_ADDRSTRLEN])
{
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)from;
    const struct sockaddr_in *four = (const struct sockaddr_in *)from;
    if (from->ss_family != AF_INET6)
        inet_ntop(AF_INET, &four->sin_addr, out, INET6_ADDRSTRLEN);
    else if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
        inet_ntop(AF_INET, six->sin6_addr.s6_addr + 12, out, INET6_ADDRSTRLEN);
    else
        inet_ntop(AF_INET6, &six->sin6_addr, out, INET6_ADDRSTRLEN);
}

/* Out of descriptors: a client in the queue would keep the socket readable for ever, so it is let
 * in and shown out. */
static void refuse_one(struct listener *l)
{
    if (!l->_told_full)
        log_warning(l->_log, "out of file descriptors: clients are refused; raise the limit of "
                             "open files (ulimit -Hn), or start with a higher max_clients");
    l->_told_full = true;
    close(l->_spare_fd);
    int fd = accept4(l->_fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0)
        close(fd);
    l->_spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static bool accept_one(struct listener *l)
{
    struct sockaddr_storage from;
    socklen_t len = sizeof(from);
    char remote[INET6_ADDRSTRLEN] = "";
    int one = 1;
    int fd = accept4(l->_fd, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE)
            refuse_one(l);
        return errno == ECONNABORTED || errno == EINTR;
    }
    l->_told_full = false;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    remote_text(&from, remote);
    l->_on_accepted(l->_ud, fd, remote, clock_now_ns());
    return true;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct listener *l = poll->data;
    for (int i = 0; i < BATCH && l->_fd >= 0; i++) {
        if (!accept_one(l))
            return;
    }
}

bool listener_init(struct listener *l, struct loop *loop, struct log *log, const char *host,
                   int64_t port, listener_accepted_fn *on_accepted, void *ud, struct buf *out_error)
{
    *l = (struct listener){._fd = -1, ._log = log, ._on_accepted = on_accepted, ._ud = ud};
    if (!open_socket(l, host, port, out_error))
        return false;
    l->port = bound_port(l->_fd);
    l->_spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    uv_poll_init(&loop->uv, &l->_poll, l->_fd);
    l->_poll.data = l;
    uv_poll_start(&l->_poll, UV_READABLE, on_readable);
    return true;
}

void listener_close(struct listener *l)
{
    if (l->_fd < 0)
        return;
    uv_close((uv_handle_t *)&l->_poll, NULL);
    close(l->_fd);
    close(l->_spare_fd);
    l->_fd = -1;
}
