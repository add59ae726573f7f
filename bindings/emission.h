/* One emit, send or call while it is read: who, what, and how, checked and nothing sent yet.
 * Who it is for by default is the binding: nil (the client of the handler that runs), a namespace
 * (everyone in it), or the table that `to` made (its rooms). All views are of strings that stay on
 * the Lua stack until the call returns. */
#ifndef MW_BINDINGS_EMISSION_H
#define MW_BINDINGS_EMISSION_H

#include "bindings/api.h"
#include "bindings/target.h"

enum emission_verb { EMISSION_EMIT, EMISSION_SEND, EMISSION_CALL };

/* The stack while one is read, from 1. */
enum emission_stack {
    EMISSION_EVENT = 1,
    EMISSION_DATA,
    EMISSION_OPTIONS,
    EMISSION_TO,
    EMISSION_EXCEPT,
    EMISSION_CALLBACK
};

struct emission {
    lua_State *L;
    enum emission_verb verb;
    const char *what; /* "emit", for errors */
    struct slice event;
    struct emit_target target;
    double timeout_s;         /* 0: none given */
    struct script_peer *peer; /* whose handler runs; NULL: nobody's */
    struct slice namespace_;
    bool of_peer; /* the binding is nil */
    bool broadcast, without_self, is_volatile, json;
    struct target_rooms to, except;
};

/* Reads the arguments (event, data, options), which are on the stack from 1, with the binding at
 * `binding` (an upvalue's index). Raises on anything wrong. The data is at EMISSION_DATA, the
 * callback, or nil, at EMISSION_CALLBACK. */
void emission_read(struct emission *m, lua_State *L, enum emission_verb verb, int binding);

#endif
