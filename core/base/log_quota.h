/* How many events of one kind are worth writing.
 * Most of the log is about clients, and a client can do what makes a line a hundred thousand times
 * a second: that would fill the disk, and the writing alone would hold up everybody. So each kind
 * has a quota for a stretch of time; what goes beyond is counted, for one line that says so. It
 * writes nothing itself, and time is a parameter. */
#ifndef MW_BASE_LOG_QUOTA_H
#define MW_BASE_LOG_QUOTA_H

#include "core/base/clock.h"

#include <stdbool.h>
#include <stddef.h>

#define LOG_QUOTA_EVENTS 100 /* of a kind, in each stretch */
#define LOG_QUOTA_NS (5 * NS_PER_S)
#define LOG_QUOTA_KINDS 64 /* told apart at a time; what is more shares a quota */

/* Zeroed memory is a fresh one. */
struct log_quota {
    size_t withheld; /* since its owner last told, and set it to 0 */
    struct {
        uint64_t kind;
        int64_t until_ns; /* the end of its stretch */
        unsigned count;
    } _kinds[LOG_QUOTA_KINDS];
};

/* Is this event to be written? If not it is counted. */
bool log_quota_admits(struct log_quota *q, uint64_t kind, int64_t now_ns);

#endif
