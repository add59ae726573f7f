/* Opens a file below a folder, and never one outside of it. The wall that static_files.h describes.
 */
#ifndef MW_NET_FOLDER_H
#define MW_NET_FOLDER_H

#include "core/base/slice.h"
#include <sys/stat.h>

/* The descriptor of a regular file, to be closed by the caller, and what it is; -1 if there is none
 * of that name behind the wall. */
int folder_open(struct slice folder, struct slice path, struct stat *out);

#endif
