/* Walks the options once, and finds out who is meant.
 * The rules are Flask-SocketIO's, but for what would turn a failed lookup into a broadcast, which
 * raises. */
#include "bindings/emission.h"

#include "core/codec/sio_packet.h"
#include "core/codec/utf8.h"

enum option {
    OPTION_TO,
    OPTION_ROOM,
    OPTION_SKIP_SID,
    OPTION_EXCEPT,
    OPTION_BROADCAST,
    OPTION_INCLUDE_SELF,
    OPTION_NAMESPACE,
    OPTION_VOLATILE,
    OPTION_TIMEOUT,
    OPTION_CALLBACK, /* not of call */
    OPTION_JSON      /* of send alone */
};

static const char *const send_options[] = {"to",        "room",         "skip_sid",  "except",
                                           "broadcast", "include_self", "namespace", "volatile",
                                           "timeout",   "callback",     "json",      NULL};
static const char *const emit_options[] = {"to",        "room",         "skip_sid",  "except",
                                           "broadcast", "include_self", "namespace", "volatile",
                                           "timeout",   "callback",     NULL};
static const char *const call_options[] = {
    "to",           "room",      "skip_sid", "except",  "broadcast",
    "include_self", "namespace", "volatile", "timeout", NULL};

/* --- options --- */

static bool option_boolean(struct emission *m, const char *name)
{
    if (!lua_isboolean(m->L, -1))
        api_error(m->L, "%s: the option %s must be true or false, not %s", m->what, name,
                  api_found(m->L, -1));
    return lua_toboolean(m->L, -1);
}

static void option_timeout(struct emission *m)
{
    double seconds = lua_type(m->L, -1) == LUA_TNUMBER ? lua_tonumber(m->L, -1) : 0;
    if (!(seconds > 0 && seconds <= 1e9))
        api_error(m->L, "%s: the option timeout must be a number of seconds above 0, not %s",
                  m->what, api_found(m->L, -1));
    m->timeout_s = seconds;
}

/* Two names for one thing: `slot` holds the first. */
static void option_slot(struct emission *m, int slot, const char *names)
{
    if (!lua_isnil(m->L, slot))
        api_error(m->L, "%s: %s are one option, and it is given twice", m->what, names);
    lua_pushvalue(m->L, -1);
    lua_replace(m->L, slot);
}

/* The value is on top, its key below. */
static void read_option(struct emission *m, const char *const *names)
{
    lua_State *L = m->L;
    int number = api_option_number_of(L, -2, names);
    if (number < 0)
        api_unknown_option(L, lua_gettop(L) - 1, m->what, names);
    switch ((enum option)number) {
    case OPTION_TO:
    case OPTION_ROOM:
        option_slot(m, EMISSION_TO, "to and room");
        return;
    case OPTION_SKIP_SID:
    case OPTION_EXCEPT:
        option_slot(m, EMISSION_EXCEPT, "skip_sid and except");
        return;
    case OPTION_BROADCAST:
        m->broadcast = option_boolean(m, "broadcast");
        return;
    case OPTION_INCLUDE_SELF:
        m->without_self = !option_boolean(m, "include_self");
        return;
    case OPTION_NAMESPACE:
        m->namespace_ = api_check_string(L, -1, "the option namespace");
        api_check_namespace(L, m->namespace_, m->what, false);
        return;
    case OPTION_VOLATILE:
        m->is_volatile = option_boolean(m, "volatile");
        return;
    case OPTION_TIMEOUT:
        option_timeout(m);
        return;
    case OPTION_CALLBACK:
        api_check_function(L, -1, "the option callback");
        option_slot(m, EMISSION_CALLBACK, "callbacks");
        return;
    case OPTION_JSON:
        m->json = option_boolean(m, "json");
        return;
    }
}

/* Has the data options for keys and nothing else, one of them such as hardly any data has? */
static bool is_data_of_options(lua_State *L, const char *const *names)
{
    const char *telling[] = {"to", "skip_sid", "broadcast", "include_self", NULL};
    bool tells = false;
    if (!lua_istable(L, EMISSION_DATA))
        return false;
    for (lua_pushnil(L); lua_next(L, EMISSION_DATA); lua_pop(L, 1)) {
        if (api_option_number_of(L, -2, names) < 0) {
            lua_pop(L, 2);
            return false;
        }
        tells = tells || api_option_number_of(L, -2, telling) >= 0;
    }
    return tells;
}

/* Is this the first time that the line is told? */
static bool first_at_place(lua_State *L, int place)
{
    handlers_push_table(engine_registering(L), L);
    lua_getfield(L, -1, "told");
    if (lua_isnil(L, -1)) {
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_setfield(L, -4, "told");
    }
    lua_pushvalue(L, place);
    bool first = lua_rawget(L, -2) == LUA_TNIL;
    lua_pushvalue(L, place);
    lua_pushboolean(L, 1);
    lua_rawset(L, -4);
    return first;
}

/* Python's emit("refresh", to=room) becomes emit("refresh", { to = room }), which sends the room.
 * A client may have sent such data, so this is no error. */
static void warn_of_data(struct emission *m, const char *const *names)
{
    lua_State *L = m->L;
    int top = lua_gettop(L);
    if (!is_data_of_options(L, names))
        return;
    api_push_place(L);
    if (first_at_place(L, top + 1))
        log_warning(vm_of(L)->log,
                    "%s: %s: what stands in the place of the data has options for keys, and is "
                    "sent as data; if they are the options, write %s(%snil, { … })",
                    lua_tostring(L, top + 1), m->what, m->what,
                    m->verb == EMISSION_SEND ? "" : "event, ");
    lua_settop(L, top);
}

