/* Lua's patterns, matched under the guard: the rules of the manual of Lua 5.4, section 6.4.1.
 * Lua's own matcher backtracks in C, where a short pattern may run for hours; this one looks at the
 * guard every LIBRARY_STRIDE steps. It captures; what is made of a match is library_string.c's. */
#ifndef MW_BINDINGS_PATTERN_H
#define MW_BINDINGS_PATTERN_H

#include "bindings/compat.h"
#include "core/base/slice.h"

#define PATTERN_CAPTURES_MAX 32
#define PATTERN_DEPTH_MAX 200 /* of backtracking; beyond: "pattern too complex" */

struct pattern_capture {
    const char *from;
    ptrdiff_t len; /* or one of the two below */
};
#define PATTERN_OPEN (-1)     /* it has not ended */
#define PATTERN_POSITION (-2) /* () */

struct pattern {
    lua_State *L; /* errors are raised there */
    struct slice subject;
    const char *from, *end; /* the pattern, without ^, and a NUL behind it */
    int capture_count;
    struct pattern_capture captures[PATTERN_CAPTURES_MAX];
    unsigned _depth; /* that is left */
    uint32_t _steps;
};

/* Subject and pattern must end in a NUL, and stay. */
void pattern_init(struct pattern *p, lua_State *L, struct slice subject, struct slice text);
/* Matches at `at`, in the subject. Where the match ends, or NULL. May raise. */
const char *pattern_match(struct pattern *p, const char *at);

/* The i-th capture from 0; the whole match (from, to) stands for capture 0 if there is none.
 * Returns its length, or PATTERN_POSITION. May raise. */
ptrdiff_t pattern_capture_at(struct pattern *p, int i, const char *from, const char *to,
                             const char **out);
/* Pushes it, a string or a position. */
void pattern_push_capture(struct pattern *p, int i, const char *from, const char *to);
/* Pushes all; the whole match if there is none and `from` is given. Returns how many. */
int pattern_push_captures(struct pattern *p, const char *from, const char *to);

/* Has it none of the magic characters? */
bool pattern_is_plain(struct slice text);

#endif
