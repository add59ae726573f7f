/* See main_new.h. A folder with anything in it is refused, so that nobody's work is written over.
 * Where a file names @MODULES@, it gets the search path of the module that busted loads. */
#include "bindings/main_new.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail(struct buf *error, const char *what, const char *path)
{
    buf_printf(error, "cannot %s %s: %s", what, path, strerror(errno));
    return false;
}

static bool is_empty(const char *folder)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return true;
    struct dirent *entry;
    bool empty = true;
    while (empty && (entry = readdir(dir)))
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    closedir(dir);
    return empty;
}

/* Makes the folders that the path goes through. */
static bool make_folders(char *path, struct buf *error)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        bool made = mkdir(path, 0777) == 0 || errno == EEXIST;
        if (!made)
            fail(error, "make the folder", path);
        *slash = '/';
        if (!made)
            return false;
    }
    return true;
}

/* Beside the program, as the build leaves it, or in Lua's folder beside the program's. */
static void put_modules(struct buf *out)
{
    char program[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", program, sizeof(program));
    while (len > 0 && program[len - 1] != '/')
        len--;
    int folder = len > 0 ? (int)len : 0;
    buf_printf(out, "%.*s?.so;%.*s../lib/lua/5.4/?.so;;", folder, program, folder, program);
}

static void put_content(const struct starter_file *file, struct buf *out)
{
    const char *mark = (const char *)memmem(file->bytes, file->len, "@MODULES@", 9);
    if (!mark) {
        buf_append(out, file->bytes, file->len);
        return;
    }
    buf_append(out, file->bytes, (size_t)(mark - file->bytes));
    put_modules(out);
    buf_append(out, mark + 9, file->len - (size_t)(mark + 9 - file->bytes));
}

static bool write_file(const char *path, struct slice content, struct buf *error)
{
    FILE *file = fopen(path, "wbx");
    if (!file)
        return fail(error, "write", path);
    bool written = fwrite(content.ptr, 1, content.len, file) == content.len;
    written = fclose(file) == 0 && written;
    return written || fail(error, "write", path);
}

static bool make_file(const char *folder, const struct starter_file *file, struct buf *error)
{
    struct buf path = BUF_INIT, content = BUF_INIT;
    buf_printf(&path, "%s/%s", folder, file->path);
    buf_append_char(&path, '\0');
    put_content(file, &content);
    bool made = make_folders(path.ptr, error) && write_file(path.ptr, buf_slice(&content), error);
    buf_dispose(&path);
    buf_dispose(&content);
    return made;
}

bool new_project(const char *folder, struct buf *out_error)
{
    struct stat st;
    bool there = stat(folder, &st) == 0;
    if (there && (!S_ISDIR(st.st_mode) || !is_empty(folder))) {
        buf_printf(out_error, "%s is there already; new wants the name of a folder that is not",
                   folder);
        return false;
    }
    for (const struct starter_file *file = starter_files; file->path; file++) {
        if (!make_file(folder, file, out_error))
            return false;
    }
    return true;
}
