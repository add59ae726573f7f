/* MessagePack to JSON: one recursive walk, bounded by the depth that JSON has here. */
#include "core/codec/json.h"
#include "core/codec/msgpack.h"
#include <math.h>
#include <stdio.h>
#include <time.h>

#define ID_MAX ((UINT64_C(1) << 53) - 1)
#define EXT_DATE 0 /* 8 bytes: milliseconds since 1970 */

static enum err read_value(struct msgpack_reader *r, struct buf *out,
                           struct msgpack_attachments *attachments);

void msgpack_attachments_dispose(struct msgpack_attachments *a)
{
    mem_free(a->items);
    *a = (struct msgpack_attachments){0};
}

static bool attachments_add(struct msgpack_attachments *a, struct slice bytes)
{
    if (a->count == a->_cap) {
        size_t cap = a->_cap ? a->_cap * 2 : 8;
        struct slice *grown = mem_try_realloc(a->items, cap * sizeof(*grown));
        if (!grown)
            return false;
        a->items = grown;
        a->_cap = cap;
    }
    a->items[a->count++] = bytes;
    return true;
}

/* Takes `count` bytes; false if there are not so many. */
static bool take(struct msgpack_reader *r, size_t count, struct slice *out)
{
    if (count > r->rest.len)
        return false;
    *out = slice_make(r->rest.ptr, count);
    r->rest = slice_skip(r->rest, count);
    return true;
}

/* A big-endian unsigned integer of 1, 2, 4 or 8 bytes. */
static bool take_uint(struct msgpack_reader *r, size_t width, uint64_t *out)
{
    struct slice bytes;
    if (!take(r, width, &bytes))
        return false;
    *out = 0;
    for (size_t i = 0; i < width; i++)
        *out = *out << 8 | (unsigned char)bytes.ptr[i];
    return true;
}

static bool take_tag(struct msgpack_reader *r, unsigned char *out)
{
    uint64_t tag;
    if (!take_uint(r, 1, &tag))
        return false;
    *out = (unsigned char)tag;
    return true;
}

/* The length behind a tag of a family whose members have 1, 2 and 4 byte lengths. */
static bool take_length(struct msgpack_reader *r, unsigned char tag, unsigned char first,
                        uint64_t *out)
{
    return take_uint(r, (size_t)1 << (tag - first), out);
}

/* --- pieces --- */

static bool is_string(unsigned char tag)
{
    return (tag & 0xe0) == 0xa0 || (tag >= 0xd9 && tag <= 0xdb);
}

static bool take_string(struct msgpack_reader *r, unsigned char tag, struct slice *out)
{
    uint64_t len = tag & 0x1f;
    if (tag >= 0xd9 && !take_length(r, tag, 0xd9, &len))
        return false;
    return take(r, len, out);
}

enum err msgpack_read_string(struct msgpack_reader *r, struct slice *out)
{
    unsigned char tag;
    if (!take_tag(r, &tag) || !is_string(tag) || !take_string(r, tag, out))
        return ERR_SYNTAX;
    return ERR_OK;
}

static bool is_map(unsigned char tag)
{
    return (tag & 0xf0) == 0x80 || tag == 0xde || tag == 0xdf;
}

static bool take_count(struct msgpack_reader *r, unsigned char tag, unsigned char wide,
                       uint64_t *out)
{
    *out = tag & 0x0f;
    return tag < 0xc0 || take_uint(r, tag == wide ? 2 : 4, out);
}

enum err msgpack_read_map(struct msgpack_reader *r, size_t *out_pairs)
{
    unsigned char tag;
    uint64_t count;
    if (!take_tag(r, &tag) || !is_map(tag) || !take_count(r, tag, 0xde, &count))
        return ERR_SYNTAX;
    *out_pairs = count;
    return ERR_OK;
}

