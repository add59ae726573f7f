/* IP addresses and ranges of them as text: "10.1.2.3", "fd00::/8".
 * Both versions are kept as version 6, so that 127.0.0.1 and ::ffff:127.0.0.1, which a server that
 * listens on both sees for one machine, are one address. Resolves no name. */
#ifndef MW_CODEC_IP_H
#define MW_CODEC_IP_H

#include "core/base/slice.h"

struct ip {
    unsigned char bytes[16];
};

struct ip_range {
    struct ip first;
    unsigned bits; /* of `first` that count, 0 to 128 */
};

/* An address, and nothing else. */
bool ip_parse(struct slice text, struct ip *out);
/* An address alone, or with the number of its bits that count. */
bool ip_range_parse(struct slice text, struct ip_range *out);
bool ip_range_has(const struct ip_range *range, const struct ip *ip);

#endif
