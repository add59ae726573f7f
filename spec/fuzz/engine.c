/* The engine of the router's fuzzer. */
#include "spec/fuzz/engine.h"
#include "spec/fuzz/fuzz.h"

#include "core/codec/json.h"
#include "core/codec/sio_packet.h"
#include "core/server/sio_namespace.h"

/* An emit that wants acknowledgements. */
struct engine_waiting {
    size_t receivers, ended;
    struct engine_waiting *next;
};

static struct engine_peer *find_told(struct engine *e, slot_id id)
{
    for (size_t i = e->peer_count; i > 0; i--)
        if (e->peers[i - 1].id == id)
            return &e->peers[i - 1];
    return NULL;
}

static struct engine_peer *add_told(struct engine *e, slot_id id)
{
    if (e->peer_count == e->_peer_cap) {
        e->_peer_cap = e->_peer_cap ? e->_peer_cap * 2 : 16;
        e->peers = mem_realloc(e->peers, e->_peer_cap * sizeof(*e->peers));
    }
    e->peers[e->peer_count] = (struct engine_peer){.id = id};
    return &e->peers[e->peer_count++];
}

static struct slice namespace_of(struct engine *e, slot_id id)
{
    return sio_namespace_name(server_peer(e->server, id)->namespace_);
}

static bool on_has_namespace(void *ud, struct slice name)
{
    struct engine *e = ud;
    return slice_equal(name, SLICE("/")) || slice_equal(name, SLICE("/a")) ||
           (slice_equal(name, SLICE("/chat")) && !e->dropped);
}

/* What a script sends is not the network's: memory that is short for it ends the program, so no
 * failure is played there. */
static void expect_memory(void)
{
    mem_test_fail_nth(0);
}

void engine_emit(struct engine *e, const struct emit_target *to, const struct emit_body *body,
                 int64_t timeout_ns)
{
    struct engine_waiting *waiting = mem_zalloc(sizeof(*waiting));
    struct emit_ack ack = {.cookie = waiting, .timeout_ns = timeout_ns};
    waiting->next = e->_waiting;
    e->_waiting = waiting;
    expect_memory();
    waiting->receivers = server_emit(e->server, to, body, timeout_ns < 0 ? NULL : &ack);
    if (timeout_ns < 0)
        waiting->receivers = 0;
    require(waiting->ended == 0, "nothing is told from within an emit");
}

void engine_ack(struct engine *e, slot_id peer, uint64_t id, const struct emit_body *body)
{
    expect_memory();
    server_ack(e->server, peer, id, body);
}

static void accept(struct engine *e, struct engine_peer *t)
{
    struct sio_peer *p = server_peer(e->server, t->id);
    if (!p || p->state != SIO_PEER_CONNECTING)
        return;
    server_accept(e->server, t->id);
    t->life = ENGINE_CONNECTED;
    if (p->pid[0])
        memcpy(e->pids[e->_pid_count++ % ENGINE_PIDS], p->pid, sizeof(p->pid));
}

static void refuse(struct engine *e, struct engine_peer *t)
{
    server_refuse(e->server, t->id, SLICE("{\"message\":\"no\",\"data\":{\"a\":1}}"));
    t->life = ENGINE_REFUSED;
}

static enum err on_connect(void *ud, slot_id peer, struct slice auth)
{
    struct engine *e = ud;
    struct emit_body hi = {.json = SLICE("[\"hi\"]")};

    require(!find_told(e, peer) && server_peer(e->server, peer), "a peer connects once");
    struct engine_peer *t = add_told(e, peer);
    if (auth.len && !json_valid(auth))
        return ERR_SYNTAX;
    if (e->emits_early)
        engine_emit(e, &(struct emit_target){.namespace_ = namespace_of(e, peer), .peer = peer},
                    &hi, -1);
    if (e->holds_connect)
        return ERR_OK;
    if (auth.len && memchr(auth.ptr, '!', auth.len))
        refuse(e, t);
    else
        accept(e, t);
    return ERR_OK;
}

/* What an event asks of the engine, by the first letter of its name; the others name a room. */
static void obey(struct engine *e, slot_id peer, const struct dispatch_event *event,
                 const struct emit_body *back)
{
    struct slice room = slice_skip(event->name, 1),
                 sid = sio_peer_sid(server_peer(e->server, peer));
    struct emit_target self = {.namespace_ = namespace_of(e, peer), .peer = peer};
    struct emit_target others = {.namespace_ = self.namespace_,
                                 .rooms = &room,
                                 .room_count = room.len > 0,
                                 .except = &sid,
                                 .except_count = 1};

    switch (event->name.ptr[0]) {
    case 'e':
        engine_emit(e, &self, back, -1);
        break;
    case 'o':
        engine_emit(e, &others, back, -1);
        break;
    case 'a':
        engine_emit(e, &self, back, NS_PER_S);
        break;
    case 'j':
        server_join(e->server, &self, room);
        break;
    case 'l':
        server_leave(e->server, &self, room);
        break;
    case 'b':
        server_disconnect(e->server, &self, room.len > 0);
        break;
    case 'k':
        server_disconnect(e->server, &others, room.len > 0);
        break;
    }
}

