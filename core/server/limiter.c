/* The notation, and the windows. */
#include "core/server/limiter.h"
#include "core/base/clock.h"
#include <stdio.h>

static const struct {
    const char *name;
    int64_t seconds;
} units[] = {
    {"second", 1},      {"minute", 60},     {"hour", 3600}, {"day", 86400},
    {"month", 2592000}, {"year", 31104000}, /* as in Python's limits: 30 days, 12 months */
};

#define MOST UINT32_MAX
#define MULTIPLE_MAX 1000000

/* Takes a decimal number off the front; false if there is none, or it is 0 or over `most`. */
static bool take_number(struct slice *rest, uint64_t most, uint64_t *out)
{
    size_t digits = 0;
    *out = 0;
    while (digits < rest->len && rest->ptr[digits] >= '0' && rest->ptr[digits] <= '9') {
        *out = *out * 10 + (uint64_t)(rest->ptr[digits++] - '0');
        if (*out > most)
            return false;
    }
    *rest = slice_trim(slice_skip(*rest, digits));
    return *out > 0;
}

static bool take_per(struct slice *rest)
{
    size_t len = 0;
    if (slice_starts_with(*rest, SLICE("/")))
        len = 1;
    else if (rest->len > 3 && slice_equal_nocase(slice_make(rest->ptr, 3), SLICE("per")))
        len = 3;
    *rest = slice_trim(slice_skip(*rest, len));
    return len > 0;
}

/* The unit, singular or plural; 0 for no unit. */
static int64_t unit_seconds(struct slice word)
{
    if (word.len && (word.ptr[word.len - 1] == 's' || word.ptr[word.len - 1] == 'S'))
        word.len--;
    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
        if (slice_equal_nocase(word, slice_str(units[i].name)))
            return units[i].seconds;
    }
    return 0;
}

static bool parse_rule(struct slice text, struct limiter_rule *out)
{
    struct slice rest = text;
    uint64_t most, multiple = 1;

    if (!take_number(&rest, MOST, &most) || !take_per(&rest))
        return false;
    if (rest.len && rest.ptr[0] >= '0' && rest.ptr[0] <= '9' &&
        !take_number(&rest, MULTIPLE_MAX, &multiple))
        return false;
    int64_t seconds = unit_seconds(rest);
    if (seconds == 0)
        return false;
    out->most = (uint32_t)most;
    out->window_ns = seconds * (int64_t)multiple * NS_PER_S;
    snprintf(out->text, sizeof(out->text), "%.*s", SLICE_ARG(text));
    return true;
}

bool limiter_parse(struct slice text, struct limiter_spec *out, struct buf *out_error)
{
    struct slice rest = text;

    out->count = 0;
    do {
        size_t semicolon = slice_index(rest, ';'), comma = slice_index(rest, ',');
        size_t end = semicolon < comma ? semicolon : comma;
        struct slice part = slice_trim(slice_make(rest.ptr, end));
        if (out->count == LIMITER_RULES_MAX) {
            buf_printf(out_error, "a limit has at most %d parts", LIMITER_RULES_MAX);
            return false;
        }
        if (!parse_rule(part, &out->rules[out->count])) {
            buf_printf(out_error,
                       "limit \"%.*s\" is not understood: write it as \"10 per minute\", "
                       "\"1/second\" or \"100 per hour; 10 per minute\"",
                       SLICE_ARG(part));
            return false;
        }
        out->count++;
        rest = slice_skip(rest, end < rest.len ? end + 1 : end);
    } while (rest.len);
    return true;
}

/* A window that has more left than the rule's is long is of another rule, which a reload replaced.
 */
static bool is_over(const struct limiter_rule *rule, int64_t until_ns, int64_t now_ns)
{
    return now_ns >= until_ns || until_ns - now_ns > rule->window_ns;
}

const struct limiter_rule *limiter_hit(const struct limiter_spec *spec, struct limiter_state *state,
                                       int64_t now_ns, int64_t *out_retry_ns)
{
    for (size_t i = 0; i < spec->count; i++) {
        bool over = is_over(&spec->rules[i], state->_windows[i].until_ns, now_ns);
        if (over || state->_windows[i].hits < spec->rules[i].most)
            continue;
        if (out_retry_ns)
            *out_retry_ns = state->_windows[i].until_ns - now_ns;
        return &spec->rules[i];
    }
    for (size_t i = 0; i < spec->count; i++) {
        if (is_over(&spec->rules[i], state->_windows[i].until_ns, now_ns)) {
            state->_windows[i].until_ns = now_ns + spec->rules[i].window_ns;
            state->_windows[i].hits = 0;
        }
        state->_windows[i].hits++;
    }
    return NULL;
}

bool limiter_idle(const struct limiter_spec *spec, const struct limiter_state *state,
                  int64_t now_ns)
{
    for (size_t i = 0; i < spec->count; i++) {
        if (!is_over(&spec->rules[i], state->_windows[i].until_ns, now_ns))
            return false;
    }
    return true;
}
