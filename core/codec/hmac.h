/* Signatures: HMAC-SHA256 (RFC 2104, FIPS 180-4), by OpenSSL.
 * A file of its own, as OpenSSL's names and ours (ERR_…) do not go together. */
#ifndef MW_CODEC_HMAC_H
#define MW_CODEC_HMAC_H

#include "core/base/slice.h"

#define HMAC_LEN 32

/* Aborts if OpenSSL has no SHA-256: then nothing that is signed could be trusted. */
void hmac_sha256(struct slice key, struct slice text, unsigned char out[HMAC_LEN]);
/* Are they equal? Takes the same time whatever the bytes are. */
bool hmac_equal(struct slice a, struct slice b);

#endif
