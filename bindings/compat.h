/* The few calls in which Lua 5.4 and LuaJIT's 5.1 API differ, under one name each.
 * A LuaJIT build will follow; whatever the rest of bindings/ needs beyond the common ground goes
 * through here. Only Lua 5.4 is built today. Not a place for conveniences: those are api.h's. */
#ifndef MW_BINDINGS_COMPAT_H
#define MW_BINDINGS_COMPAT_H

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdbool.h>
#include <string.h>

/* The one pointer that a state and all its coroutines share. A coroutine copies it at its birth. */
static inline void compat_set_shared(lua_State *main_state, void *p)
{
    memcpy(lua_getextraspace(main_state), &p, sizeof(p));
}

static inline void *compat_shared(lua_State *L)
{
    void *p;
    memcpy(&p, lua_getextraspace(L), sizeof(p));
    return p;
}

/* As lua_resume of 5.4: `out_count` values are on top of `co` when it has yielded or returned. */
static inline int compat_resume(lua_State *co, lua_State *from, int arguments, int *out_count)
{
    return lua_resume(co, from, arguments, out_count);
}

/* Makes a dead or suspended coroutine usable again, running its pending to-be-closed variables.
 * False: it cannot be made so, and has to be dropped. */
static inline bool compat_reset(lua_State *co)
{
    lua_resetthread(co);
    lua_settop(co, 0);
    return true;
}

static inline void *compat_new_userdata(lua_State *L, size_t size)
{
    return lua_newuserdatauv(L, size, 0);
}

/* Sets the collector's mode; was it generational? */
static inline bool compat_gc_generational(lua_State *L, bool on)
{
    return lua_gc(L, on ? LUA_GCGEN : LUA_GCINC, 0, 0, 0) == LUA_GCGEN;
}

#endif
