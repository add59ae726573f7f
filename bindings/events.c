/* Starts a task for each event, with its arguments twice on the stack: once at the bottom, where
 * request.event finds them, and once for the function.
 * Nothing here runs inside a script: each function is called from the top of a turn, or when a task
 * has ended. */
#include "bindings/events.h"

#include "bindings/engine.h"

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
    log_error(t->vm->log, "it was called for: %s", lua_tostring(t->L, t->below));
}

/* Copies what request.event shows, and the name, to the bottom of the error handler's stack. */
static void copy_event(struct task *from, struct task *to)
{
    lua_checkstack(from->L, 1);
    lua_checkstack(to->L, from->arguments + 8);
    for (int i = 1; i <= from->arguments; i++) {
        lua_pushvalue(from->L, i);
        lua_xmove(from->L, to->L, 1);
    }
    to->arguments = from->arguments;
    lua_pushlstring(to->L, from->event.ptr, from->event.len);
    to->event = slice_make(lua_tostring(to->L, -1), from->event.len);
}

/* The error value is on top of t's stack. */
static void start_error_handler(struct task *t, int function)
{
    struct vm *vm = t->vm;
    struct task *h = task_create(t->set, TASK_ON_ERROR);
    task_set_peer(h, t->peer);
    h->wants_ack = t->wants_ack;
    h->ack_id = t->ack_id;
    h->on_end = on_error_handler_end;
    copy_event(t, h);
    lua_pushlstring(h->L, vm->failure.ptr, vm->failure.len);
    lua_pushfstring(h->L, "%s\n%s", lua_tostring(h->L, -1),
                    lua_pushlstring(h->L, vm->traceback.ptr, vm->traceback.len));
    lua_replace(h->L, h->arguments + 2);
    lua_settop(h->L, h->arguments + 2);
    h->below = h->arguments + 2;
    handlers_push(h->set, h->L, function);
    lua_xmove(t->L, h->L, 1);
    lua_pushlstring(h->L, vm->traceback.ptr, vm->traceback.len);
    task_run(h, 2);
}

/* A handler raised, was killed, or returned what cannot be sent. */
static void fail_event(struct task *t, const struct task_end *end)
{
    struct slice name = t->peer ? script_peer_namespace(t->peer) : SLICE("/");
    int function = handlers_find_error(t->set, name);
    if (function == HANDLERS_NONE)
        task_report(t, end);
    else
        start_error_handler(t, function);
}

void events_on_callback_end(struct task *t, const struct task_end *end)
{
    if (end->outcome == TASK_FAILED)
        fail_event(t, end);
}

/* --- starting --- */

/* Tells a task which event it is for. The arguments are on its stack, from 1. */
static void set_event(struct task *t, const struct handlers_match *match, struct slice name)
{
    t->arguments = t->below = lua_gettop(t->L);
    t->event = slice_make(match->handler->name, match->handler->name_len);
    if (!match->any_event)
        return;
    lua_checkstack(t->L, 1);
    lua_pushlstring(t->L, name.ptr, name.len);
    t->event = slice_make(lua_tostring(t->L, -1), name.len);
    t->below++;
}

/* The function, and its arguments: the namespace and the event of a catch-all, then the event's. */
static void run(struct task *t, const struct handlers_match *match)
{
    lua_State *L = t->L;
    int count = t->arguments;
    lua_checkstack(L, count + 8);
    handlers_push(t->set, L, match->handler->function);
    if (match->any_namespace) {
        struct slice name = script_peer_namespace(t->peer);
        lua_pushlstring(L, name.ptr, name.len);
        count++;
    }
    if (match->any_event) {
        lua_pushvalue(L, t->arguments + 1);
        count++;
    }
    for (int i = 1; i <= t->arguments; i++)
        lua_pushvalue(L, i);
    task_run(t, count);
}

static struct task *make_task(struct handlers *set, enum task_kind kind, struct script_peer *peer,
                              task_end_fn *on_end)
{
    struct task *t = task_create(set, kind);
    task_set_peer(t, peer);
    t->on_end = on_end;
    return t;
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

/* The auth payload, or nil. False: malformed. */
static bool push_auth(struct task *t, struct slice json)
{
    struct value_source source = {.json = json};
    if (json.len)
        return value_read(&t->vm->codec, t->L, &source) == VALUE_OK;
    lua_pushnil(t->L);
    return true;
}

enum err events_on_connect(void *ud, slot_id id, struct slice auth_json)
{
    struct engine *e = (struct engine *)ud;
    struct handlers *set = engine_live(e);
    struct server *s = engine_server(e);
    struct script_peer *peer = engine_add_peer(e, server_peer(s, id));
    struct handlers_match match;
    if (!handlers_find(set, script_peer_namespace(peer), SLICE("connect"), &match)) {
        if (auth_json.len && !json_valid(auth_json))
            return ERR_SYNTAX;
        server_accept(s, id);
        return ERR_OK;
    }
    struct task *t = make_task(set, TASK_CONNECT, peer, on_connect_end);
    if (!push_auth(t, auth_json)) {
        task_discard(t);
        engine_drop_peer(e, peer);
        return ERR_SYNTAX;
    }
    set_event(t, &match, SLICE("connect"));
    run(t, &match);
    return ERR_OK;
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

enum err events_on_event(void *ud, slot_id id, const struct dispatch_event *event)
{
    struct engine *e = (struct engine *)ud;
    struct handlers *set = engine_live(e);
    struct script_peer *peer = engine_peer(e, id);
    const struct dispatch_payload *payload = &event->payload;
    struct value_source source = {payload->json, payload->attachments, payload->attachment_count};
    struct handlers_match match;
    int count;
    if (!handlers_find(set, script_peer_namespace(peer), event->name, &match)) {
        log_debug(set->vm->log, "no handler for \"%.*s\" in \"%.*s\"", SLICE_ARG(event->name),
                  SLICE_ARG(script_peer_namespace(peer)));
        return json_valid(payload->json) ? ERR_OK : ERR_SYNTAX;
    }
    struct task *t = make_task(set, TASK_EVENT, peer, on_event_end);
    t->wants_ack = event->wants_ack;
    t->ack_id = event->ack_id;
    if (value_read_list(&set->vm->codec, t->L, &source, 1, &count) != VALUE_OK) {
        task_discard(t);
        return ERR_SYNTAX;
    }
    set_event(t, &match, event->name);
    run(t, &match);
    return ERR_OK;
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
    struct handlers *set = engine_live(e);
    struct script_peer *peer = engine_peer(e, id);
    struct handlers_match match;
    if (!handlers_find(set, script_peer_namespace(peer), SLICE("disconnect"), &match)) {
        release(e, peer);
        return;
    }
    struct task *t = make_task(set, TASK_DISCONNECT, peer, on_disconnect_end);
    lua_pushstring(t->L, dispatch_reason_text(reason));
    set_event(t, &match, SLICE("disconnect"));
    run(t, &match);
}
