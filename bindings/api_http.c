/* HTTP requests of a script: from the core's on_request to a task, and from its end to a response.
 * What a script registers and what its hooks do is lua/http.lua's; here is what touches the core.
 * A route runs as any handler does, so it may wait. Source: Flask's dispatch. */
#include "bindings/api.h"
#include "bindings/debug.h"
#include "bindings/embed.h"
#include "bindings/http_answer.h"
#include "bindings/http_native.h"
#include "bindings/route_limit.h"
#include "bindings/session_native.h"
#include "bindings/template_host.h"
#include "core/codec/query.h"
#include <errno.h>
#include <stdlib.h>

/* In the registry: the entries of http.lua, and the metatable of what abort raises. */
#define DISPATCH "moonwire.http.dispatch"
#define DISPATCH_ERROR "moonwire.http.dispatch_error"
#define REFRESH "moonwire.http.refresh"
#define ABORT "moonwire.http.abort"

/* install(mw) gives dispatch, dispatch_error, refresh, the mark of abort. */
void api_http_open(lua_State *L)
{
    template_host_open(L, &vm_of(L)->codec);
    http_native_open(L);
    session_native_open(L);
    route_limit_open(L);
    embed_require(L, "http");
    lua_getfield(L, -1, "install");
    lua_pushvalue(L, -3);
    lua_call(L, 1, 4);
    lua_setfield(L, LUA_REGISTRYINDEX, ABORT);
    lua_setfield(L, LUA_REGISTRYINDEX, REFRESH);
    lua_setfield(L, LUA_REGISTRYINDEX, DISPATCH_ERROR);
    lua_setfield(L, LUA_REGISTRYINDEX, DISPATCH);
    lua_pop(L, 1);
}

void api_http_push_refresh(lua_State *L)
{
    lua_getfield(L, LUA_REGISTRYINDEX, REFRESH);
}

/* --- the end of a route --- */

static bool is_abort(lua_State *L, int index)
{
    if (!lua_getmetatable(L, index))
        return false;
    lua_getfield(L, LUA_REGISTRYINDEX, ABORT);
    bool same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same;
}

static struct task *create_task(struct http_exchange *x, struct handlers *set, task_end_fn *on_end,
                                const char *entry)
{
    struct task *t = task_create(set, TASK_ROUTE);
    task_set_exchange(t, x);
    t->on_end = on_end;
    lua_checkstack(t->L, 3 * HTTP_ROUTER_CAPTURES_MAX);
    lua_getfield(t->L, LUA_REGISTRYINDEX, entry);
    return t;
}

/* The end of a task that made an error's page, where a script's errorhandler may fail in turn. */
static void on_error_end(struct task *t, const struct task_end *end)
{
    if (end->outcome == TASK_DONE) {
        http_answer_send(t);
        return;
    }
    if (end->outcome == TASK_FAILED)
        task_report(t, end);
    http_answer_plain(t->exchange, end->outcome == TASK_FAILED ? 500 : 503);
}

/* Runs dispatch_error(err, text, traceback). */
static void run_error(struct task *failed)
{
    struct vm *vm = failed->vm;
    struct task *t = create_task(failed->exchange, failed->set, on_error_end, DISPATCH_ERROR);
    t->kept = failed->kept; /* it answers the same request */
    failed->kept = (struct kept){0};
    lua_checkstack(failed->L, 1);
    lua_pushvalue(failed->L, -1);
    lua_xmove(failed->L, t->L, 1);
    lua_pushlstring(t->L, vm->failure.len ? vm->failure.ptr : "", vm->failure.len);
    lua_pushlstring(t->L, vm->traceback.len ? vm->traceback.ptr : "", vm->traceback.len);
    task_run(t, 3);
}

static void on_route_end(struct task *t, const struct task_end *end)
{
    switch (end->outcome) {
    case TASK_DONE:
        http_answer_send(t);
        break;
    case TASK_FAILED:
        if (!is_abort(t->L, -1))
            task_report(t, end);
        run_error(t);
        break;
    case TASK_CANCELLED:
        http_answer_plain(t->exchange, 503);
        break;
    }
}

/* --- a request --- */

/* The path below static_url_path, or false: what dispatch looks for among the files first. */
static void push_static(lua_State *L, const struct http_request *request, const struct config *c)
{
    struct slice root = slice_str(c->static_url_path), path = request->path;
    bool reads =
        slice_equal(request->method, SLICE("GET")) || slice_equal(request->method, SLICE("HEAD"));
    bool below =
        reads && slice_starts_with(path, root) && path.len > root.len && path.ptr[root.len] == '/';
    if (below)
        lua_pushlstring(L, path.ptr + root.len + 1, path.len - root.len - 1);
    else
        lua_pushboolean(L, false);
}

/* A capture as its rule's type has it. The router saw to the digits, but not to their number: what
 * no integer holds is a float. */