/* Of 1, 2, 4 or 8 bytes; some encoders, ours too, write positive numbers as signed ones. */
static enum err take_id(struct msgpack_reader *r, unsigned char tag, uint64_t *out)
{
    size_t width = (size_t)1 << (tag & 3);
    if (!take_uint(r, width, out) || *out > ID_MAX)
        return ERR_SYNTAX;
    bool negative = tag >= 0xd0 && *out >> (8 * width - 1);
    return negative ? ERR_SYNTAX : ERR_OK;
}

enum err msgpack_read_id(struct msgpack_reader *r, uint64_t *out)
{
    unsigned char tag;
    if (!take_tag(r, &tag))
        return ERR_SYNTAX;
    if (tag < 0x80) {
        *out = tag;
        return ERR_OK;
    }
    if (tag >= 0xcc && tag <= 0xd3)
        return take_id(r, tag, out);
    double number; /* notepack writes integers over 2^32 as doubles in some versions */
    if (tag != 0xcb || !take_uint(r, 8, out))
        return ERR_SYNTAX;
    memcpy(&number, out, sizeof(number));
    if (!(number >= 0 && number <= (double)ID_MAX) || number != floor(number))
        return ERR_SYNTAX;
    *out = (uint64_t)number;
    return ERR_OK;
}

/* --- values --- */

static enum err put_double(struct buf *out, double value)
{
    if (isfinite(value))
        json_put_double(out, value);
    else
        buf_append_str(out, "null"); /* as JSON.stringify */
    return ERR_OK;
}

static enum err read_number(struct msgpack_reader *r, unsigned char tag, struct buf *out)
{
    uint64_t bits;
    float single;
    double number;

    if (tag == 0xca) {
        if (!take_uint(r, 4, &bits))
            return ERR_SYNTAX;
        uint32_t narrow = (uint32_t)bits;
        memcpy(&single, &narrow, sizeof(single));
        return put_double(out, single);
    }
    if (tag == 0xcb) {
        if (!take_uint(r, 8, &bits))
            return ERR_SYNTAX;
        memcpy(&number, &bits, sizeof(number));
        return put_double(out, number);
    }
    bool is_signed = tag >= 0xd0;
    size_t width = (size_t)1 << (tag - (is_signed ? 0xd0 : 0xcc));
    if (!take_uint(r, width, &bits))
        return ERR_SYNTAX;
    if (!is_signed && bits > INT64_MAX)
        return put_double(out, (double)bits);
    unsigned shift = (unsigned)(64 - 8 * width);
    json_put_int(out, is_signed ? (int64_t)(bits << shift) >> shift : (int64_t)bits);
    return ERR_OK;
}

static enum err read_binary(struct msgpack_reader *r, uint64_t len, struct buf *out,
                            struct msgpack_attachments *attachments)
{
    struct slice bytes;
    if (!take(r, len, &bytes))
        return ERR_SYNTAX;
    buf_printf(out, "{\"_placeholder\":true,\"num\":%zu}", attachments->count);
    return attachments_add(attachments, bytes) ? ERR_OK : ERR_NOMEM;
}

static enum err put_date(struct buf *out, int64_t unix_ms)
{
    time_t seconds = (time_t)(unix_ms / 1000 - (unix_ms % 1000 < 0));
    struct tm t;
    if (!gmtime_r(&seconds, &t) || t.tm_year > 9999 - 1900 || t.tm_year < -1900)
        return ERR_SYNTAX;
    buf_printf(out, "\"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ\"", t.tm_year + 1900, t.tm_mon + 1,
               t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec, (int)(unix_ms - (int64_t)seconds * 1000));
    return ERR_OK;
}

