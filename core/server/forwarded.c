/* Reading the lists that proxies write, from their end: each adds what it saw behind what it was
 * given, so what a client made up stands before what the first trusted proxy saw of it. */
#include "core/server/forwarded.h"

#include "core/codec/ip.h"

static bool is_trusted(const char *trusted, struct slice address)
{
    struct slice lines = slice_str(trusted);
    struct ip_range range;
    struct ip ip;

    if (!ip_parse(address, &ip))
        return false;
    while (lines.len) {
        size_t end = slice_index(lines, '\n');
        if (ip_range_parse(slice_make(lines.ptr, end), &range) && ip_range_has(&range, &ip))
            return true;
        lines = slice_skip(lines, end < lines.len ? end + 1 : end);
    }
    return false;
}

/* Takes the last part of a list off it. */
static struct slice take_last(struct slice *list)
{
    size_t comma = list->len;
    while (comma && list->ptr[comma - 1] != ',')
        comma--;
    struct slice last = slice_trim(slice_skip(*list, comma));
    list->len = comma ? comma - 1 : 0;
    return last;
}

/* The part that is `back` before the last, all headers of that name being one list. False: there
 * are fewer, and *out is the first one, or empty. */
static bool from_end(const struct http_request *request, const char *name, size_t back,
                     struct slice *out)
{
    struct slice wanted = slice_str(name);

    *out = (struct slice){0};
    for (size_t i = request->header_count; i--;) {
        if (!slice_equal_nocase(request->headers[i].name, wanted))
            continue;
        struct slice list = request->headers[i].value;
        do {
            *out = take_last(&list);
            if (back-- == 0)
                return true;
        } while (list.len);
    }
    return false;
}

/* "[2001:db8::1]:4711" and "192.0.2.1:4711" without what is not the address. */
static struct slice without_port(struct slice address)
{
    if (address.len && address.ptr[0] == '[') {
        address = slice_skip(address, 1);
        return slice_make(address.ptr, slice_index(address, ']'));
    }
    size_t colon = slice_index(address, ':');
    bool has_one = colon < address.len &&
                   slice_index(slice_skip(address, colon + 1), ':') == address.len - colon - 1;
    return has_one ? slice_make(address.ptr, colon) : address;
}

/* Goes back from proxy to proxy as long as they are trusted; returns how many there were. */
static size_t follow(const char *trusted, struct http_request *parts)
{
    size_t hops = 0;
    struct slice part;
    struct ip ip;

    while (is_trusted(trusted, parts->remote_addr) &&
           from_end(parts, "X-Forwarded-For", hops, &part) && ip_parse(without_port(part), &ip)) {
        parts->remote_addr = without_port(part);
        hops++;
    }
    return hops;
}

void forwarded_apply(const char *trusted, struct http_request *parts)
{
    struct slice scheme;

    if (!trusted || !is_trusted(trusted, parts->remote_addr))
        return;
    size_t hops = follow(trusted, parts);
    from_end(parts, "X-Forwarded-Proto", hops ? hops - 1 : 0, &scheme);
    if (scheme.len)
        parts->is_secure =
            slice_equal_nocase(scheme, SLICE("https")) || slice_equal_nocase(scheme, SLICE("wss"));
}

struct slice forwarded_claim(const struct http_request *request, const char *name)
{
    struct slice list = http_request_header(request, name);
    return slice_trim(slice_make(list.ptr, slice_index(list, ',')));
}
