/* Values between a test and its server: JSON by the codec of the bindings.
 * A test's Lua state has a codec of its own, since the engine's belongs to another state.
 * It knows no packet: what stands around the JSON is lua/test_client.lua's. */
#include "bindings/test_server.h"

#define CODEC_KEY "moonwire.test_codec"

static int dispose_codec(lua_State *L)
{
    value_codec_dispose((struct value_codec *)lua_touserdata(L, 1));
    return 0;
}

struct value_codec *test_values_codec(lua_State *L)
{
    if (lua_getfield(L, LUA_REGISTRYINDEX, CODEC_KEY) == LUA_TNIL) {
        struct value_codec *made = (struct value_codec *)compat_new_userdata(L, sizeof(*made));
        *made = (struct value_codec){0};
        value_codec_init(made, L);
        lua_newtable(L);
        lua_pushcfunction(L, dispose_codec);
        lua_setfield(L, -2, "__gc");
        lua_setmetatable(L, -2);
        lua_setfield(L, LUA_REGISTRYINDEX, CODEC_KEY);
        lua_pop(L, 1);
        return made;
    }
    struct value_codec *codec = (struct value_codec *)lua_touserdata(L, -1);
    lua_pop(L, 1);
    return codec;
}

static struct slice check_slice(lua_State *L, int index)
{
    size_t len;
    const char *text = luaL_checklstring(L, index, &len);
    return slice_make(text, len);
}

static void push_slice(lua_State *L, struct slice text)
{
    lua_pushlstring(L, text.len ? text.ptr : "", text.len);
}

/* encode(…): the values as the inside of an array, and a list of attachments. */
static int encode(lua_State *L)
{
    struct value_codec *c = test_values_codec(L);
    int count = lua_gettop(L);
    value_begin(c, true);
    if (!value_put_list(c, L, 1, count, "args", false)) {
        push_slice(L, buf_slice(&c->path));
        return lua_error(L);
    }
    push_slice(L, value_text(c));
    lua_createtable(L, (int)c->attachment_count, 0);
    for (size_t i = 0; i < c->attachment_count; i++) {
        push_slice(L, c->attachments[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 2;
}

/* The JSON at 1 and the attachments in the table at 2. */
static void check_source(lua_State *L, struct value_source *out,
                         struct slice attachments[SIO_ATTACHMENTS_MAX])
{
    size_t given = lua_istable(L, 2) ? lua_rawlen(L, 2) : 0;
    *out = (struct value_source){.json = check_slice(L, 1), .attachments = attachments};
    while (out->attachment_count < given && out->attachment_count < SIO_ATTACHMENTS_MAX) {
        lua_rawgeti(L, 2, (lua_Integer)out->attachment_count + 1);
        attachments[out->attachment_count++] = check_slice(L, -1); /* the table holds it */
        lua_pop(L, 1);
    }
}

static int raise_unreadable(lua_State *L, const struct value_codec *c)
{
    push_slice(L, buf_slice(&c->path));
    return lua_error(L);
}

/* decode(json): the value. */
static int decode(lua_State *L)
{
    struct value_codec *c = test_values_codec(L);
    struct value_source source = {.json = check_slice(L, 1)};
    return value_read(c, L, &source) == VALUE_OK ? 1 : raise_unreadable(L, c);
}

/* decode_list(json, attachments): the elements of the array. */
static int decode_list(lua_State *L)
{
    struct value_codec *c = test_values_codec(L);
    struct slice attachments[SIO_ATTACHMENTS_MAX];
    struct value_source source;
    int count;
    check_source(L, &source, attachments);
    if (value_read_list(c, L, &source, 0, &count) != VALUE_OK)
        return raise_unreadable(L, c);
    return count;
}

static int array(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    value_mark_array(test_values_codec(L), L, 1);
    lua_settop(L, 1);
    return 1;
}

static int binary(lua_State *L)
{
    value_push_binary(test_values_codec(L), L, check_slice(L, 1));
    return 1;
}

static int is_binary(lua_State *L)
{
    struct slice bytes;
    luaL_checkany(L, 1);
    lua_pushboolean(L, value_to_binary(test_values_codec(L), L, 1, &bytes));
    return 1;
}

void test_values_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"encode", encode}, {"decode", decode}, {"decode_list", decode_list},
        {"array", array},   {"binary", binary}, {"is_binary", is_binary},
        {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
    value_push_null(L);
    lua_setfield(L, -2, "null");
    value_push_module(test_values_codec(L), L);
    lua_setfield(L, -2, "json");
}
