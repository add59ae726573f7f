/* The script engine: fills struct dispatch with a Lua script.
 * It loads the script into a staging handler set, makes that live, starts a task for every event
 * and request, and answers the core. One engine has one vm and serves one server. It reads files
 * only through Lua's loader, knows no sockets, and reads no clock but the one it is given.
 *
 * A composition root (main.c: server, net and engine; test_server.c: server, loopback and engine,
 * in a Lua state that is not the engine's) goes through these steps:
 *
 *     e = engine_create(&params);
 *     engine_load(e, "scripts/game.lua", &error)    runs it; nothing is live, no server yet
 *     server_params.dispatch = engine_dispatch(e);
 *     s = server_create(engine_config(e), &server_params);   takes the configuration over
 *     engine_start(e, s);                           the set is live; ticks and tasks start
 *     …turns…
 *     server_close(s, now);                         clients are told; disconnect handlers run
 *     server_turn_end(s, now);
 *     engine_stop(e);                               ticks, timers and waiting tasks end
 *     server_destroy(s);
 *     engine_destroy(e);
 *
 * After a load that failed: engine_destroy, nothing else. */
#ifndef MW_BINDINGS_ENGINE_H
#define MW_BINDINGS_ENGINE_H

#include "bindings/job.h"
#include "core/server/server.h"

struct debug;
struct engine;
struct reload;

/* Called after the script's mw.config and before config_check: what the command line, or the test,
 * sets wins. False: out_error says why. */
typedef bool engine_options_fn(void *ud, struct config *config, struct buf *out_error);

struct engine_params {
    struct log *log;
    vm_print_fn *on_print; /* what the script prints */
    void *print_ud;
    engine_options_fn *options; /* NULL: none */
    void *options_ud;
    clock_fn *clock; /* the server's */
    void *clock_ud;
    bool sandbox; /* scripts reach neither files nor programs */
    bool watched; /* whoever runs the engine tells it of files that change: nothing looks by itself
                   */
};

struct engine *engine_create(const struct engine_params *params);
void engine_destroy(struct engine *e);

/* Runs the script at `path`, which is its chunk's name too; modules beside it are found first.
 * False: `out_error` has one message with file and line, and the traceback, if there is one, in
 * further lines. Once; later loads are engine_reload's. */
MUST_CHECK bool engine_load(struct engine *e, const char *path, struct buf *out_error);
/* What the script and the options configured; server_create empties it. */
struct config *engine_config(struct engine *e);
const struct dispatch *engine_dispatch(const struct engine *e);
void engine_start(struct engine *e, struct server *s);
void engine_stop(struct engine *e);
/* What replaces the code while the engine runs (reload.h). */
struct reload *engine_reload(const struct engine *e);
/* What shows its errors on pages (debug.h). */
struct debug *engine_debug(const struct engine *e);

/* --- for the files of bindings --- */

/* NULL before engine_start. */
struct server *engine_server(const struct engine *e);
struct vm *engine_vm(struct engine *e);
/* The configuration in force: the server's, before engine_start the one that is being loaded. */
const struct config *engine_settings(const struct engine *e);
/* The time now, by the clock of the params. */
int64_t engine_now_ns(const struct engine *e);
/* When engine_start was called. */
int64_t engine_started_ns(const struct engine *e);
bool engine_watched(const struct engine *e);
/* A configured folder, as it is if it is absolute, else from the script's; without one (NULL), the
 * folder `name` beside the script or above it. Its path, with a NUL behind it; false: there is
 * none, and `out` has nothing of use. */
bool engine_find_folder(const struct engine *e, const char *configured, const char *name,
                        struct buf *out);
/* The set that new events go to; NULL before engine_start. */
struct handlers *engine_live(const struct engine *e);
/* Loads the script at `path` into a set of the next generation, and its configuration into
 * engine_config. False: nothing is staged, `out_error` is as engine_load's, and `out_files` (may be
 * NULL) is what it read and missed. */
MUST_CHECK bool engine_stage(struct engine *e, const char *path, struct paths *out_files,
                             struct buf *out_error);
/* The staged set is the live one from now on; the former, and its reference, is the caller's. Jobs
 * are too. */
struct handlers *engine_swap(struct engine *e);
/* The same with a set of the caller's. */
struct handlers *engine_put_back(struct engine *e, struct handlers *set);
/* Jobs, registrations and everything else of a set that goes; and the reference. NULL: none. */
void engine_drop_set(struct engine *e, struct handlers *set);
/* The same for a set that is given up: whatever it changed is taken back, as if it had never been.
 */
void engine_reject_set(struct engine *e, struct handlers *set);
/* The set that a registration from L goes to: of the script that loads, of the task that runs, or
 * the live one. */
struct handlers *engine_registering(lua_State *L);
/* Is the script's top level running? */
bool engine_loading(const struct engine *e);
/* The script's view of a peer; NULL if it is gone. Not referenced. */
struct script_peer *engine_peer(const struct engine *e, slot_id peer);
/* The engine's own reference to it: from its connect until it is refused or released. */
struct script_peer *engine_add_peer(struct engine *e, const struct sio_peer *peer);
void engine_drop_peer(struct engine *e, struct script_peer *peer);
/* The peer's connection broke and it may come back (connection_state_recovery): it is kept, until
 * engine_forget_peer, for the peer that it becomes. */
void engine_keep_peer(struct engine *e, struct script_peer *peer);
/* Fills struct dispatch's on_forget. */
void engine_forget_peer(void *ud, slot_id id);

/* What is alive, for tests that end with nothing left. */
struct engine_census {
    size_t tasks;    /* running or waiting */
    size_t pooled;   /* coroutines ready for use */
    size_t peers;    /* script peers that the engine holds */
    size_t waits;    /* acknowledgements that a callback or a call waits for */
    size_t jobs;     /* ticks, timers and background tasks */
    size_t registry; /* references in the Lua registry, those of pooled coroutines left out */
    size_t lua_bytes;
};
void engine_census(struct engine *e, struct engine_census *out);

#endif
