/* The file server.
 * Opens, describes, decides, and hands the open file over to be read as it is sent. Where a file
 * may lie is folder.c's, what part of it is wanted http_range.c's. */
#include "core/net/static_files.h"
#include "core/base/clock.h"
#include "core/net/folder.h"
#include "core/net/http_date.h"
#include "core/net/http_range.h"
#include "core/net/mime.h"

#include <stdio.h>
#include <unistd.h>

#define OWN_HEADERS 7
#define ETAG_MAX 64

/* --- an open file, being sent --- */

struct file_source {
    int fd;
    off_t at;
};

static size_t source_read(void *ud, char *to, size_t cap)
{
    struct file_source *f = ud;
    ssize_t n = pread(f->fd, to, cap, f->at);
    if (n <= 0)
        return 0;
    f->at += n;
    return (size_t)n;
}

static void source_close(void *ud)
{
    struct file_source *f = ud;
    close(f->fd);
    mem_free(f);
}

static struct http_source source_create(int fd, uint64_t from, uint64_t len)
{
    struct file_source *f = mem_alloc(sizeof(*f));
    *f = (struct file_source){.fd = fd, .at = (off_t)from};
    return (struct http_source){.ud = f, .len = len, .read = source_read, .close = source_close};
}

/* --- the response --- */

struct reply {
    char etag[ETAG_MAX];
    char modified[HTTP_DATE_LEN + 1];
    char range[80];
    const struct http_header *extra;
    size_t extra_count;
    struct http_header *headers;
    size_t count;
};

static void put(struct reply *r, const char *name, struct slice value)
{
    for (size_t i = 0; i < r->extra_count; i++) {
        if (slice_equal_nocase(r->extra[i].name, slice_str(name)))
            return;
    }
    r->headers[r->count++] = (struct http_header){slice_str(name), value};
}

static void reply_init(struct reply *r, const struct stat *st, const struct http_header *extra,
                       size_t extra_count)
{
    unsigned long long time_ns =
        (unsigned long long)st->st_mtim.tv_sec * NS_PER_S + (unsigned long long)st->st_mtim.tv_nsec;
    *r = (struct reply){.extra = extra, .extra_count = extra_count};
    snprintf(r->etag, sizeof(r->etag), "\"%llx-%llx-%llx\"", (unsigned long long)st->st_size,
             time_ns, (unsigned long long)st->st_ino);
    http_date_format(st->st_mtim.tv_sec, r->modified);
    r->headers = mem_alloc((OWN_HEADERS + extra_count) * sizeof(*r->headers));
    for (size_t i = 0; i < extra_count; i++)
        r->headers[r->count++] = extra[i];
    put(r, "ETag", slice_str(r->etag));
    put(r, "Last-Modified", slice_str(r->modified));
    put(r, "Cache-Control", SLICE("no-cache"));
}

static void put_content(struct reply *r, struct slice path)
{
    put(r, "Content-Type", slice_str(mime_type(path)));
    put(r, "X-Content-Type-Options", SLICE("nosniff"));
    put(r, "Accept-Ranges", SLICE("bytes"));
}

static void put_range(struct reply *r, uint64_t from, uint64_t len, uint64_t size)
{
    if (len)
        snprintf(r->range, sizeof(r->range), "bytes %llu-%llu/%llu", (unsigned long long)from,
                 (unsigned long long)(from + len - 1), (unsigned long long)size);
    else
        snprintf(r->range, sizeof(r->range), "bytes */%llu", (unsigned long long)size);
    put(r, "Content-Range", slice_str(r->range));
}

static void respond(struct http_exchange *x, struct reply *r, unsigned status,
                    const struct http_source *source)
{
    struct http_response response = {
        .status = status, .headers = r->headers, .header_count = r->count, .source = source};
    http_exchange_respond(x, &response);
    mem_free(r->headers);
}

/* Takes fd over. */
static void respond_with(struct http_exchange *x, struct slice path, int fd, const struct stat *st,
                         const struct http_header *extra, size_t extra_count)
{
    struct reply r;
    uint64_t from, len;
    unsigned status = 200;
    reply_init(&r, st, extra, extra_count);
    struct http_range_file file = {
        .size = (uint64_t)st->st_size, .modified_s = st->st_mtim.tv_sec, .etag = slice_str(r.etag)};
    switch (http_range_decide(x->request, &file, &from, &len)) {
    case HTTP_RANGE_NOT_MODIFIED:
        close(fd);
        respond(x, &r, 304, NULL);
        return;
    case HTTP_RANGE_IMPOSSIBLE:
        close(fd);
        put_range(&r, 0, 0, file.size);
        respond(x, &r, 416, NULL);
        return;
    case HTTP_RANGE_PART:
        put_range(&r, from, len, file.size);
        status = 206;
        break;
    case HTTP_RANGE_WHOLE:
        break;
    }
    put_content(&r, path);
    struct http_source source = source_create(fd, from, len);
    respond(x, &r, status, &source);
}

static bool serve(void *ud, struct http_exchange *x, struct slice folder, struct slice path,
                  const struct http_header *extra, size_t extra_count)
{
    static const struct http_header allow = {SLICE("Allow"), SLICE("GET, HEAD")};
    struct stat st;
    int fd = folder_open(folder, path, &st);
    if (fd < 0)
        return false;
    if (slice_equal(x->request->method, SLICE("GET")) ||
        slice_equal(x->request->method, SLICE("HEAD"))) {
        respond_with(x, path, fd, &st, extra, extra_count);
        return true;
    }
    close(fd);
    struct http_response refusal = {.status = 405, .headers = &allow, .header_count = 1};
    http_exchange_respond(x, &refusal);
    return true;
}

void static_files_init(struct file_server *out)
{
    *out = (struct file_server){.serve = serve};
}
