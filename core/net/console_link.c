/* One console that is attached. */
#include "core/net/console_link.h"

#include "core/base/mem.h"
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

struct console_link {
    uv_pipe_t pipe;
    uv_write_t request;
    const struct console_events *events;
    void *user; /* NULL: it is not told of */
    struct buf in;
    struct buf out, flying; /* what waits, and what is being written: all in one go */
    bool writing;
    uint64_t left_out; /* lines */
    bool resting;      /* it is behind: nothing is read */
    bool closed;
    char room[4096];
    struct console_link **list, *next, *prev;
};

static void read_frames(struct console_link *l);

static uv_stream_t *stream_of(struct console_link *l)
{
    return (uv_stream_t *)&l->pipe;
}

static bool is_behind(struct console_link *l)
{
    return l->out.len + uv_stream_get_write_queue_size(stream_of(l)) > CONSOLE_BEHIND_MAX;
}

/* --- the end --- */

static void on_closed(uv_handle_t *handle)
{
    struct console_link *l = handle->data;
    buf_dispose(&l->in);
    buf_dispose(&l->out);
    buf_dispose(&l->flying);
    mem_free(l);
}

void console_link_close(struct console_link *l)
{
    if (l->closed)
        return;
    l->closed = true;
    DL_DELETE(*l->list, l);
    if (l->user)
        l->events->on_close(l->user);
    uv_close((uv_handle_t *)&l->pipe, on_closed);
}

/* --- out --- */

static void flush(struct console_link *l);

static void on_written(uv_write_t *request, int status)
{
    struct console_link *l = request->data;
    l->writing = false;
    buf_reset(&l->flying, sizeof(l->room));
    if (l->closed)
        return;
    if (status < 0) {
        console_link_close(l);
        return;
    }
    flush(l);
    if (l->resting && !is_behind(l))
        read_frames(l);
}

static void flush(struct console_link *l)
{
    struct buf empty = l->flying;
    if (l->writing || l->out.len == 0)
        return;
    l->flying = l->out;
    l->out = empty;
    l->request.data = l;
    uv_buf_t bytes = uv_buf_init(l->flying.ptr, (unsigned)l->flying.len);
    l->writing = uv_write(&l->request, stream_of(l), &bytes, 1, on_written) == 0;
}

static void write_frame(struct console_link *l, char kind, struct slice body)
{
    console_frame_put(&l->out, kind, body);
    flush(l);
}

static void tell_left_out(struct console_link *l)
{
    struct buf note = BUF_INIT;
    buf_printf(&note, "%llu lines were left out: the console did not read them",
               (unsigned long long)l->left_out);
    l->left_out = 0;
    write_frame(l, CONSOLE_NOTE, buf_slice(&note));
    buf_dispose(&note);
}

void console_link_put(struct console_link *l, char kind, struct slice body)
{
    if (l->closed)
        return;
    if (kind == CONSOLE_PRINT && is_behind(l)) {
        l->left_out++;
        return;
    }
    if (l->left_out)
        tell_left_out(l);
    write_frame(l, kind, body);
}

/* --- in --- */

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    struct console_link *l = handle->data;
    *out = uv_buf_init(l->room, sizeof(l->room));
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *bytes)
{
    struct console_link *l = stream->data;
    if (count < 0) {
        console_link_close(l);
        return;
    }
    buf_append(&l->in, bytes->base, (size_t)count);
    read_frames(l);
}

/* Hands out one frame. False: there is none, or the link is closed. */
static bool read_frame(struct console_link *l, struct slice *rest)
{
    struct console_frame frame;
    switch (console_frame_read(rest, CONSOLE_SOURCE_MAX, &frame)) {
    case CONSOLE_FRAME_OK:
        l->events->on_frame(l->user, &frame);
        return !l->closed;
    case CONSOLE_FRAME_BAD:
        write_frame(l, CONSOLE_ERROR, SLICE("this is no frame of the console, or too long"));
        console_link_close(l);
        return false;
    case CONSOLE_FRAME_MORE:
        break;
    }
    return false;
}

/* What is left over goes to the front. */
static void keep(struct console_link *l, struct slice rest)
{
    if (rest.len && rest.ptr != l->in.ptr)
        memmove(l->in.ptr, rest.ptr, rest.len);
    l->in.len = rest.len;
    if (rest.len == 0)
        buf_reset(&l->in, sizeof(l->room));
}

static void read_frames(struct console_link *l)
{
    struct slice rest = buf_slice(&l->in);
    while (!is_behind(l) && read_frame(l, &rest))
        ;
    if (l->closed)
        return;
    keep(l, rest);
    l->resting = is_behind(l);
    if (l->resting)
        uv_read_stop(stream_of(l));
    else
        uv_read_start(stream_of(l), on_room, on_read);
}

/* --- the beginning --- */

/* Is this the server's own user, or root? */
static bool is_let_in(struct console_link *l)
{
    struct ucred who;
    socklen_t len = sizeof(who);
    int fd;
    if (uv_fileno((uv_handle_t *)&l->pipe, &fd) != 0 ||
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) != 0)
        return false;
    return who.uid == geteuid() || who.uid == 0;
}

struct console_link *console_link_accept(uv_stream_t *from, const struct console_events *events,
                                         struct console_link **list)
{
    struct console_link *l = mem_zalloc(sizeof(*l));
    uv_pipe_init(from->loop, &l->pipe, 0);
    l->pipe.data = l;
    l->events = events;
    l->list = list;
    DL_PREPEND(*list, l);
    if (uv_accept(from, stream_of(l)) == 0 && is_let_in(l)) {
        l->user = events->on_open(events->ud, l);
        read_frames(l);
        return l;
    }
    write_frame(l, CONSOLE_ERROR, SLICE("this console is for the user of the server, and root"));
    console_link_close(l);
    return NULL;
}
