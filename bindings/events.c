/* Starts a task for each event, and does with its end what the protocol wants.
 * Nothing here runs inside a script: each function is called from the top of a turn, or when a task
 * has ended. */
#include "bindings/events.h"

#include "bindings/engine.h"
#include "bindings/reload.h"
#include "bindings/unheard.h"

#define REFUSED SLICE("{\"message\":\"Connection rejected by server\"}")
#define REFUSAL_MARK "mw.refusal"

static struct server *server_of(const struct task *t)
{
    return engine_server(t->vm->engine);
}

/* --- errors of handlers --- */

static void acknowledge(struct task *t, const struct task_end *end);
static void fail_event(struct task *t, const struct task_end *end);

static void on_error_handler_end(struct task *t, const struct task_end *end)
{
    if (end->outcome == TASK_DONE) {
        acknowledge(t, end);
        return;
    }
    if (end->outcome != TASK_FAILED)
        return;
    task_report(t, end);
    kept_push(&t->kept, t->vm->L, "error");
    log_error(t->vm->log, "it was called for: %s", lua_tostring(t->vm->L, -1));
    lua_pop(t->vm->L, 1);
}

/* Keeps "error\ntraceback" of the failure, for the case that the error handler fails as well. */
static void keep_failure(struct task *h)
{
    struct vm *vm = h->vm;
    lua_pushlstring(h->L, vm->failure.ptr, vm->failure.len);
    lua_pushlstring(h->L, "\n", 1);
    lua_pushlstring(h->L, vm->traceback.ptr, vm->traceback.len);
    lua_concat(h->L, 3);
    kept_set(&h->kept, h->L, "error");
}

/* The error value is on top of t's stack. */
static void start_error_handler(struct task *t, int function)
{
    struct task *h = task_create(t->set, TASK_ON_ERROR);
    if (t->peer)
        task_set_peer(h, t->peer);
    h->wants_ack = t->wants_ack;
    h->ack_id = t->ack_id;
    h->on_end = on_error_handler_end;
    event_record_move(&t->record, &h->record);
    h->event = h->record.name;
    keep_failure(h);
    handlers_push(h->set, h->L, function);
    lua_xmove(t->L, h->L, 1);
    lua_pushlstring(h->L, h->vm->traceback.ptr, h->vm->traceback.len);
    task_run(h, 2);
}

/* A handler raised, was killed, or returned what cannot be sent. */
static void fail_event(struct task *t, const struct task_end *end)
{
    struct slice name = t->peer ? script_peer_namespace(t->peer) : SLICE("/");
    int function = handlers_find_error(t->set, name);
    if (function == HANDLERS_NONE || end->how == INVOKE_KILLED)
        task_report(t,
                    end); /* a kill has taken everybody's time, whatever the handler makes of it */
    if (function != HANDLERS_NONE)
        start_error_handler(t, function);
}

void events_on_callback_end(struct task *t, const struct task_end *end)
{
    if (end->outcome == TASK_FAILED)
        fail_event(t, end);
}

/* --- starting --- */

/* A task for the match, with its function and what a catch-all gets first on the stack; *out_count
 * how many of these. */
static struct task *make_task(struct handlers *set, enum task_kind kind, struct script_peer *peer,
                              const struct handlers_match *match, struct slice event,
                              int *out_count)
{
    struct task *t = task_create(set, kind);
    task_set_peer(t, peer);
    *out_count = 0;
    handlers_push(set, t->L, match->handler->function);
    if (match->any_namespace) {
        struct slice name = script_peer_namespace(peer);
        lua_pushlstring(t->L, name.ptr, name.len);
        ++*out_count;
    }
    if (match->any_event) {
        lua_pushlstring(t->L, event.ptr, event.len);
        ++*out_count;
    }
    return t;
}

/* Adds the arguments and runs the task. False: the payload is malformed, and the task is gone. */
static bool run(struct task *t, int count, struct slice event, const struct value_source *payload,
                unsigned skip)
{
    int arguments;
    event_record_set(&t->record, event, payload, skip);
    t->event = t->record.name;
    if (value_read_list(&t->vm->codec, t->L, payload, skip, &arguments) != VALUE_OK) {
        task_discard(t);
        return false;
    }
    task_run(t, count + arguments);
    return true;
}

/* --- connect --- */

void events_make_refusal(lua_State *L)
{
    lua_createtable(L, 0, 1); /* json table */
    lua_insert(L, -2);
    lua_setfield(L, -2, "json");
    luaL_newmetatable(L, REFUSAL_MARK);
    lua_setmetatable(L, -2);
}

