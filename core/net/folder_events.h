/* What happens in folders, by inotify on a libuv loop.
 * Not uv_fs_event: that one does not tell a file that was closed after writing, or put in place
 * whole, from one that is still being written, and so leaves nothing but waiting. */
#ifndef MW_NET_FOLDER_EVENTS_H
#define MW_NET_FOLDER_EVENTS_H

#include "core/net/loop.h"

enum folder_event {
    FOLDER_EVENT_WRITTEN, /* a file has been closed after writing, or was renamed to this name */
    FOLDER_EVENT_WRITING, /* it is written to; when it is closed, WRITTEN follows */
    FOLDER_EVENT_CHANGED, /* it was made, is gone, or was renamed from this name */
    FOLDER_EVENT_TOUCHED, /* its times or its mode, not what is in it */
    FOLDER_EVENT_LOST     /* the folder itself is gone or moved; nothing more comes of it */
};

/* `watch` is what folder_events_add gave, -1 for "something somewhere, events were lost"; `name` is
 * of the file in the folder, empty for LOST. Must not close. */
typedef void folder_events_fn(void *ud, int watch, const char *name, enum folder_event event);

struct folder_events;

/* NULL: there is no inotify to be had, and *out_error is libuv's code for it. */
struct folder_events *folder_events_open(struct loop *loop, folder_events_fn *on_event, void *ud,
                                         int *out_error);
/* Nothing is told any more; the loop must run once more before it goes. */
void folder_events_close(struct folder_events *e);

/* The watch of the folder, the same one for the same folder under another path; negative: libuv's
 * code for why not. */
int folder_events_add(struct folder_events *e, const char *path);
void folder_events_remove(struct folder_events *e, int watch);

#endif
