/* The settings that a test gives its server, from a Lua table to config_set.
 * They are copied, because the engine asks for them again whenever it loads a script.
 * Which keys there are is the configuration's to say. */
#include "bindings/test_server.h"

struct test_setting {
    struct slice key;
    struct config_value value;
    struct slice *list; /* of a list; the texts are ours too */
};

static struct slice copy_string(lua_State *L, int index)
{
    size_t len;
    const char *text = luaL_checklstring(L, index, &len);
    return slice_make(mem_dup(text, len), len);
}

static void dispose_setting(struct test_setting *setting)
{
    mem_free((void *)setting->key.ptr);
    mem_free((void *)setting->value.text.ptr);
    for (size_t i = 0; i < setting->value.list_len; i++)
        mem_free((void *)setting->list[i].ptr);
    mem_free(setting->list);
}

void test_config_dispose(struct test_config *config)
{
    for (size_t i = 0; i < config->count; i++)
        dispose_setting(&config->settings[i]);
    mem_free(config->settings);
    *config = (struct test_config){0};
}

static void read_list(lua_State *L, int index, struct test_setting *setting)
{
    size_t count = lua_rawlen(L, index);
    setting->list = (struct slice *)mem_zalloc((count + 1) * sizeof(*setting->list));
    setting->value = (struct config_value){.type = CONFIG_LIST, .list = setting->list};
    while (setting->value.list_len < count) {
        lua_rawgeti(L, index, (lua_Integer)setting->value.list_len + 1);
        setting->list[setting->value.list_len] = copy_string(L, -1);
        setting->value.list_len++;
        lua_pop(L, 1);
    }
}

static void read_value(lua_State *L, int index, struct test_setting *setting)
{
    struct config_value *value = &setting->value;
    switch (lua_type(L, index)) {
    case LUA_TBOOLEAN:
        value->boolean = lua_toboolean(L, index);
        break;
    case LUA_TNUMBER:
        value->type = lua_isinteger(L, index) ? CONFIG_INTEGER : CONFIG_NUMBER;
        value->number = lua_tonumber(L, index);
        break;
    case LUA_TSTRING:
        value->type = CONFIG_STRING;
        value->text = copy_string(L, index);
        break;
    case LUA_TTABLE:
        read_list(L, index, setting);
        break;
    default:
        luaL_error(L, "the setting %s is a %s", setting->key.ptr, luaL_typename(L, index));
    }
}

static void read_setting(struct test_config *config, lua_State *L)
{
    if (lua_type(L, -2) != LUA_TSTRING)
        luaL_error(L, "the configuration of a test_server is a table of settings by name");
    if (strcmp(lua_tostring(L, -2), "sandbox") == 0) {
        config->sandbox = lua_toboolean(L, -1);
        return;
    }
    size_t size = (config->count + 1) * sizeof(*config->settings);
    config->settings = (struct test_setting *)mem_realloc(config->settings, size);
    struct test_setting *setting = &config->settings[config->count++];
    *setting = (struct test_setting){.value = {.type = CONFIG_BOOL}};
    setting->key = copy_string(L, -2);
    read_value(L, lua_gettop(L), setting);
}

void test_config_read(struct test_config *config, lua_State *L, int index)
{
    if (lua_isnoneornil(L, index))
        return;
    luaL_checktype(L, index, LUA_TTABLE);
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1))
        read_setting(config, L);
}

bool test_config_apply(void *ud, struct config *config, struct buf *out_error)
{
    const struct test_config *wanted = (const struct test_config *)ud;
    for (size_t i = 0; i < wanted->count; i++) {
        const struct test_setting *setting = &wanted->settings[i];
        if (!config_set(config, setting->key, &setting->value, out_error))
            return false;
    }
    return true;
}
