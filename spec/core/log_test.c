/* What a line of the log looks like, and that no text can forge one. */
#include "core/base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "core/base/mem.h"
#include "core/codec/json.h"
#include "core/codec/utf8.h"

#define CAP 256
#define TIME_MS 1795256102123LL /* 2026-11-21 10:15:02.123 UTC */
#define TEXT_HEAD "2026-11-21 10:15:02.123 info    "
#define JSON_HEAD "{\"time\":\"2026-11-21T10:15:02.123Z\",\"level\":\"info\",\"message\":\""

struct line {
    struct slice text;
    const char *as_text, *as_json;
};

static const struct line lines[] = {
    {SLICE(""), "", ""},
    {SLICE("started"), "started", "started"},
    {SLICE("a \"b\" \\ c/d"), "a \"b\" \\ c/d", "a \\\"b\\\" \\\\ c/d"},
    {SLICE("one\n\ttwo\nthree"), "one\n    \ttwo\n    three", "one\\n\\ttwo\\nthree"},
    {SLICE("a\r\x1b[2Kb\x7f"), "a\\x0d\\x1b[2Kb\\x7f", "a\\r\\u001b[2Kb\\u007f"},
    {SLICE("nul \0 end"), "nul \\x00 end", "nul \\u0000 end"},
    {SLICE("\b\f"), "\\x08\\x0c", "\\b\\f"},
    {SLICE("C1 \xc2\x9b!"), "C1 \\u009b!", "C1 \\u009b!"},
    {SLICE("caf\xc3\xa9 \xf0\x9f\x98\x80"), "caf\xc3\xa9 \xf0\x9f\x98\x80",
     "caf\xc3\xa9 \xf0\x9f\x98\x80"},
    {SLICE("\xc2\xa0|\xe0\xa0\x80|\xed\x9f\xbf|\xf0\x90\x80\x80|\xf4\x8f\xbf\xbf"),
     "\xc2\xa0|\xe0\xa0\x80|\xed\x9f\xbf|\xf0\x90\x80\x80|\xf4\x8f\xbf\xbf",
     "\xc2\xa0|\xe0\xa0\x80|\xed\x9f\xbf|\xf0\x90\x80\x80|\xf4\x8f\xbf\xbf"},
    {SLICE("\xff\xc3"), "\\xff\\xc3", "\\ufffd\\ufffd"},
    {SLICE("\xed\xa0\x80"), "\\xed\\xa0\\x80", "\\ufffd\\ufffd\\ufffd"},
    {SLICE("\xe0\x80\xaf|\xf0\x80\x80\x80|\xf4\x90\x80\x80|\xc0\x80|\xe2\x82"),
     "\\xe0\\x80\\xaf|\\xf0\\x80\\x80\\x80|\\xf4\\x90\\x80\\x80|\\xc0\\x80|\\xe2\\x82",
     "\\ufffd\\ufffd\\ufffd|\\ufffd\\ufffd\\ufffd\\ufffd|\\ufffd\\ufffd\\ufffd\\ufffd|"
     "\\ufffd\\ufffd|\\ufffd\\ufffd"},
};

static void check_line(const char *line, size_t len, const char *head, const char *text,
                       const char *end)
{
    char expected[1024];
    snprintf(expected, sizeof(expected), "%s%s%s", head, text, end);
    assert_int_equal(len, strlen(expected));
    assert_memory_equal(line, expected, len);
}

static void test_lines(void **unused)
{
    char line[CAP * 2];
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        size_t len = log_format_text(line, sizeof(line), TIME_MS, LOG_INFO, lines[i].text);
        check_line(line, len, TEXT_HEAD, lines[i].as_text, "\n");
        len = log_format_json(line, sizeof(line), TIME_MS, LOG_INFO, lines[i].text);
        check_line(line, len, JSON_HEAD, lines[i].as_json, "\"}\n");
    }
}

static void test_levels_and_times(void **unused)
{
    char line[CAP];
    size_t len = log_format_text(line, CAP, 0, LOG_WARNING, SLICE("x"));
    check_line(line, len, "1970-01-01 00:00:00.000 warning ", "x", "\n");
    len = log_format_text(line, CAP, -1, LOG_ERROR, SLICE("x"));
    check_line(line, len, "1969-12-31 23:59:59.999 error   ", "x", "\n");
    len = log_format_json(line, CAP, 951782399999LL, LOG_DEBUG, SLICE("x"));
    check_line(line, len,
               "{\"time\":\"2000-02-28T23:59:59.999Z\",\"level\":\"debug\",\"message\":\"", "x",
               "\"}\n");
}

static void check_cut(const char *line, size_t len, size_t cap, const char *end)
{
    size_t end_len = strlen(end);
    assert_true(len <= cap);
    assert_true(len > cap - 8 - strlen("\\ufffd"));
    assert_memory_equal(line + len - end_len, end, end_len);
    assert_int_equal(line[cap], '#');
    assert_true(utf8_valid(slice_make(line, len)));
}

