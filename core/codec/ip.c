/* Reading addresses is the C library's; what is here makes one kind of the two, and compares.
 * Bits beyond the length of a range are ignored, as in "10.1.2.3/8". */
#include "core/codec/ip.h"

#include <arpa/inet.h>

static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff}; /* ::ffff:0:0/96 */

static bool is_mapped(const struct ip *ip)
{
    return memcmp(ip->bytes, mapped, sizeof(mapped)) == 0;
}

bool ip_parse(struct slice text, struct ip *out)
{
    char ended[INET6_ADDRSTRLEN];

    if (text.len == 0 || text.len >= sizeof(ended) || slice_index(text, 0) < text.len)
        return false;
    memcpy(ended, text.ptr, text.len);
    ended[text.len] = 0;
    if (inet_pton(AF_INET6, ended, out->bytes) == 1)
        return true;
    memcpy(out->bytes, mapped, sizeof(mapped));
    return inet_pton(AF_INET, ended, out->bytes + sizeof(mapped)) == 1;
}

/* One to three digits, at most `most`. */
static bool read_bits(struct slice text, unsigned most, unsigned *out)
{
    unsigned bits = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        bits = bits * 10 + (unsigned)(text.ptr[i] - '0');
    }
    *out = bits;
    return text.len > 0 && text.len <= 3 && bits <= most;
}

bool ip_range_parse(struct slice text, struct ip_range *out)
{
    size_t slash = slice_index(text, '/');
    struct slice address = slice_make(text.ptr, slash);
    unsigned offset = slice_index(address, ':') == address.len ? 96 : 0; /* of a version 4 */

    out->bits = 128;
    if (!ip_parse(address, &out->first))
        return false;
    if (slash == text.len)
        return true;
    if (!read_bits(slice_skip(text, slash + 1), 128 - offset, &out->bits))
        return false;
    out->bits += offset;
    return true;
}

bool ip_range_has(const struct ip_range *range, const struct ip *ip)
{
    unsigned whole = range->bits / 8, rest = range->bits % 8;
    unsigned mask = 0xffu << (8 - rest) & 0xff;

    /* "::/0" says every address of version 6, and is no word on version 4. */
    if (range->bits < 96 && is_mapped(ip))
        return false;
    return memcmp(range->first.bytes, ip->bytes, whole) == 0 &&
           (rest == 0 || ((range->first.bytes[whole] ^ ip->bytes[whole]) & mask) == 0);
}
