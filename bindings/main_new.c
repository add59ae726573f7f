/* See main_new.h. A folder with anything in it is refused, so that nobody's work is written over.
 * Where a file names @MODULES@, it gets the search path of the module that busted loads; for
 * @TYPES@, the folder of the stubs that an editor reads. */
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

/* The program's folder, with its slash. */
static void put_program_folder(struct buf *out)
{
    char program[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", program, sizeof(program));
    while (len > 0 && program[len - 1] != '/')
        len--;
    buf_append(out, program, len > 0 ? (size_t)len : 0);
}

/* Beside the program, as the build leaves it, or in Lua's folder beside the program's. */
static void put_modules(struct buf *out)
{
    put_program_folder(out);
    buf_append_str(out, "?.so;");
    put_program_folder(out);
    buf_append_str(out, "../lib/lua/5.4/?.so;;");
}

/* Those that were installed with the program, or else the tree's that it was built from. */
static void put_types(struct buf *out)
{
    size_t len = out->len;
    put_program_folder(out);
    buf_append(out, "../share/moonwire/types", sizeof("../share/moonwire/types"));
    bool installed = access(out->ptr + len, R_OK) == 0;
    out->len = installed ? out->len - 1 : len;
    if (!installed)
        buf_append_str(out, MW_TYPES_DIR);
}

static const struct {
    const char *mark;
    void (*put)(struct buf *out);
} marks[] = {{"@MODULES@", put_modules}, {"@TYPES@", put_types}};

static void put_content(const struct starter_file *file, struct buf *out)
{
    struct slice rest = slice_make(file->bytes, file->len);
    for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
        struct slice mark = slice_str(marks[i].mark);
        const char *at = (const char *)memmem(rest.ptr, rest.len, mark.ptr, mark.len);
        if (!at)
            continue;
        buf_append(out, rest.ptr, (size_t)(at - rest.ptr));
        marks[i].put(out);
        rest = slice_skip(rest, (size_t)(at - rest.ptr) + mark.len);
    }
    buf_append_slice(out, rest);
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
