/* From the core's news of a peer to a handler of the script, and back to an answer.
 * Fills the connect, event and disconnect parts of struct dispatch, with the engine as `ud`.
 * What the script returns or raises becomes an acceptance, a refusal or an acknowledgement here;
 * a raised error goes to the script's error handler, or to the log. */
#ifndef MW_BINDINGS_EVENTS_H
#define MW_BINDINGS_EVENTS_H

#include "bindings/task.h"

enum err events_on_connect(void *ud, slot_id peer, struct slice auth_json);
enum err events_on_event(void *ud, slot_id peer, const struct dispatch_event *event);
void events_on_disconnect(void *ud, slot_id peer, enum dispatch_reason reason);

/* on_end of an emit's callback: its errors go where those of its client's handlers go. */
void events_on_callback_end(struct task *t, const struct task_end *end);

/* What mw.refuse_connection raises. Makes one of the JSON text of a CONNECT_ERROR, on top.
 * [-1, +1, m] */
void events_make_refusal(lua_State *L);
/* False if the value at `index` is none. */
bool events_is_refusal(lua_State *L, int index, struct slice *out_json);

#endif
