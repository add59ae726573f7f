/* The shortest decimal that reads back as a given double. Private to the codec. */
#ifndef MW_CODEC_NUMBER_SHORTEST_H
#define MW_CODEC_NUMBER_SHORTEST_H

#include <stdint.h>

/* digits * 10^exponent; at most 17 digits, the last of which may be zeros. */
struct decimal {
    uint64_t digits;
    int exponent;
};

/* `bits` are those of a finite double above 0. Of several shortest decimals, the nearest; of two
 * nearest, the even. */
struct decimal number_shortest(uint64_t bits);

#endif
