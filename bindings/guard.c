/* The hook that ends what does not end.
 * An error is no way to stop a script: pcall swallows it, and a message handler runs inside the
 * hook, where nothing can interrupt it. A yield is neither seen nor answered by the script; one
 * from an inner coroutine looks like its own to whoever resumed it, until the hook comes round
 * there: at the next instruction of the outermost, within GUARD_INSTRUCTIONS of any other.
 * It counts processor time, not wall time: a busy machine is not the script's fault. */
#include "bindings/vm.h"

static void on_hook(lua_State *L, lua_Debug *ar);

static void hook_every(lua_State *L, int instructions)
{
    lua_sethook(L, on_hook, LUA_MASKCOUNT, instructions);
}

void guard_hook(lua_State *L)
{
    hook_every(L, GUARD_INSTRUCTIONS);
}

static void append_traceback(struct vm *vm, lua_State *L, lua_State *of)
{
    const char *text, *lines;
    luaL_traceback(L, of, NULL, 0); /* stack traceback:\n\t… */
    text = lua_tostring(L, -1);
    lines = of == L ? text : strchr(text, '\n');
    buf_append_str(&vm->traceback, lines ? lines : "");
    lua_pop(L, 1);
}

/* The place and the traceback, while they are exact: a coroutine that yielded in a hook is one
 * instruction behind. */
static void note_place(struct vm *vm, lua_State *L, lua_Debug *ar)
{
    vm->limited = false;
    lua_getinfo(L, "Sl", ar);
    buf_reset(&vm->failure, 4096);
    buf_printf(&vm->failure, "%s:%d: ", ar->short_src, ar->currentline);
    buf_reset(&vm->traceback, 4096);
    append_traceback(vm, L, L);
    if (L == vm->guard.outermost)
        return;
    buf_append_str(&vm->traceback, "\nresumed by:");
    append_traceback(vm, L, vm->guard.outermost);
}

static void stop(struct guard *g, lua_State *L)
{
    g->killing = true;
    hook_every(g->outermost, 1);
    if (lua_isyieldable(L)) {
        lua_yield(L, 0);
        return;
    }
    hook_every(L, 1);
    lua_pushlightuserdata(L, g);
    lua_error(L);
}

static void on_hook(lua_State *L, lua_Debug *ar)
{
    struct guard *g = &vm_of(L)->guard;
    if (!g->killing && lua_gethookcount(L) != GUARD_INSTRUCTIONS)
        guard_hook(L); /* an inner coroutine that was stopped by an error, and is used again */
    if (!g->outermost)
        return;
    if (g->killing) {
        stop(g, L);
        return;
    }
    int64_t now_ns = clock_cpu_ns();
    if (!g->deadline_ns)
        g->deadline_ns = now_ns + g->budget_ns;
    if (now_ns < g->deadline_ns)
        return;
    note_place(vm_of(L), L, ar);
    stop(g, L);
}

void guard_arm(struct guard *g, lua_State *outermost, int64_t budget_ns)
{
    *g = (struct guard){.outermost = outermost, .budget_ns = budget_ns};
}

bool guard_disarm(struct guard *g)
{
    bool killed = g->killing;
    *g = (struct guard){0};
    return killed;
}
