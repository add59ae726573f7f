/* See console_folder.h. A console may be started where the environment is another than the
 * server's (a login, cron, a service), so it looks in each of the places. */
#include "core/net/console_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENDING ".sock"

/* NULL: the environment names none. */
static const char *named_folder(const char *variable)
{
    const char *folder = getenv(variable);
    return folder && folder[0] == '/' ? folder : NULL;
}

/* Root keeps a user's environment under some sudo, and would take the place for itself. */
static bool has_runtime_folder(void)
{
    const char *folder = named_folder("XDG_RUNTIME_DIR");
    struct stat st;
    return folder && stat(folder, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid();
}

static void put_temporary(struct buf *out)
{
    const char *folder = named_folder("TMPDIR");
    buf_printf(out, "%s/moonwire-%u", folder ? folder : "/tmp", (unsigned)geteuid());
    buf_append_char(out, '\0');
}

static void put_runtime(struct buf *out)
{
    const char *folder = named_folder("XDG_RUNTIME_DIR");
    if (folder)
        buf_printf(out, "%s/moonwire", folder);
    else
        buf_printf(out, "/run/user/%u/moonwire", (unsigned)geteuid());
    buf_append_char(out, '\0');
}

/* NULL, or why it is not to be trusted. */
static const char *judge(const struct stat *st)
{
    if (st->st_uid != geteuid())
        return "it belongs to somebody else";
    if (st->st_mode & (S_IRWXG | S_IRWXO))
        return "others may open it (chmod 700 would close it)";
    return NULL;
}

/* NULL: the folder is its owner's alone. */
static const char *examine(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return strerror(errno);
    const char *wrong = fstat(fd, &st) == 0 ? judge(&st) : strerror(errno);
    close(fd);
    return wrong;
}

bool console_folder_make(struct buf *out_path, struct buf *out_error)
{
    if (has_runtime_folder())
        put_runtime(out_path);
    else
        put_temporary(out_path);
    const char *path = out_path->ptr;
    out_path->len--;
    const char *wrong =
        mkdir(path, S_IRWXU) == 0 || errno == EEXIST ? examine(path) : strerror(errno);
    if (wrong)
        buf_printf(out_error, "the folder %s cannot be used: %s", path, wrong);
    return !wrong;
}

/* --- finding --- */

static int is_socket_name(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > strlen(ENDING) && strcmp(entry->d_name + len - strlen(ENDING), ENDING) == 0;
}

static void each_in(const char *folder, void (*fn)(void *ud, const char *path), void *ud)
{
    struct dirent **entries;
    int count = examine(folder) ? -1 : scandir(folder, &entries, is_socket_name, alphasort);
    struct buf path = BUF_INIT;
    for (int i = 0; i < count; i++) {
        buf_reset(&path, 4096);
        buf_printf(&path, "%s/%s", folder, entries[i]->d_name);
        buf_append_char(&path, '\0');
        fn(ud, path.ptr);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    buf_dispose(&path);
}

void console_folder_each(void (*fn)(void *ud, const char *path), void *ud)
{
    struct buf path = BUF_INIT;
    put_runtime(&path);
    each_in(path.ptr, fn, ud);
    buf_reset(&path, 4096);
    put_temporary(&path);
    each_in(path.ptr, fn, ud);
    buf_dispose(&path);
}
