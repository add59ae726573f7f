/* Errors of wrong usage, raised where the script made it.
 * An embedded Lua module may stand between the script and the C function that finds the mistake, so
 * the place is looked for, not counted. Not for failures of an operation: those return nil,
 * message, code. */
#ifndef MW_BINDINGS_API_ERROR_H
#define MW_BINDINGS_API_ERROR_H

#include "bindings/compat.h"

/* Raises the text with the script's file and line in front: of the innermost Lua function on the
 * stack that is not one of the embedded modules. The format is lua_pushfstring's. */
_Noreturn void api_error(lua_State *L, const char *format, ...);

/* Pushes "scripts/game.lua:12" of that function, or "?". [-0, +1, m] */
void api_push_place(lua_State *L);

#endif
