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
void api_values_open(lua_State *L);  /* args array binary is_binary null */
void api_config_open(lua_State *L);  /* config keep generation */
void api_request_open(lua_State *L); /* request data; `event`, `form`, `json`, `data` of it too */
void api_socketio_open(
    lua_State *L);                /* socketio: on of on_namespace on_error …; refuse_connection */
void api_emit_open(lua_State *L); /* emit send call, and of socketio */
void api_rooms_open(lua_State *L); /* join_room leave_room close_room rooms disconnect, sids */
void api_time_open(lua_State *L);  /* of socketio: tick every after sleep now … */
void api_http_open(lua_State *L);  /* app render_template redirect abort … (api_http.c) */

/* dispatch.on_request and body_limit, `ud` the engine (api_http.c). */
void api_http_on_request(void *ud, struct http_exchange *x);
size_t api_http_body_limit(void *ud, const struct http_request *request);

/* --- shared --- */

/* The options table at `index`, or nil. Raises on another type, and on a key that is not in `names`
 * (ended by NULL), with the nearest that is. False: there is no table. */
bool api_check_options(lua_State *L, int index, const char *what, const char *const *names);

/* Pushes the field, and tells whether it is not nil. [-0, +1, -] */
bool api_option(lua_State *L, int index, const char *name);
/* The same, typed: they raise, naming `what` and the field, on another type, and leave nothing on
 * the stack. False: it is nil, and *out is as it was. A string lives as long as the table. */
bool api_option_boolean(lua_State *L, int index, const char *what, const char *name, bool *out);
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
/* "a table", "nil", "the number 3", "the string "x"": what stands where something else should. */
const char *api_found(lua_State *L, int index);

#endif
