/* The server's side of the console: attaches the consoles that come in at its socket to the engine.
 * Between the edge's socket, which knows no Lua, and bindings/console.h, which knows no socket. */
#ifndef MW_BINDINGS_MAIN_CONSOLE_H
#define MW_BINDINGS_MAIN_CONSOLE_H

#include "bindings/engine.h"
#include "core/net/net.h"

struct main_console;

/* Listens where config.console says. NULL: it is off, or cannot be made, which is then in the log.
 * Destroy it before net and engine. */
struct main_console *main_console_create(struct net *n, struct engine *e);
void main_console_destroy(struct main_console *m);

#endif
