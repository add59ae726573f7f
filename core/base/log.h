/* The log: one line an event, with level and time, to whoever the composition root named.
 * A struct log is passed down, so that a test reads what the server said. It does not buffer,
 * rotate or filter by topic. */
#ifndef MW_BASE_LOG_H
#define MW_BASE_LOG_H

#include "core/base/slice.h"
#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

/* `text` is one event; it may hold newlines (a traceback) and ends without one. */
typedef void log_sink_fn(void *ud, enum log_level level, struct slice text);

/* Is an event of this kind written? Asked before it is formatted. */
typedef bool log_admit_fn(void *ud, uint64_t kind);

struct log {
    log_sink_fn *sink;
    void *ud;
    enum log_level least; /* events below it are not even formatted */
    log_admit_fn *admits; /* gets ud; NULL: all are */
};

/* "debug", "info", "warning", "error" */
const char *log_level_name(enum log_level level);

__attribute__((format(printf, 3, 4))) void log_write(struct log *log, enum log_level level,
                                                     const char *format, ...);

/* What the script itself wants said, and what becomes of its saves, is not anybody's flood. */
#define LOG_KIND_OWN 0

/* The same for events of several kinds that one format writes; else the format is the kind. */
__attribute__((format(printf, 4, 5))) void log_write_kind(struct log *log, enum log_level level,
                                                          uint64_t kind, const char *format, ...);

#define log_debug(log, ...) log_write((log), LOG_DEBUG, __VA_ARGS__)
#define log_info(log, ...) log_write((log), LOG_INFO, __VA_ARGS__)
#define log_warning(log, ...) log_write((log), LOG_WARNING, __VA_ARGS__)
#define log_error(log, ...) log_write((log), LOG_ERROR, __VA_ARGS__)

/* Formats one event as a line for standard error into `line` (cap bytes, at least 256), newline
 * included, and returns its length. Text, in local time: "2026-11-21 10:15:02.123 info    text";
 * the later lines of a traceback follow, indented, and tabs stay. JSON, in UTC:
 * {"time":"2026-11-21T10:15:02.123Z","level":"info","message":"…"}. Control characters and
 * malformed UTF-8 are escaped in both, so that a client cannot forge a line. Too long a text is cut
 * with "…". `unix_ms` is the wall-clock time. */
size_t log_format_text(char *line, size_t cap, long long unix_ms, enum log_level level,
                       struct slice text);
size_t log_format_json(char *line, size_t cap, long long unix_ms, enum log_level level,
                       struct slice text);

#endif
