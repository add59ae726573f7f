/* A whole server for a test: engine, server and loopback transports on a virtual clock, in a test's
 * Lua state. The native half of lua/test_server.lua, which has the API of API.md section 11; what
 * is here is plain: bytes in, bytes out, time in nanoseconds. Opens no port and reads no clock. */
#ifndef MW_BINDINGS_TEST_SERVER_H
#define MW_BINDINGS_TEST_SERVER_H

#include "bindings/engine.h"
#include "core/server/loopback.h"

#define TEST_SERVER_START_NS (1000 * NS_PER_S) /* of the virtual clock */

/* What a test configures, in memory of its own. Zeroed is empty. */
struct test_config {
    struct test_setting *settings;
    size_t count;
    bool sandbox; /* as --sandbox; the one that is no key of the configuration */
};

/* Reads the table at `index`, or nil; raises if a value is of no type that a setting has, and what
 * was read until then is the caller's to dispose. [-0, +0, e] */
void test_config_read(struct test_config *config, lua_State *L, int index);
void test_config_dispose(struct test_config *config);
/* An engine_options_fn, `ud` the test_config. */
bool test_config_apply(void *ud, struct config *config, struct buf *out_error);

struct test_server {
    struct test_config config;
    struct engine *engine; /* NULL once closed */
    struct server *server; /* NULL until the script was loaded */
    struct file_server files;
    struct buf client_folder;
    struct log log;
    struct buf said; /* a line each thing that was printed or logged */
    int64_t now_ns;
    size_t registry;         /* references in the engine's registry when it had just started */
    struct loopback **links; /* by number; NULL: closed */
    size_t link_count;
    struct loopback_http **requests; /* by number; NULL: done with */
    size_t request_count;
    size_t *open_servers; /* of the module: how many there are */
};

/* The value codec of a test's state, kept in its registry. */
struct value_codec *test_values_codec(lua_State *L);
/* Adds encode, decode, decode_list, json, array, binary, is_binary and null to the table on top.
 * [-0, +0, m] */
void test_values_open(lua_State *L);

/* The server at index 1; raises if it is closed. */
struct test_server *test_server_check(lua_State *L);
/* Ends the turn, and runs the timers that are due now, until nothing is. */
void test_server_settle(struct test_server *t);

/* Methods of the server, as luaL_Reg has them: connect, send, take, is_up, throttle, drop,
 * request, response. */
const luaL_Reg *test_link_methods(void);
/* Closes every link and request. */
void test_link_close_all(struct test_server *t);

#endif
