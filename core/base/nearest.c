/* Edit distance by three rows of the table: two for the last two rows, one for the current.
 * Option and field names are short, so words over NEAREST_LEN_MAX have no neighbour. Does not weigh
 * keys by their place on a keyboard. */
#include "core/base/nearest.h"

#include <ctype.h>

#define NEAREST_LEN_MAX 64

static int folded(char c)
{
    return c == '-' ? '_' : tolower((unsigned char)c);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* One row of the table: the costs of turning a[0..i] into each start of b. */
static void nearest_row(struct slice a, struct slice b, size_t i,
                        size_t rows[3][NEAREST_LEN_MAX + 1])
{
    size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *twice_above = rows[(i + 1) % 3];
    row[0] = i;
    for (size_t j = 1; j <= b.len; j++) {
        int x = folded(a.ptr[i - 1]), y = folded(b.ptr[j - 1]);
        row[j] = least(above[j - 1] + (x != y), 1 + least(above[j], row[j - 1]));
        if (i > 1 && j > 1 && x == folded(b.ptr[j - 2]) && folded(a.ptr[i - 2]) == y)
            row[j] = least(row[j], twice_above[j - 2] + 1);
    }
}

static size_t nearest_distance(struct slice a, struct slice b)
{
    size_t rows[3][NEAREST_LEN_MAX + 1];
    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.len; i++)
        nearest_row(a, b, i, rows);
    return rows[a.len % 3][b.len];
}

const char *nearest_find(struct slice word, const char *const *names)
{
    const char *found = NULL;
    size_t best = word.len / 3 ? word.len / 3 + 1 : 2;
    if (word.len > NEAREST_LEN_MAX)
        return NULL;
    for (; *names; names++) {
        struct slice name = slice_str(*names);
        size_t distance = name.len > NEAREST_LEN_MAX ? best : nearest_distance(word, name);
        if (distance >= best)
            continue;
        best = distance;
        found = *names;
    }
    return found;
}
