/* Numbers as JSON text, both ways, exactly.
 * A double leaves in the shortest decimal that reads back as the same double, and text becomes the
 * nearest double; both are on the path of every game state, so neither goes through printf in the
 * common case. Knows no NaN and no infinity. */
#ifndef MW_CODEC_NUMBER_H
#define MW_CODEC_NUMBER_H

#include "core/base/slice.h"
#include <stdint.h>

#define NUMBER_TEXT_MAX 32

/* Writes at most NUMBER_TEXT_MAX characters, no NUL; returns how many. */
size_t number_put_int(char *out, int64_t value);
/* Shortest form, as ECMAScript's Number::toString has it (1e21, 1.5e-7, 100, -0 as "-0"); `value`
 * must be finite. A double with an integral value has no ".0": JSON and JavaScript know one kind of
 * number. */
size_t number_put_double(char *out, double value);

struct number {
    bool is_int; /* the text has neither point nor exponent, and fits; "-0" does not */
    union {
        int64_t i;
        double d;
    };
};

/* `text` is a JSON number (RFC 8259 section 6) from its first to its last character. False if it is
 * none, or overflows to infinity. */
bool number_parse(struct slice text, struct number *out);

/* Reads the number that `text` starts with, and returns where it ends. NULL if it starts with none,
 * or overflows. For parsers that find numbers among other text. */
const char *number_read(struct slice text, struct number *out);

#endif
