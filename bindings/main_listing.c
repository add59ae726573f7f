/* See main_listing.h. Handlers come out of a hash table in no order, so they are sorted. */
#include "bindings/main_listing.h"

#include "bindings/job.h"

#include <stdlib.h>
#include <utlist.h>

struct names {
    char **lines;
    size_t count;
};

static void add_handler(void *ud, struct slice namespace_, const struct handler *handler)
{
    struct names *names = (struct names *)ud;
    struct buf line = BUF_INIT;
    buf_printf(&line, "  on \"%.*s\" in \"%.*s\"\n", (int)handler->name_len, handler->name,
               SLICE_ARG(namespace_));
    buf_append_char(&line, '\0');
    size_t size = (names->count + 1) * sizeof(*names->lines);
    names->lines = (char **)mem_realloc(names->lines, size);
    names->lines[names->count++] = line.ptr;
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void put_handlers(const struct handlers *set, struct buf *out)
{
    struct names names = {0};
    handlers_each(set, add_handler, &names);
    if (names.count)
        qsort(names.lines, names.count, sizeof(*names.lines), compare_lines);
    for (size_t i = 0; i < names.count; i++) {
        buf_append_str(out, names.lines[i]);
        mem_free(names.lines[i]);
    }
    mem_free(names.lines);
}

static void count_handler(void *ud, struct slice namespace_, const struct handler *handler)
{
    ++*(size_t *)ud;
}

static size_t count_jobs(const struct handlers *set, bool ticks)
{
    size_t count = 0;
    const struct job *job;
    DL_FOREACH(set->vm->jobs.all, job)
    {
        if (job->set == set)
            count += (job->kind == JOB_TICK) == ticks;
    }
    return count;
}

static void put_count(struct buf *out, const char *before, size_t count, const char *what)
{
    buf_printf(out, "%s%zu %s%s", before, count, what, count == 1 ? "" : "s");
}

void listing_summary(const struct handlers *set, struct buf *out)
{
    size_t handlers = 0, others = count_jobs(set, false);
    handlers_each(set, count_handler, &handlers);
    put_count(out, "", handlers, "handler");
    put_count(out, ", ", http_router_count(set->router), "route");
    put_count(out, ", ", count_jobs(set, true), "tick");
    if (others)
        buf_printf(out, ", %zu %s", others, others == 1 ? "timer or task" : "timers or tasks");
}

static void put_job(const struct job *job, bool places, struct buf *out)
{
    switch (job->kind) {
    case JOB_TICK:
        buf_printf(out, "  tick %g a second", job->rate);
        break;
    case JOB_EVERY:
        buf_printf(out, "  every %g s", (double)job->period_ns / (double)NS_PER_S);
        break;
    case JOB_AFTER:
        buf_printf(out, "  after %g s", (double)job->period_ns / (double)NS_PER_S);
        break;
    case JOB_BACKGROUND:
        buf_append_str(out, "  background task");
        break;
    }
    if (places)
        buf_printf(out, " (%s)", job->place);
    buf_append_char(out, '\n');
}

static void put_all(const struct handlers *set, bool places, struct buf *out)
{
    const struct job *job;
    put_handlers(set, out);
    for (size_t i = 0; i < http_router_count(set->router); i++) {
        int route;
        struct slice rule = http_router_rule(set->router, i, &route);
        buf_printf(out, "  route %.*s\n", SLICE_ARG(rule));
    }
    DL_FOREACH(set->vm->jobs.all, job)
    {
        if (job->set == set)
            put_job(job, places, out);
    }
}

void listing_details(const struct handlers *set, struct buf *out)
{
    put_all(set, true, out);
}

void listing_names(const struct handlers *set, struct buf *out)
{
    put_all(set, false, out);
}
