/* What the core asks of the script engine: the seam to the bindings. Knows no Lua.
 *
 * Rules. The core calls these only from the top of a turn, never while it is inside a call that
 * came from the bindings: a disconnect that a handler asks for is marked, queued and told at the
 * end of the turn. So the engine may call any server_* function from within a dispatch, and a
 * dispatch never nests. Slices are valid during the call. A peer is named by its slot_id, which
 * finds nothing (server_peer) once the peer is gone. */
#ifndef MW_SERVER_DISPATCH_H
#define MW_SERVER_DISPATCH_H

#include "core/base/err.h"
#include "core/base/slots.h"
#include "core/server/http_exchange.h"

/* A payload as it came: JSON text, with {"_placeholder":true,"num":n} where attachment n belongs.
 */
struct dispatch_payload {
    struct slice json; /* an array (events, acks), an object (auth), or empty */
    const struct slice *attachments;
    size_t attachment_count;
};

struct dispatch_event {
    struct slice name; /* decoded; it is also the first element of the payload */
    struct dispatch_payload payload;
    bool wants_ack;
    uint64_t ack_id; /* for server_ack */
};

enum dispatch_reason {
    DISPATCH_CLIENT_DISCONNECT,
    DISPATCH_SERVER_DISCONNECT,
    DISPATCH_PING_TIMEOUT,
    DISPATCH_TRANSPORT_CLOSE,
    DISPATCH_TRANSPORT_ERROR
};

enum dispatch_ack_lost { DISPATCH_ACK_TIMEOUT, DISPATCH_ACK_DISCONNECTED };

struct dispatch {
    void *ud;
    /* Does any handler live in this namespace? A client of any other is refused with "Invalid
     * namespace". */
    bool (*has_namespace)(void *ud, struct slice name);
    /* A peer asks to join. The engine answers, now or later, by server_accept or server_refuse.
     * ERR_SYNTAX: auth is not JSON; the session is closed. */
    enum err (*on_connect)(void *ud, slot_id peer, struct slice auth_json);
    /* ERR_SYNTAX: the payload is malformed; ERR_RANGE: too many events of the peer are under way.
     * Nothing was run then, and the session is closed. */
    enum err (*on_event)(void *ud, slot_id peer, const struct dispatch_event *event);
    /* A peer that was accepted is gone. It still finds, with its rooms, until the engine calls
     * server_release, exactly once. */
    void (*on_disconnect)(
        void *ud, slot_id peer,
        enum dispatch_reason
            reason); /* A peer that was gone is not coming back, or came back as the peer whose
                      * recovered_from it is: what the engine kept of it (mw.data) can go. Told once
                      * for each peer whose disconnect had `kept` set, when there is connection
                      * state recovery. */
    void (*on_forget)(void *ud, slot_id peer);
    /* An acknowledgement came for an emit with `cookie`, or will not come. Exactly one of the two
     * for each receiver of the emit. */
    enum err (*on_ack)(void *ud, void *cookie, slot_id peer,
                       const struct dispatch_payload *payload);
    void (*on_ack_lost)(void *ud, void *cookie, slot_id peer, enum dispatch_ack_lost why);
    /* A request for a route of the script (anything outside the Socket.IO path). The engine
     * responds, now or later, and references the exchange for as long as it needs it. */
    void (*on_request)(void *ud, struct http_exchange *x);
    /* Headers for the answer to the request that opens a session, the 101 of a WebSocket included:
     * appends lines, each "Name: value\r\n", at most EIO_INITIAL_HEADERS_MAX. NULL: none ever.
     * Source: engine.io's event "initial_headers". */
    void (*initial_headers)(void *ud, const struct http_request *request, struct buf *out);
    /* The limit for the body of a request outside the Socket.IO path, bytes. */
    size_t (*body_limit)(void *ud, const struct http_request *request);
};

/* The name that scripts see: "client disconnect", … (Flask-SocketIO SocketIO.reason). */
const char *dispatch_reason_text(enum dispatch_reason reason);

#endif
