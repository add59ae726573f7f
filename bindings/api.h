/* The Lua API, a file each subject, and what these files share: errors at the script's line,
 * checked options, the openers. The `moonwire` module of a script's vm is a table that each opener
 * adds to; api_open calls them all. */
#ifndef MW_BINDINGS_API_H
#define MW_BINDINGS_API_H

#include "bindings/api_error.h"
#include "bindings/engine.h"

/* Makes `require "moonwire"` work in the vm. [-0, +0, m] */
void api_open(struct vm *vm);

/* Each adds its functions to the module table, which is on top. [-0, +0, m] */
void api_values_open(lua_State *L);   /* args array binary is_binary null */
void api_config_open(lua_State *L);   /* config keep on_reload generation */
void api_request_open(lua_State *L);  /* request, of events and of routes; data */
void api_socketio_open(lua_State *L); /* socketio; refuse_connection */
void api_emit_open(lua_State *L);     /* emit send call */
void api_rooms_open(lua_State *L);    /* join_room leave_room close_room rooms disconnect */
void api_http_open(lua_State *L);     /* app render_template redirect abort … (api_http.c) */

/* Each adds its methods of a `socketio` (socketio itself, socketio.of) to the table on top, with
 * the namespace, a string, at `namespace_index`. [-0, +0, m] */
void api_emit_bind(lua_State *L, int namespace_index);  /* emit send call to */
void api_rooms_bind(lua_State *L, int namespace_index); /* join_room … and sids */
void api_time_bind(lua_State *L);                       /* tick every after sleep now … */

/* dispatch.on_request and body_limit, `ud` the engine (api_http.c). */
void api_http_on_request(void *ud, struct http_exchange *x);
size_t api_http_body_limit(void *ud, const struct http_request *request);
/* Pushes the function that compiles templates anew: http.lua's refresh. [-0, +1, -] */
void api_http_push_refresh(lua_State *L);

/* Pushes the table of all that mw.keep keeps. [-0, +1, m] */
void api_config_push_kept(lua_State *L);
/* Where the set's script called mw.config, as the beginning of a message about it; nothing if it
 * did not. */
void api_config_put_place(const struct handlers *set, struct buf *out);
/* A load went live: what it kept for the first time (mw.keep) is kept from now on. */
void api_config_keep_all(struct handlers *set);
/* It is given up: what it was the first to keep is kept no longer. */
void api_config_unkeep_all(struct handlers *set);
/* It took the place of `former`, and is to answer for what that one kept. */
void api_config_inherit(struct handlers *set, const struct handlers *former);
/* Pushes the list of what mw.on_reload was given while the set was loaded. [-0, +1, m] */
void api_config_push_on_reload(const struct handlers *set, lua_State *L);

/* --- shared --- */

/* The options table at `index`, or nil. Raises on another type, and on a key that is not in `names`
 * (ended by NULL), with the nearest that is. False: there is no table. */
bool api_check_options(lua_State *L, int index, const char *what, const char *const *names);

/* The place in `names` of the key at `key_index`; -1 if it is not there. For those who walk the
 * options themselves, and raise with the other. */
int api_option_number_of(lua_State *L, int key_index, const char *const *names);
_Noreturn void api_unknown_option(lua_State *L, int key_index, const char *what,
                                  const char *const *names);

/* Pushes the field, and tells whether it is not nil. [-0, +1, -] */
bool api_option(lua_State *L, int index, const char *name);
/* The same, typed: they raise, naming `what` and the field, on another type, and leave nothing on
 * the stack. False: it is nil, and *out is as it was. A string lives as long as the table. */
bool api_option_number(lua_State *L, int index, const char *what, const char *name, double *out);
bool api_option_string(lua_State *L, int index, const char *what, const char *name,
                       struct slice *out);

/* The function at `index`, or an error that names `what`. */
void api_check_function(lua_State *L, int index, const char *what);
struct slice api_check_string(lua_State *L, int index, const char *what);
/* Seconds, finite and in 0..1e9, as ns. */
int64_t api_check_seconds(lua_State *L, int index, const char *what);
/* Starts with "/"; `any` allows "*". */
void api_check_namespace(lua_State *L, struct slice namespace_, const char *what, bool any);
/* Metatable `mark` for the table on top: reading a field that is not there, but whose name is
 * nearly that of one that is, raises and says which; any other is nil. `what` is the table's name
 * for scripts. [-0, +0, m] */
void api_guard_names(lua_State *L, const char *mark, const char *what);
/* The same for the table at 1 and the key at 2, for an __index that has more to do. */
void api_check_name(lua_State *L, const char *what);
/* `a table`, `nil`, `the number 3`, `the string "x"`: what stands where something else should. For
 * an error that is about to be raised. [-0, +1, m] */
const char *api_found(lua_State *L, int index);

#endif
