/* uthash as this house wants it: out of memory ends the program where all of it does, and the hash
 * is keyed with a secret of the process, since clients name rooms, and could else name them all
 * into one bucket (SipHash-1-3, Aumasson and Bernstein). Include this, never uthash.h. */
#ifndef MW_BASE_HASH_H
#define MW_BASE_HASH_H

#include "core/base/mem.h"

/* The same bytes give the same hash as long as the process lives. */
uint32_t hash_bytes(const void *bytes, size_t len);

#define uthash_malloc(size) mem_alloc(size)
#define uthash_free(ptr, size) mem_free(ptr)
#define HASH_FUNCTION(key, len, out) ((out) = hash_bytes((key), (len)))

#include <uthash.h>

#endif
