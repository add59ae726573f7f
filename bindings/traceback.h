/* luaL_traceback for stacks of any depth.
 * Lua's own walks the whole stack once for each level that it shows, which is a second for the
 * hundreds of thousands of calls of a recursion without end. A deep stack shows its innermost calls
 * only. It says nothing of whose stack it is. */
#ifndef MW_BINDINGS_TRACEBACK_H
#define MW_BINDINGS_TRACEBACK_H

#include "bindings/compat.h"
#include "core/base/buf.h"

#define TRACEBACK_DEPTH 5000 /* calls; more are a deep stack */
#define TRACEBACK_SHOWN 22   /* of a deep stack; as many as Lua shows of another */

/* As luaL_traceback. Wants LUA_MINSTACK slots of L. [-0, +1, m] */
void traceback_push(lua_State *L, lua_State *of, const char *message, int level);

/* Appends "scripts/game.lua:12: " of the innermost function of the script, or of a template, on the
 * stack; the embedded modules are passed over. False: there is none. */
bool traceback_put_place(lua_State *of, struct buf *out);

/* debug.traceback([thread,] [message [, level]]) */
int traceback_debug(lua_State *L);

#endif
