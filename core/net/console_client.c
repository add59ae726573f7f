/* The console's end of its socket. */
#include "core/net/console_client.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FRAME_MAX (1 << 26) /* bytes; the server sends less */

static const char *reason(int code)
{
    switch (code) {
    case ENOENT:
        return "there is no such socket";
    case ECONNREFUSED:
        return "the server that made it has ended";
    case EACCES:
        return "it is open only to the user that the server runs as, and root";
    }
    return strerror(code);
}

bool console_client_open(struct console_client *c, const char *path, struct buf *out_error)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    *c = (struct console_client){.fd = -1};
    int code = len < sizeof(at.sun_path) ? 0 : ENAMETOOLONG;
    if (!code) {
        memcpy(at.sun_path, path, len + 1);
        c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (c->fd < 0 || connect(c->fd, (const struct sockaddr *)&at, sizeof(at)) != 0)
            code = errno;
    }
    if (code)
        buf_printf(out_error, "cannot attach to %s: %s", path, reason(code));
    return code == 0;
}

void console_client_close(struct console_client *c)
{
    if (c->fd >= 0)
        close(c->fd);
    buf_dispose(&c->_in);
    c->fd = -1;
}

bool console_client_put(struct console_client *c, char kind, struct slice body)
{
    struct buf bytes = BUF_INIT;
    console_frame_put(&bytes, kind, body);
    struct slice rest = buf_slice(&bytes);
    while (rest.len) {
        ssize_t sent = send(c->fd, rest.ptr, rest.len, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            break;
        rest = slice_skip(rest, sent > 0 ? (size_t)sent : 0);
    }
    buf_dispose(&bytes);
    return rest.len == 0;
}

/* Adds what has come. */
static enum console_client_outcome receive(struct console_client *c, int timeout_ms)
{
    struct pollfd in = {.fd = c->fd, .events = POLLIN};
    char bytes[16384];
    if (poll(&in, 1, timeout_ms) <= 0)
        return CONSOLE_CLIENT_WAITING;
    ssize_t count = recv(c->fd, bytes, sizeof(bytes), 0);
    if (count <= 0)
        return count < 0 && errno == EINTR ? CONSOLE_CLIENT_WAITING : CONSOLE_CLIENT_GONE;
    buf_append(&c->_in, bytes, (size_t)count);
    return CONSOLE_CLIENT_OK;
}

static void drop_used(struct console_client *c)
{
    if (c->_used)
        memmove(c->_in.ptr, c->_in.ptr + c->_used, c->_in.len - c->_used);
    c->_in.len -= c->_used;
    c->_used = 0;
}

enum console_client_outcome console_client_next(struct console_client *c, int timeout_ms,
                                                struct console_frame *out)
{
    drop_used(c);
    for (;;) {
        struct slice rest = buf_slice(&c->_in);
        enum console_frame_outcome found = console_frame_read(&rest, FRAME_MAX, out);
        c->_used = c->_in.len - rest.len;
        if (found == CONSOLE_FRAME_OK)
            return CONSOLE_CLIENT_OK;
        if (found == CONSOLE_FRAME_BAD)
            return CONSOLE_CLIENT_GONE;
        enum console_client_outcome outcome = receive(c, timeout_ms);
        if (outcome != CONSOLE_CLIENT_OK)
            return outcome;
    }
}
