/* Draws random bytes by the pool and spells them in base64url.
 * Spent bytes are wiped: who reads the memory of the process later finds no session id to come.
 * Does not check for collisions: 120 random bits have none. */
#include "core/base/ident.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define IDENT_BYTES 15

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void ident_refill(struct ident_source *source)
{
    size_t have = 0;
    while (have < sizeof(source->_pool)) {
        ssize_t got = getrandom(source->_pool + have, sizeof(source->_pool) - have, 0);
        if (got < 0 && errno != EINTR) {
            fprintf(stderr, "moonwire: the system gives no random bytes: %s\n", strerror(errno));
            abort();
        }
        if (got > 0)
            have += (size_t)got;
    }
    source->_left = sizeof(source->_pool);
}

void ident_make(struct ident_source *source, char out[IDENT_LEN + 1])
{
    if (source->_left < IDENT_BYTES)
        ident_refill(source);
    unsigned char *bytes = source->_pool + sizeof(source->_pool) - source->_left;
    for (int i = 0; i < IDENT_BYTES / 3; i++) {
        unsigned triple = (unsigned)(bytes[i * 3] << 16 | bytes[i * 3 + 1] << 8 | bytes[i * 3 + 2]);
        out[i * 4] = alphabet[triple >> 18];
        out[i * 4 + 1] = alphabet[triple >> 12 & 63];
        out[i * 4 + 2] = alphabet[triple >> 6 & 63];
        out[i * 4 + 3] = alphabet[triple & 63];
    }
    out[IDENT_LEN] = '\0';
    explicit_bzero(bytes, IDENT_BYTES);
    source->_left -= IDENT_BYTES;
}
