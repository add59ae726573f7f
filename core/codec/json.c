/* The JSON reader: one call, one token, and between calls only a state and a bit a level.
 * It is on the path of every message, so it looks at each byte once: text without escapes stays
 * where it is, and numbers are read as they are found. Builds nothing, and does not look for keys
 * that come twice. */
#include "core/codec/json.h"

#include "core/codec/json_scan.h"
#include "core/codec/json_string.h"

enum state {
    STATE_VALUE,        /* a value must come */
    STATE_ARRAY_FIRST,  /* a value, or the end of the empty array */
    STATE_OBJECT_FIRST, /* a key, or the end of the empty object */
    STATE_AFTER,        /* behind a value of an array or object: a comma or its end */
    STATE_DONE,         /* behind the outermost value */
    STATE_ERROR
};

void json_reader_init(struct json_reader *r, struct slice input)
{
    r->_scratch = BUF_INIT;
    json_reader_restart(r, input);
}

void json_reader_restart(struct json_reader *r, struct slice input)
{
    r->text = (struct slice){NULL, 0};
    r->_start = r->_at = input.ptr ? input.ptr : "";
    r->_end = r->_start + input.len;
    r->_error = NULL;
    r->_depth = 0;
    r->_state = STATE_VALUE;
}

void json_reader_dispose(struct json_reader *r)
{
    buf_dispose(&r->_scratch);
}

static enum json_token json_fail(struct json_reader *r, const char *at, const char *why)
{
    r->_at = at;
    r->_error = why;
    r->_state = STATE_ERROR;
    return JSON_ERROR;
}

const char *json_reader_error(const struct json_reader *r, size_t *out_offset)
{
    *out_offset = (size_t)(r->_at - r->_start);
    return r->_error;
}

static inline const char *json_skip_space(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    return at;
}

static inline bool json_in_object(const struct json_reader *r)
{
    unsigned level = r->_depth - 1;
    return r->_objects[level / 64] >> (level % 64) & 1;
}

/* Behind a whole value: what may follow depends on where it stands. */
static inline enum json_token json_after(struct json_reader *r, const char *at,
                                         enum json_token token)
{
    r->_at = at;
    r->_state = r->_depth ? STATE_AFTER : STATE_DONE;
    return token;
}

static enum json_token json_open(struct json_reader *r, const char *at, bool object)
{
    if (r->_depth == JSON_DEPTH_MAX)
        return json_fail(r, at, "nested too deep");
    uint64_t bit = UINT64_C(1) << (r->_depth % 64);
    uint64_t *bits = &r->_objects[r->_depth / 64];
    *bits = object ? *bits | bit : *bits & ~bit;
    r->_depth++;
    r->_at = at + 1;
    r->_state = object ? STATE_OBJECT_FIRST : STATE_ARRAY_FIRST;
    return object ? JSON_OBJECT : JSON_ARRAY;
}

static enum json_token json_close(struct json_reader *r, const char *at)
{
    bool object = json_in_object(r);
    if (*at != (object ? '}' : ']'))
        return json_fail(r, at, object ? "expected ',' or '}'" : "expected ',' or ']'");
    r->_depth--;
    return json_after(r, at + 1, object ? JSON_OBJECT_END : JSON_ARRAY_END);
}

/* Reads the string whose opening quote is at `at` into r->text. Returns what follows it, or NULL.
 */
static inline const char *json_text(struct json_reader *r, const char *at)
{
    struct json_string string;
    const char *from = at + 1;
    const char *stop = json_scan_plain(from, r->_end);
    if (stop < r->_end && *stop == '"') {
        r->text = slice_make(from, (size_t)(stop - from));
        return stop + 1;
    }
    if (!json_string_read(from, stop, r->_end, &r->_scratch, &string)) {
        json_fail(r, string.stop, string.error);
        return NULL;
    }
    r->text = string.text;
    return string.stop + 1;
}

