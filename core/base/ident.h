/* Unguessable names: session ids are credentials on the wire.
 * Random bytes are drawn from the system a few hundred at a time, as one system call a connect
 * would show. */
#ifndef MW_BASE_IDENT_H
#define MW_BASE_IDENT_H

#include <stddef.h>
#include <stdint.h>

#define IDENT_LEN 20 /* characters: 15 random bytes in base64url, as Engine.IO has it */

struct ident_source {
    unsigned char _pool[480];
    size_t _left;
};

/* Zeroed memory is a valid, empty source. */
/* Writes IDENT_LEN characters of A-Z a-z 0-9 - _ and a NUL. Aborts if the system has no random
 * bytes. */
void ident_make(struct ident_source *source, char out[IDENT_LEN + 1]);

#endif
