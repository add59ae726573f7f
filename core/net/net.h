/* The edge: one libuv loop that carries a server's sockets, timers and signals.
 * The composition root creates it last, runs it, and destroys it before the server. Everything it
 * needs to know (host, port, TLS files, limits) is in server->config; it reports to server->log.
 * It knows no Socket.IO and no Lua: bytes and requests go to core/server, which answers through
 * struct transport and struct http_exchange.
 *
 *     struct file_server files;
 *     static_files_init(&files);              (static_files.h; before server_create)
 *     struct net *n = net_create(server, &error);
 *     net_on_signal(n, SIGINT, NULL, NULL);
 *     net_run(n);
 *     net_destroy(n);
 *     server_destroy(server);
 */
#ifndef MW_NET_NET_H
#define MW_NET_NET_H

#include "core/server/server.h"

struct loop;
struct net;

/* Told from the top of a turn. */
typedef void net_signal_fn(void *ud, int signum);

/* How long net_stop lets clients take their last bytes. */
#define NET_STOP_NS (NS_PER_S * 9 / 2) /* a busy turn and the last log lines come on top: 5 s */

/* Binds server->config.host and .port and listens; from here on the kernel takes connections in,
 * and they are served once net_run runs. Raises the soft limit of open files to the hard one.
 * NULL: `out_error` names the thing, the place and the remedy (the port is taken, the host has no
 * address here, the certificate cannot be read), and nothing is left behind. */
MUST_CHECK struct net *net_create(struct server *server, struct buf *out_error);
/* Not while net_run runs. Cuts what is still connected; the server is told of each. */
void net_destroy(struct net *n);

/* The port that it listens on, also when the system picked it (config.port 0). */
int net_port(const struct net *n);

/* For what else the program has on the loop; it must be closed before net_destroy. */
struct loop *net_loop(struct net *n);

/* Logs one line, at info, "listening on http://HOST:PORT" (https with TLS; an IPv6 address in
 * brackets), and runs turns until net_stop has done its work. */
void net_run(struct net *n);
/* Ends net_run: no new connection, server_close, and then every client may take what is queued for
 * it, for NET_STOP_NS at most. A second call ends it at once. May be called from within a turn. */
void net_stop(struct net *n);

/* Calls fn for each such signal from now on; fn NULL: net_stop. Once for each signal. */
void net_on_signal(struct net *n, int signum, net_signal_fn *fn, void *ud);

#endif
