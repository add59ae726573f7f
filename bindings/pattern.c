/* A backtracking matcher that counts its steps.
 * match() walks the pattern item by item; what may go on in more than one way (captures, repeats)
 * calls it for the rest, as deep as PATTERN_DEPTH_MAX. */
#include "bindings/pattern.h"

#include "bindings/guard.h"
#include "bindings/library.h"
#include <ctype.h>
#include <limits.h>

static const char *match(struct pattern *p, const char *s, const char *at);

static void step(struct pattern *p)
{
    if (++p->_steps % LIBRARY_STRIDE == 0)
        guard_check(p->L);
}

static const char *subject_end(const struct pattern *p)
{
    return p->subject.ptr + p->subject.len;
}

void pattern_init(struct pattern *p, lua_State *L, struct slice subject, struct slice text)
{
    p->L = L;
    p->subject = subject;
    p->from = text.ptr;
    p->end = text.ptr + text.len;
    p->_steps = 0;
}

/* --- one character --- */

/* Behind the set that begins at `at`, with its "[". */
static const char *set_end(const struct pattern *p, const char *at)
{
    at++;
    if (*at == '^')
        at++;
    do { /* a "]" that comes first is one of the set */
        if (at == p->end)
            luaL_error(p->L, "malformed pattern (missing ']')");
        if (*at++ == '%' && at < p->end)
            at++;
    } while (*at != ']');
    return at + 1;
}

/* Behind the single character, class or set at `at`. */
static const char *item_end(const struct pattern *p, const char *at)
{
    if (*at == '[')
        return set_end(p, at);
    if (*at != '%')
        return at + 1;
    if (at + 1 == p->end)
        luaL_error(p->L, "malformed pattern (ends with '%%')");
    return at + 2;
}

/* Is c of the class that a letter names? Any other character stands for itself. */
static bool is_of_class(int c, int letter)
{
    bool is;
    switch (tolower(letter)) {
    case 'a':
        is = isalpha(c);
        break;
    case 'c':
        is = iscntrl(c);
        break;
    case 'd':
        is = isdigit(c);
        break;
    case 'g':
        is = isgraph(c);
        break;
    case 'l':
        is = islower(c);
        break;
    case 'p':
        is = ispunct(c);
        break;
    case 's':
        is = isspace(c);
        break;
    case 'u':
        is = isupper(c);
        break;
    case 'w':
        is = isalnum(c);
        break;
    case 'x':
        is = isxdigit(c);
        break;
    case 'z':
        is = c == '\0';
        break;
    default:
        return letter == c;
    }
    return isupper(letter) ? !is : is;
}

/* Is c in the set from "[" to its "]"? */
static bool is_in_set(int c, const char *open, const char *close)
{
    const unsigned char *at = (const unsigned char *)open + 1;
    const unsigned char *end = (const unsigned char *)close;
    bool wanted = *at != '^';
    for (at += !wanted; at < end; at++) {
        if (*at == '%') {
            if (is_of_class(c, *++at))
                return wanted;
        } else if (at[1] == '-' && at + 2 < end) {
            if (at[0] <= c && c <= at[2])
                return wanted;
            at += 2;
        } else if (*at == c) {
            return wanted;
        }
    }
    return !wanted;
}

static bool matches_one(struct pattern *p, const char *s, const char *at, const char *end)
{
    if (s >= subject_end(p))
        return false;
    int c = (unsigned char)*s;
    step(p);
    switch (*at) {
    case '.':
        return true;
    case '%':
        return is_of_class(c, (unsigned char)at[1]);
    case '[':
        return is_in_set(c, at, end - 1);
    default:
        return (unsigned char)*at == c;
    }
}

/* --- repeats --- */

static const char *match_most(struct pattern *p, const char *s, const char *at, const char *end)
{
    ptrdiff_t count = 0;
    while (matches_one(p, s + count, at, end))
        count++;
    for (; count >= 0; count--) {
        const char *to = match(p, s + count, end + 1);
        if (to)
            return to;
    }
    return NULL;
}

static const char *match_least(struct pattern *p, const char *s, const char *at, const char *end)
{
    for (;; s++) {
        const char *to = match(p, s, end + 1);
        if (to)
            return to;
        if (!matches_one(p, s, at, end))
            return NULL;
    }
}

/* --- captures --- */

static const char *match_open(struct pattern *p, const char *s, const char *at, ptrdiff_t kind)
{
    if (p->capture_count >= PATTERN_CAPTURES_MAX)
        luaL_error(p->L, "too many captures");
    p->captures[p->capture_count++] = (struct pattern_capture){s, kind};
    const char *to = match(p, s, at);
    if (!to)
        p->capture_count--;
    return to;
}

static const char *match_close(struct pattern *p, const char *s, const char *at)
{
    int i = p->capture_count - 1;
    while (i >= 0 && p->captures[i].len != PATTERN_OPEN)
        i--;
    if (i < 0)
        luaL_error(p->L, "invalid pattern capture");
    p->captures[i].len = s - p->captures[i].from;
    const char *to = match(p, s, at);
    if (!to)
        p->captures[i].len = PATTERN_OPEN;
    return to;
}

/* %1: what a capture got, again. */
static const char *match_again(struct pattern *p, const char *s, int digit)
{
    int i = digit - '1';
    if (i < 0 || i >= p->capture_count || p->captures[i].len == PATTERN_OPEN)
        luaL_error(p->L, "invalid capture index %%%d", i + 1);
    ptrdiff_t len = p->captures[i].len;
    if (len == PATTERN_POSITION || subject_end(p) - s < len)
        return NULL;
    return memcmp(p->captures[i].from, s, (size_t)len) == 0 ? s + len : NULL;
}

/* --- %b and %f --- */

