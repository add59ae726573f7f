/* v0 */
#include "core/codec/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <math.h>
#include <errno.h>

size_t number_put_int(char *out, int64_t value)
{
    return (size_t)snprintf(out, NUMBER_TEXT_MAX, "%lld", (long long)value);
}

size_t number_put_double(char *out, double value)
{
    char text[40], digits[24];
    for (int precision = 1; precision <= 17; precision++) {
        snprintf(text, sizeof(text), "%.*e", precision - 1, value);
        if (strtod(text, NULL) == value)
            break;
    }
    char *p = text, *to = out;
    if (*p == '-') {
        *to++ = '-';
        p++;
    }
    int k = 0;
    for (; *p != 'e'; p++)
        if (*p != '.')
            digits[k++] = *p;
    int n = atoi(p + 1) + 1;
    while (k > 1 && digits[k - 1] == '0')
        k--;
    if (value == 0)
        n = 1;
    if (k <= n && n <= 21) {
        to += sprintf(to, "%.*s", k, digits);
        for (int i = k; i < n; i++)
            *to++ = '0';
    } else if (0 < n && n <= 21) {
        to += sprintf(to, "%.*s.%.*s", n, digits, k - n, digits + n);
    } else if (-6 < n && n <= 0) {
        to += sprintf(to, "0.");
        for (int i = n; i < 0; i++)
            *to++ = '0';
        to += sprintf(to, "%.*s", k, digits);
    } else {
        *to++ = digits[0];
        if (k > 1)
            to += sprintf(to, ".%.*s", k - 1, digits + 1);
        to += sprintf(to, "e%c%d", n - 1 < 0 ? '-' : '+', abs(n - 1));
    }
    return (size_t)(to - out);
}

static bool is_digit(const char *at, const char *end)
{
    return at < end && *at >= '0' && *at <= '9';
}

const char *number_read(struct slice text, struct number *out)
{
    const char *p = text.ptr, *end = p + text.len;
    bool is_int = true;
    if (p < end && *p == '-')
        p++;
    if (!is_digit(p, end))
        return NULL;
    if (*p == '0')
        p++;
    else
        while (is_digit(p, end))
            p++;
    if (p < end && *p == '.') {
        is_int = false;
        p++;
        if (!is_digit(p, end))
            return NULL;
        while (is_digit(p, end))
            p++;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        is_int = false;
        p++;
        if (p < end && (*p == '+' || *p == '-'))
            p++;
        if (!is_digit(p, end))
            return NULL;
        while (is_digit(p, end))
            p++;
    }
    size_t len = (size_t)(p - text.ptr);
    char *copy = strndup(text.ptr, len);
    errno = 0;
    out->is_int = is_int && strcmp(copy, "-0") != 0;
    if (out->is_int) {
        long long i = strtoll(copy, NULL, 10);
        if (errno)
            out->is_int = false;
        else
            out->i = i;
    }
    if (!out->is_int)
        out->d = strtod(copy, NULL);
    free(copy);
    return !out->is_int && isinf(out->d) ? NULL : p;
}

bool number_parse(struct slice text, struct number *out)
{
    return text.len && number_read(text, out) == text.ptr + text.len;
}
