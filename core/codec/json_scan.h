/* Finds the bytes of a JSON string that are not simply themselves.
 * Reader and writer share it: both pass over plain text eight bytes at a time. Private to the
 * codec. */
#ifndef MW_CODEC_JSON_SCAN_H
#define MW_CODEC_JSON_SCAN_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define EVERY_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

/* The top bit of each byte that is `"`, `\`, below 0x20 or above 0x7f. Borrows may mark bytes
 * behind a marked one, never before it. */
static inline uint64_t json_special_bits(uint64_t eight)
{
    uint64_t quote = eight ^ EVERY_BYTE('"'), slash = eight ^ EVERY_BYTE('\\');
    uint64_t below = (eight - EVERY_BYTE(0x20)) & ~eight;
    uint64_t equal = ((quote - EVERY_BYTE(1)) & ~quote) | ((slash - EVERY_BYTE(1)) & ~slash);
    return (eight | below | equal) & EVERY_BYTE(0x80);
}

static inline int json_is_special(unsigned char c)
{
    return c < 0x20 || c > 0x7f || c == '"' || c == '\\';
}

/* The first special byte at or after `at`, or `end`. */
static inline const char *json_scan_plain(const char *at, const char *end)
{
    while (end - at >= 8) {
        uint64_t eight;
        memcpy(&eight, at, sizeof(eight));
        uint64_t special = json_special_bits(le64toh(eight));
        if (special)
            return at + (__builtin_ctzll(special) >> 3);
        at += 8;
    }
    while (at < end && !json_is_special((unsigned char)*at))
        at++;
    return at;
}

#endif
