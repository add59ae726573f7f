/* A whole server in memory for the tests of the machines: a C engine that writes down what it is
 * told, loopback clients, a virtual clock. It answers by simple rules, so that a test reads as a
 * conversation. */
#ifndef MW_SPEC_RIG_H
#define MW_SPEC_RIG_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/server/loopback.h"

struct rig {
    struct server *server;
    struct dispatch dispatch;
    struct log log;
    struct buf told;   /* one line for each dispatch call: "event / sid name payload" */
    struct buf logged; /* the server's log, one line an event */
    int64_t now_ns;
    int64_t event_ns;   /* what each event's handler takes; 0 at the start */
    slot_id last;       /* the peer of the latest on_connect */
    bool hold_connect;  /* on_connect does not answer; the test does */
    bool hold_release;  /* on_disconnect does not release; the test does */
    const char *refuse; /* JSON: on_connect refuses with it */
    bool any_namespace; /* all of them exist */
};

/* Namespaces "/" and "/chat" exist. Events: "echo" is emitted back with its payload, "join" joins
 * the room named by its first argument, "room" emits "hi" to it, "all" emits "hi" to everyone,
 * "bye" disconnects its sender; every event that wants an acknowledgement gets ["ok"]. `options` is
 * "key=value" lines for the configuration, or NULL. */
void rig_init(struct rig *r, const char *options);
/* Ends the server and fails the test if a frame is left. */
void rig_dispose(struct rig *r);

struct loopback *rig_connect(struct rig *r);
/* Sends text (or bytes) and ends the turn. */
void rig_text(struct rig *r, struct loopback *l, const char *text);
void rig_binary(struct rig *r, struct loopback *l, const void *bytes, size_t len);
/* Fires what is due until `seconds` from now, in order, turn by turn. */
void rig_advance(struct rig *r, double seconds);
/* Ends the turn; the server is whole then. */
void rig_turn(struct rig *r);

/* The next frame is this text; "" for none. A `*` at the end of `text` matches any rest. */
void rig_expect(struct loopback *l, const char *text);
void rig_expect_binary(struct loopback *l, const void *bytes, size_t len);
/* What was told since the last call is exactly these lines; `%` matches a sid. */
void rig_told(struct rig *r, const char *lines);
/* The log has this text, and is emptied. */
void rig_logged(struct rig *r, const char *text);
/* Emits to everyone in "/", or to one of its rooms, and ends the turn. */
void rig_emit(struct rig *r, const char *room, const char *json);
/* Connects and joins "/", expecting the answers. */
struct loopback *rig_join(struct rig *r);

/* One request to the Socket.IO path; the response may come later. `header` is one header as "Name:
 * value", or NULL. */
void rig_poll(struct rig *r, struct loopback_http *h, const char *method, const char *query,
              const char *header, struct slice body);
/* The response has come with this status and body; disposes of it. */
void rig_http_expect(struct loopback_http *h, unsigned status, struct slice body);
/* Of the session that this poll opened, in its bytes; and the query of its next requests, good
 * until asked for again. */
struct slice rig_sid(const struct loopback_http *open);
const char *rig_session_query(struct slice sid);
/* One request; the response may come later. */
void rig_http(struct rig *r, struct loopback_http *h, const char *method, const char *path,
              const char *query, const char *body);

#endif
