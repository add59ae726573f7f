/* A handler set: all that one load of the script registered, and the owner of its Lua values.
 * Events are looked up here for every message. The set is filled while it is staging, goes live
 * between two events, and is freed by the last of its users (the engine while it is live, every
 * coroutine that runs in it), so that a handler asleep across a reload ends on the code it began
 * with. The one file that takes and frees luaL_refs for functions of a script. It runs nothing. */
#ifndef MW_BINDINGS_HANDLERS_H
#define MW_BINDINGS_HANDLERS_H

#include "bindings/paths.h"
#include "bindings/sources.h"
#include "bindings/vm.h"
#include "core/server/http_router.h"
#include "core/server/limiter.h"
#include "core/base/hash.h"

struct handlers_namespace;

struct handler {
    int function;               /* in the set, for handlers_push */
    bool from_class;            /* by on_namespace: a function registered for the same event wins */
    struct limiter_spec *limit; /* how often a client may send it; NULL: as often as it likes */
    UT_hash_handle _hash;
    uint32_t name_len;
    char name[]; /* of the event, or "*" */
};

struct handlers {
    struct vm *vm;
    unsigned generation;        /* of the load, from 1 */
    char *path, *folder;        /* of the script; the folder is "." if the path has none */
    struct paths files;         /* what the load read: the script and its own modules (script.h) */
    struct sources sources;     /* their text when the set went live; in debug mode */
    int environment, globals;   /* of the script (script.h); HANDLERS_NONE until it is run */
    int before;                 /* what all loads share, as it was before this one (script.h);
                                   HANDLERS_NONE: the set is there to stay */
    bool staging;               /* its script has not finished loading */
    int error_default;          /* HANDLERS_NONE, or the function of on_error_default */
    int initial_headers;        /* HANDLERS_NONE, or what initial_headers.h asks */
    struct http_router *router; /* the routes; a route's number is its function in the set */
    struct handlers_namespace *_namespaces; /* uthash */
    int _values;                            /* LUA_REGISTRYINDEX: the table of all it owns */
    int _table;                             /* in it: handlers_push_table */
    uint32_t _refs;
};

#define HANDLERS_NONE (-1)

/* For the script at `path`. One reference, the caller's; staging. */
struct handlers *handlers_create(struct vm *vm, unsigned generation, const char *path);
struct handlers *handlers_ref(struct handlers *set);
void handlers_unref(struct handlers *set);

/* Keeps the value on top of L's stack for as long as the set lives, or until handlers_drop, and
 * names it by a number. [-1, +0, m] */
int handlers_keep(struct handlers *set, lua_State *L);
void handlers_drop(struct handlers *set, int value);
/* Pushes a kept value. [-0, +1, -] */
void handlers_push(const struct handlers *set, lua_State *L, int value);
/* Pushes the table of all kept values, by their numbers. Not to be changed. [-0, +1, -] */
void handlers_push_all(const struct handlers *set, lua_State *L);
/* Pushes the set's own table for whatever a part of the API keeps by name for one load (hooks,
 * error pages, config): the same table each time. [-0, +1, -] */
void handlers_push_table(const struct handlers *set, lua_State *L);

/* Registers a kept function for (namespace, event). It replaces, and drops, an earlier one, but a
 * class's function does not replace a plain one. The set owns it either way. */
void handlers_add(struct handlers *set, struct slice namespace_, struct slice event, int function,
                  bool from_class);
/* Limits the handler that handlers_add registered for (namespace, event). Copies the spec. */
void handlers_set_limit(struct handlers *set, struct slice namespace_, struct slice event,
                        const struct limiter_spec *limit);
/* The function for errors in the handlers of a namespace, and of those without one. */
void handlers_set_error(struct handlers *set, struct slice namespace_, int function);
void handlers_set_error_default(struct handlers *set, int function);
void handlers_set_initial_headers(struct handlers *set, int function);

/* How a handler was found decides what stands before its arguments. */
struct handlers_match {
    const struct handler *handler;
    bool any_namespace; /* its first argument is the namespace */
    bool any_event;     /* then the event's name */
};

/* In Flask-SocketIO's order: namespace and event, namespace and "*", "*" and event, "*" and "*".
 * connect and disconnect match no event "*". False: nobody. */
bool handlers_find(const struct handlers *set, struct slice namespace_, struct slice event,
                   struct handlers_match *out_match);
/* The error handler for a namespace: its own, that of "*", the default; HANDLERS_NONE. */
int handlers_find_error(const struct handlers *set, struct slice namespace_);
/* "/" is always there, as in every Socket.IO server; another namespace once it has a handler. */
bool handlers_has_namespace(const struct handlers *set, struct slice namespace_);

/* How many there are; how many there are that `other` has not. */
size_t handlers_count(const struct handlers *set);
size_t handlers_missing(const struct handlers *set, const struct handlers *other);

/* For listings, in no order. */
void handlers_each(const struct handlers *set,
                   void (*fn)(void *ud, struct slice namespace_, const struct handler *handler),
                   void *ud);

#endif
