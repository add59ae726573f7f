/* Rate limits in Flask-Limiter's notation: "10 per minute", "1/second", "100 per hour; 10 per
 * minute". A spec is parsed once; whoever is limited has a state for each spec, which may change
 * under it: what was counted goes on counting as far as it lies within a window of the new one.
 * Fixed windows, as Flask-Limiter's default strategy: a window begins with the first hit and all
 * hits within it count. Pure: does not know who is limited, nor what a hit is. */
#ifndef MW_SERVER_LIMITER_H
#define MW_SERVER_LIMITER_H

#include "core/base/buf.h"
#include <stdint.h>

#define LIMITER_RULES_MAX 4
#define LIMITER_TEXT_MAX 40

struct limiter_rule {
    uint32_t most; /* hits in a window */
    int64_t window_ns;
    char text[LIMITER_TEXT_MAX]; /* "10 per minute", as errors name it */
};

struct limiter_spec {
    struct limiter_rule rules[LIMITER_RULES_MAX];
    size_t count;
};

/* Zeroed memory is a state without a hit. */
struct limiter_state {
    struct {
        int64_t until_ns; /* the end of the window */
        uint32_t hits;
    } _windows[LIMITER_RULES_MAX];
};

/* Parses `count per|/ [n] second|minute|hour|day|month|year[s]`, several separated by `;` or `,`.
 * False: out_error says which part is wrong and what would be right. */
MUST_CHECK bool limiter_parse(struct slice text, struct limiter_spec *out, struct buf *out_error);

/* Counts one hit. NULL: it is within every rule. Else the rule that it is past, and it counts for
 * none; `*out_retry_ns` (may be NULL) is how long until a hit is taken again. */
const struct limiter_rule *limiter_hit(const struct limiter_spec *spec, struct limiter_state *state,
                                       int64_t now_ns, int64_t *out_retry_ns);

/* Are all windows over, so that the state may be forgotten? */
bool limiter_idle(const struct limiter_spec *spec, const struct limiter_state *state,
                  int64_t now_ns);

#endif
