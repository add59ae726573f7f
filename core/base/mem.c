/* malloc with a policy: abort, or tell.
 * Everything of the core allocates here, so that a test can make the n-th fallible allocation fail.
 * Does not count bytes: limits are checked where the sizes come in. */
#include "core/base/mem.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t test_fail_nth;
static uint64_t test_count;

_Noreturn void mem_exhausted(size_t size)
{
    fprintf(stderr, "moonwire: out of memory, asked for %zu bytes\n", size);
    abort();
}

/* Sizes no block can have are refused here: sanitizers end the program when malloc sees one. */
static bool size_possible(size_t size)
{
    return size <= PTRDIFF_MAX;
}

void *mem_alloc(size_t size)
{
    void *p = size_possible(size) ? malloc(size ? size : 1) : NULL;
    if (!p)
        mem_exhausted(size);
    return p;
}

void *mem_zalloc(size_t size)
{
    void *p = size_possible(size) ? calloc(1, size ? size : 1) : NULL;
    if (!p)
        mem_exhausted(size);
    return p;
}

void *mem_realloc(void *p, size_t size)
{
    void *moved = size_possible(size) ? realloc(p, size ? size : 1) : NULL;
    if (!moved)
        mem_exhausted(size);
    return moved;
}

char *mem_dup(const void *bytes, size_t len)
{
    char *copy = mem_alloc(len + 1);
    if (len)
        memcpy(copy, bytes, len);
    copy[len] = '\0';
    return copy;
}

static bool test_says_fail(void)
{
    test_count++;
    return test_count == test_fail_nth;
}

void *mem_try_alloc(size_t size)
{
    if (test_says_fail() || !size_possible(size))
        return NULL;
    return malloc(size ? size : 1);
}

void *mem_try_realloc(void *p, size_t size)
{
    if (test_says_fail() || !size_possible(size))
        return NULL;
    return realloc(p, size ? size : 1);
}

void *mem_try_aligned(size_t alignment, size_t size)
{
    void *p;
    if (test_says_fail() || posix_memalign(&p, alignment, size) != 0)
        return NULL;
    return p;
}

void mem_free(void *p)
{
    free(p);
}

void mem_test_fail_nth(uint64_t n)
{
    test_fail_nth = n;
    test_count = 0;
}

uint64_t mem_test_count(void)
{
    return test_count;
}
