/* Lua values to JSON text.
 * A table is walked once: as long as its keys come as 1, 2, 3 it is written as an array, and if
 * they stop doing so the text is taken back and the table written as an object. Only raw access is
 * used, so nothing can call back into Lua in between. A failure collects its path while the walk
 * unwinds, since the fast way keeps none. */
#include "bindings/value_failure.h"

#include <math.h>

/* Big messages give their memory back at the next one. */
#define OUT_KEEP (256 * 1024)
/* Of the Lua stack, a level: the table's key and value, and a key's text. */
#define STACK_A_LEVEL 3
#define WORK_A_LOOK 65536

static bool put_any(struct value_codec *c, lua_State *L, int index);

void value_begin(struct value_codec *c, bool allow_binary)
{
    buf_reset(&c->out, OUT_KEEP);
    c->attachment_count = 0;
    c->_allow_binary = allow_binary;
    c->_gave_up = false;
    c->_work = 0;
    c->_looks = 0;
}

/* A table that holds another many times, which does the same, may be more text than there is
 * memory, and time. */
static bool look(struct value_codec *c, lua_State *L)
{
    c->_work = 0;
    const char *reason = c->on_look ? c->on_look(c->on_look_ud, L, c->_looks++) : NULL;
    if (!reason)
        return true;
    c->_gave_up = true;
    return value_fail(c, reason);
}

/* --- one value --- */

static bool put_number(struct value_codec *c, lua_State *L, int index)
{
    if (lua_isinteger(L, index)) {
        json_put_int(&c->out, lua_tointeger(L, index));
        return true;
    }
    double number = lua_tonumber(L, index);
    if (isnan(number))
        return value_fail(c, "is nan");
    if (isinf(number))
        return value_fail(c, number > 0 ? "is infinity" : "is -infinity");
    json_put_double(&c->out, number);
    return true;
}

/* Before the first byte, from WORK_A_LOOK on, that begins a character. */
static struct slice first_piece(struct slice text)
{
    if (text.len <= WORK_A_LOOK)
        return text;
    size_t len = WORK_A_LOOK;
    while (len < text.len && (text.ptr[len] & '\xc0') == '\x80')
        len++;
    return slice_make(text.ptr, len);
}

static bool put_text(struct value_codec *c, lua_State *L, struct slice text, const char *unless)
{
    if (text.len <= WORK_A_LOOK) {
        c->_work += text.len;
        return json_put_string(&c->out, text) || value_fail(c, unless);
    }
    buf_append_char(&c->out, '"');
    while (text.len) {
        struct slice piece = first_piece(text);
        if (!json_put_part(&c->out, piece))
            return value_fail(c, unless);
        if (!look(c, L))
            return false;
        text = slice_skip(text, piece.len);
    }
    buf_append_char(&c->out, '"');
    return true;
}

static bool put_string(struct value_codec *c, lua_State *L, int index)
{
    struct slice text;
    text.ptr = lua_tolstring(L, index, &text.len);
    return put_text(c, L, text, "is not valid UTF-8 (bytes go as mw.binary)");
}

static bool put_binary(struct value_codec *c, struct slice bytes)
{
    if (!c->_allow_binary)
        return value_fail(c, "is binary, which cannot go here");
    if (c->attachment_count == SIO_ATTACHMENTS_MAX)
        return value_fail(c, "is one binary value more than the 10 that a message may have");
    buf_printf(&c->out, "{\"_placeholder\":true,\"num\":%zu}", c->attachment_count);
    c->attachments[c->attachment_count++] = bytes;
    return true;
}

static bool put_userdata(struct value_codec *c, lua_State *L, int index)
{
    struct slice bytes;
    if (value_to_binary(c, L, index, &bytes))
        return put_binary(c, bytes);
    return value_fail(c, "is a userdata");
}

/* --- tables --- */

static bool put_text_key(struct value_codec *c, lua_State *L, int index)
{
    struct slice text;
    text.ptr = lua_tolstring(L, index, &text.len);
    if (!put_text(c, L, text, "has a key that is not valid UTF-8"))
        return false;
    buf_append_char(&c->out, ':');
    return true;
}

