/* Walks the server's and the engine's structures, once for each question. */
#include "bindings/console_native.h"

#include "bindings/api.h"
#include "bindings/embed.h"
#include "bindings/script.h"
#include <utlist.h>

static struct engine *engine_of(lua_State *L)
{
    return vm_of(L)->engine;
}

/* --- fields of the table on top --- */

static void set_slice(lua_State *L, const char *name, struct slice value)
{
    lua_pushlstring(L, value.ptr ? value.ptr : "", value.len);
    lua_setfield(L, -2, name);
}

static void set_count(lua_State *L, const char *name, uint64_t value)
{
    lua_pushinteger(L, (lua_Integer)value);
    lua_setfield(L, -2, name);
}

static void set_seconds(lua_State *L, const char *name, int64_t ns)
{
    lua_pushnumber(L, (double)ns / (double)NS_PER_S);
    lua_setfield(L, -2, name);
}

/* The value on top becomes the last of the list under it. [-1, +0] */
static void append(lua_State *L)
{
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
}

/* "scripts/game.lua:12": where the function on top begins. [-1, +0] */
static void set_place(lua_State *L, int table)
{
    lua_Debug ar;
    lua_getinfo(L, ">S", &ar);
    if (ar.linedefined > 0)
        lua_pushfstring(L, "%s:%d", ar.short_src, ar.linedefined);
    else
        lua_pushstring(L, ar.short_src);
    lua_setfield(L, table, "place");
}

/* --- handlers and routes --- */

struct walk {
    lua_State *L;
    const struct handlers *set;
    struct server *server;
    int64_t now_ns;
};

static void add_handler(void *ud, struct slice namespace_, const struct handler *handler)
{
    const struct walk *w = (const struct walk *)ud;
    lua_createtable(w->L, 0, 4);
    set_slice(w->L, "namespace", namespace_);
    set_slice(w->L, "event", slice_make(handler->name, handler->name_len));
    lua_pushboolean(w->L, handler->limit != NULL);
    lua_setfield(w->L, -2, "limited");
    handlers_push(w->set, w->L, handler->function);
    set_place(w->L, lua_gettop(w->L) - 1);
    append(w->L);
}

static int native_handlers(lua_State *L)
{
    struct walk w = {.L = L, .set = engine_live(engine_of(L))};
    lua_newtable(L);
    handlers_each(w.set, add_handler, &w);
    return 1;
}

static int native_routes(lua_State *L)
{
    const struct handlers *set = engine_live(engine_of(L));
    lua_newtable(L);
    for (size_t i = 0; i < http_router_count(set->router); i++) {
        int route;
        struct slice rule = http_router_rule(set->router, i, &route);
        lua_createtable(L, 0, 3);
        set_slice(L, "rule", rule);
        handlers_push(set, L, route); /* what http.lua keeps of a route */
        lua_pushboolean(L, lua_getfield(L, -1, "limit") != LUA_TNIL);
        lua_setfield(L, -4, "limited");
        lua_pop(L, 1);
        lua_getfield(L, -1, "handler");
        lua_remove(L, -2);
        set_place(L, lua_gettop(L) - 1);
        append(L);
    }
    return 1;
}

/* --- clients and rooms --- */

static void add_rooms(lua_State *L, const struct sio_peer *p)
{
    lua_createtable(L, (int)p->member.count, 0);
    for (uint32_t i = 0; i < p->member.count; i++) {
        const struct room *room = p->member.links[i].room;
        struct slice name = slice_make(room->name, room->name_len);
        if (slice_equal(name, sio_peer_sid(p)))
            continue;
        lua_pushlstring(L, name.ptr, name.len);
        append(L);
    }
    lua_setfield(L, -2, "rooms");
}

static void add_peer(const struct walk *w, const struct sio_peer *p)
{
    lua_State *L = w->L;
    lua_createtable(L, 0, 7);
    set_slice(L, "sid", sio_peer_sid(p));
    set_slice(L, "namespace", sio_namespace_name(p->namespace_));
    const struct eio_session *s = p->session;
    lua_pushstring(L, s ? transport_kind_name(eio_session_transport_kind(s)) : "none");
    lua_setfield(L, -2, "transport");
    set_slice(L, "address", p->request->remote_addr);
    set_seconds(L, "seconds", w->now_ns - p->joined_ns);
    set_count(L, "queued", s ? s->queue.bytes : 0);
    add_rooms(L, p);
    append(L);
}

