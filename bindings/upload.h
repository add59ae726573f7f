/* A file that came with a form, as a script sees it: a table { filename, content_type, data, size }
 * with the method save(path), Werkzeug's FileStorage. The bytes are the table's own and live as
 * long as it. Its file name is what the client wrote, and is never used as a path here. */
#ifndef MW_BINDINGS_UPLOAD_H
#define MW_BINDINGS_UPLOAD_H

#include "bindings/compat.h"
#include "core/codec/multipart.h"

/* Pushes it. content_type is text/plain if the part has none (RFC 7578 section 4.4). save returns
 * true, or nil, message, code: the name of the error in errno.h ("ENOENT"). [-0, +1, m] */
void upload_push(lua_State *L, const struct multipart_part *part);

#endif
