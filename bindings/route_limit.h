/* Rate limits of routes (API section 9): counts by address, for lua/http.lua. Not for scripts. */
#ifndef MW_BINDINGS_ROUTE_LIMIT_H
#define MW_BINDINGS_ROUTE_LIMIT_H

#include "bindings/compat.h"

/* Makes `require "moonwire.route_limit"` work in the vm. The module: new(text) gives a limit, or
 * nil and what is wrong with the text; counts() what it counts in, which another limit may go on
 * with; limit:hit(counts, address) gives nil while it is within the limit, else the rule as text
 * and the seconds until another is taken. [-0, +0, m] */
void route_limit_open(lua_State *L);

#endif