static void add_peers(void *ud, const struct sio_namespace *n)
{
    for (uint32_t i = 0; i < n->count; i++) {
        if (n->peers[i]->state <= SIO_PEER_CONNECTED)
            add_peer((const struct walk *)ud, n->peers[i]);
    }
}

static int each_namespace(lua_State *L, void (*fn)(void *ud, const struct sio_namespace *n))
{
    struct engine *e = engine_of(L);
    struct walk w = {.L = L, .now_ns = engine_now_ns(e)};
    lua_newtable(L);
    server_each_namespace(engine_server(e), fn, &w);
    return 1;
}

static int native_clients(lua_State *L)
{
    return each_namespace(L, add_peers);
}

struct room_walk {
    lua_State *L;
    const struct sio_namespace *namespace_;
};

/* The room that every client has for itself is left out. */
static void add_room(void *ud, const struct room *room)
{
    const struct room_walk *w = (const struct room_walk *)ud;
    struct slice name = slice_make(room->name, room->name_len);
    if (sio_namespace_find(w->namespace_, name))
        return;
    lua_createtable(w->L, 0, 3);
    set_slice(w->L, "namespace", sio_namespace_name(w->namespace_));
    set_slice(w->L, "name", name);
    set_count(w->L, "members", room->count);
    append(w->L);
}

static void add_rooms_of(void *ud, const struct sio_namespace *n)
{
    struct room_walk w = {.L = ((const struct walk *)ud)->L, .namespace_ = n};
    rooms_each(&n->rooms, add_room, &w);
}

static int native_rooms(lua_State *L)
{
    return each_namespace(L, add_rooms_of);
}

/* --- ticks, timers, tasks --- */

static const char *job_kind_name(enum job_kind kind)
{
    switch (kind) {
    case JOB_TICK:
        return "tick";
    case JOB_EVERY:
        return "every";
    case JOB_AFTER:
        return "after";
    case JOB_BACKGROUND:
        break;
    }
    return "task";
}

static void add_measurements(lua_State *L, const struct tick *t)
{
    set_count(L, "ticks", t->ticks);
    set_count(L, "skipped", t->skipped);
    set_seconds(L, "late_p50", histogram_percentile(&t->late, 0.50));
    set_seconds(L, "late_p99", histogram_percentile(&t->late, 0.99));
    set_seconds(L, "late_max", t->late.max_ns);
    set_seconds(L, "busy_p50", histogram_percentile(&t->busy, 0.50));
    set_seconds(L, "busy_p99", histogram_percentile(&t->busy, 0.99));
    set_seconds(L, "busy_max", t->busy.max_ns);
}

static void add_job(lua_State *L, const struct job *j)
{
    lua_createtable(L, 0, 13);
    lua_pushstring(L, job_kind_name(j->kind));
    lua_setfield(L, -2, "kind");
    lua_pushstring(L, j->state == JOB_RUNNING ? "runs" : "stands still");
    lua_setfield(L, -2, "state");
    set_slice(L, "place", slice_str(j->place));
    lua_pushnumber(L, j->rate);
    lua_setfield(L, -2, "rate");
    set_seconds(L, "period", j->period_ns);
    if (j->tick)
        add_measurements(L, j->tick);
    append(L);
}

static int native_jobs(lua_State *L)
{
    const struct job *j;
    lua_newtable(L);
    DL_FOREACH(vm_of(L)->jobs.all, j)
    {
        if (j->state != JOB_ENDED)
            add_job(L, j);
    }
    return 1;
}

/* --- figures --- */

struct figures {
    size_t clients, namespaces, websocket, queued;
};

static void count_namespace(void *ud, const struct sio_namespace *n)
{
    struct figures *f = (struct figures *)ud;
    f->clients += n->count;
    f->namespaces += n->count > 0;
}

