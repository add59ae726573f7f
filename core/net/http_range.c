/* Conditional and range requests.
 * In the order of RFC 9110 section 13.2.2. If-Match and If-Unmodified-Since are left out: they
 * guard writes, and nothing is written here. */
#include "core/net/http_range.h"
#include "core/net/http_date.h"

/* The weak comparison: `W/` says nothing here, as all our tags are strong. */
static bool tag_listed(struct slice list, struct slice etag)
{
    while (list.len) {
        size_t len = slice_index(list, ',');
        struct slice tag = slice_trim(slice_make(list.ptr, len));
        if (slice_starts_with(tag, SLICE("W/")))
            tag = slice_skip(tag, 2);
        if (slice_equal(tag, etag) || slice_equal(tag, SLICE("*")))
            return true;
        list = slice_skip(list, len < list.len ? len + 1 : len);
    }
    return false;
}

static bool not_modified(const struct http_request *request, const struct http_range_file *file)
{
    int64_t since_s;
    struct slice tags = http_request_header(request, "if-none-match");
    if (tags.ptr)
        return tag_listed(tags, file->etag);
    struct slice since = http_request_header(request, "if-modified-since");
    return since.ptr && http_date_parse(since, &since_s) && file->modified_s <= since_s;
}

/* Is the range asked of the file as it is now? */
static bool range_applies(const struct http_request *request, const struct http_range_file *file)
{
    int64_t date_s;
    struct slice condition = http_request_header(request, "if-range");
    if (!condition.ptr)
        return true;
    if (condition.len && condition.ptr[0] == '"')
        return slice_equal(condition, file->etag);
    return http_date_parse(condition, &date_s) && date_s == file->modified_s;
}

/* Digits off the front; false if there are none. Too large a number becomes the largest. */
static bool take_number(struct slice *rest, uint64_t *out)
{
    struct slice start = *rest;
    uint64_t value = 0;
    while (rest->len && rest->ptr[0] >= '0' && rest->ptr[0] <= '9') {
        uint64_t digit = (uint64_t)(rest->ptr[0] - '0');
        value = value > (UINT64_MAX - digit) / 10 ? UINT64_MAX : value * 10 + digit;
        *rest = slice_skip(*rest, 1);
    }
    *out = value;
    return rest->len < start.len;
}

static enum http_range_answer cut(uint64_t from, uint64_t to, uint64_t size, uint64_t *out_from,
                                  uint64_t *out_len)
{
    if (from >= size)
        return HTTP_RANGE_IMPOSSIBLE;
    *out_from = from;
    *out_len = (to < size ? to + 1 : size) - from;
    return HTTP_RANGE_PART;
}

/* What cannot be read as one range is passed over: the whole is always a right answer. */
static enum http_range_answer parse_range(struct slice text, uint64_t size, uint64_t *out_from,
                                          uint64_t *out_len)
{
    uint64_t from, to;
    if (!slice_starts_with(text, SLICE("bytes=")))
        return HTTP_RANGE_WHOLE;
    text = slice_trim(slice_skip(text, 6));
    bool has_from = take_number(&text, &from);
    if (!text.len || text.ptr[0] != '-')
        return HTTP_RANGE_WHOLE;
    text = slice_skip(text, 1);
    bool has_to = take_number(&text, &to);
    if (text.len || (!has_from && !has_to) || (has_from && has_to && to < from))
        return HTTP_RANGE_WHOLE;
    if (has_from)
        return cut(from, has_to ? to : UINT64_MAX, size, out_from, out_len);
    if (to == 0)
        return HTTP_RANGE_IMPOSSIBLE;
    return cut(to < size ? size - to : 0, UINT64_MAX, size, out_from, out_len);
}

enum http_range_answer http_range_decide(const struct http_request *request,
                                         const struct http_range_file *file, uint64_t *out_from,
                                         uint64_t *out_len)
{
    *out_from = 0;
    *out_len = file->size;
    if (not_modified(request, file))
        return HTTP_RANGE_NOT_MODIFIED;
    struct slice range = http_request_header(request, "range");
    if (!range.ptr || !slice_equal(request->method, SLICE("GET")) || !range_applies(request, file))
        return HTTP_RANGE_WHOLE;
    return parse_range(range, file->size, out_from, out_len);
}
