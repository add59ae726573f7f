/* See sources.h. */
#include "bindings/sources.h"

#include <stdio.h>

bool sources_read_file(const char *path, struct buf *out)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    size_t got, left = SOURCES_FILE_MAX;
    do {
        size_t want = left < 65536 ? left : 65536;
        got = fread(buf_reserve(out, want), 1, want, file);
        out->len += got;
        left -= got;
    } while (got && left);
    bool good = !ferror(file);
    fclose(file);
    return good;
}

void sources_dispose(struct sources *s)
{
    for (size_t i = 0; i < s->paths.count; i++)
        buf_dispose(&s->texts[i]);
    mem_free(s->texts);
    paths_dispose(&s->paths);
    *s = (struct sources){0};
}

void sources_read(struct sources *s, const struct paths *paths)
{
    sources_dispose(s);
    paths_add_all(&s->paths, paths);
    s->texts = (struct buf *)mem_zalloc((s->paths.count + 1) * sizeof(*s->texts));
    for (size_t i = 0; i < s->paths.count; i++)
        (void)sources_read_file(s->paths.at[i], &s->texts[i]);
}

struct slice sources_find(const struct sources *s, const char *path)
{
    for (size_t i = 0; i < s->paths.count; i++) {
        if (strcmp(s->paths.at[i], path) == 0)
            return buf_slice(&s->texts[i]);
    }
    return SLICE("");
}