/* `at` is behind "%b". */
static const char *match_balanced(struct pattern *p, const char *s, const char *at)
{
    if (at + 1 >= p->end)
        luaL_error(p->L, "malformed pattern (missing arguments to '%%b')");
    if (*s != *at)
        return NULL;
    size_t open = 1;
    for (s++; s < subject_end(p); s++) {
        step(p);
        if (*s == at[1] && --open == 0)
            return s + 1;
        if (*s == at[0] && at[0] != at[1])
            open++;
    }
    return NULL;
}

/* `at` is behind "%f". Behind the set, or NULL: it does not match. */
static const char *match_frontier(struct pattern *p, const char *s, const char *at)
{
    if (*at != '[')
        luaL_error(p->L, "missing '[' after '%%f' in pattern");
    const char *end = item_end(p, at);
    int before = s == p->subject.ptr ? '\0' : (unsigned char)s[-1];
    if (is_in_set(before, at, end - 1) || !is_in_set((unsigned char)*s, at, end - 1))
        return NULL;
    return end;
}

/* --- the walk --- */

/* One more step of the walk: moves both on; the verdict is in *out_to when there is nothing more to
 * walk. */
struct walk {
    const char *s, *at;
    const char *to;
    bool over;
};

static void end_walk(struct walk *w, const char *to)
{
    w->to = to;
    w->over = true;
}

/* A single character with what follows it: ? * + - or nothing. */
static void walk_item(struct pattern *p, struct walk *w)
{
    const char *end = item_end(p, w->at), *to;
    bool matches = matches_one(p, w->s, w->at, end);
    bool optional = *end == '?' || *end == '*' || *end == '-';
    if (!matches && !optional) {
        end_walk(w, NULL);
    } else if (!matches) {
        w->at = end + 1;
    } else if (*end == '+' || *end == '*') {
        end_walk(w, match_most(p, *end == '+' ? w->s + 1 : w->s, w->at, end));
    } else if (*end == '-') {
        end_walk(w, match_least(p, w->s, w->at, end));
    } else if (*end == '?') {
        to = match(p, w->s + 1, end + 1);
        if (to)
            end_walk(w, to);
        w->at = end + 1;
    } else {
        w->s++;
        w->at = end;
    }
}

/* "%" and what is behind it. */
static void walk_escape(struct pattern *p, struct walk *w)
{
    int kind = (unsigned char)w->at[1];
    if (kind == 'b') {
        w->s = match_balanced(p, w->s, w->at + 2);
        w->at += 4;
    } else if (kind == 'f') {
        w->at = match_frontier(p, w->s, w->at + 2);
    } else if (isdigit(kind)) {
        w->s = match_again(p, w->s, kind);
        w->at += 2;
    } else {
        walk_item(p, w);
        return;
    }
    if (!w->s || !w->at)
        end_walk(w, NULL);
}

static void walk(struct pattern *p, struct walk *w)
{
    switch (*w->at) {
    case '(':
        if (w->at[1] == ')')
            end_walk(w, match_open(p, w->s, w->at + 2, PATTERN_POSITION));
        else
            end_walk(w, match_open(p, w->s, w->at + 1, PATTERN_OPEN));
        return;
    case ')':
        end_walk(w, match_close(p, w->s, w->at + 1));
        return;
    case '$':
        if (w->at + 1 != p->end)
            break;
        end_walk(w, w->s == subject_end(p) ? w->s : NULL);
        return;
    case '%':
        walk_escape(p, w);
        return;
    default:
        break;
    }
    walk_item(p, w);
}

/* The pattern from `at` on, matched at s. */
static const char *match(struct pattern *p, const char *s, const char *at)
{
    struct walk w = {s, at, NULL, false};
    if (p->_depth-- == 0)
        luaL_error(p->L, "pattern too complex");
    step(p);
    while (!w.over && w.at != p->end)
        walk(p, &w);
    p->_depth++;
    return w.over ? w.to : w.s;
}

const char *pattern_match(struct pattern *p, const char *at)
{
    p->capture_count = 0;
    p->_depth = PATTERN_DEPTH_MAX;
    return match(p, at, p->from);
}

/* --- what was captured --- */

ptrdiff_t pattern_capture_at(struct pattern *p, int i, const char *from, const char *to,
                             const char **out)
{
    if (i >= p->capture_count) {
        if (i != 0)
            luaL_error(p->L, "invalid capture index %%%d", i + 1);
        *out = from;
        return to - from;
    }
    *out = p->captures[i].from;
    if (p->captures[i].len == PATTERN_OPEN)
        luaL_error(p->L, "unfinished capture");
    return p->captures[i].len;
}

void pattern_push_capture(struct pattern *p, int i, const char *from, const char *to)
{
    const char *text;
    ptrdiff_t len = pattern_capture_at(p, i, from, to, &text);
    if (len == PATTERN_POSITION)
        lua_pushinteger(p->L, text - p->subject.ptr + 1);
    else
        lua_pushlstring(p->L, text, (size_t)len);
}

int pattern_push_captures(struct pattern *p, const char *from, const char *to)
{
    int count = p->capture_count == 0 && from ? 1 : p->capture_count;
    luaL_checkstack(p->L, count, "too many captures");
    for (int i = 0; i < count; i++)
        pattern_push_capture(p, i, from, to);
    return count;
}

bool pattern_is_plain(struct slice text)
{
    static const bool magic[UCHAR_MAX + 1] = {
        ['^'] = true, ['$'] = true, ['*'] = true, ['+'] = true, ['?'] = true,
        ['.'] = true, ['('] = true, ['['] = true, ['%'] = true, ['-'] = true};
    for (size_t i = 0; i < text.len; i++) {
        if (magic[(unsigned char)text.ptr[i]])
            return false;
    }
    return true;
}
