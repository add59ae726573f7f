/* The patterns of URL rules: how they rank, and how they match.
 * A pattern may hold several captures (`<a>-<b>`), so matching goes back on its choices; it notes
 * what failed, so that no path can make it try the same thing twice. Captures prefer what
 * werkzeug's regular expressions do: string, int and float the longest text, path the shortest. */
#include "core/server/http_rule.h"

#include <ctype.h>

struct slice http_part_text(const struct http_part *part)
{
    return part->count ? part->pieces[0].text : SLICE("");
}

/* The pieces that speak of the segment at hand: those before the first slash of a rest. What
 * follows must not count at first: `/<path:p>/edit` is not to be asked before `/<name>/edit`, as it
 * would be in werkzeug 2.2. */
static size_t head_count(const struct http_part *part)
{
    for (size_t i = 0; i < part->count; i++) {
        struct slice text = part->pieces[i].text;
        size_t slash = part->pieces[i].is_capture ? text.len : slice_index(text, '/');
        if (slash < text.len)
            return slash ? i + 1 : i;
    }
    return part->count;
}

static size_t count_of(const struct http_part *part, size_t count, bool captures)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += part->pieces[i].is_capture == captures;
    return found;
}

/* What a piece says about the path: a text its length, a capture how strict it is. */
static int rank_of(const struct http_piece *piece)
{
    static const int strictness[] = {
        [HTTP_CAPTURE_INT] = 2,
        [HTTP_CAPTURE_FLOAT] = 2,
        [HTTP_CAPTURE_STRING] = 1,
        [HTTP_CAPTURE_PATH] = 0,
    };
    return piece->is_capture ? strictness[piece->type] : (int)piece->text.len;
}

/* More pieces of the kind first, then the first piece that ranks higher. */
static int compare_kind(const struct http_part *a, size_t a_count, const struct http_part *b,
                        size_t b_count, bool captures)
{
    size_t i = 0, j = 0;
    size_t in_a = count_of(a, a_count, captures), in_b = count_of(b, b_count, captures);

    if (in_a != in_b)
        return in_a > in_b ? -1 : 1;
    for (; in_a; in_a--, i++, j++) {
        while (a->pieces[i].is_capture != captures)
            i++;
        while (b->pieces[j].is_capture != captures)
            j++;
        if (rank_of(&a->pieces[i]) != rank_of(&b->pieces[j]))
            return rank_of(&b->pieces[j]) - rank_of(&a->pieces[i]);
    }
    return 0;
}

static int compare_first(const struct http_part *a, size_t a_count, const struct http_part *b,
                         size_t b_count)
{
    int order = compare_kind(a, a_count, b, b_count, false);
    return order ? order : compare_kind(a, a_count, b, b_count, true);
}

int http_part_compare(const struct http_part *a, const struct http_part *b)
{
    int order = compare_first(a, head_count(a), b, head_count(b));
    return order ? order : compare_first(a, a->count, b, b->count);
}

bool http_part_same(const struct http_part *a, const struct http_part *b)
{
    if (a->count != b->count || a->slash_may_lack != b->slash_may_lack)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct http_piece *p = &a->pieces[i], *q = &b->pieces[i];
        if (p->is_capture != q->is_capture)
            return false;
        if (p->is_capture ? p->type != q->type : !slice_equal(p->text, q->text))
            return false;
    }
    return true;
}

struct match {
    const struct http_part *part;
    struct slice text;
    struct slice *captures;
    unsigned char *failed; /* by piece and place; NULL: one capture, nothing to try twice */
};

static size_t digits_end(struct slice text, size_t at)
{
    while (at < text.len && isdigit((unsigned char)text.ptr[at]))
        at++;
    return at;
}

/* The ends that a capture at `at` can have: from *least to *most. */
static bool extent(enum http_capture_type type, struct slice text, size_t at, size_t *least,
                   size_t *most)
{
    *least = at + 1;
    *most = at;
    switch (type) {
    case HTTP_CAPTURE_STRING:
        *most = at + slice_index(slice_skip(text, at), '/');
        break;
    case HTTP_CAPTURE_INT:
        *most = digits_end(text, at);
        break;
    case HTTP_CAPTURE_FLOAT: {
        size_t point = digits_end(text, at);
        if (point == at || point == text.len || text.ptr[point] != '.')
            return false;
        *least = point + 2;
        *most = digits_end(text, point + 1);
        break;
    }
    case HTTP_CAPTURE_PATH:
        *most = at < text.len && text.ptr[at] != '/' ? text.len : at;
        break;
    }
    return *least <= *most;
}

static bool match_from(struct match *m, size_t i, size_t at, size_t capture);

static bool match_capture(struct match *m, size_t i, size_t at, size_t capture)
{
    enum http_capture_type type = m->part->pieces[i].type;
    size_t least, most;

    if (!extent(type, m->text, at, &least, &most))
        return false;
    for (size_t step = 0; step <= most - least; step++) {
        size_t end = type == HTTP_CAPTURE_PATH ? least + step : most - step;
        m->captures[capture] = slice_make(m->text.ptr + at, end - at);
        if (match_from(m, i + 1, end, capture + 1))
            return true;
    }
    return false;
}

/* Do the pieces from the i-th on accept the text from `at` on? */
static bool match_from(struct match *m, size_t i, size_t at, size_t capture)
{
    if (i == m->part->count)
        return at == m->text.len;
    unsigned char *failed = m->failed ? &m->failed[i * (m->text.len + 1) + at] : NULL;
    if (failed && *failed)
        return false;

    const struct http_piece *piece = &m->part->pieces[i];
    bool ok;
    if (piece->is_capture)
        ok = match_capture(m, i, at, capture);
    else
        ok = slice_starts_with(slice_skip(m->text, at), piece->text) &&
             match_from(m, i + 1, at + piece->text.len, capture);
    if (failed && !ok)
        *failed = 1;
    return ok;
}

bool http_part_match(const struct http_part *part, struct slice text, struct slice *out_captures)
{
    struct match m = {.part = part, .text = text, .captures = out_captures};

    if (part->captures > 1) {
        size_t size = part->count * (text.len + 1);
        m.failed = mem_try_alloc(size);
        if (!m.failed)
            return false;
        memset(m.failed, 0, size);
    }
    bool ok = match_from(&m, 0, 0, 0);
    mem_free(m.failed);
    return ok;
}
