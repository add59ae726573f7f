/* MessagePack: a packet that is read is valid JSON with attachments, and written and read again it
 * is the same; JSON of any kind goes there and comes back, and settles. */
#include "spec/fuzz/fuzz.h"

#include "core/codec/json.h"
#include "core/codec/sio_msgpack.h"
#include "core/codec/utf8.h"

struct value {
    struct buf json;
    struct msgpack_attachments attachments;
};

static void value_dispose(struct value *v)
{
    buf_dispose(&v->json);
    msgpack_attachments_dispose(&v->attachments);
}

static void check_value(const struct value *v, struct slice home)
{
    require(json_valid(buf_slice(&v->json)), "what is read is JSON");
    for (size_t i = 0; i < v->attachments.count; i++)
        require(is_inside(v->attachments.items[i], home), "an attachment is a view");
}

static void check_same(const struct value *a, const struct value *b)
{
    require(slice_equal(buf_slice(&a->json), buf_slice(&b->json)), "the same JSON");
    require(a->attachments.count == b->attachments.count, "as many attachments");
    for (size_t i = 0; i < a->attachments.count; i++)
        require(slice_equal(a->attachments.items[i], b->attachments.items[i]),
                "the same attachments");
}

/* Writes a value, reads it, and compares. */
static void check_again(const struct value *v)
{
    struct buf bytes = BUF_INIT;
    struct value again = {0};
    require(msgpack_put_json(&bytes, buf_slice(&v->json), v->attachments.items,
                             v->attachments.count) == ERR_OK,
            "what was read is written");
    struct msgpack_reader r = {buf_slice(&bytes), 0};
    require(msgpack_read_json(&r, &again.json, &again.attachments) == ERR_OK, "and read again");
    require(r.rest.len == 0, "to its end");
    check_same(v, &again);
    value_dispose(&again);
    buf_dispose(&bytes);
}

static void check_packet(struct slice bytes)
{
    struct value v = {0};
    struct sio_packet p;
    if (sio_msgpack_decode(bytes, &v.json, &v.attachments, &p) == ERR_OK) {
        require(p.type <= SIO_CONNECT_ERROR, "a type of the parser");
        require(p.attachments <= SIO_ATTACHMENTS_MAX, "no more attachments than there may be");
        require(is_inside(p.payload, buf_slice(&v.json)), "a payload is what was written");
        require(is_inside(p.namespace_, bytes) || slice_equal(p.namespace_, SLICE("/")),
                "a namespace is a view");
        require(utf8_valid(p.namespace_), "and text");
        if (p.payload.len) {
            check_value(&v, bytes);
            check_again(&v);
        }
    }
    value_dispose(&v);
}

static void check_any(struct slice bytes)
{
    struct msgpack_reader r = {bytes, 0};
    struct value v = {0};
    if (msgpack_read_json(&r, &v.json, &v.attachments) == ERR_OK) {
        require(is_inside(r.rest, bytes), "the rest is a view");
        check_value(&v, bytes);
        check_again(&v);
    }
    value_dispose(&v);
}

/* Numbers may change their form on the way once (1e0 is 1), and then no more. */
static void check_json(struct slice json)
{
    static const char picture[] = "\x01\x02";
    struct slice attachments[2] = {SLICE(picture), SLICE("")};
    struct buf bytes = BUF_INIT;
    struct value v = {0};
    bool written = msgpack_put_json(&bytes, json, attachments, 2) == ERR_OK;
    require(!written || json_valid(json), "what is no JSON is not written");
    if (written) {
        struct msgpack_reader r = {buf_slice(&bytes), 0};
        require(msgpack_read_json(&r, &v.json, &v.attachments) == ERR_OK, "JSON comes back");
        check_value(&v, buf_slice(&bytes));
        check_again(&v);
    }
    value_dispose(&v);
    buf_dispose(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice input = slice_make(data, size);
    check_packet(input);
    check_any(input);
    check_json(input);
    return 0;
}