/* Extensions of notepack: undefined, dates, and ArrayBuffer. */
static enum err read_ext(struct msgpack_reader *r, uint64_t len, struct buf *out,
                         struct msgpack_attachments *attachments)
{
    unsigned char type;
    uint64_t bits;
    if (!take_tag(r, &type))
        return ERR_SYNTAX;
    if (type != EXT_DATE)
        return ERR_UNSUPPORTED;
    if (len == 1) {
        buf_append_str(out, "null");
        return take_uint(r, 1, &bits) ? ERR_OK : ERR_SYNTAX;
    }
    if (len == 8)
        return take_uint(r, 8, &bits) ? put_date(out, (int64_t)bits) : ERR_SYNTAX;
    return read_binary(r, len, out, attachments);
}

static enum err read_key(struct msgpack_reader *r, struct buf *out)
{
    struct slice key;
    enum err err = msgpack_read_string(r, &key);
    if (err != ERR_OK)
        return err;
    return json_put_string(out, key) ? ERR_OK : ERR_SYNTAX;
}

static enum err read_container(struct msgpack_reader *r, uint64_t count, bool map, struct buf *out,
                               struct msgpack_attachments *attachments)
{
    enum err err = ERR_OK;

    if (r->_depth == JSON_DEPTH_MAX)
        return ERR_RANGE;
    r->_depth++;
    buf_append_char(out, map ? '{' : '[');
    for (uint64_t i = 0; i < count && err == ERR_OK; i++) {
        if (i)
            buf_append_char(out, ',');
        if (map) {
            err = read_key(r, out);
            buf_append_char(out, ':');
        }
        if (err == ERR_OK)
            err = read_value(r, out, attachments);
    }
    buf_append_char(out, map ? '}' : ']');
    r->_depth--;
    return err;
}

static enum err read_tagged(struct msgpack_reader *r, unsigned char tag, struct buf *out,
                            struct msgpack_attachments *attachments)
{
    uint64_t count;

    switch (tag) {
    case 0xc0:
        buf_append_str(out, "null");
        return ERR_OK;
    case 0xc2:
    case 0xc3:
        buf_append_str(out, tag == 0xc3 ? "true" : "false");
        return ERR_OK;
    case 0xc4:
    case 0xc5:
    case 0xc6:
        return take_length(r, tag, 0xc4, &count) ? read_binary(r, count, out, attachments)
                                                 : ERR_SYNTAX;
    case 0xc7:
    case 0xc8:
    case 0xc9:
        return take_length(r, tag, 0xc7, &count) ? read_ext(r, count, out, attachments)
                                                 : ERR_SYNTAX;
    case 0xdc:
    case 0xdd:
        return take_count(r, tag, 0xdc, &count) ? read_container(r, count, false, out, attachments)
                                                : ERR_SYNTAX;
    default:
        if (tag >= 0xca && tag <= 0xd3)
            return read_number(r, tag, out);
        if (tag >= 0xd4 && tag <= 0xd8)
            return read_ext(r, UINT64_C(1) << (tag - 0xd4), out, attachments);
        return ERR_SYNTAX;
    }
}

static enum err read_value(struct msgpack_reader *r, struct buf *out,
                           struct msgpack_attachments *attachments)
{
    unsigned char tag;
    struct slice text;
    uint64_t count;

    if (!take_tag(r, &tag))
        return ERR_SYNTAX;
    if (tag < 0x80 || tag >= 0xe0) {
        json_put_int(out, (int8_t)tag);
        return ERR_OK;
    }
    if (is_string(tag))
        return take_string(r, tag, &text) && json_put_string(out, text) ? ERR_OK : ERR_SYNTAX;
    if (is_map(tag))
        return take_count(r, tag, 0xde, &count) ? read_container(r, count, true, out, attachments)
                                                : ERR_SYNTAX;
    if ((tag & 0xf0) == 0x90)
        return read_container(r, tag & 0x0f, false, out, attachments);
    return read_tagged(r, tag, out, attachments);
}

enum err msgpack_read_json(struct msgpack_reader *r, struct buf *out,
                           struct msgpack_attachments *attachments)
{
    return read_value(r, out, attachments);
}
