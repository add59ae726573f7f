/* Formats events and lines of the log.
 * Event texts carry bytes of clients (names of events, of rooms, of files): a line is one event
 * whatever they hold. Does not write anywhere: the sink does. */
#include "core/base/log.h"

#include "core/base/mem.h"
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#define LOG_STACK_TEXT 1024
#define LOG_ELLIPSIS "\xe2\x80\xa6"
#define LOG_INDENT "\n    "

const char *log_level_name(enum log_level level)
{
    switch (level) {
    case LOG_DEBUG:
        return "debug";
    case LOG_INFO:
        return "info";
    case LOG_WARNING:
        return "warning";
    case LOG_ERROR:
        return "error";
    }
    return "error";
}

static bool log_wants(struct log *log, enum log_level level, uint64_t kind)
{
    return level >= log->least && log->sink && (!log->admits || log->admits(log->ud, kind));
}

static void log_format(struct log *log, enum log_level level, const char *format, va_list args)
{
    char stack[LOG_STACK_TEXT];
    char *text = stack;
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(stack, sizeof(stack), format, args);
    if (len >= (int)sizeof(stack)) {
        text = mem_alloc((size_t)len + 1);
        vsnprintf(text, (size_t)len + 1, format, again);
    }
    va_end(again);
    log->sink(log->ud, level, slice_make(text, len > 0 ? (size_t)len : 0));
    if (text != stack)
        mem_free(text);
}

void log_write(struct log *log, enum log_level level, const char *format, ...)
{
    va_list args;
    if (!log_wants(log, level, (uintptr_t)format))
        return;
    va_start(args, format);
    log_format(log, level, format, args);
    va_end(args);
}

void log_write_kind(struct log *log, enum log_level level, uint64_t kind, const char *format, ...)
{
    va_list args;
    if (!log_wants(log, level, kind))
        return;
    va_start(args, format);
    log_format(log, level, format, args);
    va_end(args);
}

/* A line under construction; `limit` leaves room for the ellipsis and the line's end. */
struct line {
    char *ptr;
    size_t len, limit;
};

static bool line_put(struct line *line, const char *bytes, size_t len)
{
    if (len > line->limit - line->len)
        return false;
    memcpy(line->ptr + line->len, bytes, len);
    line->len += len;
    return true;
}

static size_t line_end(struct line *line, bool cut, const char *end)
{
    const char *dots = cut ? LOG_ELLIPSIS : "";
    memcpy(line->ptr + line->len, dots, strlen(dots));
    line->len += strlen(dots);
    memcpy(line->ptr + line->len, end, strlen(end));
    return line->len + strlen(end);
}

/* Bytes of the UTF-8 character that `text` starts with; 0 if it starts with none (RFC 3629). The
 * codec's utf8.h stands above this layer. */
static size_t log_char_len(struct slice text)
{
    const unsigned char *s = (const unsigned char *)text.ptr;
    if (s[0] < 0x80)
        return 1;
    size_t len = s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;
    if (len > text.len)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
    bool beyond = (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf4 && s[1] > 0x8f);
    return overlong || beyond ? 0 : len;
}

/* C0, DEL, and C1 (U+0080 to U+009F, which terminals obey as well). */
static bool log_is_control(const char *at, size_t len)
{
    unsigned char first = (unsigned char)at[0];
    return first < 0x20 || first == 0x7f || (len == 2 && first == 0xc2 && (at[1] & 0xff) < 0xa0);
}

/* A tab stays; a newline is followed by spaces, so that no later line begins like an event. */
static bool log_put_text_char(struct line *line, const char *at, size_t len)
{
    if (len == 1 && *at == '\n')
        return line_put(line, LOG_INDENT, strlen(LOG_INDENT));
    if (len && (*at == '\t' || !log_is_control(at, len)))
        return line_put(line, at, len);
    char escape[12];
    int n = len == 2 ? snprintf(escape, sizeof(escape), "\\u%04x", at[1] & 0xff)
                     : snprintf(escape, sizeof(escape), "\\x%02x", *at & 0xff);
    return line_put(line, escape, (size_t)n);
}

static bool log_put_json_char(struct line *line, const char *at, size_t len)
{
    static const char names[] = "b\bf\fn\nr\rt\t\"\"\\\\";
    if (!len)
        return line_put(line, "\\ufffd", 6);
    for (const char *name = names; *name; name += 2)
        if (len == 1 && *at == name[1])
            return line_put(line, (char[2]){'\\', name[0]}, 2);
    if (!log_is_control(at, len))
        return line_put(line, at, len);
    char escape[12];
    int n = snprintf(escape, sizeof(escape), "\\u%04x", at[len - 1] & 0xff);
    return line_put(line, escape, (size_t)n);
}

/* False if the text had to be cut. */
static bool log_put(struct line *line, struct slice text,
                    bool (*put_char)(struct line *, const char *, size_t))
{
    while (text.len) {
        size_t len = log_char_len(text);
        if (!put_char(line, text.ptr, len))
            return false;
        text = slice_skip(text, len ? len : 1);
    }
    return true;
}

static struct line line_start(char *ptr, size_t cap, const char *end)
{
    return (struct line){ptr, 0, cap - strlen(LOG_ELLIPSIS) - strlen(end)};
}

/* Milliseconds of a second, also of a time before 1970. */
static unsigned split_ms(long long unix_ms, time_t *out_seconds)
{
    long long ms = unix_ms % 1000;
    ms += ms < 0 ? 1000 : 0;
    *out_seconds = (time_t)((unix_ms - ms) / 1000);
    return (unsigned)ms;
}

size_t log_format_text(char *line, size_t cap, long long unix_ms, enum log_level level,
                       struct slice text)
{
    struct line out = line_start(line, cap, "\n");
    char head[64];
    struct tm tm = {0};
    time_t seconds;
    unsigned ms = split_ms(unix_ms, &seconds);
    localtime_r(&seconds, &tm);
    size_t len = strftime(head, sizeof(head), "%Y-%m-%d %H:%M:%S", &tm);
    int more = snprintf(head + len, sizeof(head) - len, ".%03u %-7s ", ms, log_level_name(level));
    line_put(&out, head, len + (size_t)more);
    return line_end(&out, !log_put(&out, text, log_put_text_char), "\n");
}

size_t log_format_json(char *line, size_t cap, long long unix_ms, enum log_level level,
                       struct slice text)
{
    struct line out = line_start(line, cap, "\"}\n");
    char head[128];
    struct tm tm = {0};
    time_t seconds;
    unsigned ms = split_ms(unix_ms, &seconds);
    gmtime_r(&seconds, &tm);
    size_t len = strftime(head, sizeof(head), "{\"time\":\"%Y-%m-%dT%H:%M:%S", &tm);
    int more = snprintf(head + len, sizeof(head) - len, ".%03uZ\",\"level\":\"%s\",\"message\":\"",
                        ms, log_level_name(level));
    line_put(&out, head, len + (size_t)more);
    return line_end(&out, !log_put(&out, text, log_put_json_char), "\"}\n");
}
