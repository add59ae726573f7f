/* Time: socketio.tick, every, after, start_background_task, sleep, now, and the handles.
 * A handle is a userdata with the number of a job; the job outlives its run for as long as there is
 * a handle, so that stats and join still answer. */
#include "bindings/api.h"
#include <math.h>

#define TICK_MARK "mw.tick"
#define TIMER_MARK "mw.timer"
#define TASK_MARK "mw.task"

struct handle {
    slot_id job;
};

static int handle_collect(lua_State *L)
{
    struct handle *h = (struct handle *)lua_touserdata(L, 1);
    struct job *j = job_find(vm_of(L), h->job);
    h->job = 0;
    if (j)
        job_unref(j);
    return 0;
}

static struct job *check_handle(lua_State *L, const char *mark)
{
    struct handle *h = (struct handle *)luaL_checkudata(L, 1, mark);
    struct job *j = job_find(vm_of(L), h->job);
    if (!j)
        api_error(L, "this handle's %s is gone", mark + 3);
    return j;
}

/* Pushes a handle that has no job yet: it is memory that Lua may refuse, so it comes first. */
static struct handle *push_handle(lua_State *L, const char *mark)
{
    struct handle *h = (struct handle *)compat_new_userdata(L, sizeof(*h));
    h->job = 0;
    luaL_setmetatable(L, mark);
    return h;
}

/* A job of `kind` for the function at `function`, with its handle on top. [-0, +1, e] */
static struct job *make_job(lua_State *L, enum job_kind kind, const char *mark, int function)
{
    struct handle *h = push_handle(L, mark);
    api_push_place(L);
    lua_pushvalue(L, function);
    struct job *j = job_create(engine_registering(L), kind, L, lua_tostring(L, -2));
    lua_pop(L, 1);
    job_ref(j);
    h->job = j->id;
    return j;
}

/* --- tick --- */

/* Who has written sleep(1 / 30) writes tick(1 / 30), and waits half a minute for the first step. */
static void warn_of_period(lua_State *L, double rate)
{
    double period = 1 / rate;
    if (!(period > 10 && period <= 240) || fabs(period - round(period)) > 1e-9)
        return;
    api_push_place(L);
    log_warning(vm_of(L)->log,
                "%s: tick: %g steps a second is one every %g s; for %g a second write "
                "socketio.tick(%g, …), for the other socketio.every(%g, …)",
                lua_tostring(L, -1), rate, period, period, period, period);
    lua_pop(L, 1);
}

static double check_rate(lua_State *L)
{
    double rate = lua_type(L, 1) == LUA_TNUMBER ? lua_tonumber(L, 1) : 0;
    if (!(rate >= TICK_RATE_MIN && rate <= TICK_RATE_MAX))
        api_error(L, "tick: the rate must be 0.001 to 1000 steps a second, not %s",
                  api_found(L, 1));
    return rate;
}

static unsigned check_catch_up(lua_State *L)
{
    static const char *const names[] = {"max_catch_up", NULL};
    double steps = TICK_CATCH_UP;
    api_check_options(L, 2, "tick", names);
    api_option_number(L, 2, "tick", "max_catch_up", &steps);
    if (!(steps >= 1 && steps <= 1e6) || steps != floor(steps))
        api_error(L, "tick: the option max_catch_up must be a whole number of steps from 1 on");
    return (unsigned)steps;
}

/* tick(rate, [options,] function(dt, n) end) */
static int time_tick(lua_State *L)
{
    if (lua_isfunction(L, 2) && !lua_isnoneornil(L, 3))
        api_error(L, "tick: the options come before the function");
    lua_settop(L, lua_isfunction(L, 2) ? 2 : 3);
    if (lua_gettop(L) == 2) {
        lua_pushnil(L);
        lua_insert(L, 2);
    }
    double rate = check_rate(L);
    warn_of_period(L, rate);
    unsigned max_catch_up = check_catch_up(L);
    api_check_function(L, 3, "what a tick calls");
    struct job *j = make_job(L, JOB_TICK, TICK_MARK, 3);
    j->rate = rate;
    j->max_catch_up = max_catch_up;
    job_start(j);
    return 1;
}

static int handle_stop(lua_State *L)
{
    job_stop(check_handle(L, lua_tostring(L, lua_upvalueindex(1))));
    return 0;
}

static void set_seconds(lua_State *L, const char *name, int64_t ns)
{
    lua_pushnumber(L, (double)ns / (double)NS_PER_S);
    lua_setfield(L, -2, name);
}

static void set_count(lua_State *L, const char *name, uint64_t count)
{
    lua_pushinteger(L, (lua_Integer)count);
    lua_setfield(L, -2, name);
}

