/* Small blocks, out of pages of blocks of one size.
 * Made for a Lua state: most of what a script makes is a few dozen bytes (a table, a string, a
 * closure), and Lua tells the size again when it gives a block back. So a block has no header and
 * is found without a search, and what was made together lies together. A page that has no block in
 * use is there for any size; where they are many, the system gets their memory back, but not their
 * addresses. Knows no limit. */
#ifndef MW_BASE_POOL_H
#define MW_BASE_POOL_H

#include "core/base/mem.h"

#include <stdbool.h>

#define POOL_GRAIN 16 /* bytes: the alignment of blocks, and the step from one size to the next */
#define POOL_BLOCK_MAX 256
#define POOL_SIZES (POOL_BLOCK_MAX / POOL_GRAIN)

struct pool_page;
struct pool_region;

/* All zero: no page. */
struct pool {
    struct pool_page *_ready[POOL_SIZES]; /* utlists: pages that have a block to give */
    struct pool_page *_empty;             /* utlist, those whose memory is there first */
    struct pool_region *_regions;         /* utlist */
    size_t _pages, _empty_pages;
};

/* Gives back all memory. No block may be in use. */
void pool_dispose(struct pool *p);

static inline bool pool_takes(size_t size)
{
    return size > 0 && size <= POOL_BLOCK_MAX;
}

/* A block of a size that pool_takes, not cleared. NULL when memory is short. */
MUST_CHECK void *pool_try_take(struct pool *p, size_t size);
/* `size` is that by which the block was taken. */
void pool_give(struct pool *p, void *block, size_t size);

/* Those with a block in use, and one of each size that had. */
static inline size_t pool_pages(const struct pool *p)
{
    return p->_pages;
}

#endif