/* Object keys are text: numbers become theirs, as in JavaScript. */
static bool put_key(struct value_codec *c, lua_State *L, int index)
{
    switch (lua_type(L, index)) {
    case LUA_TSTRING:
        return put_text_key(c, L, index);
    case LUA_TNUMBER:
        buf_append_char(&c->out, '"');
        if (!put_number(c, L, index))
            return value_fail(c, "has an infinite number for a key");
        buf_append_char(&c->out, '"');
        break;
    case LUA_TBOOLEAN:
        return value_fail(c, "has a boolean for a key");
    default:
        return value_fail(c, "has a key that is neither a string nor a number");
    }
    buf_append_char(&c->out, ':');
    return true;
}

/* The first pair is on the stack. [-2, +0] */
static bool put_object(struct value_codec *c, lua_State *L, int index)
{
    int top = lua_gettop(L); /* the same each time round */
    buf_append_char(&c->out, '{');
    do {
        if (!put_key(c, L, top - 1))
            return false;
        if (!put_any(c, L, top))
            return value_fail_at_key(c, L, top - 1);
        buf_append_char(&c->out, ',');
        lua_settop(L, top - 1);
    } while (lua_next(L, index));
    c->out.ptr[c->out.len - 1] = '}';
    return true;
}

/* The first pair is on the stack, and its key is 1. `*out_is_object`: the table has other keys than
 * 1..n after all, and nothing was written. [-2, +0] */
static bool put_sequence(struct value_codec *c, lua_State *L, int index, bool *out_is_object)
{
    size_t text_start = c->out.len, attachments = c->attachment_count;
    lua_Integer at = 0;
    int top = lua_gettop(L); /* the same each time round */
    buf_append_char(&c->out, '[');
    do {
        if (!lua_isinteger(L, top - 1) || lua_tointeger(L, top - 1) != at + 1) {
            *out_is_object = true;
            c->out.len = text_start;
            c->attachment_count = attachments;
            lua_settop(L, top - 2);
            return true;
        }
        at++;
        if (!put_any(c, L, top))
            return value_fail_at_index(c, at);
        buf_append_char(&c->out, ',');
        lua_settop(L, top - 1);
    } while (lua_next(L, index));
    c->out.ptr[c->out.len - 1] = ']';
    return true;
}

/* Are all keys 1..length? Counts them: the keys of a table come in no order in general. */
static bool is_sequence(lua_State *L, int index, lua_Integer length)
{
    lua_Integer count = 0;
    lua_pushnil(L);
    while (lua_next(L, index)) {
        lua_pop(L, 1);
        if (!lua_isinteger(L, -1) || lua_tointeger(L, -1) < 1 || lua_tointeger(L, -1) > length) {
            lua_pop(L, 1);
            return false;
        }
        count++;
    }
    return count == length;
}

/* Nothing after the last element in the table's own order: the common case, seen at a glance. The
 * slow count is for tables whose elements lie in their hash part. */
static bool has_other_keys(lua_State *L, int index, lua_Integer length)
{
    if (length == 0)
        lua_pushnil(L);
    else
        lua_pushinteger(L, length);
    if (!lua_next(L, index))
        return false;
    lua_pop(L, 2);
    return !is_sequence(L, index, length);
}

static bool put_array(struct value_codec *c, lua_State *L, int index)
{
    lua_Integer length = (lua_Integer)lua_rawlen(L, index);
    if (has_other_keys(L, index, length))
        return value_fail(c, "is an array, but has a key that is not one of 1..n");
    int top = lua_gettop(L) + 1;
    buf_append_char(&c->out, '[');
    for (lua_Integer i = 1; i <= length; i++) {
        lua_rawgeti(L, index, i);
        if (!put_any(c, L, top))
            return value_fail_at_index(c, i);
        lua_pop(L, 1);
        if (i < length)
            buf_append_char(&c->out, ',');
    }
    buf_append_char(&c->out, ']');
    return true;
}

static bool put_unmarked(struct value_codec *c, lua_State *L, int index)
{
    lua_pushnil(L);
    if (!lua_next(L, index)) {
        buf_append(&c->out, "{}", 2);
        return true;
    }
    bool is_object = !lua_isinteger(L, -2) || lua_tointeger(L, -2) != 1;
    if (is_object)
        return put_object(c, L, index);
    if (!put_sequence(c, L, index, &is_object))
        return false;
    if (!is_object)
        return true;
    lua_pushnil(L);
    lua_next(L, index);
    return put_object(c, L, index);
}

static bool is_open(const struct value_codec *c, const void *table)
{
    for (unsigned i = 0; i < c->_depth; i++) {
        if (c->_open[i] == table)
            return true;
    }
    return false;
}

