/* string.find, match, gmatch, gsub on pattern.h, and a string.rep that can be stopped.
 * Source: the manual of Lua 5.4, section 6.4. */
#include "bindings/library.h"
#include "bindings/pattern.h"

#include <limits.h>

static struct slice check_text(lua_State *L, int index)
{
    struct slice text;
    text.ptr = luaL_checklstring(L, index, &text.len);
    return text;
}

/* Where the search begins, from 0; more than the length: nowhere. */
static size_t check_init(lua_State *L, int index, size_t len)
{
    lua_Integer init = luaL_optinteger(L, index, 1);
    if (init > 0)
        return (size_t)init - 1;
    if (init == 0 || init < -(lua_Integer)len)
        return 0;
    return len + (size_t)init;
}

/* --- find, match --- */

/* As memmem, but with a look at the guard: what almost matches everywhere takes long. */
static const char *find_text(lua_State *L, struct slice in, struct slice text)
{
    size_t done = 0;
    while (in.len >= text.len) {
        const char *at = (const char *)memchr(in.ptr, text.ptr[0], in.len - text.len + 1);
        if (!at || memcmp(at, text.ptr, text.len) == 0)
            return at;
        done += text.len;
        if (done > LIBRARY_STRIDE) {
            guard_check(L);
            done = 0;
        }
        in = slice_skip(in, (size_t)(at - in.ptr) + 1);
    }
    return NULL;
}

static int find_plain(lua_State *L, struct slice subject, struct slice text, size_t init)
{
    const char *at = text.len ? find_text(L, slice_skip(subject, init), text) : subject.ptr + init;
    if (!at) {
        luaL_pushfail(L);
        return 1;
    }
    lua_pushinteger(L, at - subject.ptr + 1);
    lua_pushinteger(L, at - subject.ptr + (lua_Integer)text.len);
    return 2;
}

static bool take_anchor(struct slice *text)
{
    if (!text->len || text->ptr[0] != '^')
        return false;
    *text = slice_skip(*text, 1);
    return true;
}

static int find_pattern(lua_State *L, struct slice subject, struct slice text, size_t init,
                        bool find)
{
    struct pattern p;
    bool anchored = take_anchor(&text);
    pattern_init(&p, L, subject, text);
    for (const char *at = subject.ptr + init; at <= subject.ptr + subject.len; at++) {
        const char *to = pattern_match(&p, at);
        if (to && !find)
            return pattern_push_captures(&p, at, to);
        if (to) {
            lua_pushinteger(L, at - subject.ptr + 1);
            lua_pushinteger(L, to - subject.ptr);
            return pattern_push_captures(&p, NULL, NULL) + 2;
        }
        if (anchored)
            break;
    }
    luaL_pushfail(L);
    return 1;
}

/* find(s, pattern [, init [, plain]]) */
static int library_find(lua_State *L)
{
    struct slice subject = check_text(L, 1), text = check_text(L, 2);
    size_t init = check_init(L, 3, subject.len);
    if (init > subject.len) {
        luaL_pushfail(L);
        return 1;
    }
    if (lua_toboolean(L, 4) || pattern_is_plain(text))
        return find_plain(L, subject, text, init);
    return find_pattern(L, subject, text, init, true);
}

/* match(s, pattern [, init]) */
static int library_match(lua_State *L)
{
    struct slice subject = check_text(L, 1), text = check_text(L, 2);
    size_t init = check_init(L, 3, subject.len);
    if (init <= subject.len)
        return find_pattern(L, subject, text, init, false);
    luaL_pushfail(L);
    return 1;
}

/* --- gmatch --- */

struct walk {
    struct pattern pattern;
    const char *at, *last; /* where to go on; the end of the last match */
};

/* What gmatch gave; upvalues: subject, pattern, walk. */
static int gmatch_next(lua_State *L)
{
    struct walk *w = (struct walk *)lua_touserdata(L, lua_upvalueindex(3));
    struct pattern *p = &w->pattern;
    p->L = L;
    for (; w->at <= p->subject.ptr + p->subject.len; w->at++) {
        const char *to = pattern_match(p, w->at);
        if (!to || to == w->last)
            continue;
        const char *from = w->at;
        w->at = w->last = to;
        return pattern_push_captures(p, from, to);
    }
    return 0;
}

/* gmatch(s, pattern [, init]) */
static int library_gmatch(lua_State *L)
{
    struct slice subject = check_text(L, 1), text = check_text(L, 2);
    size_t init = check_init(L, 3, subject.len);
    lua_settop(L, 2);
    struct walk *w = (struct walk *)compat_new_userdata(L, sizeof(*w));
    pattern_init(&w->pattern, L, subject, text);
    w->at = subject.ptr + (init > subject.len ? subject.len + 1 : init);
    w->last = NULL;
    lua_pushcclosure(L, gmatch_next, 3);
    return 1;
}

/* --- gsub --- */

struct substitution {
    struct pattern pattern;
    luaL_Buffer out;
    int type; /* of the replacement, which is at 3 */
};

