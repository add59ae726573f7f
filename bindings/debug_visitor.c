/* See debug_visitor.h. */
#include "bindings/debug_visitor.h"

/* Without the port, and the brackets of an IPv6 address. */
static struct slice name_of(struct slice host)
{
    host = slice_trim(host);
    if (host.len && host.ptr[0] == '[')
        return slice_make(host.ptr + 1, slice_index(slice_skip(host, 1), ']'));
    return slice_make(host.ptr, slice_index(host, ':'));
}

static bool consists_of(struct slice text, const char *characters)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!strchr(characters, text.ptr[i]))
            return false;
    }
    return text.len > 0;
}

/* No name that the DNS knows ends in a number, so that browsers take this for an address. */
static bool is_address(struct slice name)
{
    bool six = slice_index(name, ':') < name.len;
    return consists_of(name, six ? "0123456789abcdefABCDEF:." : "0123456789.");
}

static bool is_localhost(struct slice name)
{
    struct slice end = SLICE("localhost");
    if (name.len < end.len)
        return false;
    size_t before = name.len - end.len;
    return slice_equal_nocase(slice_skip(name, before), end) &&
           (before == 0 || name.ptr[before - 1] == '.');
}

bool debug_visitor_is_local(struct slice host)
{
    return is_localhost(host) || slice_equal(host, SLICE("::1")) ||
           (slice_starts_with(host, SLICE("127.")) && is_address(host));
}

bool debug_visitor_trusted(const struct http_request *request, const struct config *config)
{
    struct slice host = http_request_header(request, "Host");
    struct slice name = name_of(host);
    return !host.ptr || is_address(name) || is_localhost(name) ||
           slice_equal_nocase(name, slice_str(config->host));
}
