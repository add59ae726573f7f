/* The console's end of its socket: waits, since it has nothing else to do.
 * It speaks in frames (console_frame.h) and shows nothing. A signal interrupts every wait. */
#ifndef MW_NET_CONSOLE_CLIENT_H
#define MW_NET_CONSOLE_CLIENT_H

#include "core/codec/console_frame.h"

struct console_client {
    int fd;
    struct buf _in;
    size_t _used; /* of _in: the frame that was handed out last, and those before it */
};

enum console_client_outcome {
    CONSOLE_CLIENT_OK = 0,
    CONSOLE_CLIENT_WAITING, /* nothing in time, or a signal came */
    CONSOLE_CLIENT_GONE     /* the server has ended */
};

/* Attaches to the socket at the path. False: `out_error` says why not. Close it either way. */
MUST_CHECK bool console_client_open(struct console_client *c, const char *path,
                                    struct buf *out_error);
void console_client_close(struct console_client *c);

/* False: the server has ended. */
MUST_CHECK bool console_client_put(struct console_client *c, char kind, struct slice body);
/* The next frame, which is valid until the next call. `timeout_ms` -1: as long as it takes. */
enum console_client_outcome console_client_next(struct console_client *c, int timeout_ms,
                                                struct console_frame *out);

#endif