/* "%1" in a replacement; `digit` is behind the "%". */
static void add_capture(struct substitution *g, int digit, const char *from, const char *to)
{
    const char *text;
    if (digit == '0') {
        luaL_addlstring(&g->out, from, (size_t)(to - from));
        return;
    }
    ptrdiff_t len = pattern_capture_at(&g->pattern, digit - '1', from, to, &text);
    if (len == PATTERN_POSITION) {
        pattern_push_capture(&g->pattern, digit - '1', from, to);
        luaL_addvalue(&g->out);
    } else {
        luaL_addlstring(&g->out, text, (size_t)len);
    }
}

static void add_text(struct substitution *g, const char *from, const char *to)
{
    lua_State *L = g->pattern.L;
    struct slice text;
    text.ptr = lua_tolstring(L, 3, &text.len);
    while (text.len) {
        size_t plain = slice_index(text, '%');
        luaL_addlstring(&g->out, text.ptr, plain);
        if (plain == text.len)
            return;
        char escaped = text.ptr[plain + 1]; /* the NUL behind it, at the end */
        if (escaped == '%')
            luaL_addchar(&g->out, '%');
        else if (escaped >= '0' && escaped <= '9')
            add_capture(g, escaped, from, to);
        else
            luaL_error(L, "invalid use of '%c' in replacement string", '%');
        text = slice_skip(text, plain + 2);
    }
}

/* Adds what a table or a function gives for the match; false: nothing, so the match stays. */
static bool add_value(struct substitution *g, const char *from, const char *to)
{
    lua_State *L = g->pattern.L;
    if (g->type == LUA_TFUNCTION) {
        lua_pushvalue(L, 3);
        lua_call(L, pattern_push_captures(&g->pattern, from, to), 1);
    } else {
        pattern_push_capture(&g->pattern, 0, from, to);
        lua_gettable(L, 3);
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        luaL_addlstring(&g->out, from, (size_t)(to - from));
        return false;
    }
    if (!lua_isstring(L, -1))
        luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    luaL_addvalue(&g->out);
    return true;
}

static bool add_replacement(struct substitution *g, const char *from, const char *to)
{
    if (g->type == LUA_TFUNCTION || g->type == LUA_TTABLE)
        return add_value(g, from, to);
    add_text(g, from, to);
    return true;
}

static int check_replacement(lua_State *L)
{
    int type = lua_type(L, 3);
    luaL_argexpected(L,
                     type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION ||
                         type == LUA_TTABLE,
                     3, "string/function/table");
    return type;
}

/* gsub(s, pattern, replacement [, n]) */
static int library_gsub(lua_State *L)
{
    struct slice subject = check_text(L, 1), text = check_text(L, 2);
    struct substitution g = {.type = check_replacement(L)};
    lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)subject.len + 1), count = 0;
    const char *at = subject.ptr, *end = subject.ptr + subject.len, *last = NULL;
    bool anchored = take_anchor(&text), changed = false;
    pattern_init(&g.pattern, L, subject, text);
    luaL_buffinit(L, &g.out);
    while (count < most) {
        const char *to = pattern_match(&g.pattern, at);
        if (to && to != last) {
            count++;
            changed = add_replacement(&g, at, to) || changed;
            at = last = to;
        } else if (at < end) {
            luaL_addchar(&g.out, *at++);
        } else {
            break;
        }
        if (anchored)
            break;
    }
    if (changed) {
        luaL_addlstring(&g.out, at, (size_t)(end - at));
        luaL_pushresult(&g.out);
    } else {
        lua_pushvalue(L, 1);
    }
    lua_pushinteger(L, count);
    return 2;
}

/* --- rep --- */

#define REP_MAX ((size_t)INT_MAX) /* as in Lua 5.4.4 */
#define REP_STRIDE ((size_t)1 << 20)

/* Fills `len` bytes, whose first `unit` are there, by copying what is there behind it. */
static void repeat(lua_State *L, char *to, size_t unit, size_t len)
{
    size_t most = unit < REP_STRIDE ? REP_STRIDE - REP_STRIDE % unit : unit;
    size_t have = unit;
    while (have < len) {
        size_t more = have < most ? have : most;
        if (more > len - have)
            more = len - have;
        memcpy(to + have, to, more);
        have += more;
        if (have > REP_STRIDE)
            guard_check(L);
    }
}

/* rep(s, n [, separator]) */
static int library_rep(lua_State *L)
{
    struct slice text = check_text(L, 1), separator = {NULL, 0};
    lua_Integer n = luaL_checkinteger(L, 2);
    separator.ptr = luaL_optlstring(L, 3, "", &separator.len);
    size_t unit = text.len + separator.len;
    if (n <= 0 || unit == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    if (unit < text.len || unit > REP_MAX / (size_t)n)
        return luaL_error(L, "resulting string too large");
    size_t len = unit * (size_t)n - separator.len;
    luaL_Buffer out;
    vm_require_room(vm_of(L), L, len + separator.len);
    char *to = luaL_buffinitsize(L, &out, len + separator.len);
    memcpy(to, text.ptr, text.len);
    memcpy(to + text.len, separator.ptr, separator.len);
    repeat(L, to, unit, len + separator.len);
    luaL_pushresultsize(&out, len);
    return 1;
}

void library_string_open(lua_State *L)
{
    static const luaL_Reg functions[] = {{"find", library_find},     {"match", library_match},
                                         {"gmatch", library_gmatch}, {"gsub", library_gsub},
                                         {"rep", library_rep},       {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
