/* table.concat, insert, move, remove and sort, with a look at the guard now and then.
 * How many elements they touch is what a length or an argument says, true or not: a length may be a
 * metamethod's word. Source: the manual of Lua 5.4, section 6.6. */
#include "bindings/library.h"

#include <limits.h>

#define CHECKED 1000 /* elements: a smaller range is sorted in no time, however odd its order */

enum need { NEED_READ = 1, NEED_WRITE = 2, NEED_LENGTH = 4 };

static bool has_metamethod(lua_State *L, int metatable, const char *name)
{
    lua_pushstring(L, name);
    bool has = lua_rawget(L, metatable) != LUA_TNIL;
    lua_pop(L, 1);
    return has;
}

/* A table, or what behaves like one as far as it is needed. */
static void check_table(lua_State *L, int index, unsigned needs)
{
    if (lua_istable(L, index))
        return;
    if (!lua_getmetatable(L, index)) {
        luaL_checktype(L, index, LUA_TTABLE);
        return;
    }
    int metatable = lua_gettop(L);
    if ((needs & NEED_READ && !has_metamethod(L, metatable, "__index")) ||
        (needs & NEED_WRITE && !has_metamethod(L, metatable, "__newindex")) ||
        (needs & NEED_LENGTH && !has_metamethod(L, metatable, "__len")))
        luaL_checktype(L, index, LUA_TTABLE);
    lua_pop(L, 1);
}

static lua_Integer check_length(lua_State *L, unsigned needs)
{
    check_table(L, 1, needs | NEED_LENGTH);
    return luaL_len(L, 1);
}

static void look(lua_State *L, lua_Integer i)
{
    if ((lua_Unsigned)i % LIBRARY_STRIDE == 0)
        guard_check(L);
}

/* --- insert, remove, move --- */

/* insert(t, [position,] value) */
static int library_insert(lua_State *L)
{
    lua_Integer end = (lua_Integer)((lua_Unsigned)check_length(L, NEED_READ | NEED_WRITE) + 1);
    lua_Integer at = end;
    int count = lua_gettop(L);
    if (count != 2 && count != 3)
        return luaL_error(L, "wrong number of arguments to 'insert'");
    if (count == 3) {
        at = luaL_checkinteger(L, 2);
        luaL_argcheck(L, (lua_Unsigned)at - 1u < (lua_Unsigned)end, 2, "position out of bounds");
    }
    for (lua_Integer i = end; i > at; i--) {
        lua_geti(L, 1, i - 1);
        lua_seti(L, 1, i);
        look(L, i);
    }
    lua_seti(L, 1, at);
    return 0;
}

/* remove(t [, position]) */
static int library_remove(lua_State *L)
{
    lua_Integer len = check_length(L, NEED_READ | NEED_WRITE);
    lua_Integer at = luaL_optinteger(L, 2, len);
    if (at != len)
        luaL_argcheck(L, (lua_Unsigned)at - 1u <= (lua_Unsigned)len, 1, "position out of bounds");
    lua_geti(L, 1, at);
    for (; at < len; at++) {
        lua_geti(L, 1, at + 1);
        lua_seti(L, 1, at);
        look(L, at);
    }
    lua_pushnil(L);
    lua_seti(L, 1, at);
    return 1;
}

static void move_one(lua_State *L, lua_Integer from, int into, lua_Integer to)
{
    lua_geti(L, 1, from);
    lua_seti(L, into, to);
    look(L, from);
}

/* move(from, first, last, to [, into]) */
static int library_move(lua_State *L)
{
    lua_Integer first = luaL_checkinteger(L, 2), last = luaL_checkinteger(L, 3);
    lua_Integer to = luaL_checkinteger(L, 4);
    int into = lua_isnoneornil(L, 5) ? 1 : 5;
    check_table(L, 1, NEED_READ);
    check_table(L, into, NEED_WRITE);
    if (last >= first) {
        luaL_argcheck(L, first > 0 || last < LUA_MAXINTEGER + first, 3,
                      "too many elements to move");
        lua_Integer count = last - first + 1;
        luaL_argcheck(L, to <= LUA_MAXINTEGER - count + 1, 4, "destination wrap around");
        bool apart = to > last || to <= first || (into != 1 && !lua_compare(L, 1, into, LUA_OPEQ));
        for (lua_Integer i = 0; apart && i < count; i++)
            move_one(L, first + i, into, to + i);
        for (lua_Integer i = count - 1; !apart && i >= 0; i--)
            move_one(L, first + i, into, to + i);
    }
    lua_pushvalue(L, into);
    return 1;
}

/* --- concat --- */

