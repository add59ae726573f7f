/* See report.h. */
#include "bindings/report.h"

#include "core/base/hash.h"

static void log_report(const struct report *r)
{
    const struct handlers *set = r->set;
    /* A flood of one error must not hide another. */
    uint32_t kind = hash_bytes(r->message.ptr, r->message.len);
    log_write_kind(set->vm->log, LOG_ERROR, kind, "%.*s: %.*s%s%.*s\n\tgeneration %u of %s",
                   SLICE_ARG(r->what), SLICE_ARG(r->message), r->traceback.len ? "\n" : "",
                   SLICE_ARG(r->traceback), set->generation, set->path);
    if (r->repeated)
        log_error(r->set->vm->log, "the same failed %llu times more since it was last logged",
                  (unsigned long long)r->repeated);
}

void report_send(const struct report *r)
{
    const struct report_listener *listener = r->set->vm->reports;
    log_report(r);
    if (listener)
        listener->on_report(listener->ud, r);
}
