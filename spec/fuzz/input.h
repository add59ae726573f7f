/* An input as a run of actions: a byte says what, the next ones with what. An input that ends early
 * goes on with zeros, so that every input means something. */
#ifndef MW_SPEC_INPUT_H
#define MW_SPEC_INPUT_H

#include "core/base/slice.h"
#include <stdint.h>

struct input {
    const uint8_t *at, *end;
};

static inline bool input_left(const struct input *in)
{
    return in->at < in->end;
}

static inline uint8_t input_byte(struct input *in)
{
    return input_left(in) ? *in->at++ : 0;
}

/* A byte of length, and so many bytes, or what is left. */
static inline struct slice input_bytes(struct input *in)
{
    size_t len = input_byte(in), left = (size_t)(in->end - in->at);
    struct slice bytes = slice_make(in->at, len < left ? len : left);
    in->at += bytes.len;
    return bytes;
}

#endif
