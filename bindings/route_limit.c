/* A rule is one userdata, the table of addresses another, which outlives a reload. Addresses whose
 * windows are over are swept when it has doubled, so that a flood of addresses leaves nothing. */
#include "bindings/route_limit.h"

#include "bindings/engine.h"
#include "core/server/limiter.h"

#define TYPE "moonwire.route_limit"
#define COUNTS_TYPE "moonwire.route_counts"
#define SWEEP_LEAST 256 /* addresses below which nothing is swept */
#define ADDRESS_MAX 46  /* of IPv6, as text */

struct address {
    struct limiter_state state;
    UT_hash_handle _hash;
    char text[ADDRESS_MAX];
};

struct counts {
    struct address *addresses; /* uthash */
    size_t sweep_at;
};

static void sweep(struct counts *l, const struct limiter_spec *spec, int64_t now_ns)
{
    struct address *a, *next;
    if (HASH_CNT(_hash, l->addresses) < l->sweep_at)
        return;
    HASH_ITER(_hash, l->addresses, a, next)
    {
        if (!limiter_idle(spec, &a->state, now_ns))
            continue;
        HASH_DELETE(_hash, l->addresses, a);
        mem_free(a);
    }
    l->sweep_at = 2 * HASH_CNT(_hash, l->addresses) + SWEEP_LEAST;
}

static struct address *find(struct counts *l, struct slice text)
{
    struct address *a;
    if (text.len >= ADDRESS_MAX)
        text.len = ADDRESS_MAX - 1;
    HASH_FIND(_hash, l->addresses, text.ptr, text.len, a);
    if (a)
        return a;
    a = (struct address *)mem_zalloc(sizeof(*a));
    memcpy(a->text, text.ptr, text.len);
    HASH_ADD_KEYPTR(_hash, l->addresses, a->text, text.len, a);
    return a;
}

static int limit_hit(lua_State *L)
{
    const struct limiter_spec *spec = (const struct limiter_spec *)luaL_checkudata(L, 1, TYPE);
    struct counts *counts = (struct counts *)luaL_checkudata(L, 2, COUNTS_TYPE);
    int64_t now_ns = engine_now_ns(vm_of(L)->engine), retry_ns;
    struct slice address;

    address.ptr = luaL_checklstring(L, 3, &address.len);
    sweep(counts, spec, now_ns);
    const struct limiter_rule *past =
        limiter_hit(spec, &find(counts, address)->state, now_ns, &retry_ns);
    if (!past)
        return 0;
    lua_pushstring(L, past->text);
    lua_pushinteger(L, (retry_ns + NS_PER_S - 1) / NS_PER_S);
    return 2;
}

static int counts_gc(lua_State *L)
{
    struct counts *l = (struct counts *)luaL_checkudata(L, 1, COUNTS_TYPE);
    struct address *a, *next;
    HASH_ITER(_hash, l->addresses, a, next)
    {
        HASH_DELETE(_hash, l->addresses, a);
        mem_free(a);
    }
    return 0;
}

static int limit_new(lua_State *L)
{
    struct slice text;
    struct limiter_spec spec;
    struct buf error = BUF_INIT;

    text.ptr = luaL_checklstring(L, 1, &text.len);
    if (!limiter_parse(text, &spec, &error)) {
        lua_pushnil(L);
        lua_pushlstring(L, error.ptr, error.len);
        buf_dispose(&error);
        return 2;
    }
    *(struct limiter_spec *)compat_new_userdata(L, sizeof(spec)) = spec;
    luaL_setmetatable(L, TYPE);
    return 1;
}

static int counts_new(lua_State *L)
{
    struct counts *l = (struct counts *)compat_new_userdata(L, sizeof(*l));
    *l = (struct counts){.sweep_at = SWEEP_LEAST};
    luaL_setmetatable(L, COUNTS_TYPE);
    return 1;
}

static int load_module(lua_State *L)
{
    static const luaL_Reg functions[] = {{"new", limit_new}, {"counts", counts_new}, {NULL, NULL}};
    luaL_newmetatable(L, COUNTS_TYPE);
    lua_pushcfunction(L, counts_gc);
    lua_setfield(L, -2, "__gc");
    luaL_newmetatable(L, TYPE);
    lua_newtable(L);
    lua_pushcfunction(L, limit_hit);
    lua_setfield(L, -2, "hit");
    lua_setfield(L, -2, "__index");
    lua_pop(L, 2);
    luaL_newlib(L, functions);
    return 1;
}

void route_limit_open(lua_State *L)
{
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "preload");
    lua_pushcfunction(L, load_module);
    lua_setfield(L, -2, "moonwire.route_limit");
    lua_pop(L, 2);
}