static bool put_table(struct value_codec *c, lua_State *L, int index)
{
    if (c->_depth == VALUE_DEPTH_MAX)
        return value_fail(c, "is nested deeper than 128 levels");
    const void *table = lua_topointer(L, index);
    if (c->_watch_cycles && is_open(c, table))
        return value_fail(c, "contains itself");
    c->_open[c->_depth++] = table;
    bool ok = value_is_array(c, L, index) ? put_array(c, L, index) : put_unmarked(c, L, index);
    c->_depth--;
    return ok;
}

/* The value at `index`, counted from the bottom of the stack. */
static bool put_any(struct value_codec *c, lua_State *L, int index)
{
    if (++c->_work > WORK_A_LOOK && !look(c, L))
        return false;
    switch (lua_type(L, index)) {
    case LUA_TNIL:
        buf_append(&c->out, "null", 4);
        return true;
    case LUA_TBOOLEAN:
        if (lua_toboolean(L, index))
            buf_append(&c->out, "true", 4);
        else
            buf_append(&c->out, "false", 5);
        return true;
    case LUA_TNUMBER:
        return put_number(c, L, index);
    case LUA_TSTRING:
        return put_string(c, L, index);
    case LUA_TTABLE:
        return put_table(c, L, index);
    case LUA_TLIGHTUSERDATA:
        if (!value_is_null(L, index))
            return value_fail(c, "is a light userdata");
        buf_append(&c->out, "null", 4);
        return true;
    case LUA_TUSERDATA:
        return put_userdata(c, L, index);
    case LUA_TFUNCTION:
        return value_fail(c, "is a function");
    default:
        return value_fail(c, "is a coroutine");
    }
}

/* Why the value at `index` cannot be written, after the walk that found out: a second one, which
 * watches for cycles and keeps the path. */
static void explain(struct value_codec *c, lua_State *L, int index, const char *name, int number)
{
    buf_reset(&c->_steps, 1024);
    c->_depth = 0;
    c->_watch_cycles = true;
    if (!c->_gave_up)
        put_any(c, L, index);
    c->_watch_cycles = false;
    if (number)
        value_fail_at_index(c, number);
    buf_append_char(&c->_steps, ' ');
    value_prepend(&c->path, c->_steps.ptr, c->_steps.len);
    value_prepend(&c->path, name, strlen(name));
}

/* `number` 0: the value has a name of its own. */
static bool put_named(struct value_codec *c, lua_State *L, int index, const char *name, int number)
{
    int top = lua_gettop(L);
    size_t start = c->out.len, attachments = c->attachment_count;
    c->_depth = 0;
    if (put_any(c, L, index))
        return true;
    c->out.len = start;
    c->attachment_count = attachments;
    lua_settop(L, top);
    explain(c, L, index, name, number);
    lua_settop(L, top);
    return false;
}

bool value_put(struct value_codec *c, lua_State *L, int index, const char *name)
{
    lua_checkstack(L, STACK_A_LEVEL * (VALUE_DEPTH_MAX + 1));
    return put_named(c, L, lua_absindex(L, index), name, 0);
}

bool value_put_list(struct value_codec *c, lua_State *L, int index, int count, const char *name,
                    bool leading_comma)
{
    lua_checkstack(L, STACK_A_LEVEL * (VALUE_DEPTH_MAX + 1));
    for (int i = 0; i < count; i++) {
        if (i || leading_comma)
            buf_append_char(&c->out, ',');
        if (!put_named(c, L, index + i, name, i + 1))
            return false;
    }
    return true;
}

bool value_put_args(struct value_codec *c, lua_State *L, int index)
{
    index = lua_absindex(L, index);
    if (lua_isnoneornil(L, index))
        return true;
    if (!value_is_args(c, L, index))
        return value_put_list(c, L, index, 1, "args", true);
    int top = lua_gettop(L);
    lua_getfield(L, index, "n");
    int count = (int)lua_tointeger(L, -1);
    lua_pop(L, 1);
    bool ok = lua_checkstack(L, count);
    if (!ok)
        return value_fail(c, "mw.args has too many values");
    for (int i = 1; i <= count; i++)
        lua_rawgeti(L, index, i);
    ok = value_put_list(c, L, top + 1, count, "args", true);
    lua_settop(L, top);
    return ok;
}
