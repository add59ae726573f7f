/* A block's page is found by its address, since pages are aligned to their length; they are cut
 * from regions of many. Blocks that came back go out first, the last one before the others: they
 * may still be in the processor's cache. The sanitizer is told which blocks nobody has, as it is by
 * malloc. */
#include "core/base/pool.h"

#include <sanitizer/asan_interface.h>
#include <sys/mman.h>
#include <utlist.h>

#define PAGE_BYTES 32768
#define REGION_PAGES 32
#define HEAD_BYTES 4096 /* of an empty page, what keeps its memory: the system counts in these */
#define WARM_PAGES 32   /* empty ones that keep all their memory, and one more for each WARM_PART */
#define WARM_PART 8     /* that are not empty */

struct pool_page {
    struct pool_page *prev, *next; /* among those that have a block to give, or the empty ones */
    struct pool_block *given;      /* that came back */
    char *fresh;                   /* from here on to the end nothing was taken yet */
    size_t size, used;
};

struct pool_region {
    struct pool_region *next;
    char *memory;
    size_t cut; /* pages */
};

/* One that nobody has. */
struct pool_block {
    struct pool_block *next;
};

/* --- pages --- */

static struct pool_page *page_of(void *block)
{
    return (struct pool_page *)((uintptr_t)block & ~(uintptr_t)(PAGE_BYTES - 1));
}

static bool page_full(const struct pool_page *page)
{
    return !page->given && page->fresh + page->size > (const char *)page + PAGE_BYTES;
}

static void *page_take(struct pool_page *page)
{
    struct pool_block *block = page->given;
    page->used++;
    if (!block) {
        block = (struct pool_block *)page->fresh;
        page->fresh += page->size;
        ASAN_UNPOISON_MEMORY_REGION(block, page->size);
        return block;
    }
    ASAN_UNPOISON_MEMORY_REGION(block, page->size);
    page->given = block->next;
    return block;
}

static void page_give(struct pool_page *page, void *at)
{
    struct pool_block *block = at;
    block->next = page->given;
    page->given = block;
    page->used--;
    ASAN_POISON_MEMORY_REGION(block, page->size);
}

/* --- where pages come from and go --- */

static struct pool_region *region_create(struct pool *p)
{
    char *memory = mem_try_aligned(PAGE_BYTES, (size_t)REGION_PAGES * PAGE_BYTES);
    if (!memory)
        return NULL;
    struct pool_region *r = mem_zalloc(sizeof(*r));
    r->memory = memory;
    LL_PREPEND(p->_regions, r);
    return r;
}

static struct pool_page *page_cut(struct pool *p)
{
    struct pool_region *r = p->_regions;
    if (!r || r->cut == REGION_PAGES)
        r = region_create(p);
    return r ? (struct pool_page *)(r->memory + PAGE_BYTES * r->cut++) : NULL;
}

static struct pool_page *page_reuse(struct pool *p)
{
    struct pool_page *page = p->_empty;
    DL_DELETE(p->_empty, page);
    p->_empty_pages--;
    return page;
}

static struct pool_page *page_create(struct pool *p, size_t size)
{
    struct pool_page *page = p->_empty ? page_reuse(p) : page_cut(p);
    if (!page)
        return NULL;
    size_t head = (sizeof(*page) + POOL_GRAIN - 1) / POOL_GRAIN * POOL_GRAIN;
    *page = (struct pool_page){.fresh = (char *)page + head, .size = size};
    ASAN_POISON_MEMORY_REGION(page->fresh, PAGE_BYTES - head);
    p->_pages++;
    return page;
}

/* The system gives a page that is taken again memory that is all zero. */
static void page_retire(struct pool *p, struct pool_page *page)
{
    p->_pages--;
    p->_empty_pages++;
    if (p->_empty_pages <= WARM_PAGES + p->_pages / WARM_PART) {
        DL_PREPEND(p->_empty, page);
        return;
    }
    madvise((char *)page + HEAD_BYTES, PAGE_BYTES - HEAD_BYTES, MADV_DONTNEED);
    DL_APPEND(p->_empty, page);
}

/* --- blocks --- */

static size_t index_of(size_t size)
{
    return (size - 1) / POOL_GRAIN;
}

void *pool_try_take(struct pool *p, size_t size)
{
    struct pool_page **ready = &p->_ready[index_of(size)];
    if (!*ready) {
        struct pool_page *page = page_create(p, (index_of(size) + 1) * POOL_GRAIN);
        if (!page)
            return NULL;
        DL_PREPEND(*ready, page);
    }
    struct pool_page *page = *ready;
    void *block = page_take(page);
    if (page_full(page))
        DL_DELETE(*ready, page);
    return block;
}

void pool_give(struct pool *p, void *block, size_t size)
{
    struct pool_page **ready = &p->_ready[index_of(size)];
    struct pool_page *page = page_of(block);
    if (page_full(page))
        DL_PREPEND(*ready, page);
    page_give(page, block);
    bool only_one = *ready == page && !page->next;
    if (page->used || only_one)
        return;
    DL_DELETE(*ready, page);
    page_retire(p, page);
}

void pool_dispose(struct pool *p)
{
    struct pool_region *r, *next;
    LL_FOREACH_SAFE(p->_regions, r, next)
    {
        ASAN_UNPOISON_MEMORY_REGION(r->memory, (size_t)REGION_PAGES * PAGE_BYTES);
        mem_free(r->memory);
        mem_free(r);
    }
    *p = (struct pool){0};
}
