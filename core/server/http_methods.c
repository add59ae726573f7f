/* Lists of methods, walked as they are: they have two or three names.
 * The same walk answers whether a route takes a method and what a 405 has to name, so that the two
 * cannot differ. Knows no routes. */
#include "core/server/http_methods.h"

/* Takes the next name off *list; false at the end. */
static bool next_name(struct slice *list, struct slice *out)
{
    size_t end = slice_index(*list, '\n');
    *out = slice_make(list->ptr, end);
    *list = slice_skip(*list, end < list->len ? end + 1 : end);
    return out->len > 0;
}

bool http_methods_take(const char *list, struct slice method)
{
    struct slice rest = slice_str(list), name;
    bool is_head = slice_equal(method, SLICE("HEAD"));

    while (next_name(&rest, &name))
        if (slice_equal(name, method) || (is_head && slice_equal(name, SLICE("GET"))))
            return true;
    return false;
}

static bool is_named(struct slice method, const struct buf *header, size_t start)
{
    while (start < header->len) {
        struct slice rest = slice_skip(buf_slice(header), start);
        size_t end = slice_index(rest, ',');
        if (slice_equal(slice_trim(slice_make(rest.ptr, end)), method))
            return true;
        start += end + 1;
    }
    return false;
}

void http_methods_allow_one(struct slice method, struct buf *out, size_t start)
{
    if (is_named(method, out, start))
        return;
    if (out->len > start)
        buf_append_str(out, ", ");
    buf_append_slice(out, method);
}

void http_methods_allow(const char *list, struct buf *out, size_t start)
{
    struct slice rest = slice_str(list), name;

    while (next_name(&rest, &name)) {
        if (slice_equal(name, SLICE("OPTIONS")))
            continue;
        http_methods_allow_one(name, out, start);
        if (slice_equal(name, SLICE("GET")))
            http_methods_allow_one(SLICE("HEAD"), out, start);
    }
}
