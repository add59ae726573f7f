/* A whole server on a port of 127.0.0.1, in a child process, and plain sockets to talk to it: for
 * the tests of core/net. The child answers HTTP and Engine.IO by simple rules; it is ended by
 * SIGTERM and must then exit with 0, which under the sanitizers means without a leak too.
 *
 * HTTP: `/echo` answers with the request as text; `/later?MS` after that time; `/work?MS` after
 * nothing but work for that time, with how many of these there were, and `/worked` at once with the
 * same; `/waits` never, and `/left` with how many clients of it left; `/big?BYTES` with letters in
 * turn; `/crlf`, `/fat` and `/status` with responses that cannot be sent; `/cookie` with a cookie
 * of 40,000 bytes; `/files/NAME` with a file of the folder. A body may have 1,000 bytes,
 * `/upload`'s 5,000,000. Engine.IO, under `/engine.io`: messages come back; "flood COUNT BYTES"
 * asks for that many messages, numbered; "sessions" for the number of sessions; "work MS" takes
 * that time; "bye" closes. */
#ifndef MW_SPEC_EDGE_H
#define MW_SPEC_EDGE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/base/buf.h"
#include <sys/types.h>

struct edge {
    pid_t pid;
    int port;
    int log_fd;       /* a file that the child logs to */
    char folder[64];  /* of /files/, empty at the start */
    struct buf error; /* of net_create, when port is 0 */
};

/* `options` is "key=value" lines for the configuration, or NULL. */
void edge_start(struct edge *e, const char *options);
/* SIGTERM; the child must end by itself, with 0, within `seconds`. */
void edge_stop(struct edge *e, double seconds);
/* The same without the signal: it has had one, or did not even start. */
void edge_wait(struct edge *e, double seconds);
/* Waits until the log has this text, up to two seconds. */
void edge_logged(struct edge *e, const char *text);
/* Writes a file into the folder. */
void edge_file(struct edge *e, const char *name, struct slice bytes);

/* A connected socket; reads on it fail the test after five seconds. */
int edge_connect(const struct edge *e);
void edge_send(int fd, const void *bytes, size_t len);
void edge_text(int fd, const char *text);
/* Exactly len bytes. */
void edge_read(int fd, void *out, size_t len);
/* Everything up to the end of the stream. */
void edge_read_all(int fd, struct buf *out);
/* The server has ended the stream, and nothing is left to read. */
void edge_expect_end(int fd);

struct edge_reply {
    unsigned status;
    struct buf head; /* with its blank line */
    struct buf body;
};
/* One response; `head_only`: to a HEAD request. */
void edge_reply(int fd, struct edge_reply *out, bool head_only);
void edge_reply_dispose(struct edge_reply *r);
/* The value of a header; ptr NULL if there is none. */
struct slice edge_reply_header(const struct edge_reply *r, const char *name);
/* A request on a connection of its own: `method path` and header lines, each with \r\n. */
void edge_get(const struct edge *e, const char *line, const char *headers, struct edge_reply *out);

/* A WebSocket session on /engine.io, its open packet read. */
int edge_websocket(const struct edge *e);
/* The same with more header lines, each with \r\n. */
int edge_websocket_with(const struct edge *e, const char *headers);
/* A masked frame; `first` is FIN, reserved bits and opcode. */
void edge_ws_send(int fd, uint8_t first, const void *payload, size_t len);
void edge_ws_text(int fd, const char *payload);
/* The next frame; returns its first byte. */
uint8_t edge_ws_read(int fd, struct buf *out);
void edge_ws_expect(int fd, const char *payload);
/* The next frame closes with this code, and then the stream ends. */
void edge_ws_expect_close(int fd, unsigned code);

#endif