/* Whatever stands at the edge is cut as a whole. */
static void test_long_text_is_cut(void **unused)
{
    const char *const fillers[] = {"a",  "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                                   "\n", "\x01"};
    for (size_t f = 0; f < sizeof(fillers) / sizeof(fillers[0]); f++)
        for (size_t cap = CAP; cap < CAP + 10; cap++) {
            char text[4000], line[CAP + 20];
            size_t size = strlen(fillers[f]), n = 0;
            for (; n + size <= sizeof(text); n += size)
                memcpy(text + n, fillers[f], size);
            memset(line, '#', sizeof(line));
            size_t len = log_format_text(line, cap, TIME_MS, LOG_INFO, slice_make(text, n));
            check_cut(line, len, cap, "\xe2\x80\xa6\n");
            memset(line, '#', sizeof(line));
            len = log_format_json(line, cap, TIME_MS, LOG_INFO, slice_make(text, n));
            check_cut(line, len, cap, "\xe2\x80\xa6\"}\n");
            assert_true(json_valid(slice_make(line, len)));
        }
}

static void test_the_longest_text_is_not_cut(void **unused)
{
    char text[CAP], line[CAP];
    size_t room = CAP - strlen(TEXT_HEAD) - strlen("\xe2\x80\xa6\n");
    memset(text, 'x', sizeof(text));
    size_t len = log_format_text(line, CAP, TIME_MS, LOG_INFO, slice_make(text, room));
    assert_memory_equal(line + len - 2, "x\n", 2);
    len = log_format_text(line, CAP, TIME_MS, LOG_INFO, slice_make(text, room + 1));
    assert_memory_equal(line + len - 5, "x\xe2\x80\xa6\n", 5);
}

/* Any bytes make one line of valid JSON, and a text whose later lines are indented. */
static void test_no_text_forges_a_line(void **unused)
{
    unsigned seed = 7;
    for (int round = 0; round < 2000; round++) {
        char text[64], line[1024];
        for (size_t i = 0; i < sizeof(text); i++)
            text[i] = (char)(rand_r(&seed) % (round % 2 ? 256 : 40));
        struct slice input = slice_make(text, sizeof(text));
        size_t len = log_format_json(line, sizeof(line), TIME_MS, LOG_INFO, input);
        assert_true(json_valid(slice_make(line, len)));
        assert_int_equal(slice_index(slice_make(line, len), '\n'), len - 1);
        len = log_format_text(line, sizeof(line), TIME_MS, LOG_INFO, input);
        for (size_t i = 0; i + 1 < len; i++) {
            assert_true(line[i] != '\n' || memcmp(line + i, "\n    ", 5) == 0);
            assert_true(line[i] == '\n' || line[i] == '\t' || (unsigned char)line[i] >= 0x20);
        }
    }
}

struct heard {
    int count;
    enum log_level level;
    char text[5000];
};

static void hear(void *ud, enum log_level level, struct slice text)
{
    struct heard *heard = ud;
    heard->count++;
    heard->level = level;
    assert_true(text.len < sizeof(heard->text));
    memcpy(heard->text, text.ptr, text.len);
    heard->text[text.len] = '\0';
}

static void test_sink_hears_from_its_level_on(void **unused)
{
    static struct heard heard;
    struct log log = {.sink = hear, .ud = &heard, .least = LOG_WARNING};
    log_debug(&log, "no");
    log_info(&log, "no");
    assert_int_equal(heard.count, 0);
    log_warning(&log, "%s %d", "port", 5000);
    assert_string_equal(heard.text, "port 5000");
    assert_int_equal(heard.level, LOG_WARNING);
    log_error(&log, "%s", "");
    assert_string_equal(heard.text, "");
    assert_int_equal(heard.count, 2);
}

static void test_events_of_any_length(void **unused)
{
    static struct heard heard;
    struct log log = {.sink = hear, .ud = &heard, .least = LOG_DEBUG};
    for (int len = 1000; len < 1050; len++) {
        log_info(&log, "%*s", len, "end");
        assert_int_equal(strlen(heard.text), len);
        assert_string_equal(heard.text + len - 3, "end");
    }
    log_info(&log, "%4000s", "end");
    assert_int_equal(strlen(heard.text), 4000);
}

static bool admit_odd(void *ud, uint64_t kind)
{
    return kind % 2;
}

static void test_what_is_not_admitted_is_not_heard(void **unused)
{
    static struct heard heard;
    struct log log = {.sink = hear, .ud = &heard, .admits = admit_odd};
    log_write_kind(&log, LOG_INFO, 2, "no");
    assert_int_equal(heard.count, 0);
    log_write_kind(&log, LOG_INFO, 3, "%s", "yes");
    assert_string_equal(heard.text, "yes");
}

static void test_no_sink_is_silence(void **unused)
{
    struct log log = {.least = LOG_DEBUG};
    log_error(&log, "nobody");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_levels_and_times),
        cmocka_unit_test(test_long_text_is_cut),
        cmocka_unit_test(test_the_longest_text_is_not_cut),
        cmocka_unit_test(test_no_text_forges_a_line),
        cmocka_unit_test(test_sink_hears_from_its_level_on),
        cmocka_unit_test(test_events_of_any_length),
        cmocka_unit_test(test_what_is_not_admitted_is_not_heard),
        cmocka_unit_test(test_no_sink_is_silence),
    };
    setenv("TZ", "UTC", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