static void count_session(void *ud, struct eio_session *s)
{
    struct figures *f = (struct figures *)ud;
    f->websocket += eio_session_transport_kind(s) == TRANSPORT_WEBSOCKET;
    f->queued += s->queue.bytes;
}

static size_t count_jobs(const struct vm *vm)
{
    size_t count = 0;
    const struct job *j;
    DL_FOREACH(vm->jobs.all, j)
    count += j->state != JOB_ENDED;
    return count;
}

static void set_figures(lua_State *L, struct server *s)
{
    struct figures f = {0};
    server_each_namespace(s, count_namespace, &f);
    eio_table_each(&s->sessions, count_session, &f);
    set_count(L, "clients", f.clients);
    set_count(L, "namespaces", f.namespaces);
    set_count(L, "websocket", f.websocket);
    set_count(L, "queued", f.queued);
    set_count(L, "sessions", s->sessions.count);
    set_count(L, "opened", s->sessions.opened);
    set_count(L, "flushes", s->sessions.flushes);
    set_count(L, "max_clients", (uint64_t)s->config.max_clients);
}

static int native_stats(lua_State *L)
{
    struct engine *e = engine_of(L);
    const struct vm *vm = engine_vm(e);
    const struct handlers *set = engine_live(e);
    lua_createtable(L, 0, 18);
    set_figures(L, engine_server(e));
    set_slice(L, "script", slice_str(set->path));
    set_count(L, "generation", set->generation);
    set_seconds(L, "seconds", engine_now_ns(e) - engine_started_ns(e));
    set_count(L, "used", vm->used);
    set_count(L, "limit", vm->limit);
    set_count(L, "tasks", vm->tasks.live_count);
    set_count(L, "pooled", vm->tasks.free_count);
    set_count(L, "waits", vm->wait_count);
    set_count(L, "jobs", count_jobs(vm));
    return 1;
}

/* --- where names are looked for --- */

static int native_globals(lua_State *L)
{
    script_push_globals(engine_live(engine_of(L)), L);
    return 1;
}

/* The function of the registered value on top, in its place: a route's is in a table. */
static bool find_function(lua_State *L)
{
    if (lua_istable(L, -1)) {
        lua_pushstring(L, "handler");
        lua_rawget(L, -2);
        lua_remove(L, -2);
    }
    return lua_isfunction(L, -1);
}

/* functions(): every function that the script registered, in order. */
static int native_functions(lua_State *L)
{
    handlers_push_all(engine_live(engine_of(L)), L);
    lua_newtable(L);
    size_t count = lua_rawlen(L, -2);
    for (size_t i = 1; i <= count; i++) {
        lua_rawgeti(L, -2, (lua_Integer)i);
        if (find_function(L))
            append(L);
        else
            lua_pop(L, 1);
    }
    return 1;
}

/* files(): the sources of the script's own functions ("@game.lua"), as keys. */
static int native_files(lua_State *L)
{
    const struct paths *files = &engine_live(engine_of(L))->files;
    lua_createtable(L, 0, (int)files->count);
    for (size_t i = 0; i < files->count; i++) {
        lua_pushfstring(L, "@%s", files->at[i]);
        lua_pushboolean(L, 1);
        lua_rawset(L, -3);
    }
    return 1;
}

static int native_kept(lua_State *L)
{
    api_config_push_kept(L);
    return 1;
}

/* module(): what scripts get by `require "moonwire"`. */
static int native_module(lua_State *L)
{
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "preload");
    lua_getfield(L, -1, "moonwire");
    lua_call(L, 0, 1);
    return 1;
}

static int load_native(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"handlers", native_handlers}, {"routes", native_routes},       {"clients", native_clients},
        {"rooms", native_rooms},       {"jobs", native_jobs},           {"stats", native_stats},
        {"globals", native_globals},   {"functions", native_functions}, {"kept", native_kept},
        {"files", native_files},       {"module", native_module},       {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}

void console_native_open(struct vm *vm)
{
    lua_State *L = vm->L;
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "preload");
    lua_pushcfunction(L, load_native);
    lua_setfield(L, -2, "moonwire.console_native");
    lua_pop(L, 2);
}