bool events_is_refusal(lua_State *L, int index, struct slice *out_json)
{
    int top = lua_gettop(L);
    index = lua_absindex(L, index);
    if (!lua_istable(L, index) || !lua_getmetatable(L, index))
        return false;
    luaL_getmetatable(L, REFUSAL_MARK);
    bool is_refusal = lua_rawequal(L, -1, -2);
    if (is_refusal) {
        lua_getfield(L, index, "json");
        out_json->ptr = lua_tolstring(L, -1, &out_json->len);
    }
    lua_settop(L, top);
    return is_refusal;
}

/* Did the handler refuse, and with which words? A connect handler that fails has not said yes. */
static bool refuses(struct task *t, const struct task_end *end, struct slice *out_json)
{
    *out_json = REFUSED;
    if (end->outcome == TASK_CANCELLED)
        return true;
    if (end->outcome == TASK_FAILED)
        return events_is_refusal(t->L, -1, out_json) || true;
    int first = -end->count;
    return end->count > 0 && lua_isboolean(t->L, first) && !lua_toboolean(t->L, first);
}

static void on_connect_end(struct task *t, const struct task_end *end)
{
    struct server *s = server_of(t);
    struct script_peer *peer = t->peer;
    struct slice json;
    if (refuses(t, end, &json))
        server_refuse(s, peer->id, json);
    else
        server_accept(s, peer->id);
    if (end->outcome == TASK_FAILED && !events_is_refusal(t->L, -1, &json))
        fail_event(t, end);
    struct sio_peer *p = server_peer(s, peer->id);
    if (!p || !p->was_connected)
        engine_drop_peer(t->vm->engine, peer);
}

/* The arguments of a connect or disconnect handler as an event's: one value, in an array. */
static bool run_with(struct task *t, int count, struct slice event, struct slice json)
{
    struct buf array = BUF_INIT;
    buf_append_char(&array, '[');
    buf_append_slice(&array, json);
    buf_append_char(&array, ']');
    bool valid = run(t, count, event, &(struct value_source){.json = buf_slice(&array)}, 0);
    buf_dispose(&array);
    return valid;
}

enum err events_on_connect(void *ud, slot_id id, struct slice auth_json)
{
    struct engine *e = (struct engine *)ud;
    struct handlers *set = engine_live(e);
    struct server *s = engine_server(e);
    struct slice auth = auth_json.len ? auth_json : SLICE("null");
    struct script_peer *peer = engine_add_peer(e, server_peer(s, id));
    struct handlers_match match;
    int count;
    if (!json_valid(auth)) {
        engine_drop_peer(e, peer);
        return ERR_SYNTAX;
    }
    if (!handlers_find(set, script_peer_namespace(peer), SLICE("connect"), &match)) {
        server_accept(s, id);
        return ERR_OK;
    }
    struct task *t = make_task(set, TASK_CONNECT, peer, &match, SLICE("connect"), &count);
    t->on_end = on_connect_end;
    if (run_with(t, count, SLICE("connect"), auth))
        return ERR_OK;
    engine_drop_peer(e, peer);
    return ERR_SYNTAX;
}

/* --- events --- */

/* What the handler returned cannot be sent, which is an error of the handler. */
static void fail_ack(struct task *t, const struct value_codec *c)
{
    struct task_end end = {TASK_FAILED, INVOKE_ERROR, 1};
    struct vm *vm = t->vm;
    buf_reset(&vm->failure, 4096);
    buf_reset(&vm->traceback, 4096);
    buf_printf(&vm->failure, "what it returned cannot be the acknowledgement: %.*s",
               SLICE_ARG(buf_slice(&c->path)));
    lua_pushlstring(t->L, vm->failure.ptr, vm->failure.len);
    if (t->kind == TASK_ON_ERROR)
        task_report(t, &end);
    else
        fail_event(t, &end);
}

/* Sends the values that a handler returned. */
static void acknowledge(struct task *t, const struct task_end *end)
{
    struct value_codec *c = &t->vm->codec;
    if (!t->wants_ack)
        return;
    value_begin(c, true);
    buf_append_char(&c->out, '[');
    int first = lua_gettop(t->L) - end->count + 1;
    if (!value_put_list(c, t->L, first, end->count, "result", false)) {
        fail_ack(t, c);
        return;
    }
    buf_append_char(&c->out, ']');
    struct emit_body body = {value_text(c), c->attachments, c->attachment_count};
    server_ack(server_of(t), t->peer->id, t->ack_id, &body);
}

