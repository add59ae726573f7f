/* A few Lua values kept by name for as long as a C object lives: a peer's mw.data, a request's
 * parsed form. Most objects keep none, so the table is made with the first. */
#ifndef MW_BINDINGS_KEPT_H
#define MW_BINDINGS_KEPT_H

#include "bindings/compat.h"

struct kept {
    int _ref; /* LUA_REGISTRYINDEX: the table; 0: none yet (luaL_ref never gives 0) */
};

/* Zeroed memory keeps nothing. */
static inline void kept_dispose(struct kept *k, lua_State *L)
{
    if (k->_ref)
        luaL_unref(L, LUA_REGISTRYINDEX, k->_ref);
    k->_ref = 0;
}

/* The value kept under `name`, or nil. [-0, +1, -] */
void kept_push(const struct kept *k, lua_State *L, const char *name);
/* Keeps the value on top. [-1, +0, m] */
void kept_set(struct kept *k, lua_State *L, const char *name);

#endif
