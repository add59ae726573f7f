/* A block's page is found by its address, since pages are aligned to more than their length.
 * Blocks that came back go out first, the last one before the others: they may still be in the
 * processor's cache. The sanitizer is told which blocks nobody has, as it is by malloc. */
#include "core/base/pool.h"

#include <sanitizer/asan_interface.h>
#include <utlist.h>

#define PAGE_ALIGN 32768
#define PAGE_BYTES (PAGE_ALIGN - 64) /* malloc has room for its own between two pages */

struct pool_page {
    struct pool_page *prev, *next; /* among those that have a block to give */
    struct pool_block *given;      /* that came back */
    char *fresh;                   /* from here on to the end nothing was taken yet */
    size_t size, used;
};

/* One that nobody has. */
struct pool_block {
    struct pool_block *next;
};

static size_t index_of(size_t size)
{
    return (size - 1) / POOL_GRAIN;
}

static struct pool_page *page_of(void *block)
{
    return (struct pool_page *)((uintptr_t)block & ~(uintptr_t)(PAGE_ALIGN - 1));
}

static bool page_full(const struct pool_page *page)
{
    return !page->given && page->fresh + page->size > (const char *)page + PAGE_BYTES;
}

static struct pool_page *page_create(struct pool *p, size_t size)
{
    struct pool_page *page = mem_try_aligned(PAGE_ALIGN, PAGE_BYTES);
    if (!page)
        return NULL;
    size_t head = (sizeof(*page) + POOL_GRAIN - 1) / POOL_GRAIN * POOL_GRAIN;
    *page = (struct pool_page){.fresh = (char *)page + head, .size = size};
    ASAN_POISON_MEMORY_REGION(page->fresh, PAGE_BYTES - head);
    p->_pages++;
    return page;
}

static void page_destroy(struct pool *p, struct pool_page *page)
{
    ASAN_UNPOISON_MEMORY_REGION(page, PAGE_BYTES);
    mem_free(page);
    p->_pages--;
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

void pool_dispose(struct pool *p)
{
    for (size_t i = 0; i < POOL_SIZES; i++)
        if (p->_ready[i])
            page_destroy(p, p->_ready[i]);
    *p = (struct pool){0};
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
    page_destroy(p, page);
}
