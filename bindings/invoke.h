/* The only way into Lua: starts, resumes and calls, each under a budget, each with one outcome.
 * Nothing else calls lua_resume or lua_pcall. A failure leaves its text in vm->failure and its
 * traceback, taken from the dead coroutine, in vm->traceback; whoever asked decides whether it is
 * logged (task.h). A script's error never ends the program. */
#ifndef MW_BINDINGS_INVOKE_H
#define MW_BINDINGS_INVOKE_H

#include "bindings/vm.h"

enum invoke_outcome {
    INVOKE_OK = 0,
    INVOKE_YIELDED, /* it waits; resume it again */
    INVOKE_ERROR,   /* it raised */
    INVOKE_KILLED,  /* it ran over its budget */
    INVOKE_NOMEM    /* it went over the memory limit */
};

/* Starts or goes on with a coroutine, its `arguments` (and, to start, the function under them) on
 * its stack. OK: `*out_count` results are on top of it. A failure: the error value, whatever it is,
 * is on top of it, and it needs invoke_reset. */
enum invoke_outcome invoke_resume(struct vm *vm, lua_State *co, int64_t budget_ns, int arguments,
                                  int *out_count);

/* Makes a coroutine that ended so (or, INVOKE_YIELDED, waits) empty and startable again; its
 * pending to-be-closed variables run, under the budget. False: drop it. */
bool invoke_reset(struct vm *vm, lua_State *co, enum invoke_outcome outcome, int64_t budget_ns);

/* For coroutine.resume: runs a coroutine of the script's own for the code in L, under the budget
 * that L is under. The status and `*out_count` are lua_resume's. Does not return if that budget is
 * spent. */
int invoke_inner(lua_State *L, lua_State *co, int arguments, int *out_count);
/* The same for coroutine.close: lua_resetthread's status; unless LUA_OK, the error is on top of co.
 */
int invoke_inner_close(lua_State *L, lua_State *co);

/* Takes the traceback of a suspended or dead coroutine into vm->traceback. */
void invoke_traceback(struct vm *vm, lua_State *co);

#endif
