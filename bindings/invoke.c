/* Enters Lua and maps every way out to one enum.
 * lua_resume runs no message handler, so the traceback is taken from the coroutine that it left
 * dead; lua_pcall unwinds, so there a handler takes it. The text of an error value may be made by a
 * script's __tostring, and so is itself a guarded call. */
#include "bindings/invoke.h"

#include "bindings/traceback.h"

static void enter(struct vm *vm, lua_State *L, int64_t budget_ns)
{
    guard_arm(&vm->guard, L, budget_ns);
    vm->limited = true;
}

static bool leave(struct vm *vm)
{
    vm->limited = false;
    return guard_disarm(&vm->guard);
}

static int tostring_of(lua_State *L)
{
    luaL_tolstring(L, 1, NULL);
    return 1;
}

/* The text of the value on top of L, which stays there: a string as it is, another through its
 * __tostring, on the main state and under a budget of its own. */
static void describe_value(struct vm *vm, lua_State *L, struct buf *out)
{
    lua_State *main = vm->L;
    int top = lua_gettop(main);
    lua_checkstack(main, 4);
    lua_checkstack(L, 1);
    lua_pushcfunction(main, tostring_of);
    lua_pushvalue(L, -1);
    lua_xmove(L, main, 1);
    enter(vm, main, vm->budget_ns);
    int status = lua_pcall(main, 1, 1, 0);
    if (leave(vm))
        guard_hook(main);
    size_t len = 0;
    const char *text = status == LUA_OK ? lua_tolstring(main, -1, &len) : NULL;
    buf_reset(out, 4096); /* a kill leaves its place there */
    if (text)
        buf_append(out, text, len);
    else
        buf_append_str(out, "(an error whose text cannot be made)");
    lua_settop(main, top);
}

/* An error that a module of ours met in Lua (`moonwire/template_filters.lua:119: resulting string
 * too large`) gets the place of the script or the template in front instead. */
static void put_script_place(lua_State *co, struct buf *text)
{
    struct slice all = buf_slice(text);
    struct buf better = BUF_INIT;
    if (all.len < 9 || strncmp(all.ptr, "moonwire/", 9) != 0)
        return;
    size_t colon = slice_index(all, ':');
    size_t rest = colon == all.len ? all.len : colon + 1;
    rest += slice_index(slice_skip(all, rest), ':');
    if (rest + 2 > all.len)
        return;
    if (traceback_put_place(co, &better)) {
        buf_append_slice(&better, slice_skip(all, rest + 2));
        buf_reset(text, 4096);
        buf_append_slice(text, buf_slice(&better));
    }
    buf_dispose(&better);
}

/* Our own text on top of co, as the value of an error that has none, or none that can be read. */
static void push_text(lua_State *co, const struct buf *text)
{
    lua_checkstack(co, 1);
    lua_pushlstring(co, text->ptr, text->len);
}

/* `by_hook`: which noted the place. */
static void describe_kill(struct vm *vm, lua_State *co, int64_t budget_ns, bool by_hook)
{
    if (!by_hook) {
        buf_reset(&vm->failure, 4096);
        traceback_put_place(co, &vm->failure);
        invoke_traceback(vm, co);
    }
    buf_printf(&vm->failure, "ran for more than %g s without yielding",
               (double)budget_ns / (double)NS_PER_S);
    push_text(co, &vm->failure);
}

static void describe_failure(struct vm *vm, lua_State *co, enum invoke_outcome outcome)
{
    buf_reset(&vm->failure, 4096);
    if (outcome == INVOKE_ERROR) {
        describe_value(vm, co, &vm->failure);
        put_script_place(co, &vm->failure);
        return;
    }
    traceback_put_place(co, &vm->failure);
    buf_printf(&vm->failure, "not enough memory: the script holds %zu bytes", vm->used);
    push_text(co, &vm->failure);
}

void invoke_traceback(struct vm *vm, lua_State *co)
{
    buf_reset(&vm->traceback, 4096);
    traceback_push(vm->L, co, NULL, 0);
    buf_append_str(&vm->traceback, lua_tostring(vm->L, -1));
    lua_pop(vm->L, 1);
}

static enum invoke_outcome outcome_of(int status, bool killed)
{
    if (killed)
        return INVOKE_KILLED;
    if (status == LUA_OK)
        return INVOKE_OK;
    if (status == LUA_YIELD)
        return INVOKE_YIELDED;
    return status == LUA_ERRMEM ? INVOKE_NOMEM : INVOKE_ERROR;
}

enum invoke_outcome invoke_resume(struct vm *vm, lua_State *co, int64_t budget_ns, int arguments,
                                  int *out_count)
{
    enter(vm, co, budget_ns);
    int status = compat_resume(co, vm->L, arguments, out_count);
    bool by_hook = leave(vm), starved = status == LUA_ERRMEM && vm->guard.stuck;
    enum invoke_outcome outcome = outcome_of(status, by_hook || starved);
    vm->stalled_ns = vm->guard.stalled_ns;
    if (outcome == INVOKE_KILLED)
        describe_kill(vm, co, budget_ns, by_hook);
    if (outcome != INVOKE_ERROR && outcome != INVOKE_NOMEM)
        return outcome;
    describe_failure(vm, co, outcome);
    invoke_traceback(vm, co);
    return outcome;
}

bool invoke_reset(struct vm *vm, lua_State *co, enum invoke_outcome outcome, int64_t budget_ns)
{
    if (!guard_may_close(co))
        return false;
    enter(vm, co, budget_ns);
    bool usable = compat_reset(co);
    if (leave(vm)) {
        log_error(vm->log, "a __close ran for more than %g s after its coroutine had ended",
                  (double)budget_ns / (double)NS_PER_S);
        guard_hook(co);
    }
    if (outcome == INVOKE_KILLED)
        guard_hook(co);
    return usable;
}

int invoke_inner(lua_State *L, lua_State *co, int arguments, int *out_count)
{
    struct guard *g = &vm_of(L)->guard;
    lua_State *former = guard_switch(g, co);
    int status = compat_resume(co, L, arguments, out_count);
    guard_switch(g, former);
    guard_pass_on(L);
    return status;
}

int invoke_inner_close(lua_State *L, lua_State *co)
{
    struct guard *g = &vm_of(L)->guard;
    if (!guard_may_close(co)) {
        lua_pushliteral(co, "the coroutine was stopped for good, with its __close variables");
        return LUA_ERRRUN;
    }
    lua_State *former = guard_switch(g, co);
    int status = lua_resetthread(co);
    guard_switch(g, former);
    guard_pass_on(L);
    return status;
}
