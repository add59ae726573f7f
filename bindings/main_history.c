/* See main_history.h. The file is cut when it has grown to twice of what is read of it. */
#include "bindings/main_history.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct lines {
    char **at;
    size_t count;
};

/* False: there is no HOME. */
static bool find_file(struct buf *out, const char *ending)
{
    const char *home = getenv("HOME");
    if (!home || home[0] != '/')
        return false;
    buf_printf(out, "%s/.moonwire_history%s", home, ending);
    buf_append_char(out, '\0');
    return true;
}

static FILE *open_file(const char *ending, int flags, const char *mode)
{
    struct buf path = BUF_INIT;
    FILE *file = NULL;
    if (find_file(&path, ending)) {
        int fd = open(path.ptr, flags | O_CLOEXEC, S_IRUSR | S_IWUSR);
        file = fd >= 0 ? fdopen(fd, mode) : NULL;
        if (fd >= 0 && !file)
            close(fd);
    }
    buf_dispose(&path);
    return file;
}

static void read_lines(struct lines *out)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    FILE *file = open_file("", O_RDONLY, "r");
    *out = (struct lines){0};
    while (file && (len = getline(&line, &cap, file)) >= 0) {
        size_t size = (out->count + 1) * sizeof(*out->at);
        out->at = (char **)mem_realloc(out->at, size);
        out->at[out->count++] = mem_dup(line, (size_t)len - (line[len - 1] == '\n'));
    }
    free(line);
    if (file)
        fclose(file);
}

/* Writes the lines from `first` on beside the file, and renames. */
static void cut(const struct lines *lines, size_t first)
{
    struct buf from = BUF_INIT, to = BUF_INIT;
    FILE *file = open_file(".new", O_WRONLY | O_CREAT | O_TRUNC, "w");
    if (!file)
        return;
    for (size_t i = first; i < lines->count; i++)
        fprintf(file, "%s\n", lines->at[i]);
    if (fclose(file) == 0 && find_file(&from, ".new") && find_file(&to, ""))
        (void)rename(from.ptr, to.ptr);
    buf_dispose(&from);
    buf_dispose(&to);
}

void history_each(void (*fn)(void *ud, const char *line), void *ud)
{
    struct lines lines;
    read_lines(&lines);
    size_t first = lines.count > HISTORY_LINES ? lines.count - HISTORY_LINES : 0;
    for (size_t i = first; i < lines.count; i++)
        fn(ud, lines.at[i]);
    if (lines.count > (size_t)2 * HISTORY_LINES)
        cut(&lines, first);
    for (size_t i = 0; i < lines.count; i++)
        mem_free(lines.at[i]);
    mem_free(lines.at);
}

void history_add(const char *line)
{
    FILE *file = open_file("", O_WRONLY | O_APPEND | O_CREAT, "a");
    if (!file)
        return;
    fprintf(file, "%s\n", line);
    fclose(file);
}
