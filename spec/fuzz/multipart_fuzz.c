/* Parts of a form are views of the body, one behind the other, and read the same when they are
 * written anew. */
#include "spec/fuzz/fuzz.h"

#include "core/base/buf.h"
#include "core/codec/multipart.h"

#define TYPE "multipart/form-data; boundary="

static bool has(struct slice text, const char *what, size_t len)
{
    return text.len && memmem(text.ptr, text.len, what, len);
}

/* What the decoder undoes in quotes, and a name that has it by other means cannot be written. */
static bool is_writable(struct slice name)
{
    return !has(name, "%22", 3) && !has(name, "%0", 2) && !has(name, "\0", 1);
}

static void put_quoted(struct buf *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '\r' || c == '\n')
            buf_append_str(out, c == '\r' ? "%0D" : "%0A");
        else if (c == '"' || c == '\\')
            buf_append(out, (char[2]){'\\', c}, 2);
        else
            buf_append_char(out, c);
    }
}

static void put_part(struct buf *out, const char *boundary, const struct multipart_part *part)
{
    buf_printf(out, "--%s\r\nContent-Disposition: form-data; name=\"", boundary);
    put_quoted(out, part->name);
    if (part->is_file) {
        buf_append_str(out, "\"; filename=\"");
        put_quoted(out, part->filename);
    }
    buf_printf(out, "\"\r\nContent-Type: %.*s\r\n\r\n", SLICE_ARG(part->content_type));
    buf_append_slice(out, part->content);
    buf_append_str(out, "\r\n");
}

static void put_read(struct buf *out, const struct multipart_part *part)
{
    const struct slice texts[] = {part->name, part->filename, part->content_type, part->content};
    buf_append_str(out, part->is_file ? "file" : "field");
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        buf_printf(out, " %zu:", texts[i].len);
        buf_append_slice(out, texts[i]);
    }
}

static bool has_controls(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (((unsigned char)c < ' ' && c != '\t' && c != '\r' && c != '\n') || c == 0x7f)
            return true;
    }
    return false;
}

/* Reads all parts, into `out`, and anew into `body`. False: they cannot be written so. */
static bool read_parts(struct slice type, struct slice text, const char *boundary, struct buf *out,
                       struct buf *body, enum err *out_error)
{
    struct multipart_reader r;
    struct multipart_part part;
    bool writable = true;
    const char *at = text.ptr;
    multipart_reader_init(&r, type, text);
    for (size_t headers; multipart_next(&r, &part); at = part.content.ptr + part.content.len) {
        require(is_inside(part.content, text) && part.content.ptr >= at, "parts follow each other");
        require(is_inside(part.content_type, text), "a type is a view of the body");
        require(part.is_file || !part.filename.len, "only files have file names");
        headers = part.name.len + part.filename.len + part.content_type.len;
        require(headers <= MULTIPART_HEADERS_MAX, "headers are bounded");
        writable = writable && headers < MULTIPART_HEADERS_MAX / 4 && is_writable(part.name) &&
                   is_writable(part.filename) && !has_controls(part.name) &&
                   !has_controls(part.filename);
        put_read(out, &part);
        put_part(body, boundary, &part);
    }
    buf_printf(body, "--%s--\r\n", boundary);
    require(r._count <= MULTIPART_PARTS_MAX + 1, "parts are bounded");
    require(!multipart_next(&r, &part), "the end stays the end");
    *out_error = r.error;
    return writable;
}

static void check_anew(struct slice input, const char *boundary, const struct buf *parts,
                       const struct buf *body)
{
    struct buf again = BUF_INIT, unused = BUF_INIT, type = BUF_INIT;
    enum err error;
    buf_printf(&type, TYPE "\"%s\"", boundary);
    if (!has(input, boundary, strlen(boundary))) {
        read_parts(buf_slice(&type), buf_slice(body), boundary, &again, &unused, &error);
        require(error == ERR_OK, "a form written anew is well formed");
        require(slice_equal(buf_slice(parts), buf_slice(&again)), "and reads the same");
    }
    buf_dispose(&again);
    buf_dispose(&unused);
    buf_dispose(&type);
}

/* The first line is the Content-Type. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char boundary[] = "another boundary:(='fuzz')";
    struct slice input = slice_make(data, size);
    struct slice type = slice_make(input.ptr, slice_index(input, '\n'));
    struct slice body = slice_skip(input, type.len + (type.len < size));
    struct buf parts = BUF_INIT, anew = BUF_INIT;
    enum err error;
    if (read_parts(type, body, boundary, &parts, &anew, &error))
        check_anew(input, boundary, &parts, &anew);
    buf_dispose(&parts);
    buf_dispose(&anew);
    return 0;
}
