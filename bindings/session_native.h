/* What sessions (lua/session.lua) need of C: signatures, random names, and what the running task
 * keeps. Not for scripts. The cookie's form and the store are session.lua's. */
#ifndef MW_BINDINGS_SESSION_NATIVE_H
#define MW_BINDINGS_SESSION_NATIVE_H

#include "bindings/compat.h"

/* Makes `require "moonwire.session_native"` work in the vm. The module: sign(key, text) gives
 * HMAC-SHA256 as base64url; verify(key, text, signature) compares in constant time; name() gives 20
 * random characters; encode(v) gives JSON as base64url, or nil and why not; decode(text) gives the
 * value, or nil; kept() and keep(v) are what the running request, or its client's connection, keeps
 * as its session; place() is "route", "peer" or nil; now() gives seconds; warn(text) goes to the
 * log. [-0, +0, m] */
void session_native_open(lua_State *L);

#endif
