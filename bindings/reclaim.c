/* See reclaim.h. */
#include "bindings/vm.h"

/* The one that is under way may have passed what became garbage since. */
#define CYCLES 2

static void step(void *ud, int64_t now_ns)
{
    struct vm *vm = (struct vm *)ud;
    struct reclaim *r = &vm->reclaim;
    if (compat_gc_generational(vm->L, false))
        r->_generational = true;
    if (lua_gc(vm->L, LUA_GCSTEP, 0))
        r->_cycles--;
    if (r->_cycles) {
        timers_arm(vm->timers, &r->_timer, now_ns);
        return;
    }
    compat_gc_generational(vm->L, r->_generational);
    r->_generational = false;
}

void reclaim_init(struct vm *vm)
{
    timer_init(&vm->reclaim._timer, step, vm);
}

void reclaim_after_call(struct vm *vm, bool killed)
{
    if (killed || vm->reclaim.starved)
        reclaim_start(vm);
    vm->reclaim.starved = false;
}

void reclaim_start(struct vm *vm)
{
    if (!vm->timers)
        return;
    vm->reclaim._cycles = CYCLES;
    timers_arm(vm->timers, &vm->reclaim._timer, vm_now_ns(vm));
}

void reclaim_stop(struct vm *vm)
{
    vm->reclaim._cycles = 0;
    timers_disarm(vm->timers, &vm->reclaim._timer);
}
