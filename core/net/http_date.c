/* Dates as HTTP writes them, both ways.
 * Written out by hand so that neither locale nor time zone of the machine can reach a header. It
 * does not know leap seconds. */
#include "core/net/http_date.h"

#include <stdio.h>
#include <time.h>

#define DATE_TEXT_MAX 63
#define SECONDS_MAX INT64_C(253402300799) /* the end of the year 9999 */

static const char *const day_names[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char *const month_names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void http_date_format(int64_t unix_s, char out[HTTP_DATE_LEN + 1])
{
    time_t seconds = unix_s < 0 ? 0 : unix_s > SECONDS_MAX ? SECONDS_MAX : (time_t)unix_s;
    struct tm tm;
    char text[64];
    gmtime_r(&seconds, &tm);
    snprintf(text, sizeof(text), "%s, %02d %s %04d %02d:%02d:%02d GMT", day_names[tm.tm_wday],
             tm.tm_mday, month_names[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
             tm.tm_sec);
    memcpy(out, text, HTTP_DATE_LEN);
    out[HTTP_DATE_LEN] = 0;
}

static bool month_number(const char name[4], int *out)
{
    for (int i = 0; i < 12; i++) {
        if (strcmp(name, month_names[i]) != 0)
            continue;
        *out = i;
        return true;
    }
    return false;
}

/* Only the shape is read here; the day's name says nothing that the date does not. */
static bool read_fields(const char *text, struct tm *tm, char month[4])
{
    int end = 0;
    sscanf(text, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT%n", &tm->tm_mday, month,
           &tm->tm_year, &tm->tm_hour, &tm->tm_min, &tm->tm_sec, &end);
    if (end && !text[end])
        return true;
    sscanf(text, "%*9[A-Za-z], %2d-%3[A-Za-z]-%2d %2d:%2d:%2d GMT%n", &tm->tm_mday, month,
           &tm->tm_year, &tm->tm_hour, &tm->tm_min, &tm->tm_sec, &end);
    if (end && !text[end]) {
        tm->tm_year += tm->tm_year < 70 ? 2000 : 1900;
        return true;
    }
    sscanf(text, "%*3[A-Za-z] %3[A-Za-z] %2d %2d:%2d:%2d %4d%n", month, &tm->tm_mday, &tm->tm_hour,
           &tm->tm_min, &tm->tm_sec, &tm->tm_year, &end);
    return end && !text[end];
}

bool http_date_parse(struct slice text, int64_t *out_unix_s)
{
    char copy[DATE_TEXT_MAX + 1], month[4] = "";
    struct tm tm = {0};
    if (text.len > DATE_TEXT_MAX || !text.len)
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = 0;
    if (!read_fields(copy, &tm, month) || !month_number(month, &tm.tm_mon))
        return false;
    if (tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_year < 1970 || tm.tm_hour < 0 ||
        tm.tm_hour > 23 || tm.tm_min < 0 || tm.tm_min > 59 || tm.tm_sec < 0 || tm.tm_sec > 60)
        return false;
    tm.tm_year -= 1900;
    *out_unix_s = timegm(&tm);
    return true;
}