static enum json_token json_string(struct json_reader *r, const char *at)
{
    at = json_text(r, at);
    return at ? json_after(r, at, JSON_STRING) : JSON_ERROR;
}

/* A key and its colon. */
static enum json_token json_key(struct json_reader *r, const char *at)
{
    if (at == r->_end || *at != '"')
        return json_fail(r, at, "expected a key in quotes");
    at = json_text(r, at);
    if (!at)
        return JSON_ERROR;
    at = json_skip_space(at, r->_end);
    if (at == r->_end || *at != ':')
        return json_fail(r, at, "expected ':'");
    r->_at = at + 1;
    r->_state = STATE_VALUE;
    return JSON_KEY;
}

static enum json_token json_number(struct json_reader *r, const char *at)
{
    const char *end = number_read(slice_make(at, (size_t)(r->_end - at)), &r->number);
    if (!end)
        return json_fail(r, at, "malformed or too large a number");
    return json_after(r, end, r->number.is_int ? JSON_INT : JSON_DOUBLE);
}

static enum json_token json_literal(struct json_reader *r, const char *at, struct slice word,
                                    enum json_token token)
{
    if (!slice_starts_with(slice_make(at, (size_t)(r->_end - at)), word))
        return json_fail(r, at, "unexpected character");
    return json_after(r, at + word.len, token);
}

static enum json_token json_value(struct json_reader *r, const char *at)
{
    if (at == r->_end)
        return json_fail(r, at, "unexpected end");
    switch (*at) {
    case '"':
        return json_string(r, at);
    case '{':
        return json_open(r, at, true);
    case '[':
        return json_open(r, at, false);
    case 't':
        return json_literal(r, at, SLICE("true"), JSON_TRUE);
    case 'f':
        return json_literal(r, at, SLICE("false"), JSON_FALSE);
    case 'n':
        return json_literal(r, at, SLICE("null"), JSON_NULL);
    default:
        if (*at == '-' || (*at >= '0' && *at <= '9'))
            return json_number(r, at);
        return json_fail(r, at, "unexpected character");
    }
}

static enum json_token json_after_comma(struct json_reader *r, const char *at)
{
    at = json_skip_space(at + 1, r->_end);
    return json_in_object(r) ? json_key(r, at) : json_value(r, at);
}

enum json_token json_next(struct json_reader *r)
{
    const char *at = json_skip_space(r->_at, r->_end);
    if (at == r->_end && r->_state < STATE_DONE)
        return json_fail(r, at, "unexpected end");
    switch ((enum state)r->_state) {
    case STATE_AFTER:
        return *at == ',' ? json_after_comma(r, at) : json_close(r, at);
    case STATE_VALUE:
        return json_value(r, at);
    case STATE_ARRAY_FIRST:
        return *at == ']' ? json_close(r, at) : json_value(r, at);
    case STATE_OBJECT_FIRST:
        return *at == '}' ? json_close(r, at) : json_key(r, at);
    case STATE_DONE:
        return at == r->_end ? JSON_END : json_fail(r, at, "more text after the value");
    case STATE_ERROR:
        return JSON_ERROR;
    }
    return JSON_ERROR;
}

static bool json_is_close(enum json_token token)
{
    return token == JSON_ARRAY_END || token == JSON_OBJECT_END;
}

bool json_skip(struct json_reader *r)
{
    unsigned depth = r->_depth;
    enum json_token token = json_next(r);
    if (json_is_close(token) || token == JSON_KEY || token == JSON_END)
        return false;
    while (token != JSON_ERROR && r->_depth > depth)
        token = json_next(r);
    return token != JSON_ERROR;
}

bool json_valid(struct slice text)
{
    struct json_reader r;
    json_reader_init(&r, text);
    bool valid = json_skip(&r) && json_next(&r) == JSON_END;
    json_reader_dispose(&r);
    return valid;
}
