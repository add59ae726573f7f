/* Jobs over a reload: schedules that go on in the new code, and come back if it is no good.
 * The new set's jobs start while those of the old one only stand still, so that a new generation
 * whose first tick fails can be taken back as if it had never been. */
#include "bindings/job.h"

#include <utlist.h>

static bool same_schedule(const struct job *a, const struct job *b)
{
    return a->kind == b->kind &&
           (a->kind == JOB_TICK ? a->rate == b->rate : a->period_ns == b->period_ns);
}

/* `to` has the schedule from now on; `from` stands still. */
static void move_schedule(struct job *to, struct job *from)
{
    if (to->kind == JOB_TICK) {
        tick_continue(to->tick, from->tick, to->max_catch_up, job_step, to);
        return;
    }
    to->_start_ns = from->_start_ns;
    to->_beats = from->_beats;
    timers_disarm(from->vm->timers, &from->_timer);
    timers_arm(to->vm->timers, &to->_timer, to->_start_ns + (int64_t)to->_beats * to->period_ns);
}

/* The first of the former set that has this schedule. One whose schedule was taken is paused. */
static struct job *find_former(const struct job *j, const struct handlers *former)
{
    struct job *other;
    DL_FOREACH(j->vm->jobs.all, other)
    {
        if (job_is_of(other, former) && other->state == JOB_RUNNING && same_schedule(j, other))
            return other;
    }
    return NULL;
}

void job_take_over(struct handlers *set, const struct handlers *former)
{
    struct job *j;
    DL_FOREACH(set->vm->jobs.all, j)
    {
        struct job *other = NULL;
        if (job_is_of(j, set) && j->state == JOB_STAGED && job_is_periodic(j))
            other = find_former(j, former);
        if (!other)
            continue;
        move_schedule(j, other);
        other->state = JOB_PAUSED;
        other->_armed = false;
        j->_origin = other->_origin ? other->_origin : other->id;
    }
}

void job_give_back(struct handlers *set)
{
    struct job *j;
    DL_FOREACH(set->vm->jobs.all, j)
    {
        if (!job_is_of(j, set) || !j->_origin || j->state == JOB_ENDED)
            continue;
        struct job *origin = job_find(j->vm, j->_origin);
        j->_origin = 0;
        if (!origin || origin->state != JOB_PAUSED)
            continue;
        move_schedule(origin, j);
        origin->state = JOB_RUNNING;
    }
}

static void pause(struct job *j)
{
    j->state = JOB_PAUSED;
    j->_armed = j->kind == JOB_TICK || timer_armed(&j->_timer);
    if (j->kind == JOB_TICK)
        tick_stop(j->tick);
    else if (j->_armed)
        timers_disarm(j->vm->timers, &j->_timer);
    if (j->_task)
        task_pause(j->_task);
}

/* A timer that was disarmed still knows its deadline. */
static void resume(struct job *j)
{
    j->state = JOB_RUNNING;
    if (j->kind == JOB_TICK && j->_armed)
        tick_resume(j->tick);
    else if (j->_armed)
        timers_arm(j->vm->timers, &j->_timer, j->_timer.deadline_ns);
    if (j->_task)
        task_unpause(j->_task);
}

void job_pause_all(const struct handlers *set)
{
    struct job *j;
    DL_FOREACH(set->vm->jobs.all, j)
    {
        if (job_is_of(j, set) && j->state == JOB_RUNNING)
            pause(j);
    }
}

void job_resume_all(const struct handlers *set)
{
    struct job *j;
    DL_FOREACH(set->vm->jobs.all, j)
    {
        if (job_is_of(j, set) && j->state == JOB_PAUSED)
            resume(j);
    }
}

size_t job_try_all(const struct handlers *set)
{
    size_t count = 0;
    struct job *j;
    DL_FOREACH(set->vm->jobs.all, j)
    {
        j->on_trial = job_is_of(j, set) && j->state == JOB_RUNNING && j->kind == JOB_TICK;
        count += j->on_trial;
    }
    return count;
}
