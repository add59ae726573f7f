/* What the HTTP half of the API (lua/http*.lua) needs of the engine and the file system.
 * Not for scripts: no function here is in their API. */
#ifndef MW_BINDINGS_HTTP_NATIVE_H
#define MW_BINDINGS_HTTP_NATIVE_H

#include "bindings/engine.h"

/* The default of app.config.MAX_CONTENT_LENGTH, bytes. */
#define HTTP_CONTENT_LENGTH_MAX 16777216

/* Makes `require "moonwire.http_native"` work in the vm. The module: add_route(rule, methods, fn);
 * set() gives the table of the handler set; settings() the keys of mw.config that HTTP uses;
 * find_folder(configured, name) looks beside the script and above it; fail(message) raises it with
 * the script's line; status_text(code); is_binary(v); excerpt(error, traceback) and
 * note_template(name), for debug mode; MAX_CONTENT_LENGTH. [-0, +0, m] */
void http_native_open(lua_State *L);

/* As mw.abort: the route that runs answers with this status. `message` is for the page. */
_Noreturn void http_native_abort(lua_State *L, unsigned status, const char *message);

#endif
