/* Who waits for acknowledgements of one emit: a `call`, or a callback.
 * The cookie of struct emit_ack. Each receiver of the emit answers or is lost, exactly once, and
 * the wait goes with the last of them. A call is resumed by the first answer. */
#ifndef MW_BINDINGS_ACK_WAIT_H
#define MW_BINDINGS_ACK_WAIT_H

#include "bindings/task.h"

struct ack_wait {
    struct vm *vm;
    struct task *task;        /* of a call, until it was resumed or cancelled; else NULL */
    struct handlers *set;     /* of a callback: its code, referenced; NULL for a call */
    int function;             /* in the set */
    struct script_peer *peer; /* of a callback: on whose behalf it runs; referenced, may be NULL */
    char *event;              /* its name, for the log */
    bool timed;               /* the callback hears of a loss, too */
    size_t remaining;         /* receivers that have neither answered nor been lost */
    struct ack_wait *next, *prev; /* utlist: vm->waits */
};

/* For a call by task `t`, which waits with `return ack_wait_suspend(w)`. What it is resumed with is
 * true and the values, or false and "timeout" or "disconnected". */
struct ack_wait *ack_wait_create_call(struct task *t, struct slice event);
int ack_wait_suspend(struct ack_wait *w);
/* For the callback on top of L, of an emit by the code that runs in L. [-1, +0, m] */
struct ack_wait *ack_wait_create_callback(struct handlers *set, lua_State *L, struct slice event,
                                          bool timed);
/* How many receivers there were. False: none; the wait is gone. */
bool ack_wait_expect(struct ack_wait *w, size_t receivers);

/* dispatch.on_ack and on_ack_lost. */
enum err ack_wait_on_ack(void *ud, void *cookie, slot_id peer,
                         const struct dispatch_payload *payload);
void ack_wait_on_lost(void *ud, void *cookie, slot_id peer, enum dispatch_ack_lost why);

/* Frees what is left when the server will tell nothing more. */
void ack_wait_dispose_all(struct vm *vm);

#endif
