/* The text of the files that a handler set was made of, as it was when the set went live.
 * A file on disk is ahead of the code that runs for as long as its last save was refused; an error
 * of that code is shown with its own lines. Only debug mode keeps them. */
#ifndef MW_BINDINGS_SOURCES_H
#define MW_BINDINGS_SOURCES_H

#include "bindings/paths.h"
#include "core/base/buf.h"

struct sources {
    struct paths paths;
    struct buf *texts; /* of each path */
};

/* Zeroed memory has none. */
void sources_dispose(struct sources *s);
/* Reads all of them anew; one that cannot be read is empty. */
void sources_read(struct sources *s, const struct paths *paths);
/* The text, an empty one if the path is not among them. Valid until the next read. */
struct slice sources_find(const struct sources *s, const char *path);

/* Appends what is in the file, at most SOURCES_FILE_MAX bytes. False: it cannot be read. */
#define SOURCES_FILE_MAX 1048576
bool sources_read_file(const char *path, struct buf *out);

#endif