static int tick_stats(lua_State *L)
{
    const struct job *j = check_handle(L, TICK_MARK);
    const struct tick *t = j->tick;
    lua_createtable(L, 0, 9);
    lua_pushnumber(L, j->rate);
    lua_setfield(L, -2, "rate");
    set_count(L, "ticks", t->ticks);
    set_count(L, "skipped", t->skipped);
    set_seconds(L, "late_p50", histogram_percentile(&t->late, 0.50));
    set_seconds(L, "late_p99", histogram_percentile(&t->late, 0.99));
    set_seconds(L, "late_max", t->late.max_ns);
    set_seconds(L, "busy_p50", histogram_percentile(&t->busy, 0.50));
    set_seconds(L, "busy_p99", histogram_percentile(&t->busy, 0.99));
    set_seconds(L, "busy_max", t->busy.max_ns);
    return 1;
}

/* --- timers --- */

static int start_timer(lua_State *L, enum job_kind kind, const char *what, int64_t period_ns)
{
    api_check_function(L, 2, what);
    struct job *j = make_job(L, kind, TIMER_MARK, 2);
    j->period_ns = period_ns;
    job_start(j);
    return 1;
}

static int time_every(lua_State *L)
{
    int64_t period_ns = api_check_seconds(L, 1, "the period of every");
    if (period_ns < NS_PER_MS)
        api_error(L, "the period of every must be 0.001 seconds or more, not %s", api_found(L, 1));
    return start_timer(L, JOB_EVERY, "what every calls", period_ns);
}

static int time_after(lua_State *L)
{
    int64_t delay_ns = api_check_seconds(L, 1, "the delay of after");
    return start_timer(L, JOB_AFTER, "what after calls", delay_ns);
}

/* --- background tasks --- */

/* start_background_task(fn, …) */
static int time_start_background_task(lua_State *L)
{
    int count = lua_gettop(L) - 1;
    api_check_function(L, 1, "what start_background_task runs");
    value_push_args(&vm_of(L)->codec, L, 2); /* fn arguments */
    struct handlers *set = engine_registering(L);
    int arguments = count > 0 ? handlers_keep(set, L) : HANDLERS_NONE;
    struct job *j = make_job(L, JOB_BACKGROUND, TASK_MARK, 1);
    j->arguments = arguments;
    job_start(j);
    return 1;
}

static struct job *check_other_task(lua_State *L, const char *what)
{
    struct job *j = check_handle(L, TASK_MARK);
    if (job_is_current(j))
        api_error(L, "a task cannot %s itself: it ends by returning", what);
    return j;
}

static int task_handle_cancel(lua_State *L)
{
    job_stop(check_other_task(L, "cancel"));
    return 0;
}

static int task_handle_join(lua_State *L)
{
    struct job *j = check_other_task(L, "join");
    return job_join(j, task_require_waitable(L, "join"));
}

/* --- sleep, now --- */

static int time_sleep(lua_State *L)
{
    int64_t ns = lua_isnoneornil(L, 1) ? 0 : api_check_seconds(L, 1, "the time to sleep");
    return task_sleep(task_require_waitable(L, "sleep"), ns);
}

static int time_now(lua_State *L)
{
    lua_pushnumber(L, (double)vm_now_ns(vm_of(L)) / (double)NS_PER_S);
    return 1;
}

/* --- registering --- */

static void make_mark(lua_State *L, const char *mark, const luaL_Reg *methods)
{
    if (luaL_newmetatable(L, mark)) {
        lua_newtable(L);
        lua_pushstring(L, mark);
        luaL_setfuncs(L, methods, 1);
        lua_setfield(L, -2, "__index");
        lua_pushcfunction(L, handle_collect);
        lua_setfield(L, -2, "__gc");
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
    }
    lua_pop(L, 1);
}

void api_time_bind(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"tick", time_tick},   {"every", time_every},
        {"after", time_after}, {"start_background_task", time_start_background_task},
        {"sleep", time_sleep}, {"now", time_now},
        {NULL, NULL}};
    static const luaL_Reg tick_methods[] = {
        {"stop", handle_stop}, {"stats", tick_stats}, {NULL, NULL}};
    static const luaL_Reg timer_methods[] = {{"stop", handle_stop}, {NULL, NULL}};
    static const luaL_Reg task_methods[] = {
        {"cancel", task_handle_cancel}, {"join", task_handle_join}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
    make_mark(L, TICK_MARK, tick_methods);
    make_mark(L, TIMER_MARK, timer_methods);
    make_mark(L, TASK_MARK, task_methods);
}
