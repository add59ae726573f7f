/* See debug_exchange.h. */
#include "bindings/debug_exchange.h"

#include "bindings/debug_html.h"
#include "core/codec/query.h"

struct debug_exchange {
    struct http_exchange exchange; /* first: an exchange of ours is its debug_exchange */
    struct http_exchange *to;
    struct buf address;
    struct paths templates, *pieces;
};

/* --- is it a page? --- */

static struct slice header_of(const struct http_response *response, const char *name)
{
    for (size_t i = 0; i < response->header_count; i++) {
        if (slice_equal_nocase(response->headers[i].name, slice_str(name)))
            return response->headers[i].value;
    }
    return (struct slice){0};
}

/* HTML as it is, and all of it. */
static bool is_html(const struct http_response *response)
{
    struct slice type = header_of(response, "Content-Type");
    bool is = type.len >= 9 && slice_equal_nocase(slice_make(type.ptr, 9), SLICE("text/html"));
    return is && response->status != 204 && response->status != 206 && response->status != 304 &&
           !header_of(response, "Content-Encoding").ptr &&
           (!response->source || response->source->len <= DEBUG_EXCHANGE_FILE_MAX);
}

/* Does the browser open it as a page? Old ones, and those that ask for no secure address, do not
 * say: then it counts whether it begins as a document does. */
static bool is_opened(const struct http_request *request, bool whole)
{
    struct slice for_ = http_request_header(request, "Sec-Fetch-Dest");
    if (for_.ptr)
        return slice_equal(for_, SLICE("document")) || slice_equal(for_, SLICE("iframe")) ||
               slice_equal(for_, SLICE("frame"));
    return whole && !http_request_header(request, "X-Requested-With").ptr;
}

/* --- the script in it --- */

static void put_templates(const struct debug_exchange *d, struct buf *out)
{
    for (size_t i = 0; i < d->templates.count; i++) {
        buf_append_str(out, "&amp;uses=");
        query_encode(slice_str(d->templates.at[i]), true, out);
    }
}

static void put_tag(const struct debug_exchange *d, const struct http_response *response,
                    struct buf *out)
{
    struct slice method = d->exchange.request->method;
    struct slice nonce = debug_html_nonce(header_of(response, "Content-Security-Policy"));
    bool asked = slice_equal(method, SLICE("GET")) || slice_equal(method, SLICE("HEAD"));
    buf_append_str(out, "<script type=\"module\" async");
    if (nonce.len)
        buf_printf(out, " nonce=\"%.*s\"", SLICE_ARG(nonce));
    buf_append_str(out, " src=\"");
    buf_append_slice(out, buf_slice(&d->address));
    put_templates(d, out);
    buf_printf(out, "%s%s\"></script>", response->status >= 500 ? "&amp;failed=1" : "",
               asked ? "" : "&amp;sent=1");
}

static bool put_page(const struct debug_exchange *d, const struct http_response *response,
                     struct slice html, struct buf *out)
{
    bool whole;
    size_t place = debug_html_place(html, &whole);
    if (!is_opened(d->exchange.request, whole))
        return false;
    buf_append(out, html.ptr, place);
    put_tag(d, response, out);
    buf_append_slice(out, slice_skip(html, place));
    return true;
}

/* What tells one version of a file from another would not tell that the script in it is old. */
static bool is_for_caches(struct slice name)
{
    return slice_equal_nocase(name, SLICE("ETag")) ||
           slice_equal_nocase(name, SLICE("Last-Modified")) ||
           slice_equal_nocase(name, SLICE("Cache-Control")) ||
           slice_equal_nocase(name, SLICE("Accept-Ranges"));
}

static void respond_page(struct debug_exchange *d, const struct http_response *response,
                         struct slice page)
{
    struct http_response changed = *response;
    struct http_header *headers =
        (struct http_header *)mem_alloc((response->header_count + 1) * sizeof(*headers));
    size_t count = 0;
    for (size_t i = 0; i < response->header_count; i++) {
        if (!is_for_caches(response->headers[i].name))
            headers[count++] = response->headers[i];
    }
    headers[count++] = (struct http_header){SLICE("Cache-Control"), SLICE("no-store")};
    changed.headers = headers;
    changed.header_count = count;
    changed.body = page;
    changed.source = NULL;
    http_exchange_respond(d->to, &changed);
    mem_free(headers);
}

static bool read_source(const struct http_source *source, struct buf *out)
{
    while (out->len < source->len) {
        size_t left = (size_t)source->len - out->len;
        size_t got = source->read(source->ud, buf_reserve(out, left), left);
        if (got == 0)
            return false;
        out->len += got;
    }
    return true;
}

static void respond_piece(struct debug_exchange *d, const struct http_response *response)
{
    paths_add_all(d->pieces, &d->templates);
    http_exchange_respond(d->to, response);
}

static void respond_html(struct debug_exchange *d, const struct http_response *response)
{
    struct buf page = BUF_INIT;
    if (put_page(d, response, response->body, &page))
        respond_page(d, response, buf_slice(&page));
    else
        respond_piece(d, response);
    buf_dispose(&page);
}

static void respond_file(struct debug_exchange *d, const struct http_response *response)
{
    struct http_response read = *response;
    struct buf file = BUF_INIT;
    bool whole = read_source(response->source, &file);
    response->source->close(response->source->ud);
    read.source = NULL;
    read.body = buf_slice(&file);
    if (whole)
        respond_html(d, &read);
    else
        http_exchange_respond_text(d->to, 500, "text/plain; charset=utf-8",
                                   SLICE("The file cannot be read."));
    buf_dispose(&file);
}

/* --- the exchange --- */

static void respond(struct http_exchange *x, const struct http_response *response)
{
    struct debug_exchange *d = (struct debug_exchange *)x;
    d->to->on_gone = NULL;
    if (!is_html(response))
        respond_piece(d, response);
    else if (response->source)
        respond_file(d, response);
    else
        respond_html(d, response);
}

static void destroy(struct http_exchange *x)
{
    struct debug_exchange *d = (struct debug_exchange *)x;
    d->to->on_gone = NULL;
    http_exchange_unref(d->to);
    http_request_unref(x->request);
    buf_dispose(&d->address);
    paths_dispose(&d->templates);
    mem_free(d);
}

static const struct http_exchange_ops ops = {.respond = respond, .destroy = destroy};

static void on_gone(void *ud)
{
    http_exchange_gone((struct http_exchange *)ud);
}

struct http_exchange *debug_exchange_create(struct http_exchange *x, struct slice address,
                                            struct paths *pieces)
{
    struct debug_exchange *d = (struct debug_exchange *)mem_zalloc(sizeof(*d));
    http_exchange_init(&d->exchange, &ops, http_request_ref(x->request));
    d->exchange.body = x->body;
    d->exchange.body_too_large = x->body_too_large;
    buf_append_slice(&d->address, address);
    d->pieces = pieces;
    d->to = x;
    http_exchange_ref(x);
    x->on_gone = on_gone;
    x->on_gone_ud = d;
    return &d->exchange;
}

void debug_exchange_note_template(struct http_exchange *x, const char *name)
{
    paths_add(&((struct debug_exchange *)x)->templates, name);
}

bool debug_exchange_is(const struct http_exchange *x)
{
    return x->ops == &ops;
}
