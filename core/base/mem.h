/* Memory: one place where running out of it ends the program, and one where it does not.
 * Sizes that we choose come from mem_alloc, which aborts; sizes that the network chooses come from
 * mem_try_alloc, whose caller closes one session instead. Does not count or pool. */
#ifndef MW_BASE_MEM_H
#define MW_BASE_MEM_H

#include <stddef.h>
#include <stdint.h>

#define MUST_CHECK __attribute__((warn_unused_result))

/* Never NULL. `size` 0 is taken as 1. mem_zalloc clears it. */
void *mem_alloc(size_t size);
void *mem_zalloc(size_t size);
/* Never NULL; `p` may be NULL. The old pointer is gone. */
void *mem_realloc(void *p, size_t size);
/* A copy of `len` bytes with a NUL behind them. Never NULL. */
char *mem_dup(const void *bytes, size_t len);

/* NULL when memory is short or when a test asked for it. On NULL the old block of mem_try_realloc
 * stands. */
MUST_CHECK void *mem_try_alloc(size_t size);
MUST_CHECK void *mem_try_realloc(void *p, size_t size);

/* The same for a block whose address is a multiple of `alignment`, a power of 2 of at least 8. */
MUST_CHECK void *mem_try_aligned(size_t alignment, size_t size);

/* Ends the program, as the calls do that may not fail. */
_Noreturn void mem_exhausted(size_t size);

/* NULL is allowed. */
void mem_free(void *p);

/* For tests: the n-th mem_try_* call from now on (1 is the next) fails, and every later one
 * succeeds again; 0 turns it off. The counter, and that of frame.h, are the mutable statics of the
 * core: an allocator has no caller to carry them. */
void mem_test_fail_nth(uint64_t n);
/* The number of mem_try_* calls since mem_test_fail_nth was last called: how far a scenario has to
 * be walked. */
uint64_t mem_test_count(void);

#endif
