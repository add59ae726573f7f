/* Opens a file below a folder.
 * Names are judged before the disk is asked, so that a forbidden one cannot be told from a missing
 * one by the time it takes. It reads nothing. */
#include "core/net/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

/* O_NONBLOCK: a pipe in the folder must not stop the loop before it is found to be one. */
#define FILE_FLAGS (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

/* `..`, `.git`, `.env`, and the empty part of `a//b`. */
static bool parts_allowed(struct slice path)
{
    while (path.len) {
        size_t len = slice_index(path, '/');
        if (len == 0 || path.ptr[0] == '.')
            return false;
        path = slice_skip(path, len < path.len ? len + 1 : len);
    }
    return true;
}

static bool copy_path(struct slice path, char out[PATH_MAX])
{
    if (path.len == 0 || path.len >= PATH_MAX || slice_index(path, 0) < path.len)
        return false;
    memcpy(out, path.ptr, path.len);
    out[path.len] = 0;
    return true;
}

/* For kernels before 5.6 and sandboxes that do not know openat2: part by part, without links. */
static int open_walking(int at, char *path)
{
    int fd = dup(at);
    char *part = path, *slash;
    while (fd >= 0 && (slash = strchr(part, '/')) != NULL) {
        *slash = 0;
        int next = openat(fd, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        close(fd);
        fd = next;
        part = slash + 1;
    }
    if (fd < 0)
        return -1;
    int file = openat(fd, part, FILE_FLAGS | O_NOFOLLOW);
    close(fd);
    return file;
}

static int open_beneath(int at, char *path)
{
    struct open_how how = {.flags = FILE_FLAGS, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    int fd = (int)syscall(SYS_openat2, at, path, &how, sizeof(how));
    if (fd < 0 && (errno == ENOSYS || errno == EPERM || errno == EINVAL))
        fd = open_walking(at, path);
    return fd;
}

int folder_open(struct slice folder, struct slice path, struct stat *out)
{
    char folder_path[PATH_MAX], file_path[PATH_MAX];
    if (!copy_path(folder, folder_path) || !copy_path(path, file_path) || !parts_allowed(path))
        return -1;
    int at = open(folder_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (at < 0)
        return -1;
    int fd = open_beneath(at, file_path);
    close(at);
    if (fd < 0)
        return -1;
    if (fstat(fd, out) == 0 && S_ISREG(out->st_mode))
        return fd;
    close(fd);
    return -1;
}
