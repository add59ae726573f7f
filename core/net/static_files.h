/* The file server: static folders, send_from_directory and the Socket.IO client from the disk.
 * Strong ETag from size, time and inode, Last-Modified, conditional and range requests, MIME type
 * by extension. `Cache-Control: no-cache`, so that an edit shows at the next request; the ETag
 * makes that request cheap. It opens and reads files in the loop's thread and lists no folder.
 *
 * The wall: the kernel resolves the path below the folder (openat2, RESOLVE_BENEATH), so that no
 * `..`, no absolute path and no symbolic link leads out of it; a link that stays inside is
 * followed. Where the kernel cannot do that, no link below the folder is followed at all. Names
 * that start with a dot, folders, devices and paths with a NUL are not there. */
#ifndef MW_NET_STATIC_FILES_H
#define MW_NET_STATIC_FILES_H

#include "core/server/file_server.h"

/* Fills in the seam; it has no state and needs no end. `extra` headers of a serve call replace ours
 * of the same name. Methods other than GET and HEAD are answered with 405. */
void static_files_init(struct file_server *out);

#endif
