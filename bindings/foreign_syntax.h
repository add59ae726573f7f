/* What a line of another language is in Lua: "'then' expected near '!'" does not tell whoever wrote
 * `if a != b` what to write. Looks at the line that the error names, and at the error's own words.
 * It parses nothing, so it may be silent, and it never changes what Lua said. */
#ifndef MW_BINDINGS_FOREIGN_SYNTAX_H
#define MW_BINDINGS_FOREIGN_SYNTAX_H

#include "core/base/buf.h"

/* Appends "; in Lua: …" if the syntax error, "main.lua:5: …", is of a kind that we know. `path`:
 * the file that did not compile. */
void foreign_syntax_put_hint(struct slice error, const char *path, struct buf *out);

#endif
