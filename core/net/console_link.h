/* One console that is attached: its frames in, its frames out.
 * What it does not read is not kept without bounds: over CONSOLE_BEHIND_MAX lines that are printed
 * are left out, and counted, and nothing more is read from it until it has caught up. */
#ifndef MW_NET_CONSOLE_LINK_H
#define MW_NET_CONSOLE_LINK_H

#include "core/net/console_socket.h"

#define CONSOLE_BEHIND_MAX (1 << 24) /* bytes */

struct console_link;

/* Queues a frame. A line that is printed may be left out, anything else is not. */
void console_link_put(struct console_link *link, char kind, struct slice body);

/* --- for console_socket --- */

/* The next connection of the listening pipe; NULL: it could not be taken, or is not let in. It is
 * put at the head of *list, and takes itself out. */
struct console_link *console_link_accept(uv_stream_t *from, const struct console_events *events,
                                         struct console_link **list);
void console_link_close(struct console_link *link);

#endif
