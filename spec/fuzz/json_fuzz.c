/* JSON: what is read can be written, and reads as the same again; what is not valid has a place.
 */
#include "spec/fuzz/fuzz.h"

#include "core/codec/json.h"
#include "core/codec/utf8.h"

static void put_text(struct buf *out, struct slice text)
{
    require(utf8_valid(text), "the reader gives only UTF-8");
    require(json_put_string(out, text), "valid text can be written");
}

/* Writes a token, with a comma before every value or key that follows another. */
static void put_token(struct buf *out, const struct json_reader *r, enum json_token token)
{
    static const char *const fixed[] = {
        [JSON_NULL] = "null",   [JSON_TRUE] = "true", [JSON_FALSE] = "false", [JSON_ARRAY] = "[",
        [JSON_ARRAY_END] = "]", [JSON_OBJECT] = "{",  [JSON_OBJECT_END] = "}"};
    bool closes = token == JSON_ARRAY_END || token == JSON_OBJECT_END;
    if (out->len && !closes && !strchr("[{:", out->ptr[out->len - 1]))
        buf_append_char(out, ',');
    if (token == JSON_STRING || token == JSON_KEY)
        put_text(out, r->text);
    else if (token == JSON_INT)
        json_put_int(out, r->number.i);
    else if (token == JSON_DOUBLE)
        json_put_double(out, r->number.d);
    else
        buf_append_str(out, fixed[token]);
    if (token == JSON_KEY)
        buf_append_char(out, ':');
}

/* Whether `input` is valid, and its compact form in `out`. */
static bool rewrite(struct slice input, struct buf *out)
{
    struct json_reader r;
    enum json_token token;
    size_t offset = 0;
    json_reader_init(&r, input);
    while ((token = json_next(&r)) > JSON_END) {
        bool text = token == JSON_STRING || token == JSON_KEY;
        require(!text || is_inside(r.text, input) || is_inside(r.text, buf_slice(&r._scratch)),
                "text is a view of the input or of the scratch buffer");
        require(r._depth <= JSON_DEPTH_MAX, "the depth is bounded");
        put_token(out, &r, token);
    }
    const char *error = json_reader_error(&r, &offset);
    require((token == JSON_ERROR) == (error != NULL), "an error has a text");
    require(offset <= input.len, "an error is within the input");
    require(json_next(&r) == token, "the end stays the end");
    json_reader_dispose(&r);
    return token == JSON_END;
}

static void check_value(struct slice input)
{
    struct buf once = BUF_INIT, twice = BUF_INIT;
    bool valid = rewrite(input, &once);
    require(json_valid(input) == valid, "json_valid agrees with the tokens");
    if (valid) {
        require(rewrite(buf_slice(&once), &twice), "what was written is valid");
        require(slice_equal(buf_slice(&once), buf_slice(&twice)), "and means the same");
    }
    buf_dispose(&once);
    buf_dispose(&twice);
}

static void check_string(struct slice text)
{
    struct buf out = BUF_INIT;
    struct json_reader r;
    require(json_put_string(&out, text) == utf8_valid(text), "what is UTF-8 can be written");
    json_reader_init(&r, buf_slice(&out));
    if (out.len) {
        require(json_next(&r) == JSON_STRING, "a written string is read");
        require(slice_equal(r.text, text), "a written string reads as itself");
        require(json_next(&r) == JSON_END, "a written string is one value");
    }
    json_reader_dispose(&r);
    buf_dispose(&out);
}

static void check_short_memory(struct slice input)
{
    for (uint64_t n = 1; n <= 3; n++) {
        mem_test_fail_nth(n);
        bool valid = json_valid(input);
        bool failed = mem_test_count() >= n;
        mem_test_fail_nth(0);
        require(!failed || !valid, "short memory is an error");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice input = slice_make(data, size);
    check_value(input);
    check_string(input);
    check_short_memory(input);
    return 0;
}
