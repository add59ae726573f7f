/* Two calls of libcrypto. */
#include "core/codec/hmac.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

void hmac_sha256(struct slice key, struct slice text, unsigned char out[HMAC_LEN])
{
    unsigned len = HMAC_LEN;
    const unsigned char *bytes = (const unsigned char *)text.ptr;
    if (!HMAC(EVP_sha256(), key.ptr, (int)key.len, bytes, text.len, out, &len))
        abort();
}

bool hmac_equal(struct slice a, struct slice b)
{
    return a.len == b.len && CRYPTO_memcmp(a.ptr, b.ptr, a.len) == 0;
}
