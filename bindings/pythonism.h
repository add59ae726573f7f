/* What a name of Python's that Lua does not have is called here: whoever writes a Flask program
 * down in Lua forgets one sooner or later, and "attempt to call a nil value" does not say what to
 * write. Looks at the text of an error, and changes nothing. */
#ifndef MW_BINDINGS_PYTHONISM_H
#define MW_BINDINGS_PYTHONISM_H

#include "core/base/buf.h"

/* Appends "; in Lua: …" if the error is a call of such a name. */
void pythonism_put_hint(struct slice error, struct buf *out);

#endif
