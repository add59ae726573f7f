/* Between the log and standard error stand the quota, which may drop an event, and the output,
 * which may keep it for a reader that is slow. */
#include "bindings/main_log.h"

#include <unistd.h>

#define LINE_MAX_LEN 16384

static void write_line(void *ud, enum log_level level, struct slice text)
{
    struct main_log *l = (struct main_log *)ud;
    char line[LINE_MAX_LEN];
    size_t len = l->json ? log_format_json(line, sizeof(line), clock_unix_ms(), level, text)
                         : log_format_text(line, sizeof(line), clock_unix_ms(), level, text);
    output_write(&l->_out, slice_make(line, len));
}

static void tell_withheld(void *ud, int64_t now_ns)
{
    struct main_log *l = (struct main_log *)ud;
    size_t withheld = l->_quota.withheld;
    l->_quota.withheld = 0;
    if (withheld)
        log_warning(&l->log,
                    "%zu more events are not written: of each kind %d are, in %lld seconds",
                    withheld, LOG_QUOTA_EVENTS, (long long)(LOG_QUOTA_NS / NS_PER_S));
}

static bool admits(void *ud, uint64_t kind)
{
    struct main_log *l = (struct main_log *)ud;
    int64_t now_ns = clock_now_ns();
    if (kind == LOG_KIND_OWN || log_quota_admits(&l->_quota, kind, now_ns))
        return true;
    if (l->_timers && !timer_armed(&l->_tell))
        timers_arm(l->_timers, &l->_tell, now_ns + LOG_QUOTA_NS);
    return false;
}

static void on_lost_events(void *ud, size_t lines)
{
    struct main_log *l = (struct main_log *)ud;
    log_warning(&l->log, "nobody read the log for a while: %zu events are lost", lines);
}

void main_log_init(struct main_log *l)
{
    *l = (struct main_log){
        .log = {.sink = write_line, .ud = l, .least = LOG_INFO, .admits = admits}};
    output_init(&l->_out, STDERR_FILENO, on_lost_events, l);
    timer_init(&l->_tell, tell_withheld, l);
}

void main_log_dispose(struct main_log *l)
{
    tell_withheld(l, clock_now_ns());
    output_dispose(&l->_out);
}

void main_log_start(struct main_log *l, struct loop *loop, struct timers *timers)
{
    l->_timers = timers;
    output_attach(&l->_out, loop);
}

void main_log_stop(struct main_log *l)
{
    timers_disarm(l->_timers, &l->_tell);
    l->_timers = NULL;
    output_detach(&l->_out);
}
