/* Numbers: text reads as strtod reads it, and every double comes back from its text. */
#include "spec/fuzz/fuzz.h"

#include "core/codec/number.h"
#include <errno.h>
#include <inttypes.h>
#include <math.h>

static void check_text(struct slice text)
{
    struct number n;
    if (!number_parse(text, &n))
        return;
    char *copy = strndup(text.ptr, text.len), *end;
    if (n.is_int) {
        errno = 0;
        require(strtoll(copy, &end, 10) == n.i && !errno, "an integer reads as strtoll reads it");
    } else {
        double expected = strtod(copy, &end);
        require(isfinite(n.d), "no number is infinite");
        require(memcmp(&expected, &n.d, sizeof(expected)) == 0,
                "a double reads as strtod reads it");
    }
    require((size_t)(end - copy) == text.len, "all of the text is the number");
    free(copy);
}

/* The first number in the text, if any, ends where the grammar says. */
static void check_prefix(struct slice text)
{
    struct number first, whole;
    const char *end = text.len ? number_read(text, &first) : NULL;
    if (!end)
        return;
    require(end > text.ptr && end <= text.ptr + text.len, "a number ends within the text");
    struct slice prefix = slice_make(text.ptr, (size_t)(end - text.ptr));
    require(number_parse(prefix, &whole), "what was read is a number");
    require(memcmp(&first.d, &whole.d, sizeof(first.d)) == 0, "and the same one");
}

/* The digits of a decimal text that signify, without leading and trailing zeros. */
static size_t significant(const char *text, char *out)
{
    size_t count = 0, last = 0;
    for (; *text && *text != 'e'; text++) {
        if (*text < '0' || *text > '9' || (*text == '0' && !count))
            continue;
        out[count++] = *text;
        if (*text != '0')
            last = count;
    }
    out[last] = '\0';
    return last;
}

/* Printf's decimal of `count` digits is the nearest; where it is the same double, it is ours. */
static void check_shortest(const char *text, double value)
{
    char ours[NUMBER_TEXT_MAX], theirs[40], printed[40];
    int count = (int)significant(text, ours);
    for (int digits = 1; digits < count; digits++) {
        snprintf(printed, sizeof(printed), "%.*e", digits - 1, value);
        require(strtod(printed, NULL) != value, "no shorter text would do");
    }
    snprintf(printed, sizeof(printed), "%.*e", count ? count - 1 : 0, value);
    significant(printed, theirs);
    require(strtod(printed, NULL) != value || strcmp(ours, theirs) == 0, "no text is nearer");
}

static void check_double(double value)
{
    char text[NUMBER_TEXT_MAX + 1];
    struct number n;
    size_t len = number_put_double(text, value);
    require(len <= NUMBER_TEXT_MAX, "the text fits");
    text[len] = '\0';
    require(number_parse(slice_make(text, len), &n), "a written double is a number");
    double again = n.is_int ? (double)n.i : n.d;
    require(memcmp(&again, &value, sizeof(value)) == 0, "a written double reads as itself");
    require(strtod(text, NULL) == value, "strtod reads it as well");
    check_shortest(text, value);
}

static void check_int(int64_t value)
{
    char text[NUMBER_TEXT_MAX + 1], expected[NUMBER_TEXT_MAX + 1];
    text[number_put_int(text, value)] = '\0';
    snprintf(expected, sizeof(expected), "%" PRId64, value);
    require(strcmp(text, expected) == 0, "an integer is written as printf writes it");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_make(data, size);
    int64_t bits;
    double value;
    check_text(text);
    check_prefix(text);
    if (size < sizeof(bits))
        return 0;
    memcpy(&bits, data, sizeof(bits));
    memcpy(&value, data, sizeof(value));
    check_int(bits);
    if (isfinite(value))
        check_double(value);
    return 0;
}
