/* Runs the function as a task that may not wait, since the answer is being made. Checking what it
 * set, and making lines of it, is lua/initial_headers.lua's. */
#include "bindings/initial_headers.h"

static void on_end(struct task *t, const struct task_end *end)
{
    size_t len;
    if (end->outcome == TASK_FAILED)
        task_report(t, end);
    if (end->outcome != TASK_DONE)
        return;
    const char *lines = lua_tolstring(t->L, -1, &len);
    buf_append((struct buf *)t->ud, lines, len);
}

void initial_headers_ask(void *ud, const struct http_request *request, struct buf *out)
{
    struct handlers *set = engine_live((struct engine *)ud);
    if (set->initial_headers == HANDLERS_NONE)
        return;
    struct task *t = task_create(set, TASK_HEADERS);
    t->handshake = request;
    t->on_end = on_end;
    t->ud = out;
    handlers_push(set, t->L, set->initial_headers);
    task_run(t, 0);
}
