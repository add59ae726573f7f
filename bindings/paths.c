/* See paths.h. Scripts are made of a few files, so a list that is searched from its start will do.
 */
#include "bindings/paths.h"

#include "core/base/mem.h"
#include <string.h>

void paths_dispose(struct paths *p)
{
    for (size_t i = 0; i < p->count; i++)
        mem_free(p->at[i]);
    mem_free(p->at);
    *p = (struct paths){0};
}

bool paths_has(const struct paths *p, const char *path)
{
    for (size_t i = 0; i < p->count; i++) {
        if (strcmp(p->at[i], path) == 0)
            return true;
    }
    return false;
}

void paths_add(struct paths *p, const char *path)
{
    if (paths_has(p, path))
        return;
    if (p->count == p->_cap) {
        p->_cap = p->_cap ? p->_cap * 2 : 8;
        p->at = (char **)mem_realloc(p->at, p->_cap * sizeof(*p->at));
    }
    p->at[p->count++] = mem_dup(path, strlen(path));
}

void paths_add_all(struct paths *p, const struct paths *from)
{
    for (size_t i = 0; i < from->count; i++)
        paths_add(p, from->at[i]);
}

void paths_move(struct paths *from, struct paths *to)
{
    paths_dispose(to);
    *to = *from;
    *from = (struct paths){0};
}
