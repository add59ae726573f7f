/* What the templates (lua/template*.lua) need of the world and Lua's libraries do not give: files
 * with their stamps, JSON, the nearest name. It reads whatever path it is given; the wall around
 * the template folder is template.lua's. It renders nothing. */
#ifndef MW_BINDINGS_TEMPLATE_HOST_H
#define MW_BINDINGS_TEMPLATE_HOST_H

#include "bindings/value.h"

/* Makes `require "moonwire.template_host"` work in L; the codec is L's and must outlive it. The
 * module: null; array(t) marks and returns t; tojson(v) gives JSON, or nil and why not;
 * suggest(word, names) gives ", did you mean 'x'?" or ""; read(path) gives the text, or nil and
 * why; stamp(path) gives a string that is another once the file changed, nil if there is none;
 * list(folder) gives the names of the files below it. [-0, +0, m] */
void template_host_open(lua_State *L, struct value_codec *codec);

#endif
