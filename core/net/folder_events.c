/* See folder_events.h. */
#include "core/net/folder_events.h"

#include "core/base/mem.h"
#include <errno.h>
#include <sys/inotify.h>
#include <unistd.h>

#define WRITTEN (IN_CLOSE_WRITE | IN_MOVED_TO)
#define CHANGED (IN_CREATE | IN_DELETE | IN_MOVED_FROM)
#define LOST (IN_DELETE_SELF | IN_MOVE_SELF)
#define LOST_UNASKED (IN_IGNORED | IN_UNMOUNT)

struct folder_events {
    uv_poll_t poll;
    int fd;
    folder_events_fn *on_event;
    void *ud;
};

static enum folder_event kind_of(uint32_t mask)
{
    if (mask & (LOST | LOST_UNASKED))
        return FOLDER_EVENT_LOST;
    if (mask & WRITTEN)
        return FOLDER_EVENT_WRITTEN;
    if (mask & IN_MODIFY)
        return FOLDER_EVENT_WRITING;
    return mask & IN_ATTRIB ? FOLDER_EVENT_TOUCHED : FOLDER_EVENT_CHANGED;
}

static void tell(const struct folder_events *e, const struct inotify_event *event)
{
    enum folder_event kind =
        event->mask & IN_Q_OVERFLOW ? FOLDER_EVENT_CHANGED : kind_of(event->mask);
    e->on_event(e->ud, event->wd, event->len ? event->name : "", kind);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    _Alignas(struct inotify_event) char bytes[16384];
    const struct folder_events *e = poll->data;
    ssize_t len;
    while ((len = read(e->fd, bytes, sizeof(bytes))) > 0) {
        const struct inotify_event *event;
        for (const char *at = bytes; at < bytes + len; at += sizeof(*event) + event->len) {
            event = (const struct inotify_event *)at;
            tell(e, event);
        }
    }
}

struct folder_events *folder_events_open(struct loop *loop, folder_events_fn *on_event, void *ud,
                                         int *out_error)
{
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0) {
        *out_error = uv_translate_sys_error(errno);
        return NULL;
    }
    struct folder_events *e = mem_zalloc(sizeof(*e));
    *e = (struct folder_events){.fd = fd, .on_event = on_event, .ud = ud};
    uv_poll_init(&loop->uv, &e->poll, fd);
    e->poll.data = e;
    uv_poll_start(&e->poll, UV_READABLE, on_readable);
    return e;
}

static void on_closed(uv_handle_t *handle)
{
    struct folder_events *e = handle->data;
    close(e->fd);
    mem_free(e);
}

void folder_events_close(struct folder_events *e)
{
    uv_close((uv_handle_t *)&e->poll, on_closed);
}

int folder_events_add(struct folder_events *e, const char *path)
{
    int watch = inotify_add_watch(e->fd, path,
                                  WRITTEN | IN_MODIFY | CHANGED | IN_ATTRIB | LOST | IN_ONLYDIR);
    return watch < 0 ? uv_translate_sys_error(errno) : watch;
}

/* Of a folder that is gone the kernel has let go by itself. */
void folder_events_remove(struct folder_events *e, int watch)
{
    (void)inotify_rm_watch(e->fd, watch);
}
