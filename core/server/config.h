/* Every limit, rate and switch of the server, with its default and unit.
 * One table names each key once: mw.config, --set and the configuration file all go through it, so
 * that they accept the same names, types and ranges and fail with the same words. Does not read
 * files or Lua. */
#ifndef MW_SERVER_CONFIG_H
#define MW_SERVER_CONFIG_H

#include "core/base/buf.h"
#include "core/base/clock.h"

/* How long one client is served at a stretch, before the others get their turn: its WebSocket's
 * messages, the packets of a POST of its, its pipelined requests. What was begun is finished. */
#define CONFIG_CLIENT_TURN_NS (2 * NS_PER_MS)

struct config {
    char *host;   /* "127.0.0.1" */
    int64_t port; /* 5000; 0 lets the system pick */
    char *path;   /* "/socket.io", leading slash, no trailing one */
    /* NULL: same origin. "*": all. Else origins, separated by newlines */
    char *cors_allowed_origins;
    char *trusted_proxies;            /* ranges of addresses, separated by newlines; NULL: none */
    double ping_interval;             /* s, 25 */
    double ping_timeout;              /* s, 20 */
    double max_http_buffer_size;      /* bytes of one message or POST, 1e6 */
    double connect_timeout;           /* s until a session must have joined a namespace, 45 */
    double upgrade_timeout;           /* s a probe may take, 10 */
    char *transports;                 /* "polling\nwebsocket": a subset, separated by newlines */
    bool allow_upgrades;              /* true */
    bool allow_eio3;                  /* true */
    char *cookie;                     /* name of the session-id cookie; NULL: none */
    double connection_state_recovery; /* s within which a client gets its sid, rooms and missed
                                         events back, 0: off */
    double recovery_buffer_size;      /* bytes of events that a namespace keeps for that, 1e6 */
    char *parser;                     /* "json", or "msgpack": how Socket.IO packets are encoded */
    bool per_message_deflate;         /* false */
    int64_t max_clients;              /* Engine.IO sessions, 15000 */
    double send_queue_limit;          /* bytes a session may fall behind, 16e6 */
    double handler_timeout;           /* s of processor time without yielding, 1 */
    double memory_limit;              /* bytes of all Lua values, 1e9; 0: none */
    char *tls_cert, *tls_key;         /* PEM files; both or neither */
    char *message_queue;              /* NULL: one node */
    char *secret_key;                 /* NULL: sessions live as long as their connection */
    char *static_folder;              /* NULL: static/ beside the script, then above it */
    char *static_url_path;            /* "/static" */
    char *template_folder;            /* NULL: templates/ beside the script, then above it */
    char *console;                    /* "auto"; or the path of its socket; or "off" */
    bool debug;                       /* false */
};

enum config_type { CONFIG_BOOL, CONFIG_INTEGER, CONFIG_NUMBER, CONFIG_STRING, CONFIG_LIST };

/* A value on its way in. A CONFIG_STRING key also takes CONFIG_LIST of one, a CONFIG_LIST key one
 * CONFIG_STRING, and numbers and switches their text, as os.getenv gives it; false clears a string
 * or list key that may be NULL, and turns off what can be. */
struct config_value {
    enum config_type type;
    bool boolean;
    double number;            /* of CONFIG_INTEGER and CONFIG_NUMBER */
    struct slice text;        /* of CONFIG_STRING */
    const struct slice *list; /* of CONFIG_LIST */
    size_t list_len;
};

void config_init(struct config *c);
void config_dispose(struct config *c);

/* Sets one key. False: `out_error` says what is wrong and what would be right: the nearest key, the
 * type, the range, the unit. */
MUST_CHECK bool config_set(struct config *c, struct slice key, const struct config_value *value,
                           struct buf *out_error);
/* The same from text, as the command line has it: true/false, numbers, strings, lists separated by
 * commas; nothing or `false` clears. */
MUST_CHECK bool config_set_text(struct config *c, struct slice key, struct slice value,
                                struct buf *out_error);
/* Rules that span keys (both TLS files or none; two paths that differ). Call when all keys are set.
 */
MUST_CHECK bool config_check(const struct config *c, struct buf *out_error);
/* Exchanges between the two every key that may change while the server runs, and tells of each
 * other key that differs. Done again, it undoes what it did. */
typedef void config_restart_fn(void *ud, const char *key);
void config_exchange(struct config *live, struct config *other, config_restart_fn *on_restart,
                     void *ud);
/* Is a change of `key` without effect until the program starts again? */
bool config_needs_restart(struct slice key);
/* All keys, ended by NULL, in the order of the manual. */
const char *const *config_keys(void);

static inline int64_t config_ns(double seconds)
{
    return (int64_t)(seconds * (double)NS_PER_S);
}

#endif
