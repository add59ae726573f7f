/* Which media type a file name means.
 * The types that browsers care about: a module or a WebAssembly file under the wrong one does not
 * run at all. */
#include "core/net/mime.h"

static const struct {
    const char *extension, *type;
} types[] = {
    {"html", "text/html; charset=utf-8"},
    {"htm", "text/html; charset=utf-8"},
    {"css", "text/css; charset=utf-8"},
    {"js", "text/javascript; charset=utf-8"},
    {"mjs", "text/javascript; charset=utf-8"},
    {"cjs", "text/javascript; charset=utf-8"},
    {"json", "application/json; charset=utf-8"},
    {"map", "application/json; charset=utf-8"},
    {"webmanifest", "application/manifest+json; charset=utf-8"},
    {"txt", "text/plain; charset=utf-8"},
    {"md", "text/markdown; charset=utf-8"},
    {"csv", "text/csv; charset=utf-8"},
    {"vtt", "text/vtt; charset=utf-8"},
    {"xml", "text/xml; charset=utf-8"},
    {"svg", "image/svg+xml; charset=utf-8"},
    {"png", "image/png"},
    {"jpg", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"gif", "image/gif"},
    {"webp", "image/webp"},
    {"avif", "image/avif"},
    {"bmp", "image/bmp"},
    {"ico", "image/x-icon"},
    {"wasm", "application/wasm"},
    {"pdf", "application/pdf"},
    {"zip", "application/zip"},
    {"gz", "application/gzip"},
    {"woff", "font/woff"},
    {"woff2", "font/woff2"},
    {"ttf", "font/ttf"},
    {"otf", "font/otf"},
    {"mp3", "audio/mpeg"},
    {"ogg", "audio/ogg"},
    {"oga", "audio/ogg"},
    {"opus", "audio/ogg"},
    {"wav", "audio/wav"},
    {"flac", "audio/flac"},
    {"m4a", "audio/mp4"},
    {"weba", "audio/webm"},
    {"mp4", "video/mp4"},
    {"webm", "video/webm"},
    {"ogv", "video/ogg"},
    {"glb", "model/gltf-binary"},
    {"gltf", "model/gltf+json"},
};

const char *mime_type(struct slice file_name)
{
    size_t dot = file_name.len;
    while (dot > 0 && file_name.ptr[dot - 1] != '.' && file_name.ptr[dot - 1] != '/')
        dot--;
    if (dot == 0 || file_name.ptr[dot - 1] != '.')
        return "application/octet-stream";
    struct slice extension = slice_skip(file_name, dot);
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        if (slice_equal_nocase(extension, slice_str(types[i].extension)))
            return types[i].type;
    }
    return "application/octet-stream";
}
