/* The log of the program: lines on standard error, in text or JSON, as many of a kind as its quota
 * allows. What was withheld is told in one line at the end of the stretch. */
#ifndef MW_BINDINGS_MAIN_LOG_H
#define MW_BINDINGS_MAIN_LOG_H

#include "core/base/log.h"
#include "core/base/log_quota.h"
#include "core/net/output.h"
#include "core/server/timers.h"

struct main_log {
    struct log log;
    bool json; /* --log-format json */
    struct output _out;
    struct log_quota _quota;
    struct timers *_timers; /* NULL: nothing runs yet, or any more */
    struct timer _tell;
};

void main_log_init(struct main_log *l);
/* Writes what waits, as output_dispose does. */
void main_log_dispose(struct main_log *l);

/* From start to stop the loop notices a reader that comes back, and the timers end a stretch. */
void main_log_start(struct main_log *l, struct loop *loop, struct timers *timers);
void main_log_stop(struct main_log *l);

#endif
