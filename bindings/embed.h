/* The Lua modules that the program carries: bindings/lua/NAME.lua, compiled into it as bytes.
 * They serve both states, the script's and (in the busted module) the test's. CMake embeds every
 * .lua file in bindings/lua; the chunk of NAME is called `=moonwire/NAME.lua`, which api_error
 * passes over when it looks for the script's line. */
#ifndef MW_BINDINGS_EMBED_H
#define MW_BINDINGS_EMBED_H

#include "bindings/compat.h"

struct embed_module {
    const char *name; /* "template" */
    const char *bytes;
    size_t len;
};

/* Ended by a NULL name; generated at build time. */
extern const struct embed_module embed_modules[];

/* Makes each module known as `moonwire.NAME`, loaded when it is first required. [-0, +0, m] */
void embed_open(lua_State *L);
/* What `require "moonwire.NAME"` gives. [-0, +1, e] */
void embed_require(lua_State *L, const char *name);

#endif
