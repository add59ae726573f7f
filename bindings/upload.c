/* Makes uploaded files for scripts, and saves them.
 * Saving writes at once and in the loop, as Flask's does in its thread: an upload is bounded by
 * MAX_CONTENT_LENGTH. What was written before a failure stays: removing it could remove a device
 * or another's file. */
#include "bindings/upload.h"

#include "bindings/api.h"
#include <errno.h>
#include <stdio.h>

#define TYPE "mw.upload"

static void set_slice(lua_State *L, const char *name, struct slice text)
{
    lua_pushlstring(L, text.len ? text.ptr : "", text.len);
    lua_setfield(L, -2, name);
}

/* 0, or the errno. */
static int write_file(const char *path, struct slice data)
{
    FILE *file = fopen(path, "wbe");
    if (!file)
        return errno;
    int error = fwrite(data.ptr, 1, data.len, file) == data.len ? 0 : errno;
    if (fclose(file) != 0 && !error)
        error = errno;
    return error;
}

static int push_failure(lua_State *L, const char *path, int error)
{
    const char *name = strerrorname_np(error);
    lua_pushnil(L);
    lua_pushfstring(L, "cannot save to %s: %s", path, strerror(error));
    lua_pushstring(L, name ? name : "EIO");
    return 3;
}

/* The data of the upload at 1, which is as the script left it. */
static struct slice check_data(lua_State *L)
{
    bool is_upload = lua_istable(L, 1) && lua_getmetatable(L, 1);
    if (is_upload) {
        luaL_getmetatable(L, TYPE);
        is_upload = lua_rawequal(L, -1, -2);
    }
    if (!is_upload)
        api_error(L, "save belongs to a file of request.files: file:save(path), with a colon");
    lua_getfield(L, 1, "data");
    return api_check_string(L, -1, "the data of the file");
}

static int upload_save(lua_State *L)
{
    lua_settop(L, 2);
    struct slice data = check_data(L);
    struct slice path = api_check_string(L, 2, "file:save: the path");
    if (vm_of(L)->sandbox)
        api_error(L, "file:save is taken away: the server runs with --sandbox");
    if (vm_of(L)->sandbox)
        api_error(L, "file:save is taken away: the server runs with --sandbox");
    if (strlen(path.ptr) != path.len)
        api_error(L, "file:save: the path has a zero byte in it");
    int error = write_file(path.ptr, data);
    if (error)
        return push_failure(L, path.ptr, error);
    lua_pushboolean(L, 1);
    return 1;
}

void upload_push(lua_State *L, const struct multipart_part *part)
{
    static const luaL_Reg methods[] = {{"save", upload_save}, {NULL, NULL}};
    struct slice type = part->content_type;
    lua_createtable(L, 0, 4);
    set_slice(L, "filename", part->filename);
    set_slice(L, "content_type", type.len ? type : SLICE("text/plain"));
    set_slice(L, "data", part->content);
    lua_pushinteger(L, (lua_Integer)part->content.len);
    lua_setfield(L, -2, "size");
    if (luaL_newmetatable(L, TYPE)) {
        luaL_newlib(L, methods);
        lua_setfield(L, -2, "__index");
    }
    lua_setmetatable(L, -2);
}
