/* A small table of kinds; one whose stretch is over is free for another. */
#include "core/base/log_quota.h"

/* Where the kind is counted: its own place, a free one, or, when all are taken, somebody else's. */
static size_t find_place(const struct log_quota *q, uint64_t kind, int64_t now_ns)
{
    size_t home = (size_t)(kind % LOG_QUOTA_KINDS), unused = LOG_QUOTA_KINDS;
    for (size_t i = 0; i < LOG_QUOTA_KINDS; i++) {
        size_t at = (home + i) % LOG_QUOTA_KINDS;
        bool over = now_ns >= q->_kinds[at].until_ns;
        if (!over && q->_kinds[at].kind == kind)
            return at;
        if (over && unused == LOG_QUOTA_KINDS)
            unused = at;
    }
    return unused < LOG_QUOTA_KINDS ? unused : home;
}

bool log_quota_admits(struct log_quota *q, uint64_t kind, int64_t now_ns)
{
    size_t at = find_place(q, kind, now_ns);
    if (now_ns >= q->_kinds[at].until_ns) {
        q->_kinds[at].kind = kind;
        q->_kinds[at].until_ns = now_ns + LOG_QUOTA_NS;
        q->_kinds[at].count = 0;
    }
    if (++q->_kinds[at].count <= LOG_QUOTA_EVENTS)
        return true;
    q->withheld++;
    return false;
}