static void check_attachments(const struct dispatch_payload *p)
{
    size_t sum = 0;
    require(p->attachment_count <= SIO_ATTACHMENTS_MAX, "there are no more than there may be");
    for (size_t i = 0; i < p->attachment_count; i++)
        for (size_t k = 0; k < p->attachments[i].len; k++)
            sum += (unsigned char)p->attachments[i].ptr[k];
    require(sum <= 255 * 100000, "attachments can be read");
}

/* JSON that the engine hands on ends with its bracket, as a script's does. */
static bool is_array(struct slice json)
{
    return json_valid(json) && json.ptr[json.len - 1] == ']';
}

static enum err on_event(void *ud, slot_id peer, const struct dispatch_event *event)
{
    struct engine *e = ud;
    struct engine_peer *t = find_told(e, peer);
    struct emit_body back = {event->payload.json, event->payload.attachments,
                             event->payload.attachment_count};

    require(t && t->life == ENGINE_CONNECTED, "an event comes from a connected peer");
    check_attachments(&event->payload);
    if (!is_array(event->payload.json))
        return ERR_SYNTAX;
    if (event->name.len)
        obey(e, peer, event, &back);
    if (event->wants_ack)
        engine_ack(e, peer, event->ack_id, &back);
    return ERR_OK;
}

static void release(struct engine *e, struct engine_peer *t)
{
    server_release(e->server, t->id);
    t->life = ENGINE_RELEASED;
}

static void on_disconnect(void *ud, slot_id peer, enum dispatch_reason reason)
{
    struct engine *e = ud;
    struct engine_peer *t = find_told(e, peer);

    require(t && t->life == ENGINE_CONNECTED, "who was connected disconnects, once");
    require(dispatch_reason_text(reason)[0], "for a reason");
    t->life = ENGINE_LEFT;
    t->kept = server_peer(e->server, peer)->kept;
    if (!e->holds_release)
        release(e, t);
}

static void on_forget(void *ud, slot_id peer)
{
    struct engine_peer *t = find_told(ud, peer);
    require(t && t->kept && !t->forgotten, "who was kept is forgotten, once");
    t->forgotten = true;
}

static void end_one(struct engine_waiting *waiting)
{
    require(waiting->ended++ < waiting->receivers, "an acknowledgement ends once");
}

static enum err on_ack(void *ud, void *cookie, slot_id peer, const struct dispatch_payload *p)
{
    require(find_told(ud, peer) != NULL, "an acknowledgement comes from a peer");
    end_one(cookie);
    check_attachments(p);
    return json_valid(p->json) ? ERR_OK : ERR_SYNTAX;
}

static void on_ack_lost(void *ud, void *cookie, slot_id peer, enum dispatch_ack_lost why)
{
    (void)why;
    require(find_told(ud, peer) != NULL, "an acknowledgement is lost with a peer");
    end_one(cookie);
}

static struct engine_peer *first_of(struct engine *e, enum engine_life life)
{
    for (size_t i = 0; i < e->peer_count; i++)
        if (e->peers[i].life == life && server_peer(e->server, e->peers[i].id))
            return &e->peers[i];
    return NULL;
}

void engine_decide(struct engine *e, bool good)
{
    struct engine_peer *t = first_of(e, ENGINE_CONNECTING);
    if (t && good)
        accept(e, t);
    else if (t)
        refuse(e, t);
}

bool engine_release(struct engine *e)
{
    struct engine_peer *t = first_of(e, ENGINE_LEFT);
    if (t)
        release(e, t);
    return t != NULL;
}

void engine_init(struct engine *e)
{
    *e = (struct engine){.dispatch = {.ud = e,
                                      .has_namespace = on_has_namespace,
                                      .on_connect = on_connect,
                                      .on_event = on_event,
                                      .on_disconnect = on_disconnect,
                                      .on_forget = on_forget,
                                      .on_ack = on_ack,
                                      .on_ack_lost = on_ack_lost}};
}

void engine_dispose(struct engine *e)
{
    for (size_t i = 0; i < e->peer_count; i++)
        require(e->peers[i].life != ENGINE_CONNECTED, "whoever connected has disconnected");
    while (e->_waiting) {
        struct engine_waiting *waiting = e->_waiting;
        require(waiting->ended == waiting->receivers, "every acknowledgement came or was lost");
        e->_waiting = waiting->next;
        mem_free(waiting);
    }
    mem_free(e->peers);
}
