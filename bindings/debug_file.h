/* The browser's half of the debug page: bindings/debug/, embedded at build time. */
#ifndef MW_BINDINGS_DEBUG_FILE_H
#define MW_BINDINGS_DEBUG_FILE_H

#include "core/server/http_exchange.h"

struct debug_file {
    const char *path; /* "debug.js" */
    const char *bytes;
    size_t len;
};

/* Ended by a NULL path; generated at build time. */
extern const struct debug_file debug_files[];

/* Answers with the file of that name. False: there is none. */
bool debug_file_serve(struct slice name, struct http_exchange *x);

#endif
