/* The native half of the templates: see template_host.h.
 * Apart from the HTTP binding, so that templates are tested in a state that has no server.
 * Not for scripts: no function here is in their API. */
#include "bindings/template_host.h"

#include "core/base/nearest.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#define LIST_MAX 1000 /* files that are looked at for a suggestion */
#define LIST_DEPTH 8

static struct value_codec *host_codec(lua_State *L)
{
    return (struct value_codec *)lua_touserdata(L, lua_upvalueindex(1));
}

static int host_array(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    value_mark_array(host_codec(L), L, 1);
    lua_settop(L, 1);
    return 1;
}

static int host_tojson(lua_State *L)
{
    struct value_codec *codec = host_codec(L);
    value_begin(codec, false);
    bool written = value_put(codec, L, 1, "value");
    struct slice text = written ? value_text(codec) : buf_slice(&codec->path);
    if (!written)
        lua_pushnil(L);
    lua_pushlstring(L, text.ptr, text.len);
    return written ? 1 : 2;
}

/* The strings of the table at `index`, ended by NULL, in memory that Lua owns. [-0, +1, e] */
static const char **push_names(lua_State *L, int index)
{
    lua_Integer count = luaL_len(L, index);
    const char **names =
        (const char **)compat_new_userdata(L, ((size_t)count + 1) * sizeof(*names));
    for (lua_Integer i = 0; i < count; i++) {
        lua_rawgeti(L, index, i + 1);
        names[i] = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
        lua_pop(L, 1); /* the table still holds it */
    }
    names[count] = NULL;
    return names;
}

static int host_suggest(lua_State *L)
{
    size_t len;
    const char *word = luaL_checklstring(L, 1, &len);
    luaL_checktype(L, 2, LUA_TTABLE);
    const char *nearest = nearest_find(slice_make(word, len), push_names(L, 2));
    lua_pushfstring(L, nearest ? ", did you mean '%s'?" : "", nearest);
    return 1;
}

static int push_failure(lua_State *L)
{
    lua_pushnil(L);
    lua_pushstring(L, strerror(errno));
    return 2;
}

/* No Lua error may leave while the file is open, but for a lack of memory. */
static int host_read(lua_State *L)
{
    FILE *file = fopen(luaL_checkstring(L, 1), "rb");
    if (!file)
        return push_failure(L);
    luaL_Buffer text;
    luaL_buffinit(L, &text);
    size_t got;
    while ((got = fread(luaL_prepbuffer(&text), 1, LUAL_BUFFERSIZE, file)) > 0)
        luaL_addsize(&text, got);
    bool failed = ferror(file);
    int why = errno;
    fclose(file);
    luaL_pushresult(&text);
    errno = why;
    return failed ? push_failure(L) : 1;
}

static int host_stamp(lua_State *L)
{
    struct stat st;
    if (stat(luaL_checkstring(L, 1), &st) != 0 || !S_ISREG(st.st_mode))
        return 0;
    char stamp[96];
    int len = snprintf(stamp, sizeof(stamp), "%lld.%09ld %lld %llu", (long long)st.st_mtim.tv_sec,
                       st.st_mtim.tv_nsec, (long long)st.st_size, (unsigned long long)st.st_ino);
    lua_pushlstring(L, stamp, (size_t)len);
    return 1;
}

/* A Lua error (no memory) inside of it would leak the DIR: names are short and few. */
static void add_files(lua_State *L, struct buf *path, size_t root_len, unsigned depth)
{
    buf_append_char(path, '\0');
    path->len--;
    DIR *folder = opendir(path->ptr);
    if (!folder)
        return;
    struct dirent *entry;
    size_t len = path->len;
    while ((entry = readdir(folder)) && lua_rawlen(L, -1) < LIST_MAX) {
        if (entry->d_name[0] == '.')
            continue;
        buf_printf(path, "/%s", entry->d_name);
        if (entry->d_type == DT_DIR && depth < LIST_DEPTH) {
            add_files(L, path, root_len, depth + 1);
        } else if (entry->d_type != DT_DIR) {
            lua_pushlstring(L, path->ptr + root_len + 1, path->len - root_len - 1);
            lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
        }
        path->len = len;
    }
    closedir(folder);
}

static int host_list(lua_State *L)
{
    struct buf path = BUF_INIT;
    buf_append_str(&path, luaL_checkstring(L, 1));
    lua_newtable(L);
    add_files(L, &path, path.len, 0);
    buf_dispose(&path);
    return 1;
}

static int load_host(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"array", host_array}, {"tojson", host_tojson}, {"suggest", host_suggest},
        {"read", host_read},   {"stamp", host_stamp},   {"list", host_list},
        {NULL, NULL}};
    luaL_newlibtable(L, functions);
    lua_pushvalue(L, lua_upvalueindex(1));
    luaL_setfuncs(L, functions, 1);
    value_push_null(L);
    lua_setfield(L, -2, "null");
    return 1;
}

void template_host_open(lua_State *L, struct value_codec *codec)
{
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "preload");
    lua_pushlightuserdata(L, codec);
    lua_pushcclosure(L, load_host, 1);
    lua_setfield(L, -2, "moonwire.template_host");
    lua_pop(L, 2);
}
