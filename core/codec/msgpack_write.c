/* JSON to MessagePack: containers need their count first, so one is left open in the output and
 * filled in when it closes. */
#include "core/codec/json.h"
#include "core/codec/msgpack.h"

static void put_uint(struct buf *out, uint64_t value, size_t width)
{
    for (size_t i = width; i-- > 0;)
        buf_append_char(out, (char)(value >> (8 * i)));
}

/* A tag of a family whose members have 1, 2 and 4 byte lengths, and the length. */
static void put_length(struct buf *out, unsigned char first, size_t len)
{
    unsigned step = len < 0x100 ? 0 : len < 0x10000 ? 1 : 2;
    buf_append_char(out, (char)(first + step));
    put_uint(out, len, (size_t)1 << step);
}

void msgpack_put_map(struct buf *out, size_t pairs)
{
    buf_append_char(out, (char)0xdf);
    put_uint(out, pairs, 4);
}

void msgpack_put_string(struct buf *out, struct slice text)
{
    if (text.len < 32)
        buf_append_char(out, (char)(0xa0 | text.len));
    else
        put_length(out, 0xd9, text.len);
    buf_append_slice(out, text);
}

void msgpack_put_int(struct buf *out, int64_t value)
{
    if (value >= -32 && value < 128) {
        buf_append_char(out, (char)value);
        return;
    }
    unsigned step = 3;
    if (value >= INT8_MIN && value <= INT8_MAX)
        step = 0;
    else if (value >= INT16_MIN && value <= INT16_MAX)
        step = 1;
    else if (value >= INT32_MIN && value <= INT32_MAX)
        step = 2;
    buf_append_char(out, (char)(0xd0 + step));
    put_uint(out, (uint64_t)value, (size_t)1 << step);
}

static void put_double(struct buf *out, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    buf_append_char(out, (char)0xcb);
    put_uint(out, bits, 8);
}

struct writer {
    struct json_reader json;
    struct buf *out;
    const struct slice *attachments;
    size_t attachment_count;
};

static enum err put_token(struct writer *w, enum json_token token);

/* A container whose count is written when it is known; always in its 4-byte form. */
static size_t open_container(struct writer *w, unsigned char tag)
{
    buf_append_char(w->out, (char)tag);
    put_uint(w->out, 0, 4);
    return w->out->len - 4;
}

static void close_container(struct writer *w, size_t at, size_t count)
{
    for (size_t i = 0; i < 4; i++)
        w->out->ptr[at + i] = (char)(count >> (8 * (3 - i)));
}

static enum err put_array(struct writer *w)
{
    size_t at = open_container(w, 0xdd), count = 0;
    enum json_token token;

    while ((token = json_next(&w->json)) != JSON_ARRAY_END) {
        enum err err = put_token(w, token);
        if (err != ERR_OK)
            return err;
        count++;
    }
    close_container(w, at, count);
    return ERR_OK;
}

/* What an object turned out to be: a placeholder has `_placeholder` true and a `num`, and nothing
 * else. */
struct placeholder {
    bool marked, numbered;
    double num; /* 0e0 names the first attachment, as 0 does */
};

static enum err put_pairs(struct writer *w, size_t *out_count, struct placeholder *p)
{
    enum json_token token;
    while ((token = json_next(&w->json)) == JSON_KEY) {
        bool mark = slice_equal(w->json.text, SLICE("_placeholder"));
        bool num = slice_equal(w->json.text, SLICE("num"));
        msgpack_put_string(w->out, w->json.text);
        token = json_next(&w->json);
        p->marked = p->marked || (mark && token == JSON_TRUE);
        if (num && (token == JSON_INT || token == JSON_DOUBLE)) {
            p->numbered = true;
            p->num = token == JSON_INT ? (double)w->json.number.i : w->json.number.d;
        }
        enum err err = put_token(w, token);
        if (err != ERR_OK)
            return err;
        ++*out_count;
    }
    return token == JSON_OBJECT_END ? ERR_OK : ERR_SYNTAX;
}

static enum err put_object(struct writer *w)
{
    size_t start = w->out->len, at = open_container(w, 0xdf), count = 0;
    struct placeholder p = {0};
    enum err err = put_pairs(w, &count, &p);

    if (err != ERR_OK)
        return err;
    bool named = p.numbered && p.num >= 0 && p.num < (double)w->attachment_count &&
                 p.num == (double)(size_t)p.num;
    if (p.marked && named && count == 2) {
        struct slice bytes = w->attachments[(size_t)p.num];
        w->out->len = start;
        put_length(w->out, 0xc4, bytes.len);
        buf_append_slice(w->out, bytes);
        return ERR_OK;
    }
    close_container(w, at, count);
    return ERR_OK;
}

static enum err put_token(struct writer *w, enum json_token token)
{
    switch (token) {
    case JSON_NULL:
        buf_append_char(w->out, (char)0xc0);
        return ERR_OK;
    case JSON_TRUE:
    case JSON_FALSE:
        buf_append_char(w->out, (char)(token == JSON_TRUE ? 0xc3 : 0xc2));
        return ERR_OK;
    case JSON_INT:
        msgpack_put_int(w->out, w->json.number.i);
        return ERR_OK;
    case JSON_DOUBLE:
        put_double(w->out, w->json.number.d);
        return ERR_OK;
    case JSON_STRING:
        msgpack_put_string(w->out, w->json.text);
        return ERR_OK;
    case JSON_ARRAY:
        return put_array(w);
    case JSON_OBJECT:
        return put_object(w);
    case JSON_KEY:
    case JSON_ARRAY_END:
    case JSON_OBJECT_END:
    case JSON_END:
    case JSON_ERROR:
        break;
    }
    return ERR_SYNTAX;
}

enum err msgpack_put_json(struct buf *out, struct slice json, const struct slice *attachments,
                          size_t attachment_count)
{
    struct writer w = {
        .out = out, .attachments = attachments, .attachment_count = attachment_count};
    json_reader_init(&w.json, json);
    enum err err = put_token(&w, json_next(&w.json));
    if (err == ERR_OK && json_next(&w.json) != JSON_END)
        err = ERR_SYNTAX;
    json_reader_dispose(&w.json);
    return err;
}
