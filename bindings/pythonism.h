/* What a name of Python's or Flask's that is not there is called here: whoever writes a Flask
 * program down in Lua forgets one sooner or later, and "attempt to call a nil value" does not say
 * what to write. Knows words, and changes nothing. */
#ifndef MW_BINDINGS_PYTHONISM_H
#define MW_BINDINGS_PYTHONISM_H

#include "core/base/buf.h"

/* Appends "; in Lua: …" if the error comes of such a name, or of a habit of that language. */
void pythonism_put_hint(struct slice error, struct buf *out);

/* What to write instead of a name of Flask or Flask-SocketIO; NULL if it is none that we know. */
const char *pythonism_instead(struct slice name);

#endif
