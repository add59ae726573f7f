/* See client_folder.h. A program that was installed is asked first, so that it needs no checkout.
 * The build's folder is compiled in. */
#include "bindings/client_folder.h"

#include <limits.h>
#include <unistd.h>

static bool holds_client(struct buf *folder)
{
    size_t len = folder->len;
    buf_append(folder, "/socket.io.js", sizeof("/socket.io.js"));
    bool found = access(folder->ptr, R_OK) == 0;
    folder->len = len;
    return found;
}

/* <folder of the program>/../share/moonwire/client */
static void installed_folder(struct buf *out)
{
    char program[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", program, sizeof(program));
    while (len > 0 && program[len - 1] != '/')
        len--;
    buf_append(out, program, len > 0 ? (size_t)len : 0);
    buf_append_str(out, "../share/moonwire/client");
}

bool client_folder_find(struct buf *out)
{
    installed_folder(out);
    if (holds_client(out))
        return true;
    buf_reset(out, PATH_MAX);
    buf_append_str(out, MW_CLIENT_DIR);
    if (holds_client(out))
        return true;
    buf_dispose(out);
    return false;
}
