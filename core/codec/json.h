/* JSON (RFC 8259), as a pull reader and a few writers; builds no tree.
 * bindings/value walks the reader and pushes Lua values as it goes, so that a message is read once.
 * The reader allocates only for strings with escapes. Strict: no comments, no trailing comma, valid
 * UTF-8 only, a lone \u surrogate becomes U+FFFD. */
#ifndef MW_CODEC_JSON_H
#define MW_CODEC_JSON_H

#include "core/base/buf.h"
#include "core/codec/number.h"

/* Levels of arrays and objects: 128 of a value, and the array of an event's arguments. */
#define JSON_DEPTH_MAX 129

enum json_token {
    JSON_ERROR, /* malformed, too deep, or out of memory: see json_reader_error */
    JSON_END,   /* the one value is complete and nothing but white space follows */
    JSON_NULL,
    JSON_TRUE,
    JSON_FALSE,
    JSON_INT,    /* reader->number.i */
    JSON_DOUBLE, /* reader->number.d */
    JSON_STRING, /* reader->text, decoded */
    JSON_KEY,    /* reader->text, decoded; the value follows */
    JSON_ARRAY,
    JSON_ARRAY_END,
    JSON_OBJECT,
    JSON_OBJECT_END
};

struct json_reader {
    struct slice text;    /* of JSON_STRING and JSON_KEY: valid until the next call */
    struct number number; /* of JSON_INT and JSON_DOUBLE */
    const char *_at, *_end, *_start;
    const char *_error;
    struct buf _scratch; /* unescaped strings */
    unsigned _depth;
    unsigned char _state;
    uint64_t _objects[(JSON_DEPTH_MAX + 63) / 64]; /* a bit a level: object or array */
};

/* `input` must outlive the reader. Dispose frees the scratch memory; a reader can be given a new
 * input instead. */
void json_reader_init(struct json_reader *r, struct slice input);
void json_reader_restart(struct json_reader *r, struct slice input);
void json_reader_dispose(struct json_reader *r);

/* The next token. After JSON_ERROR or JSON_END it stays there. */
enum json_token json_next(struct json_reader *r);
/* What is wrong ("unexpected character"), never NULL after JSON_ERROR, and at which byte of the
 * input. */
const char *json_reader_error(const struct json_reader *r, size_t *out_offset);

/* How far the input was read: behind the latest token. */
static inline const char *json_reader_at(const struct json_reader *r)
{
    return r->_at;
}

/* Consumes one whole value (the next one) without looking at it. False on malformed input, and if
 * no value comes next (but a key, a bracket that closes, or the end). */
bool json_skip(struct json_reader *r);
/* Is `text` exactly one valid JSON value? */
bool json_valid(struct slice text);

/* Appends a quoted JSON string. False, nothing appended, if `text` is not valid UTF-8. Escapes what
 * JSON demands; U+2028 and U+2029 too, so that the text is also JavaScript (JSONP). */
MUST_CHECK bool json_put_string(struct buf *out, struct slice text);
/* The same without the quotes, for a string that comes in pieces of whole characters. False: part
 * of it may have been appended. */
MUST_CHECK bool json_put_part(struct buf *out, struct slice text);
void json_put_int(struct buf *out, int64_t value);
/* `value` must be finite. */
void json_put_double(struct buf *out, double value);

#endif
