/* The origin check and the headers that let a browser read the answer.
 * As python-engineio has it: an allowed origin is echoed with credentials allowed, also for "*",
 * because cookies are how load balancers keep long-polling on one node. */
#include "core/server/cors.h"

#include "core/server/forwarded.h"

static bool has_suffix(struct slice s, struct slice suffix)
{
    return s.len >= suffix.len && slice_equal(slice_skip(s, s.len - suffix.len), suffix);
}

/* Is the origin scheme://host, the scheme's own port left out or not? */
static bool is_origin_of(struct slice origin, struct slice scheme, struct slice host)
{
    bool is_https = slice_equal_nocase(scheme, SLICE("https"));
    struct slice port = is_https ? SLICE(":443") : SLICE(":80");

    if (host.len == 0 || origin.len < scheme.len + 3)
        return false;
    /* A browser leaves the scheme's own port out; whoever wrote Host may not have. */
    if (has_suffix(host, port))
        host.len -= port.len;
    struct slice rest = slice_skip(origin, scheme.len);
    return slice_equal_nocase(slice_make(origin.ptr, scheme.len), scheme) &&
           slice_starts_with(rest, SLICE("://")) && slice_equal_nocase(slice_skip(rest, 3), host);
}

/* Is it the origin of the page that this server itself sent, directly or by a proxy that ends TLS?
 * Any program can write the headers of a proxy, but a page of another origin cannot, and it is
 * pages that this check is for (python-engineio reads them, too). */
static bool is_own(const struct http_request *request, struct slice origin)
{
    struct slice scheme = request->is_secure ? SLICE("https") : SLICE("http");
    struct slice host = http_request_header(request, "Host");
    struct slice outer_scheme = forwarded_claim(request, "X-Forwarded-Proto");
    struct slice outer_host = forwarded_claim(request, "X-Forwarded-Host");

    return is_origin_of(origin, scheme, host) ||
           is_origin_of(origin, outer_scheme.len ? outer_scheme : scheme,
                        outer_host.len ? outer_host : host);
}

static bool is_listed(struct slice allowed, struct slice origin)
{
    while (allowed.len) {
        size_t end = slice_index(allowed, '\n');
        if (slice_equal_nocase(slice_make(allowed.ptr, end), origin))
            return true;
        allowed = slice_skip(allowed, end < allowed.len ? end + 1 : end);
    }
    return false;
}

/* Is it safe to echo in a header? */
static bool is_printable(struct slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] < ' ' || s.ptr[i] == 0x7f)
            return false;
    return true;
}

static bool has_scheme(struct slice origin, struct slice scheme)
{
    return origin.len >= scheme.len &&
           slice_equal_nocase(slice_make(origin.ptr, scheme.len), scheme);
}

/* Could a page of some site have sent it? These have scheme://host or "null" (HTML, "serialization
 * of an origin"); Arduino libraries write their own name, or "file://". No page lies at ws://,
 * where the Swift client (Starscream) says that it comes from. */
static bool is_of_site(struct slice origin)
{
    struct slice rest = origin;
    if (slice_equal(origin, SLICE("file://")) || has_scheme(origin, SLICE("ws://")) ||
        has_scheme(origin, SLICE("wss://")))
        return false;
    while (rest.len && !slice_starts_with(rest, SLICE("://")))
        rest = slice_skip(rest, 1);
    return rest.len || origin.len == 0 || slice_equal(origin, SLICE("null"));
}

bool cors_allows(const char *allowed, const struct http_request *request)
{
    struct slice origin = http_request_header(request, "Origin");

    if (!origin.ptr)
        return true;
    if (!is_printable(origin))
        return false;
    if (!is_of_site(origin))
        return true;
    if (!allowed)
        return is_own(request, origin);
    return strcmp(allowed, "*") == 0 || is_listed(slice_str(allowed), origin);
}

static size_t preflight_headers(const struct http_request *request, struct http_header *out)
{
    struct slice asked = http_request_header(request, "Access-Control-Request-Headers");
    size_t count = 0;

    out[count++] =
        (struct http_header){SLICE("Access-Control-Allow-Methods"), SLICE("OPTIONS, GET, POST")};
    out[count++] = (struct http_header){SLICE("Access-Control-Max-Age"), SLICE("7200")};
    if (asked.len && is_printable(asked))
        out[count++] = (struct http_header){SLICE("Access-Control-Allow-Headers"), asked};
    return count;
}

size_t cors_headers(const char *allowed, const struct http_request *request, bool preflight,
                    struct http_header out[CORS_HEADERS_MAX])
{
    struct slice origin = http_request_header(request, "Origin");
    size_t count = 0;

    if (!origin.ptr || !cors_allows(allowed, request))
        return 0;
    out[count++] = (struct http_header){SLICE("Access-Control-Allow-Origin"), origin};
    out[count++] = (struct http_header){SLICE("Access-Control-Allow-Credentials"), SLICE("true")};
    out[count++] = (struct http_header){SLICE("Vary"), SLICE("Origin")};
    if (preflight)
        count += preflight_headers(request, out + count);
    return count;
}
