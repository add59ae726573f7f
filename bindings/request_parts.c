/* Reads query strings, forms, headers and cookies into Lua tables.
 * A memory error of Lua's would leave the reader's scratch behind, so that scratch is a few bytes
 * that only such an error leaks: a script at its memory limit. */
#include "bindings/request_parts.h"

#include "bindings/http_native.h"
#include "bindings/upload.h"
#include "core/codec/cookie.h"
#include "core/codec/multipart.h"
#include "core/codec/query.h"
#include <ctype.h>

#define FIELDS_MAX                                                                                 \
    10000 /* of a form in one line: a page has dozens, and millions hold up everybody */

/* Pushes the name unless the table on top has a value for it. */
static bool push_new_name(lua_State *L, struct slice name)
{
    lua_pushlstring(L, name.ptr, name.len);
    lua_pushvalue(L, -1);
    lua_rawget(L, -3);
    bool is_new = lua_isnil(L, -1);
    lua_pop(L, is_new ? 1 : 2);
    return is_new;
}

/* t[name] = value unless there is one; the table is on top. */
static void set_first(lua_State *L, struct slice name, struct slice value)
{
    if (!push_new_name(L, name))
        return;
    lua_pushlstring(L, value.ptr, value.len);
    lua_rawset(L, -3);
}

/* False: there are more than `most`. */
static bool push_query(lua_State *L, struct slice text, size_t most)
{
    struct query_reader reader;
    struct query_pair pair;
    size_t count = 0;
    lua_newtable(L);
    query_reader_init(&reader, text);
    while (query_next(&reader, &pair) && count++ < most)
        set_first(L, pair.name, pair.value);
    query_reader_dispose(&reader);
    return count <= most;
}

void request_parts_push_args(lua_State *L, const struct http_request *r)
{
    push_query(L, r->query, SIZE_MAX); /* a head is short */
}

/* --- forms --- */

static _Noreturn void refuse(lua_State *L, enum err error)
{
    if (error == ERR_RANGE)
        http_native_abort(L, 413, "The form has too many parts, or a part with headers too long.");
    if (error == ERR_UNSUPPORTED)
        http_native_abort(L, 400, "The form has a part with a Content-Transfer-Encoding.");
    http_native_abort(L, 400, "The form is no well-formed multipart/form-data.");
}

static void set_part(lua_State *L, const struct multipart_part *part)
{
    if (!part->is_file) {
        set_first(L, part->name, part->content);
    } else if (push_new_name(L, part->name)) {
        upload_push(L, part);
        lua_rawset(L, -3);
    }
}

/* The parts that are files, or those that are not. A request without a body, as a handshake is, has
 * no form, whatever its headers say. */
static void push_parts(lua_State *L, const struct http_request *r, struct slice body, bool files)
{
    struct multipart_reader reader;
    struct multipart_part part;
    lua_newtable(L);
    if (!body.len)
        return;
    multipart_reader_init(&reader, http_request_header(r, "content-type"), body);
    while (multipart_next(&reader, &part)) {
        if (part.is_file == files)
            set_part(L, &part);
    }
    if (reader.error)
        refuse(L, reader.error);
}

void request_parts_push_form(lua_State *L, const struct http_request *r, struct slice body)
{
    if (request_parts_is_type(r, "application/x-www-form-urlencoded")) {
        if (!push_query(L, body, FIELDS_MAX))
            refuse(L, ERR_RANGE);
    } else if (request_parts_is_type(r, "multipart/form-data")) {
        push_parts(L, r, body, false);
    } else {
        lua_newtable(L);
    }
}

void request_parts_push_files(lua_State *L, const struct http_request *r, struct slice body)
{
    if (request_parts_is_type(r, "multipart/form-data"))
        push_parts(L, r, body, true);
    else
        lua_newtable(L);
}

/* --- cookies --- */

void request_parts_push_cookies(lua_State *L, const struct http_request *r)
{
    lua_newtable(L);
    for (size_t i = 0; i < r->header_count; i++) {
        struct cookie_reader reader;
        struct slice name, value;
        if (!slice_equal_nocase(r->headers[i].name, SLICE("cookie")))
            continue;
        cookie_reader_init(&reader, r->headers[i].value);
        while (cookie_next(&reader, &name, &value))
            set_first(L, name, value);
    }
}

/* --- headers --- */

static void push_lower(lua_State *L, struct slice text)
{
    luaL_Buffer lower;
    luaL_buffinit(L, &lower);
    for (size_t i = 0; i < text.len; i++)
        luaL_addchar(&lower, (char)tolower((unsigned char)text.ptr[i]));
    luaL_pushresult(&lower);
}

/* __index: the name in another case. */
static int header_index(lua_State *L)
{
    struct slice name;
    if (lua_type(L, 2) != LUA_TSTRING)
        return 0;
    name.ptr = lua_tolstring(L, 2, &name.len);
    push_lower(L, name);
    lua_rawget(L, 1);
    return 1;
}

/* The table is on top. */
static void add_header(lua_State *L, const struct http_header *h)
{
    push_lower(L, h->name);
    lua_pushvalue(L, -1);
    lua_rawget(L, -3); /* table name earlier */
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_pushlstring(L, h->value.ptr, h->value.len);
    } else {
        lua_pushstring(L, ", ");
        lua_pushlstring(L, h->value.ptr, h->value.len);
        lua_concat(L, 3);
    }
    lua_rawset(L, -3);
}

void request_parts_push_headers(lua_State *L, const struct http_request *r)
{
    lua_createtable(L, 0, (int)r->header_count);
    for (size_t i = 0; i < r->header_count; i++)
        add_header(L, &r->headers[i]);
    if (luaL_newmetatable(L, "mw.headers")) {
        lua_pushcfunction(L, header_index);
        lua_setfield(L, -2, "__index");
    }
    lua_setmetatable(L, -2);
}

/* --- url --- */

void request_parts_push_url(lua_State *L, const struct http_request *r)
{
    struct slice host = http_request_header(r, "host");
    struct buf path = BUF_INIT;
    query_encode(r->path, true, &path);
    lua_pushstring(L, r->is_secure ? "https://" : "http://");
    lua_pushlstring(L, host.ptr, host.len);
    lua_pushlstring(L, path.ptr, path.len);
    lua_pushstring(L, r->query.len ? "?" : "");
    lua_pushlstring(L, r->query.ptr, r->query.len);
    lua_concat(L, 5);
    buf_dispose(&path);
}

bool request_parts_is_type(const struct http_request *r, const char *type)
{
    struct slice given = http_request_header(r, "content-type");
    given.len = slice_index(given, ';');
    return slice_equal_nocase(slice_trim(given), slice_str(type));
}
