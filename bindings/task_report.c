/* Says what a task was for, and that it failed: the one log event of an error in a script.
 * What else a failure means (an error handler, a refusal, an answer) is its starter's to decide. */
#include "bindings/task.h"

#include "bindings/pythonism.h"
#include "bindings/report.h"
#include "core/server/http_exchange.h"

static const char *kind_name(enum task_kind kind)
{
    switch (kind) {
    case TASK_CONNECT:
    case TASK_EVENT:
    case TASK_DISCONNECT:
        return "handler of";
    case TASK_CALLBACK:
        return "callback of";
    case TASK_ON_ERROR:
        return "error handler for";
    case TASK_ROUTE:
        return "route";
    case TASK_TICK:
        return "tick";
    case TASK_TIMER:
        return "timer";
    case TASK_BACKGROUND:
        return "background task";
    case TASK_RELOAD:
        return "reload";
    case TASK_CONSOLE:
        return "console";
    case TASK_HEADERS:
        return "initial headers";
    }
    return "";
}

/* Where the route's function begins: a traceback does not say so after `return render_template(…)`,
 * which leaves nothing of the function on the stack. */
static void put_route_place(const struct task *t, struct buf *out)
{
    const struct http_request *request = t->exchange->request;
    lua_State *L = t->vm->L;
    struct http_match match;
    struct buf allow = BUF_INIT;
    lua_Debug ar;
    enum http_found found =
        http_router_find(t->set->router, request->method, request->path, &match, &allow);
    buf_dispose(&allow);
    if (found != HTTP_FOUND || !lua_checkstack(L, 2))
        return;
    handlers_push(t->set, L, match.route);
    lua_getfield(L, -1, "handler");
    lua_remove(L, -2);
    lua_getinfo(L, ">S", &ar);
    if (ar.source[0] == '@')
        buf_printf(out, " at %s:%d", ar.short_src, ar.linedefined);
}

void task_describe(const struct task *t, struct buf *out)
{
    buf_append_str(out, kind_name(t->kind));
    if (t->kind == TASK_ROUTE && t->exchange) {
        buf_printf(out, " %.*s %.*s", SLICE_ARG(t->exchange->request->method),
                   SLICE_ARG(t->exchange->request->path));
        put_route_place(t, out);
    } else if (t->kind >= TASK_TICK && t->event.len)
        buf_printf(out, " at %.*s", SLICE_ARG(t->event));
    else if (t->kind < TASK_TICK)
        buf_printf(out, " \"%.*s\"", SLICE_ARG(t->event));
    if (t->peer)
        buf_printf(out, " in \"%.*s\", sid %.*s", SLICE_ARG(script_peer_namespace(t->peer)),
                   SLICE_ARG(script_peer_sid(t->peer)));
}

void task_report(const struct task *t, const struct task_end *end)
{
    struct vm *vm = t->vm;
    struct buf what = BUF_INIT, message = BUF_INIT;
    task_describe(t, &what);
    buf_append_slice(&message, buf_slice(&vm->failure));
    pythonism_put_hint(buf_slice(&vm->failure), &message);
    if (end->how == INVOKE_KILLED)
        buf_append_str(&message, " (handler_timeout)");
    report_send(&(struct report){.set = t->set,
                                 .what = buf_slice(&what),
                                 .message = buf_slice(&message),
                                 .traceback = buf_slice(&vm->traceback),
                                 .repeated = t->repeated});
    buf_dispose(&what);
    buf_dispose(&message);
}

void task_report_stall(const struct task *t)
{
    struct buf what = BUF_INIT;
    task_describe(t, &what);
    vm_warn_of_stall(t->vm, buf_slice(&what));
    buf_dispose(&what);
}

void task_put_failure(const struct task *t, struct buf *out)
{
    task_describe(t, out);
    buf_printf(out, ": %.*s\n%.*s", SLICE_ARG(buf_slice(&t->vm->failure)),
               SLICE_ARG(buf_slice(&t->vm->traceback)));
}
