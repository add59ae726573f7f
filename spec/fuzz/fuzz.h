/* What every fuzzer is: a function of bytes that aborts when a property does not hold.
 * libFuzzer calls it with inputs it makes up (build with clang and -DMW_FUZZ=ON), replay_main.c
 * with those that are kept in corpus/. */
#ifndef MW_SPEC_FUZZ_H
#define MW_SPEC_FUZZ_H

#include "core/base/slice.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* 0: the input was used. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void require(bool holds, const char *property)
{
    if (holds)
        return;
    fprintf(stderr, "does not hold: %s\n", property);
    abort();
}

static inline bool is_inside(struct slice part, struct slice whole)
{
    return part.len == 0 || (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

#endif
