/* One console that is attached to the running server: evaluates Lua where the script's handlers
 * run, each evaluation as a task, so that it may wait, is under the guard, and can be cancelled.
 * One evaluation at a time; several consoles know nothing of each other. What it says goes out
 * through one function, in the kinds of console_frame.h. It knows no socket. */
#ifndef MW_BINDINGS_CONSOLE_H
#define MW_BINDINGS_CONSOLE_H

#include "bindings/engine.h"

struct console;

/* `kind` is one of those from the server, in console_frame.h. */
typedef void console_say_fn(void *ud, char kind, struct slice text);

/* Once for an engine that has started, before its first console. */
void console_open(struct engine *e);
struct console *console_create(struct engine *e, console_say_fn *say, void *ud);
/* Cancels what is being evaluated, and says no more. */
void console_destroy(struct console *c);

/* All of these: from the top of a turn. */

/* Answers with one of MORE (not if `whole`), RESULT or ERROR, now or later. */
void console_evaluate(struct console *c, struct slice text, bool whole);
/* Ends an evaluation that waits; it answers with ERROR. */
void console_cancel(struct console *c);
/* Answers with CANDIDATES, at once. */
void console_complete(struct console *c, struct slice line);

/* Says what a script printed to the console whose evaluation runs now. False: none does. */
bool console_print(const struct vm *vm, struct slice line);

#endif
