/* The work is lua/http.lua's refresh, which runs as a task: a template may have functions. */
#include "bindings/reload_templates.h"

#include "bindings/api.h"

struct refresh {
    struct paths *wrong;
    struct buf *error;
};

/* refresh gave: what is wrong, or nil; the names. */
static void note_wrong(const struct refresh *r, lua_State *L)
{
    size_t len;
    const char *text = lua_tolstring(L, -2, &len);
    if (text)
        buf_append(r->error, text, len);
    for (int i = 1; lua_rawgeti(L, -1, i) == LUA_TSTRING; i++) {
        paths_add(r->wrong, lua_tostring(L, -1));
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

static void on_refreshed(struct task *t, const struct task_end *end)
{
    const struct refresh *r = (const struct refresh *)t->ud;
    if (end->outcome == TASK_DONE)
        note_wrong(r, t->L);
    else
        task_put_failure(t, r->error);
}

static void push_names(lua_State *L, const struct paths *names)
{
    lua_createtable(L, (int)names->count, 0);
    for (size_t i = 0; i < names->count; i++) {
        lua_pushstring(L, names->at[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

void reload_templates_refresh(struct handlers *set, struct paths *wrong, const struct paths *names,
                              struct buf *out_error)
{
    struct refresh r = {.wrong = wrong, .error = out_error};
    struct paths all = {0};
    paths_move(wrong, &all);
    paths_add_all(&all, names);
    struct task *t = task_create(set, TASK_RELOAD);
    t->on_end = on_refreshed;
    t->ud = &r; /* it cannot wait, and so ends in task_run */
    api_http_push_refresh(t->L);
    push_names(t->L, &all);
    paths_dispose(&all);
    task_run(t, 1);
}