static void read_options(struct emission *m)
{
    static const char *const *const names[] = {emit_options, send_options, call_options};
    lua_State *L = m->L;
    bool any = false;
    if (lua_isnil(L, EMISSION_OPTIONS)) {
        warn_of_data(m, names[m->verb]);
        return;
    }
    if (!lua_istable(L, EMISSION_OPTIONS))
        api_error(L, "%s: its options must be a table, not %s (several arguments go as mw.args)",
                  m->what, api_found(L, EMISSION_OPTIONS));
    for (lua_pushnil(L); lua_next(L, EMISSION_OPTIONS); lua_pop(L, 1)) {
        read_option(m, names[m->verb]);
        any = true;
    }
    if (!any)
        api_error(
            L,
            "%s: its options have no key, as if { to = nil } found nobody; leave them out, or "
            "name a room",
            m->what);
    if (m->timeout_s > 0 && m->verb != EMISSION_CALL && lua_isnil(L, EMISSION_CALLBACK))
        api_error(L, "%s: the option timeout needs a callback", m->what);
}

/* --- who --- */

/* What the binding says. */
static void read_binding(struct emission *m, int binding)
{
    lua_State *L = m->L;
    struct task *t = task_current(L);
    m->peer = t ? t->peer : NULL;
    m->of_peer = lua_isnil(L, binding);
    if (m->of_peer && !m->peer)
        api_error(L,
                  "%s outside of a handler has no client to answer: socketio.%s addresses everyone",
                  m->what, m->what);
    if (m->of_peer)
        m->namespace_ = script_peer_namespace(m->peer);
    else if (lua_type(L, binding) == LUA_TSTRING)
        m->namespace_.ptr = lua_tolstring(L, binding, &m->namespace_.len);
}

/* The rooms of `to`, whose table is the binding. */
static void read_bound_rooms(struct emission *m, int binding)
{
    lua_State *L = m->L;
    if (!lua_istable(L, binding))
        return;
    lua_pushvalue(L, binding);
    option_slot(m, EMISSION_TO, "to(…) and the option to");
    lua_getfield(L, -1, "namespace");
    if (!m->namespace_.ptr)
        m->namespace_.ptr = lua_tolstring(L, -1, &m->namespace_.len);
}

static bool in_namespace_of_peer(const struct emission *m)
{
    return m->peer && slice_equal(m->namespace_, script_peer_namespace(m->peer));
}

/* Neither rooms nor broadcast: the client itself. */
static void answer_peer(struct emission *m)
{
    if (m->without_self)
        api_error(m->L,
                  "%s: include_self = false leaves nobody, as without broadcast = true or to it "
                  "answers this client alone",
                  m->what);
    if (!in_namespace_of_peer(m))
        api_error(m->L,
                  "%s: this client has another sid in \"%s\"; name a room with to, or say "
                  "broadcast = true",
                  m->what, m->namespace_.ptr);
    m->target.peer = m->peer->id;
    m->target.sid = script_peer_sid(m->peer);
}

static void read_except(struct emission *m)
{
    bool self = m->without_self && in_namespace_of_peer(m);
    if (m->without_self && !m->peer)
        api_error(m->L, "%s: include_self = false outside of a handler: there is no self", m->what);
    if (!lua_isnil(m->L, EMISSION_EXCEPT))
        target_read(&m->except, m->L, EMISSION_EXCEPT, m->what, "the option except", self);
    if (self)
        target_add(&m->except, script_peer_sid(m->peer));
}

static void read_target(struct emission *m, int binding)
{
    read_bound_rooms(m, binding);
    if (!lua_isnil(m->L, EMISSION_TO))
        target_read(&m->to, m->L, EMISSION_TO, m->what, "the option to", 0);
    else if (m->of_peer && !m->broadcast)
        answer_peer(m);
    read_except(m);
    m->target.namespace_ = m->namespace_;
    m->target.rooms = m->to.rooms;
    m->target.room_count = m->to.count;
    m->target.except = m->except.rooms;
    m->target.except_count = m->except.count;
    m->target.is_volatile = m->is_volatile;
}

/* --- what --- */

static struct slice read_event(struct emission *m)
{
    lua_State *L = m->L;
    struct slice event;
    if (lua_type(L, EMISSION_EVENT) != LUA_TSTRING)
        api_error(L, "%s: the event's name must be a string, not %s", m->what,
                  api_found(L, EMISSION_EVENT));
    event.ptr = lua_tolstring(L, EMISSION_EVENT, &event.len);
    if (!utf8_valid(event))
        api_error(L, "%s: the event's name is not valid UTF-8", m->what);
    if (sio_event_reserved(event))
        api_error(L, "%s: \"%s\" is an event of the protocol's own, and cannot be emitted", m->what,
                  event.ptr);
    return event;
}

void emission_read(struct emission *m, lua_State *L, enum emission_verb verb, int binding)
{
    static const char *const verbs[] = {"emit", "send", "call"};
    *m = (struct emission){.L = L, .verb = verb, .what = verbs[verb]};
    if (lua_istable(L, EMISSION_EVENT))
        api_error(L,
                  "%s: the event's name must be a string, not a table (it is called with a dot, "
                  "not with a colon)",
                  m->what);
    if (lua_gettop(L) > EMISSION_OPTIONS)
        api_error(L, "%s: too many arguments; several values go as mw.args(a, b)", m->what);
    lua_settop(L, EMISSION_CALLBACK);
    read_binding(m, binding);
    if (engine_loading(vm_of(L)->engine))
        api_error(L, "%s while the script loads: there is nobody yet; use socketio.after(0, …)",
                  m->what);
    read_options(m);
    if (m->json) {
        lua_pushstring(L, "json");
        lua_replace(L, EMISSION_EVENT);
    }
    m->event = read_event(m);
    read_target(m, binding);
}
