/* The socket of the console: made, replaced and removed. */
#include "core/net/console_socket.h"

#include "core/base/mem.h"
#include "core/net/console_link.h"
#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utlist.h>

#define BACKLOG 16

struct console_socket {
    uv_pipe_t pipe;
    struct console_events events;
    struct console_link *links;
    char *path;
    dev_t device; /* of the file, which may be another's by the time we go */
    ino_t inode;
};

static bool explain(const char *path, const char *why, struct buf *out_error)
{
    buf_printf(out_error, "cannot listen on %s: %s", path, why);
    return false;
}

/* --- the file --- */

static bool fill_address(const char *path, struct sockaddr_un *out, struct buf *out_error)
{
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (len >= sizeof(out->sun_path))
        return explain(path, "the path of a socket has at most 107 bytes", out_error);
    memcpy(out->sun_path, path, len + 1);
    return true;
}

/* Is this a socket at which nobody listens any more? */
static bool is_stale(const struct sockaddr_un *at)
{
    struct stat st;
    if (lstat(at->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
        return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool stale = fd >= 0 && connect(fd, (const struct sockaddr *)at, sizeof(*at)) != 0 &&
                 errno == ECONNREFUSED;
    if (fd >= 0)
        close(fd);
    return stale;
}

static bool bind_to(int fd, const struct sockaddr_un *at)
{
    if (bind(fd, (const struct sockaddr *)at, sizeof(*at)) == 0)
        return true;
    if (errno != EADDRINUSE || !is_stale(at)) {
        errno = errno == ECONNREFUSED ? EADDRINUSE : errno;
        return false;
    }
    return unlink(at->sun_path) == 0 && bind(fd, (const struct sockaddr *)at, sizeof(*at)) == 0;
}

/* The file gets the mode that the socket has when it is bound, so that it is never open to more. */
static int open_at(const char *path, struct buf *out_error)
{
    struct sockaddr_un at;
    if (!fill_address(path, &at, out_error))
        return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && fchmod(fd, S_IRUSR | S_IWUSR) == 0 && bind_to(fd, &at))
        return fd;
    explain(path,
            errno == EADDRINUSE ? "it is there already: another server listens, or it is no socket"
                                : strerror(errno),
            out_error);
    if (fd >= 0)
        close(fd);
    return -1;
}

/* --- begin and end --- */

static void on_connection(uv_stream_t *stream, int status)
{
    struct console_socket *s = stream->data;
    if (status == 0)
        (void)console_link_accept(stream, &s->events, &s->links);
}

static void on_closed(uv_handle_t *handle)
{
    struct console_socket *s = handle->data;
    mem_free(s->path);
    mem_free(s);
}

struct console_socket *console_socket_create(struct loop *loop, const char *path,
                                             const struct console_events *events,
                                             struct buf *out_error)
{
    struct stat st;
    int fd = open_at(path, out_error);
    if (fd < 0)
        return NULL;
    struct console_socket *s = mem_zalloc(sizeof(*s));
    s->events = *events;
    s->path = mem_dup(path, strlen(path));
    uv_pipe_init(&loop->uv, &s->pipe, 0);
    s->pipe.data = s;
    int error = uv_pipe_open(&s->pipe, fd);
    if (error == 0)
        error = uv_listen((uv_stream_t *)&s->pipe, BACKLOG, on_connection);
    if (error == 0 && stat(path, &st) == 0) {
        s->device = st.st_dev;
        s->inode = st.st_ino;
        return s;
    }
    explain(path, error ? uv_strerror(error) : strerror(errno), out_error);
    uv_close((uv_handle_t *)&s->pipe, on_closed);
    return NULL;
}

static void remove_file(const struct console_socket *s)
{
    struct stat st;
    if (lstat(s->path, &st) == 0 && st.st_dev == s->device && st.st_ino == s->inode)
        unlink(s->path);
}

void console_socket_destroy(struct console_socket *s)
{
    remove_file(s);
    while (s->links)
        console_link_close(s->links);
    uv_close((uv_handle_t *)&s->pipe, on_closed);
}
