/* Who serves files: the seam to core/net, the one place that sees the file system.
 * Static folders, send_from_directory and the Socket.IO client go through it, so that all of them
 * have ETag, ranges, MIME types and the same wall around the folder. */
#ifndef MW_SERVER_FILE_SERVER_H
#define MW_SERVER_FILE_SERVER_H

#include "core/server/http_exchange.h"

struct file_server {
    void *ud;
    /* Answers the exchange with the file `path` below `folder`: 200, 206, 304, 416, with `extra`
     * headers added. False, and no answer, if there is no such regular file or the path leads out
     * of the folder. */
    bool (*serve)(void *ud, struct http_exchange *x, struct slice folder, struct slice path,
                  const struct http_header *extra, size_t extra_count);
};

#endif
