/* The file server: static folders, send_from_directory and the Socket.IO client from the disk.
 * Strong ETag from size, time and inode, Last-Modified, conditional and range requests (RFC 9110
 * sections 8.8, 13 and 14), MIME type by extension. `Cache-Control: no-cache`, so that an edit
 * shows at the next request; the ETag makes that request cheap. It opens and reads files in the
 * loop's thread and lists no folder.
 *
 * The wall: the kernel resolves the path below the folder (openat2, RESOLVE_BENEATH), so that no
 * `..`, no absolute path and no symbolic link leads out of it; a link that stays inside is
 * followed. Names that start with a dot, folders, devices and paths with a NUL are not there. */
#ifndef MW_NET_STATIC_FILES_H
#define MW_NET_STATIC_FILES_H

#include "core/server/file_server.h"

/* Fills in the seam; it has no state and needs no end. */
void static_files_init(struct file_server *out);

/* The Content-Type for a file name, charset included for text: "text/html; charset=utf-8";
 * application/octet-stream when the extension says nothing. */
const char *static_files_type(struct slice name);

#endif
