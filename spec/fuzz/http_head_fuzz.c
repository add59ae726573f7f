/* A request's head is views of its bytes and ends where it ends, however it was cut; so does its
 * body. */
#include "spec/fuzz/fuzz.h"

#include "core/net/http_body.h"
#include "core/net/http_date.h"
#include "core/net/http_range.h"

#define LIMIT 64 /* bytes of body */

/* Where the head ends, looked for in growing pieces. */
static size_t length_by(struct slice bytes, size_t piece)
{
    size_t looked = 0;
    for (size_t have = piece; looked < bytes.len; have += piece) {
        size_t upto = have < bytes.len ? have : bytes.len;
        size_t len = http_head_length(slice_make(bytes.ptr, upto), looked);
        if (len)
            return len;
        looked = upto;
    }
    return 0;
}

struct outcome {
    enum http_body_state state;
    struct buf bytes;
    size_t used;
};

static void read_by(const struct http_head *head, struct slice bytes, size_t piece,
                    struct outcome *out)
{
    struct http_body b;
    *out = (struct outcome){0};
    http_body_init(&b, head, LIMIT);
    while (b.state == HTTP_BODY_READING && out->used < bytes.len) {
        size_t left = bytes.len - out->used;
        out->used +=
            http_body_read(&b, slice_make(bytes.ptr + out->used, left < piece ? left : piece));
    }
    require(b.bytes.len <= LIMIT, "no body is over its limit");
    out->state = b.state;
    out->bytes = b.bytes;
}

static void check_body(const struct http_head *head, struct slice rest)
{
    struct outcome whole, cut;
    read_by(head, rest, rest.len ? rest.len : 1, &whole);
    for (size_t piece = 1; piece < 8; piece++) {
        read_by(head, rest, piece, &cut);
        require(cut.state == whole.state && cut.used == whole.used, "cut or not, it ends there");
        require(slice_equal(buf_slice(&cut.bytes), buf_slice(&whole.bytes)), "with these bytes");
        buf_dispose(&cut.bytes);
    }
    buf_dispose(&whole.bytes);
}

static void check_head(const struct http_head *head, struct slice bytes)
{
    require(is_inside(head->method, bytes) && head->method.len, "the method is a view");
    require(is_inside(head->query, bytes), "the query is a view");
    require(head->raw_path.len > 0, "there is a path");
    for (size_t i = 0; i < head->header_count; i++) {
        struct slice value = head->headers[i].value;
        require(is_inside(head->headers[i].name, bytes), "a name is a view");
        require(is_inside(value, bytes), "a value is a view");
        require(slice_index(value, '\r') == value.len && slice_index(value, '\n') == value.len &&
                    slice_index(value, 0) == value.len,
                "no value has a line break or a NUL");
    }
}

static void check_ranges(const struct http_head *head)
{
    uint64_t from = 0, len = 0;
    struct http_request request = {
        .method = SLICE("GET"), .headers = head->headers, .header_count = head->header_count};
    struct http_range_file file = {.size = 1000, .modified_s = 784111777, .etag = SLICE("\"t\"")};
    enum http_range_answer answer = http_range_decide(&request, &file, &from, &len);
    if (answer == HTTP_RANGE_WHOLE || answer == HTTP_RANGE_PART)
        require(len > 0 && from + len <= file.size, "a range is within the file");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice bytes = slice_make(data, size);
    struct http_head head;
    size_t len = http_head_length(bytes, 0);
    for (size_t piece = 1; piece < 6; piece++)
        require(length_by(bytes, piece) == len, "cut or not, the head ends there");
    if (!len || http_head_parse(slice_make(bytes.ptr, len), &head) != HTTP_HEAD_OK)
        return 0;
    check_head(&head, slice_make(bytes.ptr, len));
    check_ranges(&head);
    check_body(&head, slice_skip(bytes, len));
    return 0;
}
