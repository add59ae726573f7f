/* The hook that ends what does not end.
 * An error is no way to stop a script: pcall swallows it, and a message handler runs inside the
 * hook, where nothing can interrupt it. A yield is neither seen nor answered by the script; one
 * from an inner coroutine looks like its own to whoever resumed it, so library_coroutine.c passes
 * it on, up to the outermost.
 * It counts processor time, not wall time: a busy machine is not the script's fault. */
#include "bindings/traceback.h"
#include "bindings/vm.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

/* How many instructions lie between two hooks, which says why they come, too. */
enum every { EVERY_KILLED = 1, EVERY_ALARMED = 2 };

#define RINGS_EACH 20 /* alarms, until the hook comes */

static void on_hook(lua_State *L, lua_Debug *ar);

/* 0: never. Lua walks the whole call stack for this, which may be hundreds of thousands of calls
 * deep. */
static void hook_every(lua_State *L, int instructions)
{
    lua_sethook(L, instructions ? on_hook : NULL, instructions ? LUA_MASKCOUNT : 0, instructions);
}

static int everyday(const struct guard *g)
{
    return g->_has_alarm ? 0 : GUARD_INSTRUCTIONS;
}

void guard_hook(lua_State *L)
{
    hook_every(L, everyday(&vm_of(L)->guard));
}

/* --- the kill --- */

static void append_traceback(struct vm *vm, lua_State *L, lua_State *of)
{
    const char *text, *lines;
    if (!lua_checkstack(L, LUA_MINSTACK))
        return;
    traceback_push(L, of, NULL, 0);
    text = lua_tostring(L, -1);
    lines = vm->traceback.len ? strchr(text, '\n') : text; /* one heading */
    buf_append_str(&vm->traceback, lines ? lines : "");
    lua_pop(L, 1);
}

/* The place and the traceback, while they are exact: a coroutine that yielded in a hook is one
 * instruction behind. */
static void note_place(struct vm *vm, lua_State *L)
{
    vm->limited = false;
    buf_reset(&vm->failure, 4096);
    traceback_put_place(L, &vm->failure);
    buf_reset(&vm->traceback, 4096);
    append_traceback(vm, L, L);
    if (L == vm->guard.outermost)
        return;
    buf_append_str(&vm->traceback, "\nresumed by:");
    append_traceback(vm, L, vm->guard.outermost);
}

static void mark_killed(lua_State *L)
{
    if (lua_gethookcount(L) != EVERY_KILLED)
        hook_every(L, EVERY_KILLED);
}

/* Returns only inside the hook, which then has to return at once. Where it has to be an error it is
 * Lua's own for a lack of memory, the one that calls no message handler. */
static void stop(struct guard *g, lua_State *L)
{
    g->killing = true;
    if (L != g->outermost)
        mark_killed(g->outermost);
    if (lua_isyieldable(L)) {
        lua_yield(L, 0);
        return;
    }
    mark_killed(L);
    lua_pushliteral(L, "not enough memory");
    lua_error(L);
}

/* Is it to be killed? The place is noted when that is found out. */
static bool is_over(struct guard *g, lua_State *L)
{
    if (!g->outermost || g->killing)
        return g->killing;
    int64_t now_ns = clock_cpu_ns();
    if (!g->deadline_ns)
        g->deadline_ns = now_ns + g->budget_ns;
    if (now_ns < g->deadline_ns)
        return false;
    note_place(vm_of(L), L);
    return true;
}

static void on_hook(lua_State *L, lua_Debug *ar)
{
    struct guard *g = &vm_of(L)->guard;
    if (!g->killing && lua_gethookcount(L) != everyday(g))
        guard_hook(L); /* after an alarm, or an inner coroutine that was killed and is used again */
    if (is_over(g, L))
        stop(g, L);
}

void guard_check(lua_State *L)
{
    struct guard *g = &vm_of(L)->guard;
    if (is_over(g, L))
        stop(g, L);
}

bool guard_may_close(lua_State *co)
{
    int status = lua_status(co);
    return status == LUA_OK || status == LUA_YIELD || lua_gethookcount(co) != EVERY_KILLED;
}

void guard_pass_on(lua_State *L)
{
    struct guard *g = &vm_of(L)->guard;
    if (g->killing)
        stop(g, L);
}

/* --- the alarm --- */

/* Lua allows lua_sethook, and nothing else, in a signal handler. On a deep stack that takes longer
 * than the alarm's period, so that the script would never come to its next instruction if it were
 * done each time; and the one ring may come just when Lua forgets it, at the start of a call. */
static void on_alarm(int signum, siginfo_t *info, void *context)
{
    struct guard *g = (struct guard *)info->si_value.sival_ptr;
    int64_t now_ns = clock_cpu_ns();
    if (!g->outermost)
        return;
    if (!g->deadline_ns)
        g->deadline_ns = now_ns + g->budget_ns;
    if (now_ns >= g->deadline_ns && g->_alarms++ % RINGS_EACH == 0)
        hook_every(g->current, EVERY_ALARMED);
    if (now_ns >= g->deadline_ns + GUARD_STUCK_NS)
        g->stuck = true;
}

static void start_alarm(struct guard *g)
{
    struct sigaction action = {.sa_sigaction = on_alarm, .sa_flags = SA_SIGINFO | SA_RESTART};
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGVTALRM};
    struct itimerspec period = {{0, GUARD_ALARM_NS}, {0, GUARD_ALARM_NS}};
    event.sigev_value.sival_ptr = g;
    event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
    sigemptyset(&action.sa_mask);
    g->_has_alarm = sigaction(SIGVTALRM, &action, NULL) == 0 &&
                    timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &g->_alarm) == 0;
    if (g->_has_alarm)
        timer_settime(g->_alarm, 0, &period, NULL);
}

void guard_init(struct guard *g, lua_State *main_state)
{
    *g = (struct guard){0};
    start_alarm(g);
    guard_hook(main_state);
}

/* A signal that is pending is delivered on the way out of timer_delete, while the guard is there.
 */
void guard_dispose(struct guard *g)
{
    if (g->_has_alarm)
        timer_delete(g->_alarm);
    g->_has_alarm = false;
}

/* --- around an entry --- */

void guard_arm(struct guard *g, lua_State *outermost, int64_t budget_ns)
{
    g->budget_ns = budget_ns;
    g->deadline_ns = 0;
    g->killing = false;
    g->stuck = false;
    g->_alarms = 0;
    g->_start_ns = clock_coarse_ns();
    g->current = outermost;
    g->outermost = outermost; /* last: the alarm may come in between */
}

/* How long it neither ran nor gave way: it waited inside a C function, or for the processor. */
static int64_t stalled_ns(const struct guard *g)
{
    int64_t waited_ns = clock_coarse_ns() - g->_start_ns;
    if (waited_ns >= GUARD_STALL_NS && g->deadline_ns)
        waited_ns -= clock_cpu_ns() - (g->deadline_ns - g->budget_ns);
    return waited_ns >= GUARD_STALL_NS && !g->killing && !g->stuck ? waited_ns : 0;
}

bool guard_disarm(struct guard *g)
{
    bool killed = g->killing;
    g->stalled_ns = stalled_ns(g);
    g->outermost = NULL;
    g->current = NULL;
    g->killing = false;
    return killed;
}
