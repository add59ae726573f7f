/* What runs by itself: ticks, timers and background tasks, and the handles that a script has on
 * them. Made at the top level of a script, a job belongs to the handler set and starts when the set
 * goes live; made later, it starts at once (with the next run of the timers, so that tasks do not
 * nest). A handle is a number that finds nothing once its job is over. */
#ifndef MW_BINDINGS_JOB_H
#define MW_BINDINGS_JOB_H

#include "bindings/task.h"
#include "core/server/tick.h"

enum job_kind { JOB_TICK, JOB_EVERY, JOB_AFTER, JOB_BACKGROUND };
enum job_state { JOB_STAGED, JOB_RUNNING, JOB_ENDED };

struct job {
    slot_id id;
    enum job_kind kind;
    enum job_state state;
    struct engine *engine;
    struct handlers *set; /* it keeps the set alive while it runs, unless the set owns it */
    int function;         /* in the set */
    int arguments;        /* in the set: a table of them; HANDLERS_NONE */
    char *place;          /* "scripts/game.lua:60", for the log */
    double rate;          /* JOB_TICK: per second */
    unsigned max_catch_up;
    int64_t period_ns; /* JOB_EVERY, JOB_AFTER */
    struct tick tick;
    struct timer timer; /* of the others */
    uint64_t beats;     /* JOB_EVERY: deadlines that passed */
    int64_t start_ns;
    struct task *task; /* JOB_BACKGROUND: its run */
    struct buf error;  /* the last error of a tick, or what a background task ended with */
    uint64_t repeats;  /* of the same error, since it was last logged */
    int64_t logged_ns;
    bool has_handle;         /* a script may still ask it something */
    bool top_level;          /* the set's; ends with it */
    struct job *next, *prev; /* utlist: of its set, or of the engine */
};

/* Starts what a set declared, when it goes live; ends it, when it goes. */
void job_start_all(struct handlers *set);
void job_stop_all(struct handlers *set);

/* Adds the functions tick, every, after, start_background_task to the table on top, bound to
 * nothing. [-0, +0, m] */
void job_open(lua_State *L);

#endif
