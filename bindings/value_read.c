/* JSON text to Lua values.
 * Each token becomes a value on the stack and goes into its table at once. How many members a table
 * gets is guessed from the last one at the same depth: the rows of a game's state are alike. */
#include "bindings/value.h"

/* Slots that one level of nesting takes: its table, a key, a value. */
#define STACK_A_LEVEL 3
#define HINT_MAX 64
#define VALUES_A_LOOK 4096

static bool read_any(struct value_codec *c, lua_State *L, const struct value_source *source,
                     enum json_token token);

static bool malformed(struct value_codec *c, const char *why)
{
    size_t offset;
    if (!why)
        why = json_reader_error(&c->_reader, &offset);
    else
        offset = (size_t)(c->_reader._at - c->_reader._start);
    buf_reset(&c->path, 1024);
    buf_printf(&c->path, "%s at byte %zu", why, offset);
    return false;
}

static bool push_scalar(struct value_codec *c, lua_State *L, enum json_token token)
{
    struct json_reader *r = &c->_reader;
    switch (token) {
    case JSON_NULL:
        value_push_null(L);
        return true;
    case JSON_TRUE:
    case JSON_FALSE:
        lua_pushboolean(L, token == JSON_TRUE);
        return true;
    case JSON_INT:
        lua_pushinteger(L, r->number.i);
        return true;
    case JSON_DOUBLE:
        lua_pushnumber(L, r->number.d);
        return true;
    case JSON_STRING:
        lua_pushlstring(L, r->text.ptr, r->text.len);
        return true;
    default:
        return malformed(c, token == JSON_ERROR ? NULL : "expected a value");
    }
}

static bool read_array(struct value_codec *c, lua_State *L, const struct value_source *source)
{
    uint8_t *hint = &c->_hint[c->_reader._depth];
    lua_createtable(L, *hint, 0);
    lua_Integer count = 0;
    enum json_token token;
    while ((token = json_next(&c->_reader)) != JSON_ARRAY_END) {
        if (!read_any(c, L, source, token))
            return false;
        lua_rawseti(L, -2, ++count);
    }
    *hint = (uint8_t)(count < HINT_MAX ? count : HINT_MAX);
    lua_rawgeti(L, LUA_REGISTRYINDEX, c->_array_ref);
    lua_setmetatable(L, -2);
    return true;
}

/* {"_placeholder":true,"num":n} on top becomes attachment n. Any other object stays. */
static bool resolve_placeholder(struct value_codec *c, lua_State *L,
                                const struct value_source *source)
{
    lua_getfield(L, -1, "_placeholder");
    bool is_placeholder = lua_isboolean(L, -1) && lua_toboolean(L, -1);
    lua_pop(L, 1);
    if (!is_placeholder)
        return true;
    lua_getfield(L, -1, "num");
    lua_Integer number = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : -1;
    lua_pop(L, 2);
    if (number < 0 || (size_t)number >= source->attachment_count)
        return malformed(c, "a placeholder for an attachment that is not there");
    value_push_binary(c, L, source->attachments[number]);
    return true;
}

static bool read_object(struct value_codec *c, lua_State *L, const struct value_source *source)
{
    uint8_t *hint = &c->_hint[c->_reader._depth];
    lua_createtable(L, 0, *hint);
    unsigned count = 0;
    enum json_token token;
    while ((token = json_next(&c->_reader)) == JSON_KEY) {
        lua_pushlstring(L, c->_reader.text.ptr, c->_reader.text.len);
        if (!read_any(c, L, source, json_next(&c->_reader)))
            return false;
        lua_rawset(L, -3);
        count++;
    }
    if (token == JSON_ERROR)
        return malformed(c, NULL);
    *hint = (uint8_t)(count < HINT_MAX ? count : HINT_MAX);
    return !source->attachment_count || resolve_placeholder(c, L, source);
}

/* Pushes the value that starts with `token`. False leaves what was pushed so far. */
/* A body of many megabytes is read within one call of the script's, whose budget counts. Without
 * such a call it is a message, which is shorter, and the answer is nothing to us. */
static void look(struct value_codec *c, lua_State *L)
{
    if (++c->_work <= VALUES_A_LOOK)
        return;
    c->_work = 0;
    if (c->on_look)
        c->on_look(c->on_look_ud, L, 1);
}

static bool read_any(struct value_codec *c, lua_State *L, const struct value_source *source,
                     enum json_token token)
{
    look(c, L);
    if (token == JSON_ARRAY)
        return read_array(c, L, source);
    if (token == JSON_OBJECT)
        return read_object(c, L, source);
    return push_scalar(c, L, token);
}

/* A whole argument: null is nil there. */
static bool read_argument(struct value_codec *c, lua_State *L, const struct value_source *source,
                          enum json_token token)
{
    if (token != JSON_NULL)
        return read_any(c, L, source, token);
    lua_pushnil(L);
    return true;
}

static void start(struct value_codec *c, lua_State *L, const struct value_source *source)
{
    json_reader_restart(&c->_reader, source->json);
    lua_checkstack(L, STACK_A_LEVEL * (JSON_DEPTH_MAX + 2));
}

enum value_read value_read(struct value_codec *c, lua_State *L, const struct value_source *source)
{
    int top = lua_gettop(L);
    start(c, L, source);
    if (read_argument(c, L, source, json_next(&c->_reader))) {
        if (json_next(&c->_reader) == JSON_END)
            return VALUE_OK;
        malformed(c, NULL);
    }
    lua_settop(L, top);
    return VALUE_SYNTAX;
}

static enum value_read read_elements(struct value_codec *c, lua_State *L,
                                     const struct value_source *source, unsigned skip,
                                     int *out_count)
{
    struct json_reader *r = &c->_reader;
    *out_count = 0;
    if (json_next(r) != JSON_ARRAY)
        return malformed(c, "expected an array"), VALUE_SYNTAX;
    for (; skip; skip--) {
        if (!json_skip(r))
            return malformed(c, "too short an array"), VALUE_SYNTAX;
    }
    enum json_token token;
    while ((token = json_next(r)) != JSON_ARRAY_END) {
        if (!lua_checkstack(L, STACK_A_LEVEL * (JSON_DEPTH_MAX + 2)))
            return VALUE_TOO_MANY;
        if (!read_argument(c, L, source, token))
            return VALUE_SYNTAX;
        ++*out_count;
    }
    return json_next(r) == JSON_END ? VALUE_OK : (malformed(c, NULL), VALUE_SYNTAX);
}

enum value_read value_read_list(struct value_codec *c, lua_State *L,
                                const struct value_source *source, unsigned skip, int *out_count)
{
    int top = lua_gettop(L);
    start(c, L, source);
    enum value_read result = read_elements(c, L, source, skip, out_count);
    if (result != VALUE_OK)
        lua_settop(L, top);
    return result;
}
