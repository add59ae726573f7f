/* What scripts get in place of some functions of Lua's own libraries, since those run for as long
 * as they please, where no hook reaches.
 * The same functions to the letter, results and messages, but each can be stopped by the guard; and
 * no metatable of a script has a finaliser, which would run where nothing stops it. What is as
 * quick as its arguments are small is left as it is. */
#ifndef MW_BINDINGS_LIBRARY_H
#define MW_BINDINGS_LIBRARY_H

#include "bindings/vm.h"

/* After luaL_openlibs. */
void library_open(lua_State *L);

/* Each replaces functions in the library's table, which is on top. [-0, +0, m] */
void library_coroutine_open(lua_State *L); /* resume wrap close */
void library_string_open(lua_State *L);    /* find match gmatch gsub rep */
void library_table_open(lua_State *L);     /* concat insert move remove sort */

/* bound_cjson(module): gives an instance of cjson an encode that can be stopped, and returns it. */
int library_bound_cjson(lua_State *L);

/* How many elements, or bytes, are done between two looks at the guard. */
#define LIBRARY_STRIDE 65536

#endif