static void on_event_end(struct task *t, const struct task_end *end)
{
    if (end->outcome == TASK_DONE)
        acknowledge(t, end);
    else if (end->outcome == TASK_FAILED)
        fail_event(t, end);
}

/* Raises the value on top, as it is. */
static int raise_it(lua_State *L)
{
    lua_settop(L, 1);
    return lua_error(L);
}

/* Is the event past its limit? Its handler is not called then: a task that only fails takes its
 * way, to the error handler; without one, a flood must not fill the log with tracebacks. */
static bool is_past_limit(struct engine *e, struct handlers *set, struct script_peer *peer,
                          const struct handlers_match *match, const struct dispatch_event *event)
{
    const struct handler *h = match->handler;
    const struct limiter_rule *past =
        h->limit ? event_limit_hit(&peer->limits, slice_make(h->name, h->name_len), h->limit,
                                   engine_now_ns(e))
                 : NULL;
    if (!past)
        return false;
    if (handlers_find_error(set, script_peer_namespace(peer)) == HANDLERS_NONE) {
        log_debug(set->vm->log, "%s: \"%.*s\" is past its limit, %s", peer->sid,
                  SLICE_ARG(event->name), past->text);
        return true;
    }
    struct task *t = task_create(set, TASK_EVENT);
    task_set_peer(t, peer);
    struct value_source source = {event->payload.json, event->payload.attachments,
                                  event->payload.attachment_count};
    event_record_set(&t->record, event->name, &source, 1);
    t->event = t->record.name;
    t->wants_ack = event->wants_ack;
    t->ack_id = event->ack_id;
    t->on_end = on_event_end;
    lua_pushcfunction(t->L, raise_it);
    lua_pushfstring(t->L, "rate limit exceeded: %s", past->text);
    task_run(t, 1);
    return true;
}

enum err events_on_event(void *ud, slot_id id, const struct dispatch_event *event)
{
    struct engine *e = (struct engine *)ud;
    struct script_peer *peer = engine_peer(e, id);
    struct handlers *set = reload_set_of(engine_reload(e), script_peer_namespace(peer));
    const struct dispatch_payload *payload = &event->payload;
    struct value_source source = {payload->json, payload->attachments, payload->attachment_count};
    struct handlers_match match;
    int count;
    if (!handlers_find(set, script_peer_namespace(peer), event->name, &match)) {
        log_debug(set->vm->log, "no handler for \"%.*s\" in \"%.*s\"", SLICE_ARG(event->name),
                  SLICE_ARG(script_peer_namespace(peer)));
        unheard_tell(set, script_peer_namespace(peer), event->name);
        return json_valid(payload->json) ? ERR_OK : ERR_SYNTAX;
    }
    if (is_past_limit(e, set, peer, &match, event))
        return json_valid(payload->json) ? ERR_OK : ERR_SYNTAX;
    if (peer->tasks >= SCRIPT_PEER_TASKS_MAX)
        return ERR_RANGE;
    struct task *t = make_task(set, TASK_EVENT, peer, &match, event->name, &count);
    t->wants_ack = event->wants_ack;
    t->ack_id = event->ack_id;
    t->on_end = on_event_end;
    return run(t, count, event->name, &source, 1) ? ERR_OK : ERR_SYNTAX;
}

/* --- disconnect --- */

static void release(struct engine *e, struct script_peer *peer)
{
    server_release(engine_server(e), peer->id);
    engine_drop_peer(e, peer);
}

static void on_disconnect_end(struct task *t, const struct task_end *end)
{
    if (end->outcome == TASK_FAILED)
        fail_event(t, end);
    release(t->vm->engine, t->peer);
}

void events_on_disconnect(void *ud, slot_id id, enum dispatch_reason reason)
{
    struct engine *e = (struct engine *)ud;
    struct script_peer *peer = engine_peer(e, id);
    struct handlers *set = reload_set_of(engine_reload(e), script_peer_namespace(peer));
    struct handlers_match match;
    if (server_peer(engine_server(e), id)->kept)
        engine_keep_peer(e, peer); /* it may be back, or forgotten, before its handler is done */
    if (!handlers_find(set, script_peer_namespace(peer), SLICE("disconnect"), &match)) {
        release(e, peer);
        return;
    }
    int count;
    struct buf json = BUF_INIT;
    buf_printf(&json, "\"%s\"", dispatch_reason_text(reason));
    struct task *t = make_task(set, TASK_DISCONNECT, peer, &match, SLICE("disconnect"), &count);
    t->on_end = on_disconnect_end;
    run_with(t, count, SLICE("disconnect"), buf_slice(&json));
    buf_dispose(&json);
}
