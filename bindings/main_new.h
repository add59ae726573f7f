/* `moonwire new DIR`: a project that runs, to start from.
 * Its files are bindings/lua/starter/, embedded at build time. It overwrites nothing. */
#ifndef MW_BINDINGS_MAIN_NEW_H
#define MW_BINDINGS_MAIN_NEW_H

#include "core/base/buf.h"

struct starter_file {
    const char *path; /* below the project's folder */
    const char *bytes;
    size_t len;
};

/* Ended by a NULL path; generated at build time. */
extern const struct starter_file starter_files[];

/* Makes the folder, which must not be there or be empty, and its files. False: `out_error` says
 * why. */
MUST_CHECK bool new_project(const char *folder, struct buf *out_error);

#endif
