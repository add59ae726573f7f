/* SipHash with one round a word and three at the end: what hash tables use against chosen keys.
 * Its key is the third and last mutable static of the core: a hash has no caller to carry it. */
#include "core/base/hash.h"

#include <string.h>
#include <sys/random.h>

struct sip {
    uint64_t a, b, c, d;
};

static uint64_t rotate(uint64_t x, unsigned by)
{
    return x << by | x >> (64 - by);
}

static void sip_round(struct sip *s)
{
    s->a += s->b;
    s->b = rotate(s->b, 13) ^ s->a;
    s->a = rotate(s->a, 32);
    s->c += s->d;
    s->d = rotate(s->d, 16) ^ s->c;
    s->a += s->d;
    s->d = rotate(s->d, 21) ^ s->a;
    s->c += s->b;
    s->b = rotate(s->b, 17) ^ s->c;
    s->c = rotate(s->c, 32);
}

static void sip_word(struct sip *s, uint64_t word)
{
    s->d ^= word;
    sip_round(s);
    s->a ^= word;
}

static uint64_t hash_secret[2];

/* The key of this process. A system without random bytes yet gets the address of a variable
 * instead: a table may be slow then, never wrong. */
static const uint64_t *hash_key(void)
{
    if (!hash_secret[0] &&
        getrandom(hash_secret, sizeof(hash_secret), 0) != (ssize_t)sizeof(hash_secret))
        hash_secret[0] = (uint64_t)(uintptr_t)&hash_secret | 1;
    return hash_secret;
}

uint32_t hash_bytes(const void *bytes, size_t len)
{
    const unsigned char *at = (const unsigned char *)bytes;
    const uint64_t *key = hash_key();
    struct sip s = {key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
                    key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573)};
    uint64_t word, last = (uint64_t)len << 56;
    size_t left = len;

    for (; left >= 8; left -= 8, at += 8) {
        memcpy(&word, at, 8);
        sip_word(&s, word);
    }
    for (size_t i = 0; i < left; i++)
        last |= (uint64_t)at[i] << (8 * i);
    sip_word(&s, last);
    s.c ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(&s);
    uint64_t hash = s.a ^ s.b ^ s.c ^ s.d;
    return (uint32_t)(hash ^ hash >> 32);
}
