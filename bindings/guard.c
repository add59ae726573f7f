/* The hook that ends what does not end.
 * A plain error from a hook is swallowed by the next pcall of the script, again and again; so after
 * the first firing the hook moves to every instruction, and each coroutine that is left in that
 * state heals itself at its next instruction in a later call.
 * It counts processor time, not wall time: a busy machine is not the script's fault. */
#include "bindings/vm.h"

static void on_hook(lua_State *L, lua_Debug *ar);

static void raise_kill(struct guard *g, lua_State *L)
{
    g->killing = true;
    lua_sethook(L, on_hook, LUA_MASKCOUNT, 1);
    lua_pushlightuserdata(L, g);
    lua_error(L);
}

static void on_hook(lua_State *L, lua_Debug *ar)
{
    struct guard *g = &vm_of(L)->guard;
    if (!g->killing && lua_gethookcount(L) != GUARD_INSTRUCTIONS)
        guard_heal(L);
    if (!g->budget_ns)
        return;
    if (g->killing)
        raise_kill(g, L);
    int64_t now_ns = clock_cpu_ns();
    if (!g->deadline_ns)
        g->deadline_ns = now_ns + g->budget_ns;
    else if (now_ns >= g->deadline_ns)
        raise_kill(g, L);
}

void guard_install(lua_State *main_state)
{
    guard_heal(main_state);
}

void guard_heal(lua_State *co)
{
    lua_sethook(co, on_hook, LUA_MASKCOUNT, GUARD_INSTRUCTIONS);
}

void guard_arm(struct guard *g, int64_t budget_ns)
{
    g->budget_ns = budget_ns;
    g->deadline_ns = 0;
    g->killing = false;
}

bool guard_disarm(struct guard *g)
{
    bool killed = g->killing;
    *g = (struct guard){0};
    return killed;
}

bool guard_is_kill(struct guard *g, lua_State *L, int index)
{
    return lua_islightuserdata(L, index) && lua_touserdata(L, index) == g;
}
