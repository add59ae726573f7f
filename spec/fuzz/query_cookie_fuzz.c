/* Query strings survive being written anew, percent-escapes come back, and cookies are views. */
#include "spec/fuzz/fuzz.h"

#include "core/codec/cookie.h"
#include "core/codec/query.h"

static void put_part(struct buf *out, struct slice text)
{
    buf_printf(out, "%zu:", text.len);
    buf_append_slice(out, text);
}

/* All pairs into `out`, in a form that tells any two lists apart, and anew as a query string. */
static void read_pairs(struct slice text, struct buf *out, struct buf *anew)
{
    struct query_reader r;
    struct query_pair pair;
    query_reader_init(&r, text);
    while (query_next(&r, &pair)) {
        put_part(out, pair.name);
        put_part(out, pair.value);
        buf_append_str(anew, anew->len ? "&" : "");
        query_encode(pair.name, false, anew);
        buf_append_char(anew, '=');
        query_encode(pair.value, false, anew);
    }
    query_reader_dispose(&r);
}

static void check_query(struct slice text)
{
    struct buf pairs = BUF_INIT, anew = BUF_INIT, again = BUF_INIT, unused = BUF_INIT;
    read_pairs(text, &pairs, &anew);
    read_pairs(buf_slice(&anew), &again, &unused);
    require(slice_equal(buf_slice(&pairs), buf_slice(&again)),
            "a query written anew reads the same");
    require(slice_equal(buf_slice(&anew), buf_slice(&unused)), "and is written the same");
    buf_dispose(&pairs);
    buf_dispose(&anew);
    buf_dispose(&again);
    buf_dispose(&unused);
}

static void check_escapes(struct slice text, bool keep_slash)
{
    struct buf escaped = BUF_INIT, back = BUF_INIT;
    query_encode(text, keep_slash, &escaped);
    query_decode(buf_slice(&escaped), true, &back);
    require(slice_equal(buf_slice(&back), text), "escaped text comes back");
    back.len = 0;
    query_decode(text, keep_slash, &back);
    require(back.len <= text.len, "decoding does not lengthen");
    buf_dispose(&escaped);
    buf_dispose(&back);
}

static void check_find(struct slice text)
{
    struct query_reader r;
    struct query_pair pair;
    struct buf found = BUF_INIT;
    query_reader_init(&r, text);
    if (query_next(&r, &pair) && !memchr(pair.name.ptr, 0, pair.name.len)) {
        char *name = strndup(pair.name.ptr, pair.name.len);
        require(query_find(text, name, &found), "the first name is found");
        require(slice_equal(buf_slice(&found), pair.value), "with its value");
        free(name);
    }
    query_reader_dispose(&r);
    buf_dispose(&found);
}

static void check_cookies(struct slice header)
{
    struct cookie_reader r;
    struct slice name, value;
    cookie_reader_init(&r, header);
    while (cookie_next(&r, &name, &value)) {
        require(name.len && is_inside(name, header), "a name is a view of the header");
        require(is_inside(value, header), "a value is a view of the header");
        require(slice_index(name, '=') == name.len, "no name has an equals sign");
        require(slice_index(value, ';') == value.len, "no value has a semicolon");
        require(slice_equal(slice_trim(name), name), "names have no blanks around them");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_make(data, size);
    check_query(text);
    check_escapes(text, false);
    check_escapes(text, true);
    check_find(text);
    check_cookies(text);
    return 0;
}
