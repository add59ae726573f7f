/* The Unix socket at which consoles attach to a running server.
 * Nobody but the server's user and root gets in: the file's mode says so, and whoever connects is
 * asked for his number again (SO_PEERCRED). It carries frames (console_frame.h) and knows no Lua.
 */
#ifndef MW_NET_CONSOLE_SOCKET_H
#define MW_NET_CONSOLE_SOCKET_H

#include "core/codec/console_frame.h"
#include "core/net/loop.h"

struct console_link;
struct console_socket;

#define CONSOLE_SOURCE_MAX (1 << 20) /* bytes of one frame from a console */

/* From the top of a turn. */
struct console_events {
    void *ud;
    /* A console has attached; what it returns is `user` below. */
    void *(*on_open)(void *ud, struct console_link *link);
    void (*on_frame)(void *user, const struct console_frame *frame);
    /* Once for each on_open; the link is gone. */
    void (*on_close)(void *user);
};

/* Listens at the path, where a socket that nobody listens at any more is replaced. NULL:
 * `out_error` says why. */
struct console_socket *console_socket_create(struct loop *loop, const char *path,
                                             const struct console_events *events,
                                             struct buf *out_error);
/* Closes every link (each is told of) and removes the file. The loop must run once more before it
 * goes. */
void console_socket_destroy(struct console_socket *s);

#endif