static void add_field(lua_State *L, luaL_Buffer *out, lua_Integer i)
{
    lua_geti(L, 1, i);
    if (!lua_isstring(L, -1))
        luaL_error(L, "invalid value (%s) at index %I in table for 'concat'", luaL_typename(L, -1),
                   (LUAI_UACINT)i);
    luaL_addvalue(out);
}

/* concat(t [, separator [, first [, last]]]) */
static int library_concat(lua_State *L)
{
    luaL_Buffer out;
    size_t len;
    lua_Integer last = check_length(L, NEED_READ);
    const char *separator = luaL_optlstring(L, 2, "", &len);
    lua_Integer i = luaL_optinteger(L, 3, 1);
    last = luaL_optinteger(L, 4, last);
    luaL_buffinit(L, &out);
    for (; i < last; i++) {
        add_field(L, &out, i);
        luaL_addlstring(&out, separator, len);
        look(L, i);
    }
    if (i == last)
        add_field(L, &out, i);
    luaL_pushresult(&out);
    return 1;
}

/* --- sort --- */

/* Is the value at `a` less than the one at `b`, as the function at 2 says, if there is one? */
static bool is_less(lua_State *L, int a, int b)
{
    if (lua_isnil(L, 2))
        return lua_compare(L, a, b, LUA_OPLT);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, a - 1);
    lua_pushvalue(L, b - 2);
    lua_call(L, 2, 1);
    bool less = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return less;
}

/* The values on top, of i below that of j, are written to each other's place. [-2, +0, e] */
static void write_swapped(lua_State *L, lua_Integer i, lua_Integer j)
{
    lua_seti(L, 1, i);
    lua_seti(L, 1, j);
}

/* Swaps t[i] and t[j] if they are in the wrong order; i < j. */
static void put_in_order(lua_State *L, lua_Integer i, lua_Integer j)
{
    lua_geti(L, 1, i);
    lua_geti(L, 1, j);
    if (is_less(L, -1, -2))
        write_swapped(L, i, j);
    else
        lua_pop(L, 2);
}

static int fail_order(lua_State *L)
{
    return luaL_error(L, "invalid order function for sorting");
}

/* The pivot is on top, and at high - 1; t[low] is not above it, t[high] not below. Where it
 * belongs, with all below it on its left. [-1, +0, e] */
static lua_Integer part(lua_State *L, lua_Integer low, lua_Integer high)
{
    lua_Integer i = low, j = high - 1;
    for (;;) {
        for (lua_geti(L, 1, ++i); is_less(L, -1, -2); lua_geti(L, 1, ++i)) {
            if (i == high - 1)
                fail_order(L);
            lua_pop(L, 1);
        } /* pivot t[i] */
        for (lua_geti(L, 1, --j); is_less(L, -3, -1); lua_geti(L, 1, --j)) {
            if (j < i)
                fail_order(L);
            lua_pop(L, 1);
        } /* pivot t[i] t[j] */
        if (j < i)
            break;
        write_swapped(L, i, j);
    }
    lua_pop(L, 1);
    lua_geti(L, 1, high - 1);
    lua_insert(L, -2); /* pivot t[high - 1] t[i] */
    lua_seti(L, 1, high - 1);
    lua_seti(L, 1, i);
    lua_pop(L, 1);
    return i;
}

/* The larger side is sorted by the loop, so that the recursion stays flat. */
static void sort_range(lua_State *L, lua_Integer low, lua_Integer high)
{
    while (low < high) {
        if (high - low > CHECKED)
            guard_check(L);
        put_in_order(L, low, high);
        if (high - low == 1)
            return;
        lua_Integer middle = low + (high - low) / 2;
        put_in_order(L, low, middle);
        put_in_order(L, middle, high);
        if (high - low == 2)
            return;
        lua_geti(L, 1, middle);
        lua_pushvalue(L, -1);
        lua_geti(L, 1, high - 1); /* pivot pivot t[high - 1] */
        write_swapped(L, middle, high - 1);
        lua_Integer at = part(L, low, high);
        bool left_is_less = at - low < high - at;
        sort_range(L, left_is_less ? low : at + 1, left_is_less ? at - 1 : high);
        low = left_is_less ? at + 1 : low;
        high = left_is_less ? high : at - 1;
    }
}

/* sort(t [, less]) */
static int library_sort(lua_State *L)
{
    lua_Integer len = check_length(L, NEED_READ | NEED_WRITE);
    if (len < 2)
        return 0;
    luaL_argcheck(L, len < INT_MAX, 1, "array too big");
    if (!lua_isnoneornil(L, 2))
        luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    luaL_checkstack(L, 40, "");
    sort_range(L, 1, len);
    return 0;
}

void library_table_open(lua_State *L)
{
    static const luaL_Reg functions[] = {{"concat", library_concat}, {"insert", library_insert},
                                         {"move", library_move},     {"remove", library_remove},
                                         {"sort", library_sort},     {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