static void push_capture(lua_State *L, const struct http_capture *capture)
{
    lua_pushlstring(L, capture->text.ptr, capture->text.len);
    if (capture->type != HTTP_CAPTURE_INT && capture->type != HTTP_CAPTURE_FLOAT)
        return;
    errno = 0;
    long long whole = strtoll(lua_tostring(L, -1), NULL, 10);
    if (capture->type == HTTP_CAPTURE_INT && errno == 0)
        lua_pushinteger(L, whole);
    else
        lua_pushnumber(L, strtod(lua_tostring(L, -1), NULL));
    lua_replace(L, -2);
}

static int push_route(struct task *t, const struct http_match *match)
{
    lua_pushliteral(t->L, "route");
    handlers_push(t->set, t->L, match->route);
    for (size_t i = 0; i < match->capture_count; i++)
        push_capture(t->L, &match->captures[i]);
    return 2 + (int)match->capture_count;
}

static int push_error(lua_State *L, unsigned status, const struct buf *allow)
{
    lua_pushliteral(L, "error");
    lua_pushinteger(L, status);
    if (!allow)
        return 2;
    lua_pushlstring(L, allow->ptr, allow->len);
    return 3;
}

static int push_options(lua_State *L, const struct buf *allow)
{
    lua_pushliteral(L, "options");
    lua_pushlstring(L, allow->ptr, allow->len);
    return 2;
}

/* Where the same request would be answered: `path`, percent-encoded again, and the query. */
static int push_redirect(lua_State *L, struct slice path, struct slice query)
{
    struct buf location = BUF_INIT;
    query_encode(path, true, &location);
    if (query.len)
        buf_printf(&location, "?%.*s", SLICE_ARG(query));
    lua_pushliteral(L, "redirect");
    lua_pushlstring(L, location.ptr, location.len);
    buf_dispose(&location);
    return 2;
}

static int push_redirect_slash(lua_State *L, const struct http_request *request)
{
    struct buf path = BUF_INIT;
    buf_append_slice(&path, request->path);
    buf_append_char(&path, '/');
    int count = push_redirect(L, buf_slice(&path), request->query);
    buf_dispose(&path);
    return count;
}

static int push_redirect_merged(lua_State *L, const struct http_request *request)
{
    struct buf path = BUF_INIT;
    int count = http_path_try_merge_slashes(request->path, &path)
                    ? push_redirect(L, buf_slice(&path), request->query)
                    : push_error(L, 500, NULL);
    buf_dispose(&path);
    return count;
}

/* Pushes what the router found, as dispatch has it, and returns how many values that is. */
static int push_found(struct task *t, struct buf *allow)
{
    const struct http_request *request = t->exchange->request;
    struct http_match match;
    if (t->exchange->body_too_large)
        return push_error(t->L, 413, NULL);
    switch (http_router_find(t->set->router, request->method, request->path, &match, allow)) {
    case HTTP_FOUND:
        return push_route(t, &match);
    case HTTP_FOUND_NOT:
        break;
    case HTTP_FOUND_METHOD:
        return push_error(t->L, 405, allow);
    case HTTP_FOUND_OPTIONS:
        return push_options(t->L, allow);
    case HTTP_FOUND_REDIRECT_SLASH:
        return push_redirect_slash(t->L, request);
    case HTTP_FOUND_REDIRECT_MERGED:
        return push_redirect_merged(t->L, request);
    }
    return push_error(t->L, 404, NULL);
}

void api_http_on_request(void *ud, struct http_exchange *x)
{
    struct engine *e = (struct engine *)ud;
    if (debug_answer(engine_debug(e), x))
        return;
    struct http_exchange *to = debug_exchange(engine_debug(e), x);
    struct task *t = create_task(to, engine_live(e), on_route_end, DISPATCH);
    http_exchange_unref(to);
    struct buf allow = BUF_INIT;
    push_static(t->L, x->request, engine_settings(e));
    int count = push_found(t, &allow);
    buf_dispose(&allow);
    task_run(t, 1 + count);
}

/* app.config.MAX_CONTENT_LENGTH of the live set; no number: no limit, as in Flask. */
size_t api_http_body_limit(void *ud, const struct http_request *request)
{
    struct engine *e = (struct engine *)ud;
    lua_State *L = engine_vm(e)->L;
    size_t limit = HTTP_CONTENT_LENGTH_MAX;
    int top = lua_gettop(L);
    lua_checkstack(L, 4);
    handlers_push_table(engine_live(e), L);
    lua_pushliteral(L, "config");
    if (lua_rawget(L, -2) == LUA_TTABLE) {
        lua_pushliteral(L, "MAX_CONTENT_LENGTH");
        bool is_number = lua_rawget(L, -2) == LUA_TNUMBER;
        double wanted = lua_tonumber(L, -1);
        limit =
            is_number && wanted < (double)SIZE_MAX ? (size_t)(wanted > 0 ? wanted : 0) : SIZE_MAX;
    }
    lua_settop(L, top);
    return limit;
}
