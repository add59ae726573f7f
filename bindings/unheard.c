/* What was told already is in the set's own table, and so begins anew with each load. */
#include "bindings/unheard.h"

#include "core/base/nearest.h"

#define TABLE "unheard"
#define EVENTS_MAX 100 /* of each load */
#define NAME_MAX_LEN 60

struct search {
    struct slice namespace_, event;
    const struct handler *found;
};

static void look(void *ud, struct slice namespace_, const struct handler *handler)
{
    struct search *s = (struct search *)ud;
    const char *names[] = {handler->name, NULL};
    if (slice_equal(namespace_, s->namespace_) && nearest_find(s->event, names))
        s->found = handler;
}

/* One more event; the table of what was told is on top. False: they were enough. */
static bool count_event(lua_State *L)
{
    lua_rawgeti(L, -1, 0);
    lua_Integer count = lua_tointeger(L, -1);
    lua_pop(L, 1);
    lua_pushinteger(L, count + 1);
    lua_rawseti(L, -2, 0);
    return count < EVENTS_MAX;
}

static bool told_already(lua_State *L, const struct handler *handler)
{
    lua_pushstring(L, handler->name);
    lua_rawget(L, -2);
    bool told = lua_toboolean(L, -1);
    lua_pop(L, 1);
    lua_pushstring(L, handler->name);
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
    return told;
}

static void tell(struct handlers *set, const struct search *s)
{
    lua_State *L = set->vm->L;
    lua_Debug ar;
    handlers_push(set, L, s->found->function);
    lua_getinfo(L, ">S", &ar);
    log_warning(set->vm->log,
                "a client sent \"%.*s\" in \"%.*s\", which has no handler: do you mean \"%s\", "
                "whose handler is at %s:%d?",
                SLICE_ARG(s->event), SLICE_ARG(s->namespace_), s->found->name, ar.short_src,
                ar.linedefined);
}

void unheard_tell(struct handlers *set, struct slice namespace_, struct slice event)
{
    lua_State *L = set->vm->L;
    struct search s = {namespace_, event, NULL};
    int top = lua_gettop(L);
    if (event.len > NAME_MAX_LEN || !lua_checkstack(L, 6))
        return;
    handlers_push_table(set, L);
    luaL_getsubtable(L, -1, TABLE);
    if (count_event(L)) {
        handlers_each(set, look, &s);
        if (s.found && !told_already(L, s.found))
            tell(set, &s);
    }
    lua_settop(L, top);
}
