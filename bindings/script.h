/* One load of a script: the code of one handler set, run in globals and modules of its own.
 * What a load leaves behind is in its set: handlers, the environment, the files it was made of; one
 * that fails leaves nothing. Which set is live is not decided here. */
#ifndef MW_BINDINGS_SCRIPT_H
#define MW_BINDINGS_SCRIPT_H

#include "bindings/handlers.h"

/* Before the first script of a vm. */
void script_open(struct vm *vm);

/* Runs set->path, the chunk's name too, within GUARD_LOAD_NS; the set must be staging. From then on
 * a write to a global is warned of once, with its line. False: `out_error` has one message with
 * file and line, and the traceback, if there is one, in further lines; set->files are then the
 * files that were read, and those that were looked for and missing. */
MUST_CHECK bool script_run(struct handlers *set, struct buf *out_error);

/* What the load of this set changed in what all loads share (libraries, installed modules) is taken
 * back: it failed, or the set is given up. Once. */
void script_undo(struct handlers *set);
/* It stays: the set is not given up any more. */
void script_settle(struct handlers *set);
/* `set` takes the place of `former`, which was not settled: an undo is to undo both. */
void script_inherit(struct handlers *set, struct handlers *former);

/* Whatever is not in the script's folder, links followed, is out of reach with --sandbox. */
bool script_may_reach(lua_State *L, const char *path);

/* Pushes what is behind _ENV, which may be written without a warning. [-0, +1, -] */
void script_push_globals(const struct handlers *set, lua_State *L);

#endif
