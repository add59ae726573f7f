/* See debug_file.h. */
#include "bindings/debug_file.h"

static void serve(const struct debug_file *file, struct http_exchange *x)
{
    static const struct http_header headers[] = {
        {SLICE("Content-Type"), SLICE("text/javascript; charset=utf-8")},
        {SLICE("Cache-Control"), SLICE("no-cache")},
        {SLICE("X-Content-Type-Options"), SLICE("nosniff")}};
    struct http_response response = {.status = 200,
                                     .headers = headers,
                                     .header_count = sizeof(headers) / sizeof(*headers),
                                     .body = slice_make(file->bytes, file->len)};
    http_exchange_respond(x, &response);
}

bool debug_file_serve(struct slice name, struct http_exchange *x)
{
    for (const struct debug_file *file = debug_files; file->path; file++) {
        if (!slice_equal(name, slice_str(file->path)))
            continue;
        serve(file, x);
        return true;
    }
    return false;
}
