/* Where the Socket.IO client that pages load is kept: beside the installed program, else where
 * tools/setup put it for the build. It looks once, at start, and reads no file's content. */
#ifndef MW_BINDINGS_CLIENT_FOLDER_H
#define MW_BINDINGS_CLIENT_FOLDER_H

#include "core/base/buf.h"

/* False: there is none, and `out` is empty. */
bool client_folder_find(struct buf *out);

#endif
