/* Turns acknowledgements into resumed calls and callbacks.
 * A callback is a task like any handler: it runs on behalf of the client whose handler emitted, and
 * its errors go where that client's go. */
#include "bindings/ack_wait.h"

#include "bindings/events.h"
#include <utlist.h>

static struct ack_wait *create(struct vm *vm, struct slice event)
{
    struct ack_wait *w = (struct ack_wait *)mem_zalloc(sizeof(*w));
    w->vm = vm;
    w->event = mem_dup(event.ptr, event.len);
    DL_APPEND(vm->waits, w);
    vm->wait_count++;
    return w;
}

static void destroy(struct ack_wait *w)
{
    DL_DELETE(w->vm->waits, w);
    w->vm->wait_count--;
    if (w->set) {
        handlers_drop(w->set, w->function);
        handlers_unref(w->set);
    }
    if (w->peer)
        script_peer_unref(w->peer);
    mem_free(w->event);
    mem_free(w);
}

static void settle(struct ack_wait *w)
{
    if (--w->remaining == 0)
        destroy(w);
}

struct ack_wait *ack_wait_create_call(struct task *t, struct slice event)
{
    struct ack_wait *w = create(t->vm, event);
    w->task = t;
    return w;
}

static void call_cancelled(struct task *t, void *ud)
{
    ((struct ack_wait *)ud)->task = NULL;
}

int ack_wait_suspend(struct ack_wait *w)
{
    return task_wait(w->task, call_cancelled, w);
}

struct ack_wait *ack_wait_create_callback(struct handlers *set, lua_State *L, struct slice event,
                                          bool timed)
{
    struct task *emitter = task_current(L);
    int function = handlers_keep(set, L); /* may raise: before anything is taken */
    struct ack_wait *w = create(set->vm, event);
    w->set = handlers_ref(set);
    w->function = function;
    w->peer = emitter && emitter->peer ? script_peer_ref(emitter->peer) : NULL;
    w->timed = timed;
    return w;
}

bool ack_wait_expect(struct ack_wait *w, size_t receivers)
{
    w->remaining = receivers;
    if (receivers)
        return true;
    destroy(w);
    return false;
}

/* --- what came, or did not --- */

static struct task *make_callback(struct ack_wait *w, const struct value_source *values)
{
    struct task *t = task_create(w->set, TASK_CALLBACK);
    if (w->peer)
        task_set_peer(t, w->peer);
    t->on_end = events_on_callback_end;
    event_record_set(&t->record, slice_str(w->event), values, 0);
    t->event = t->record.name;
    handlers_push(w->set, t->L, w->function);
    return t;
}

static const char *lost_text(enum dispatch_ack_lost why)
{
    return why == DISPATCH_ACK_TIMEOUT ? "timeout" : "disconnected";
}

static void resume_call(struct ack_wait *w, int count)
{
    struct task *t = w->task;
    w->task = NULL;
    settle(w);
    task_wake(t, count);
}

static enum err answer_call(struct ack_wait *w, const struct value_source *values)
{
    lua_State *L = w->task->L;
    int count;
    lua_pushboolean(L, 1);
    if (value_read_list(&w->vm->codec, L, values, 0, &count) == VALUE_OK) {
        resume_call(w, 1 + count);
        return ERR_OK;
    }
    lua_pop(L, 1);
    ack_wait_on_lost(NULL, w, 0, DISPATCH_ACK_DISCONNECTED);
    return ERR_SYNTAX;
}

static enum err answer_callback(struct ack_wait *w, const struct value_source *values)
{
    struct task *t = make_callback(w, values);
    int count;
    settle(w);
    if (value_read_list(&t->vm->codec, t->L, values, 0, &count) != VALUE_OK) {
        task_discard(t);
        return ERR_SYNTAX;
    }
    task_run(t, count);
    return ERR_OK;
}

enum err ack_wait_on_ack(void *ud, void *cookie, slot_id peer,
                         const struct dispatch_payload *payload)
{
    struct ack_wait *w = (struct ack_wait *)cookie;
    struct value_source values = {payload->json, payload->attachments, payload->attachment_count};
    if (w->set)
        return answer_callback(w, &values);
    if (w->task)
        return answer_call(w, &values);
    settle(w); /* a second answer to a call */
    return ERR_OK;
}

static void tell_callback(struct ack_wait *w, enum dispatch_ack_lost why)
{
    struct task *t = make_callback(w, &(struct value_source){0});
    settle(w);
    lua_pushnil(t->L);
    lua_pushstring(t->L, lost_text(why));
    task_run(t, 2);
}

static void fail_call(struct ack_wait *w, enum dispatch_ack_lost why)
{
    lua_pushboolean(w->task->L, 0);
    lua_pushstring(w->task->L, lost_text(why));
    resume_call(w, 2);
}

void ack_wait_on_lost(void *ud, void *cookie, slot_id peer, enum dispatch_ack_lost why)
{
    struct ack_wait *w = (struct ack_wait *)cookie;
    if (w->set && w->timed)
        tell_callback(w, why);
    else if (w->task && w->remaining == 1)
        fail_call(w, why);
    else
        settle(w);
}

void ack_wait_dispose_all(struct vm *vm)
{
    while (vm->waits)
        destroy(vm->waits);
}
