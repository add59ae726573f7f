/* Blocks of every size, taken and given back in any order: none overlaps another, and pages come
 * and go. */
#include "core/base/pool.h"
#include "spec/core/support/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE_FULL 1100 /* blocks of 64 bytes: more than two pages hold */

struct held {
    unsigned char *at;
    size_t size;
    unsigned char fill;
};

static void hold(struct pool *p, struct held *h, size_t size, unsigned char fill)
{
    *h = (struct held){.at = pool_try_take(p, size), .size = size, .fill = fill};
    assert_non_null(h->at);
    assert_int_equal((uintptr_t)h->at % POOL_GRAIN, 0);
    memset(h->at, fill, size);
}

static void check_and_give(struct pool *p, struct held *h)
{
    for (size_t i = 0; i < h->size; i++)
        assert_int_equal(h->at[i], h->fill);
    pool_give(p, h->at, h->size);
    h->at = NULL;
}

static void test_sizes(void **state)
{
    assert_false(pool_takes(0));
    assert_true(pool_takes(1));
    assert_true(pool_takes(POOL_BLOCK_MAX));
    assert_false(pool_takes(POOL_BLOCK_MAX + 1));
    struct pool p = {0};
    struct held held[POOL_BLOCK_MAX];
    for (size_t size = 1; size <= POOL_BLOCK_MAX; size++)
        hold(&p, &held[size - 1], size, (unsigned char)size);
    assert_int_equal(pool_pages(&p), POOL_SIZES);
    for (size_t size = 1; size <= POOL_BLOCK_MAX; size++)
        check_and_give(&p, &held[size - 1]);
    assert_int_equal(pool_pages(&p), POOL_SIZES);
    pool_dispose(&p);
    assert_int_equal(pool_pages(&p), 0);
}

static void test_last_given_goes_out_first(void **state)
{
    struct pool p = {0};
    void *first = pool_try_take(&p, 40), *second = pool_try_take(&p, 40);
    pool_give(&p, first, 40);
    pool_give(&p, second, 40);
    assert_ptr_equal(pool_try_take(&p, 33), second);
    assert_ptr_equal(pool_try_take(&p, 48), first);
    pool_give(&p, first, 48);
    pool_give(&p, second, 33);
    pool_dispose(&p);
}

static void test_pages_go_back(void **state)
{
    struct pool p = {0};
    struct held held[PAGE_FULL];
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < PAGE_FULL; i++)
            hold(&p, &held[i], 64, (unsigned char)i);
        size_t most = pool_pages(&p);
        assert_in_range(most, 3, 4);
        for (size_t i = 0; i < PAGE_FULL; i++)
            check_and_give(&p, &held[(i * 7 + round) % PAGE_FULL]);
        assert_int_equal(pool_pages(&p), 1);
    }
    pool_dispose(&p);
}

static size_t resident_bytes(void)
{
    size_t total = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%zu %zu", &total, &resident), 2);
    fclose(f);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

/* What a script let go of is the system's again, though the next one may use the same pages. */
static void test_memory_goes_back(void **state)
{
    enum { COUNT = 1000000, SIZE = 64 };
    struct pool p = {0};
    char **blocks = calloc(COUNT, sizeof(*blocks));
    memset(blocks, 1, COUNT * sizeof(*blocks));
    for (int round = 0; round < 2; round++) {
        size_t before = resident_bytes();
        for (int i = 0; i < COUNT; i++) {
            blocks[i] = pool_try_take(&p, SIZE);
            memset(blocks[i], i, SIZE);
        }
        assert_true(resident_bytes() > before + COUNT * SIZE / 4 * 3);
        for (int i = 0; i < COUNT; i++)
            pool_give(&p, blocks[i], SIZE);
        assert_true(resident_bytes() < before + COUNT * SIZE / 2);
        assert_int_equal(pool_pages(&p), 1);
    }
    free(blocks);
    pool_dispose(&p);
}

static void test_any_order(void **state)
{
    struct pool p = {0};
    struct held held[PAGE_FULL] = {0};
    uint32_t random = 1;
    for (size_t i = 0; i < 200000; i++) {
        random = random * 1664525 + 1013904223;
        struct held *h = &held[(random >> 8) % PAGE_FULL];
        if (h->at)
            check_and_give(&p, h);
        else
            hold(&p, h, 1 + (random >> 20) % POOL_BLOCK_MAX, (unsigned char)i);
    }
    for (size_t i = 0; i < PAGE_FULL; i++)
        if (held[i].at)
            check_and_give(&p, &held[i]);
    assert_int_equal(pool_pages(&p), POOL_SIZES);
    pool_dispose(&p);
}

static void test_memory_is_short(void **state)
{
    struct pool p = {0};
    mem_test_fail_nth(1);
    assert_null(pool_try_take(&p, 100));
    assert_int_equal(pool_pages(&p), 0);
    void *block = pool_try_take(&p, 100);
    assert_non_null(block);
    mem_test_fail_nth(0);
    pool_give(&p, block, 100);
    pool_dispose(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_last_given_goes_out_first),
        cmocka_unit_test(test_pages_go_back),
        cmocka_unit_test(test_any_order),
        cmocka_unit_test(test_memory_goes_back),
        cmocka_unit_test(test_memory_is_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
