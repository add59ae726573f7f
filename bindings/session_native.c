/* Signatures and names by the core, values by the codec of messages. */
#include "bindings/session_native.h"

#include "bindings/engine.h"
#include "bindings/script_peer.h"
#include "core/base/ident.h"
#include "core/codec/base64.h"
#include "core/codec/hmac.h"

/* --- base64url without padding, so that a cookie needs no quotes --- */

static void push_base64url(lua_State *L, struct slice bytes)
{
    struct buf text = BUF_INIT;
    base64_encode(bytes, &text);
    while (text.len && text.ptr[text.len - 1] == '=')
        text.len--;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '+')
            text.ptr[i] = '-';
        else if (text.ptr[i] == '/')
            text.ptr[i] = '_';
    }
    lua_pushlstring(L, text.ptr, text.len);
    buf_dispose(&text);
}

static bool read_base64url(struct slice text, struct buf *out)
{
    struct buf plain = BUF_INIT;
    buf_append_slice(&plain, text);
    for (size_t i = 0; i < plain.len; i++) {
        if (plain.ptr[i] == '-')
            plain.ptr[i] = '+';
        else if (plain.ptr[i] == '_')
            plain.ptr[i] = '/';
    }
    bool good = base64_decode(buf_slice(&plain), out);
    buf_dispose(&plain);
    return good;
}

static struct slice check_slice(lua_State *L, int index)
{
    struct slice s;
    s.ptr = luaL_checklstring(L, index, &s.len);
    return s;
}

/* --- signatures --- */

static void push_signature(lua_State *L, struct slice key, struct slice text)
{
    unsigned char digest[HMAC_LEN];
    hmac_sha256(key, text, digest);
    push_base64url(L, slice_make(digest, HMAC_LEN));
}

static int sign(lua_State *L)
{
    push_signature(L, check_slice(L, 1), check_slice(L, 2));
    return 1;
}

static int verify(lua_State *L)
{
    struct slice given = check_slice(L, 3);
    push_signature(L, check_slice(L, 1), check_slice(L, 2));
    lua_pushboolean(L, hmac_equal(check_slice(L, -1), given));
    return 1;
}

static int random_name(lua_State *L)
{
    struct ident_source source = {0};
    char name[IDENT_LEN + 1];
    ident_make(&source, name);
    lua_pushlstring(L, name, IDENT_LEN);
    return 1;
}

/* --- values --- */

static int encode(lua_State *L)
{
    struct value_codec *c = &vm_of(L)->codec;
    luaL_checkany(L, 1);
    lua_settop(L, 1);
    value_begin(c, false);
    if (!value_put(c, L, 1, "session")) {
        lua_pushnil(L);
        lua_pushlstring(L, c->path.ptr, c->path.len);
        return 2;
    }
    push_base64url(L, value_text(c));
    return 1;
}

static int decode(lua_State *L)
{
    struct value_codec *c = &vm_of(L)->codec;
    struct buf json = BUF_INIT;
    struct value_source source;
    if (!read_base64url(check_slice(L, 1), &json)) {
        buf_dispose(&json);
        return 0;
    }
    lua_pushlstring(L, json.ptr ? json.ptr : "", json.len); /* Lua's now: reading may raise */
    buf_dispose(&json);
    source = (struct value_source){.json = check_slice(L, -1)};
    return value_read(c, L, &source) == VALUE_OK ? 1 : 0;
}

/* --- the running task --- */

static struct kept *kept_of(struct task *t)
{
    if (!t)
        return NULL;
    if (t->exchange)
        return &t->kept;
    return t->peer ? &t->peer->kept : NULL;
}

/* kept(name) */
static int get_kept(lua_State *L)
{
    struct kept *kept = kept_of(task_current(L));
    if (!kept)
        return 0;
    kept_push(kept, L, luaL_checkstring(L, 1));
    return 1;
}

/* keep(name, value) */
static int keep(lua_State *L)
{
    struct kept *kept = kept_of(task_current(L));
    const char *name = luaL_checkstring(L, 1);
    luaL_checkany(L, 2);
    lua_settop(L, 2);
    if (kept)
        kept_set(kept, L, name);
    return 0;
}

static int place(lua_State *L)
{
    struct task *t = task_current(L);
    if (!kept_of(t))
        return 0;
    lua_pushstring(L, t->exchange ? "route" : "peer");
    return 1;
}

static int now(lua_State *L)
{
    lua_pushnumber(L, (double)engine_now_ns(vm_of(L)->engine) / NS_PER_S);
    return 1;
}

static int warn(lua_State *L)
{
    log_warning(vm_of(L)->log, "%s", luaL_checkstring(L, 1));
    return 0;
}

static int load_native(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"sign", sign},     {"verify", verify}, {"name", random_name}, {"encode", encode},
        {"decode", decode}, {"kept", get_kept}, {"keep", keep},        {"place", place},
        {"now", now},       {"warn", warn},     {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}

void session_native_open(lua_State *L)
{
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "preload");
    lua_pushcfunction(L, load_native);
    lua_setfield(L, -2, "moonwire.session_native");
    lua_pop(L, 2);
}
