/* Optimal string alignment: Levenshtein's distance where a swap of neighbours counts once.
 * Swapped letters are the commonest slip of fast hands, and plain Levenshtein counts two for them.
 * Rows are on the stack, so very long names are nobody's neighbours. */
#include "core/base/nearest.h"

#include <ctype.h>

#define LONGEST 63

static char fold(char c)
{
    return c == '-' ? '_' : (char)tolower((unsigned char)c);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* `b` is at most LONGEST long. Three rows of the table are kept: a swap looks two rows back. */
static size_t distance(struct slice a, struct slice b)
{
    size_t rows[3][LONGEST + 1];

    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t *row = rows[i % 3], *above = rows[(i - 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            char x = fold(a.ptr[i - 1]), y = fold(b.ptr[j - 1]);
            row[j] = least(above[j - 1] + (x != y), least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && x == fold(b.ptr[j - 2]) && y == fold(a.ptr[i - 2]))
                row[j] = least(row[j], rows[(i - 2) % 3][j - 2] + 1);
        }
    }
    return rows[a.len % 3][b.len];
}

/* Can the words be within `limit`? A difference in length is that many slips. */
static bool comparable(struct slice a, struct slice b, size_t limit)
{
    size_t gap = a.len > b.len ? a.len - b.len : b.len - a.len;
    return b.len <= LONGEST && gap <= limit;
}

const char *nearest_find(struct slice word, const char *const *names)
{
    size_t limit = word.len / 3 ? word.len / 3 : 1;
    const char *found = NULL;

    for (; *names; names++) {
        struct slice name = slice_str(*names);
        if (!comparable(word, name, limit))
            continue;
        size_t d = distance(word, name);
        if (d < limit || (d == limit && !found)) {
            limit = d;
            found = *names;
        }
    }
    return found;
}
