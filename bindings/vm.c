/* Opens a Lua state and gives it our allocator, output and guard.
 * The allocator is where a script's memory limit lives: it fails only while a script's call is
 * under way, since elsewhere nobody would catch the error, and there memory ends the program as
 * everywhere else (mem.h).
 * What a script can require beyond the standard libraries is not decided here. */
#include "bindings/vm.h"

#include "bindings/embed.h"
#include "bindings/library.h"
#include <stdlib.h>
#include <string.h>

static void release(struct vm *vm, void *block, size_t size)
{
    if (pool_takes(size))
        pool_give(&vm->pool, block, size);
    else
        mem_free(block);
}

static void *try_resize(struct vm *vm, void *block, size_t old, size_t size)
{
    if (!pool_takes(old) && !pool_takes(size))
        return mem_try_realloc(block, size);
    void *p = pool_takes(size) ? pool_try_take(&vm->pool, size) : mem_try_alloc(size);
    if (p && block) {
        memcpy(p, block, old < size ? old : size);
        release(vm, block, old);
    }
    return p;
}

static void *vm_allocate(void *ud, void *block, size_t old_size, size_t size)
{
    struct vm *vm = (struct vm *)ud;
    size_t old = block ? old_size : 0; /* for a new block, Lua passes its type there */
    if (size == 0) {
        vm->used -= old;
        release(vm, block, old);
        return NULL;
    }
    bool may_fail = vm->limited && size > old;
    /* Inside a C function that goes on and on no hook comes; but what it makes has to grow. */
    bool refused = may_fail && (vm->guard.stuck || !vm_has_room(vm, size - old));
    void *p = refused ? NULL : try_resize(vm, block, old, size);
    if (!p && !may_fail)
        mem_exhausted(size);
    if (p)
        vm->used = vm->used - old + size;
    else
        vm->reclaim.starved = true;
    return p;
}

/* While garbage is given back the limit is an eighth higher: otherwise whoever comes next would be
 * refused what the last one left, or collect it within its own budget. */
bool vm_has_room(const struct vm *vm, size_t more)
{
    size_t margin = reclaim_busy(&vm->reclaim) ? vm->limit / 8 : 0;
    return !vm->limited || !vm->limit || vm->used + more <= vm->limit + margin;
}

void vm_require_room(struct vm *vm, lua_State *L, size_t more)
{
    if (!vm_has_room(vm, more))
        lua_gc(L, LUA_GCCOLLECT);
    if (vm_has_room(vm, more))
        return;
    vm->reclaim.starved = true;
    lua_pushliteral(L, "not enough memory");
    lua_error(L);
}

void vm_warn_of_stall(struct vm *vm, struct slice what)
{
    log_warning(vm->log,
                "%.*s: stood still for %.1f s, and everybody with it: it waited in a function that "
                "cannot be stopped (os.execute, io.read, a database), or for the processor",
                SLICE_ARG(what), (double)vm->stalled_ns / (double)NS_PER_S);
}

static int on_panic(lua_State *L)
{
    struct vm *vm = vm_of(L);
    log_error(vm->log, "a Lua error outside of any call: %s", luaL_tolstring(L, -1, NULL));
    return 0; /* Lua aborts: an invariant of ours is broken */
}

/* Did a finaliser fail for want of room on the stack? Where a stack has to grow Lua collects
 * garbage first, so at the very end of a stack it runs finalisers (every long string that was built
 * leaves one, of its buffer), and each fails only after the whole stack was copied twice: thousands
 * of them take minutes within one step of the collector, where no hook comes. */
static bool is_overflow(struct slice warning)
{
    static const char finaliser[] = "error in __gc (", overflow[] = "stack overflow";
    return warning.len > sizeof(finaliser) &&
           memcmp(warning.ptr, finaliser, sizeof(finaliser) - 1) == 0 &&
           memmem(warning.ptr, warning.len, overflow, sizeof(overflow) - 1);
}

/* Joins the pieces of a warning, which end with to_continue 0. An overflow is the script's own
 * error, which it would meet right after the collection: it is raised here instead. That ends the
 * step of the collector between two finalisers, and the error's value is still on top. */
static void on_warn(void *ud, const char *message, int to_continue)
{
    struct vm *vm = (struct vm *)ud;
    buf_append_str(&vm->_warning, message);
    if (to_continue)
        return;
    bool overflow = vm->guard.current && is_overflow(buf_slice(&vm->_warning));
    if (!overflow)
        log_write_kind(vm->log, LOG_WARNING, LOG_KIND_OWN, "%.*s",
                       SLICE_ARG(buf_slice(&vm->_warning)));
    buf_reset(&vm->_warning, 1024);
    if (overflow)
        lua_error(vm->guard.current);
}

/* print(…): as Lua's own, but to whoever wants the line. */
static int vm_print(lua_State *L)
{
    struct vm *vm = vm_of(L);
    int count = lua_gettop(L);
    luaL_Buffer line;
    luaL_buffinit(L, &line);
    for (int i = 1; i <= count; i++) {
        if (i > 1)
            luaL_addchar(&line, '\t');
        luaL_tolstring(L, i, NULL);
        luaL_addvalue(&line);
    }
    luaL_pushresult(&line);
    struct slice text;
    text.ptr = lua_tolstring(L, -1, &text.len);
    vm->_on_print(vm->_print_ud, text);
    return 0;
}

/* A value_codec's on_look. Most of what is written is written in a script's call, and its budget
 * counts; what a handler returned is written after it. */
static const char *on_look(void *ud, lua_State *L, unsigned look)
{
    struct vm *vm = (struct vm *)ud;
    if (vm->limit && vm->codec.out.len > vm->limit)
        return "takes more than memory_limit";
    if (vm->guard.outermost) {
        guard_check(L);
        return NULL;
    }
    int64_t now_ns = clock_cpu_ns();
    if (look == 0)
        vm->_write_deadline_ns = now_ns + vm->budget_ns;
    return now_ns < vm->_write_deadline_ns ? NULL : "takes longer to write than handler_timeout";
}

static void open_libraries(lua_State *L)
{
    luaL_openlibs(L);
    library_open(L);
    lua_pushcfunction(L, vm_print);
    lua_setglobal(L, "print");
    embed_open(L);
}

void vm_init(struct vm *vm, const struct vm_params *params)
{
    *vm = (struct vm){.engine = params->engine,
                      .sandbox = params->sandbox,
                      .log = params->log,
                      .clock = params->clock,
                      .clock_ud = params->clock_ud,
                      .budget_ns = GUARD_LOAD_NS,
                      ._on_print = params->on_print,
                      ._print_ud = params->print_ud};
    vm->L = lua_newstate(vm_allocate, vm);
    if (!vm->L)
        abort();
    compat_set_shared(vm->L, vm);
    lua_atpanic(vm->L, on_panic);
    lua_setwarnf(vm->L, on_warn, vm);
    guard_init(&vm->guard, vm->L);
    reclaim_init(vm);
    open_libraries(vm->L);
    value_codec_init(&vm->codec, vm->L);
    vm->codec.on_look = on_look;
    vm->codec.on_look_ud = vm;
}

void vm_dispose(struct vm *vm)
{
    guard_dispose(&vm->guard);
    lua_close(vm->L);
    pool_dispose(&vm->pool);
    slots_dispose(&vm->jobs.by_id);
    value_codec_dispose(&vm->codec);
    buf_dispose(&vm->failure);
    buf_dispose(&vm->traceback);
    buf_dispose(&vm->_warning);
}
