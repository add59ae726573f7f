/* What runs by itself: ticks, timers and background tasks.
 * Made at the top level of a script, or by mw.on_reload, a job starts when its handler set goes
 * live and ends with it; made later, it starts at once (with the next run of the timers, so that
 * tasks do not nest) and keeps its set alive. A script's handle is a number (slot_id) that finds
 * nothing once the job is over and freed. It registers nothing with Lua: api_time.c does. */
#ifndef MW_BINDINGS_JOB_H
#define MW_BINDINGS_JOB_H

#include "bindings/task.h"

enum job_kind { JOB_TICK, JOB_EVERY, JOB_AFTER, JOB_BACKGROUND };
enum job_state { JOB_STAGED, JOB_RUNNING, JOB_PAUSED, JOB_ENDED };

struct job_joiner;

struct job {
    slot_id id;
    enum job_kind kind;
    enum job_state state;
    struct vm *vm;
    struct handlers *set; /* whose code it runs; NULL once it ended */
    int function;         /* in the set */
    int arguments;        /* in the set: what the function gets, packed; HANDLERS_NONE: nothing */
    char *place;          /* "scripts/game.lua:60", for the log */
    double rate;          /* JOB_TICK: steps a second */
    unsigned max_catch_up;
    int64_t period_ns; /* JOB_EVERY, JOB_AFTER */
    bool failed;       /* JOB_BACKGROUND: it raised, or was cancelled; error says how */
    struct buf error;
    struct tick *tick;       /* JOB_TICK, else NULL; its counters stay when it is stopped */
    bool on_trial;           /* JOB_TICK of a set that just went live: its first step decides */
    struct job *next, *prev; /* utlist: vm->jobs.all */
    struct task *_task;      /* JOB_BACKGROUND: its run, once it started */
    struct job_joiner *_joiners;
    struct timer _timer; /* the next run; of a job that ended: its freeing */
    int64_t _start_ns;
    uint64_t _beats;    /* JOB_EVERY: deadlines so far */
    slot_id _origin;    /* the paused job whose schedule this one has; 0: none */
    bool _armed;        /* of a paused one: its timer was */
    unsigned _kills;    /* JOB_TICK: steps in a row that ran over their budget */
    uint64_t _unlogged; /* failures since the last that was logged */
    int64_t _logged_ns;
    bool _top_level; /* does not reference the set */
    uint32_t _refs;  /* a handle, the running state, each task */
};

/* Keeps the function on top of L for a new job of `set`; staged while the set is staging, else
 * running as soon as job_start is called. The caller fills in rate, period, arguments first.
 * [-1, +0, m] */
struct job *job_create(struct handlers *set, enum job_kind kind, lua_State *L, const char *place);
/* Starts it unless its set is staging. */
void job_start(struct job *j);
/* Starts what a set declared, when it goes live. */
void job_start_all(struct handlers *set);
/* Ends what a set declared at its top level, when it goes; set NULL: every job of the vm. */
void job_stop_all(struct vm *vm, const struct handlers *set);

/* --- from one set to the next (job_handover.c) --- */

/* Each tick and `every` that `set` declared goes on with the schedule of the first one of `former`
 * that has the same rate and was not taken by another: the n-th tick of a rate is the n-th of that
 * rate. Before job_start_all(set). */
void job_take_over(struct handlers *set, const struct handlers *former);
/* The reverse: the schedules go back to the paused jobs they came from. */
void job_give_back(struct handlers *set);
/* What a set declared at its top level stands still, its background tasks included, and goes on
 * where it stood. A paused tick catches up as a late one does. */
void job_pause_all(const struct handlers *set);
void job_resume_all(const struct handlers *set);
/* Puts the running ticks that a set declared on trial, and returns how many these are: the first
 * step of each is told to vm->jobs.on_trial_end. */
size_t job_try_all(const struct handlers *set);

/* Ends every job of a set, whoever made it. */
void job_stop_of(const struct handlers *set);
/* No further run. A background task is cancelled where it waits; it must not be the one that calls.
 * Twice is fine. */
void job_stop(struct job *j);
/* Frees what ended and waits to be freed: when the engine stopped and no timer runs any more. */
void job_sweep(struct vm *vm);
/* Is this the background task whose code runs now? */
bool job_is_current(const struct job *j);

/* NULL: it is over and freed. */
struct job *job_find(struct vm *vm, slot_id id);
/* A handle came to be, or was collected. */
void job_ref(struct job *j);
void job_unref(struct job *j);

/* --- inside job --- */

/* A tick_step_fn. */
void job_step(void *ud, double dt, uint64_t n);
/* Has this job a schedule that another may go on with? */
static inline bool job_is_periodic(const struct job *j)
{
    return j->kind == JOB_TICK || j->kind == JOB_EVERY;
}
static inline bool job_is_of(const struct job *j, const struct handlers *set)
{
    return j->_top_level && j->set == set;
}

/* `return job_join(j, t);` waits for its end, or returns at once: true, or nil and why. */
int job_join(struct job *j, struct task *t);

#endif
